import { generate, parser } from 'mqtt-packet';
import { expect, it } from 'vitest';
import { createOversizeFilter, type Oversize } from '../../../../drivers/protocols/mqtt/oversize.ts';
import { createRandom } from '../../../../simulators/world/random.ts';

const publish = (bytes: number, qos: 0 | 1, topic = 'sensors/kim-long'): Buffer =>
  generate({
    cmd: 'publish',
    topic,
    payload: Buffer.alloc(bytes),
    qos,
    ...(qos > 0 && { messageId: bytes % 60_000 }),
    dup: false,
    retain: false,
  });

const sizesIn = (stream: Uint8Array): readonly number[] => {
  const sizes: number[] = [];
  const reader = parser();
  reader.on('packet', packet => {
    if (packet.cmd === 'publish') sizes.push(packet.payload.length);
  });
  reader.parse(Buffer.from(stream));
  return sizes;
};

it('takes out messages that are too large and tells their numbers, in whatever pieces they come', () => {
  const sizes = [0, 1, 100, 30_000, 125, 20_000, 40_000, 9, 8];
  const stream = Buffer.concat(sizes.map((size, index) => publish(size, index % 2 === 0 ? 0 : 1)));
  for (let round = 0; round < 50; round++) {
    const random = createRandom('pieces', round);
    const skipped: Oversize[] = [];
    const filter = createOversizeFilter(20_030, 1_000_000, message => skipped.push(message));
    const left: Uint8Array[] = [];
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + Math.floor(random() * (round < 25 ? 7 : 5000));
      const passed = filter.pass(stream.subarray(at, end));
      if (passed === 'broken') throw new Error(`broken at ${at}`);
      left.push(passed);
      at = end;
    }
    expect(sizesIn(Buffer.concat(left))).toEqual(sizes.filter(size => size <= 20_000));
    expect(skipped).toMatchObject([
      { topic: 'sensors/kim-long', messageId: 30_000 },
      { topic: 'sensors/kim-long', messageId: undefined },
    ]);
  }
});

it('tells the beginning of a long topic, and finds the number behind it', () => {
  const skipped: Oversize[] = [];
  const filter = createOversizeFilter(1000, 1_000_000, message => skipped.push(message));
  filter.pass(publish(5000, 1, 'x'.repeat(60_000)));
  expect(skipped).toEqual([{ topic: 'x'.repeat(256), bytes: 65_004, messageId: 5000 }]);
});

it.each<[string, Uint8Array]>([
  ['a length of more than four bytes', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01)],
  ['a message beyond what is passed over', Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x64)],
  ['a large packet that is no message', Uint8Array.of(0x20, 0xff, 0xff, 0x03)],
])('gives up at %s', (_, bytes) => {
  expect(createOversizeFilter(1000, 1_000_000, () => {}).pass(bytes)).toBe('broken');
});
