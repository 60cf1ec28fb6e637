import { expect, it } from 'vitest';
import { encodeField, WireReader } from '../../../../drivers/protocols/sparkplug/wire.ts';
import { createRandom } from '../../../../simulators/world/random.ts';

/** Number, way and what stands in each field; undefined for what is no message. */
const fieldsIn = (bytes: Uint8Array) => {
  const reader = new WireReader(bytes);
  const fields: (readonly [number, string, number | bigint | string])[] = [];
  while (reader.next()) {
    const { number, wire, value } = reader;
    const told = {
      varint: () => value,
      bytes: () => reader.text(),
      fixed32: () => reader.single(),
      fixed64: () => reader.double(),
    };
    fields.push([number, wire, told[wire]()]);
  }
  return reader.isBroken ? undefined : fields;
};

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

it.each<[string, bigint]>([
  // protobuf.dev, "Encoding": the field 1 with 150.
  ['089601', 150n],
  ['0800', 0n],
  ['08ffffff7f', 2n ** 28n - 1n],
  ['088080808001', 2n ** 28n],
  ['0880c8afa025', 10_000_000_000n],
  ['08ffffffffffffff0f', 2n ** 53n - 1n],
  ['088080808080808010', 2n ** 53n],
  ['08ffffffffffffffffff01', 2n ** 64n - 1n],
])('reads the varint of %s as %s, and writes it alike', (hex, value) => {
  const isExact = value <= BigInt(Number.MAX_SAFE_INTEGER);
  expect(fieldsIn(bytesOf(hex))).toEqual([[1, 'varint', isExact ? Number(value) : value]]);
  expect(Buffer.from(encodeField(1, value)).toString('hex')).toBe(hex);
});

it('reads texts, and numbers of 32 and 64 bits', () => {
  // protobuf.dev, "Encoding": the field 2 with "testing".
  expect(fieldsIn(bytesOf('120774657374696e67'))).toEqual([[2, 'bytes', 'testing']]);
  expect(fieldsIn(bytesOf('0d0000803f'))).toEqual([[1, 'fixed32', 1]]);
  expect(fieldsIn(encodeField(3, { double: 21.5 }))).toEqual([[3, 'fixed64', 21.5]]);
});

it('reads a message within a message, and no farther than its end', () => {
  const reader = new WireReader(Buffer.concat([encodeField(2, encodeField(1, 150n)), encodeField(3, 7n)]));
  expect(reader.next()).toBe(true);
  const inner = reader.inner();
  expect([inner.next(), inner.value, inner.next(), inner.isBroken]).toEqual([true, 150, false, false]);
  expect([reader.next(), reader.value, reader.next()]).toEqual([true, 7, false]);
});

it.each([
  ['a length beyond the end', '12ff01'],
  ['a length beyond all memory', '12ffffffffffffffffff01'],
  ['a varint without an end', '0880'],
  ['a varint of eleven bytes', `08${'80'.repeat(10)}01`],
  ['a group', '0b0c'],
  ['a field 0', '0001'],
  ['half a number', '0d0100'],
])('refuses %s', (_, hex) => {
  expect(fieldsIn(bytesOf(hex))).toBeUndefined();
});

it('never throws, whatever the bytes', () => {
  const random = createRandom(7, 'wire');
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
    expect(() => fieldsIn(bytes)).not.toThrow();
  }
});
