import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { createPacketSizeGuard } from '../../../../drivers/protocols/mqtt/packet-size.ts';
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
        expect(guard(stream.subarray(at, end))).toBe('ok');
        at = end;
      }
    }
  });

  it('refuses a packet one byte larger than allowed as soon as its length is known', () => {
    const guard = createPacketSizeGuard(20_002);
    expect(guard(publish(20_000).subarray(0, 3))).toBe('ok');
    expect(guard(publish(20_000).subarray(3, 4))).toBe('too-large');
  });

  it('refuses a length of more than four bytes', () => {
    expect(createPacketSizeGuard(300_000_000)(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01))).toBe('too-large');
  });

  it('finds a packet that is too large behind others', () => {
    const guard = createPacketSizeGuard(1000);
    expect(guard(Buffer.concat([publish(10), publish(500), publish(2000)]))).toBe('too-large');
  });
});
