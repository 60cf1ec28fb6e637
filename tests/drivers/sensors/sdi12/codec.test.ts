import { expect, it } from 'vitest';
import { crcOf } from '../../../../drivers/protocols/sdi12/crc.ts';
import { dataIn, isAddressIn, startedIn } from '../../../../drivers/sensors/sdi12/codec.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

it.each([
  ['00053\r\n', { delay: 5, values: 3 }],
  ['000512\r\n', { delay: 5, values: 12 }],
  ['0MC!00053\r\n', { delay: 5, values: 3 }],
  ['\x00\xff00000\r\n', { delay: 0, values: 0 }],
])('reads the delay and the number of values in %j', (text, started) => {
  expect(startedIn(bytes(text), '0')).toEqual(started);
});

it.each(['10053\r\n', '00053', '0005\r\n', '0+3.14\r\n', ''])(
  'finds no start of a measurement of sensor 0 in %j',
  text => {
    expect(startedIn(bytes(text), '0')).toBeUndefined();
  },
);

it('knows the service request of its own sensor alone', () => {
  expect(isAddressIn(bytes('0\r\n'), '0')).toBe(true);
  expect(isAddressIn(bytes('1\r\n'), '0')).toBeUndefined();
  expect(isAddressIn(bytes('0'), '0')).toBeUndefined();
});

it.each([
  ['0+3.14', [3.14]],
  ['0-0.5+12+.25-7.', [-0.5, 12, 0.25, -7]],
  ['0', []],
] as const)('reads the values of %s, with and without the check', (line, values) => {
  expect(dataIn(bytes(`${line}\r\n`), '0', false)).toEqual(values);
  expect(dataIn(bytes(`0D0!${line}${crcOf(line)}\r\n`), '0', true)).toEqual(values);
});

it('believes the published check, and no other', () => {
  expect(dataIn(bytes('0+3.14OqZ\r\n'), '0', true)).toEqual([3.14]);
  expect(dataIn(bytes('0+3.15OqZ\r\n'), '0', true)).toBe('bad-checksum');
});

it('waits for the end of the line', () => {
  expect(dataIn(bytes('0+3.14OqZ'), '0', true)).toBeUndefined();
});
