import { expect, test } from 'vitest';
import { createRate } from '../../../simulators/demo/rates.ts';

test('the rate is the growth a second of the last ten seconds', () => {
  const rate = createRate();
  expect(rate.sample(0, 0)).toBe(0);
  expect(rate.sample(10, 1000)).toBe(10);
  expect(rate.sample(20, 10_000)).toBe(2);
  expect(rate.sample(40, 20_000)).toBe(2);
});

test('a counter that begins again does not count backwards', () => {
  const rate = createRate();
  rate.sample(100, 0);
  expect(rate.sample(5, 1000)).toBe(0);
  expect(rate.sample(10, 2000)).toBe(5);
});
