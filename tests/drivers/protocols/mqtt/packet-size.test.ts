import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { createPacketSizeGuard, headOfPublish } from '../../../../drivers/protocols/mqtt/packet-size.ts';
import { createRandom } from '../../../../simulators/world/random.ts';

const publish = (bytes: number): Buffer =>
  generate({ cmd: 'publish', topic: 'a', payload: Buffer.alloc(bytes), qos: 0, dup: false, retain: false });

describe('the guard of packet sizes', () => {
  it('lets real packets pass, in whatever pieces they come', () => {
    const stream = Buffer.concat([0, 1, 100, 125, 128, 16_000, 20_000].map(publish));
    for (let round = 0; round < 50; round++) {
      const random = createRandom('pieces', round);
      const guard = createPacketSizeGuard(20_003);
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + Math.floor(random() * 500);
        expect(guard(stream.subarray(at, end))).toBeUndefined();
        at = end;
      }
    }
  });

  it('refuses a packet one byte larger than allowed as soon as its length is known', () => {
    const guard = createPacketSizeGuard(20_002);
    expect(guard(publish(20_000).subarray(0, 3))).toBeUndefined();
    expect(guard(publish(20_000).subarray(3, 4))).toEqual({ header: 0x30, length: 20_003, bodyAt: 1 });
  });

  it('refuses a length of more than four bytes', () => {
    expect(createPacketSizeGuard(300_000_000)(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01))).toMatchObject({
      length: Number.POSITIVE_INFINITY,
    });
  });

  it('finds a packet that is too large behind others', () => {
    const guard = createPacketSizeGuard(1000);
    expect(guard(Buffer.concat([publish(10), publish(500), publish(2000)]))).toMatchObject({ length: 2003 });
  });
});

describe('the head of a message', () => {
  const packet = generate({
    cmd: 'publish',
    topic: 'trạm/kim-long',
    payload: 'x',
    qos: 1,
    messageId: 4711,
    dup: false,
    retain: false,
  });
  const [header = 0, , ...body] = packet;

  it('is found behind its topic, as soon as it is there', () => {
    const whole = Uint8Array.from(body);
    expect(headOfPublish(header, whole)).toEqual({ topic: 'trạm/kim-long', messageId: 4711 });
    const end = whole.length - 1;
    for (let length = 0; length < end; length++)
      expect(headOfPublish(header, whole.subarray(0, length))).toBe('partial');
  });

  it('is not looked for in other packets, nor at QoS 0', () => {
    expect(headOfPublish(0x30, Uint8Array.from(body))).toBeUndefined();
    expect(headOfPublish(0x40, Uint8Array.of(0, 1))).toBeUndefined();
  });
});
