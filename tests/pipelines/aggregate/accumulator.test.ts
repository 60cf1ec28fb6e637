import { expect, it } from 'vitest';
import { type QuantityName, quantities } from '../../../core/quantity.ts';
import { type Accumulator, accumulate, methodOf, resultOf } from '../../../pipelines/aggregate/accumulator.ts';
import { createRandom } from '../../../simulators/world/random.ts';

const resultFor = (quantity: QuantityName, values: readonly number[]): number => {
  const into: Accumulator = { count: 0, total: 0, cross: 0 };
  for (const value of values) accumulate(into, methodOf(quantity), value);
  expect(into.count).toBe(values.length);
  return resultOf(into, methodOf(quantity));
};

it('gives back a single value of every quantity', () => {
  const wrong = Object.entries(quantities).filter(([name, { minimum, maximum }]) => {
    const value = minimum + (maximum - minimum) * 0.37;
    return Math.abs(resultFor(name as QuantityName, [value]) - value) > Math.abs(value) * 1e-8;
  });
  expect(wrong).toEqual([]);
});

it('does not depend on the order of the samples', () => {
  const random = createRandom('accumulator', 1);
  for (const quantity of ['pm25', 'windDirection', 'LAeq', 'precipitation'] as const) {
    const values = Array.from({ length: 60 }, () => random() * 100);
    expect(resultFor(quantity, values.toReversed())).toBeCloseTo(resultFor(quantity, values), 6);
  }
});

it('of sound is the level of the mean energy: twice the sources are 3 dB more', () => {
  // 10 lg ((10^6 + 10^7) / 2), ISO 1996-1.
  expect(resultFor('LAeq', [60, 70])).toBeCloseTo(67.4036, 4);
});

it('of wind from both sides of south is south, in the range of the model', () => {
  expect(Math.abs(resultFor('windDirection', [175, -175]))).toBeCloseTo(180, 6);
  expect(resultFor('windDirection', [350 - 360, 10])).toBeCloseTo(0, 6);
});

it('of rain is what fell', () => {
  expect(
    resultFor(
      'precipitation',
      Array.from({ length: 10 }, () => 0.1),
    ),
  ).toBe(1);
});
