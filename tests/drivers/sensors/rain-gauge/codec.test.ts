import { expect, it } from 'vitest';
import { countIn, createDecoder } from '../../../../drivers/sensors/rain-gauge/codec.ts';

const tipsAt = (...times: number[]): number[] => {
  const decode = createDecoder('rain-1', { tipMillimeters: 0.2, tip: 'TIP', debounce: 100 });
  return times.flatMap(receivedAt =>
    decode({ bytes: Buffer.from('TIP\r\n'), receivedAt }).some(({ kind }) => kind === 'observation')
      ? [receivedAt]
      : [],
  );
};

it('takes tips that follow each other within the debounce time for one, from the first on', () => {
  expect(tipsAt(1000, 1030, 1099, 1100, 1150, 5000)).toEqual([1000, 1100, 5000]);
});

it('goes on counting tips when the clock is set back', () => {
  expect(tipsAt(3_600_000, 1000, 2000)).toEqual([3_600_000, 1000, 2000]);
});

it.each([
  ['1234', 1234],
  ['  0', 0],
  ['count=17', 17],
  ['tips: 17', 17],
  ['Rain gauge 17', 17],
  ['-3', undefined],
  ['1.5', undefined],
  ['12 34', undefined],
  ['0x10', undefined],
  ['', undefined],
  ['123456789012345678901', undefined],
])('reads "%s" as %s', (text, count) => {
  expect(countIn(text)).toBe(count);
});
