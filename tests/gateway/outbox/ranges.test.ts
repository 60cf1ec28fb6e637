import { expect, test } from 'vitest';
import {
  addRange,
  coarsen,
  firstMissing,
  formatRanges,
  includes,
  missingFrom,
  parseRanges,
  type Ranges,
  rangeFrom,
  removeRange,
  sizeOf,
} from '../../../gateway/outbox/ranges.ts';

/** Repeatable numbers 0 ≤ n < 1 (mulberry32). */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

const numbersOf = (ranges: Ranges): number[] =>
  ranges.flatMap(([low, high]) => Array.from({ length: high - low + 1 }, (_, index) => low + index));

test('agrees with a plain set of numbers after any additions and removals', () => {
  for (let seed = 0; seed < 200; seed++) {
    const next = random(seed);
    const ranges: Ranges = [];
    const numbers = new Set<number>();
    for (let step = 0; step < 40; step++) {
      const low = 1 + Math.floor(next() * 60);
      const high = low + Math.floor(next() * 8);
      const isAdded = next() < 0.7;
      if (isAdded) addRange(ranges, low, high);
      else removeRange(ranges, low, high);
      for (let number = low; number <= high; number++) isAdded ? numbers.add(number) : numbers.delete(number);
    }
    const sorted = [...numbers].toSorted((a, b) => a - b);
    expect(numbersOf(ranges)).toEqual(sorted);
    expect(sizeOf(ranges)).toBe(numbers.size);
    expect(numbersOf(missingFrom(ranges, 5, 50))).toEqual(
      Array.from({ length: 46 }, (_, index) => index + 5).filter(number => !numbers.has(number)),
    );
    for (let number = 1; number < 70; number++) {
      expect(includes(ranges, number)).toBe(numbers.has(number));
      expect(rangeFrom(ranges, number)?.[0]).toBe(sorted.find(other => other >= number));
      let missing = number;
      while (numbers.has(missing)) missing++;
      expect(firstMissing(ranges, number)).toBe(missing);
    }
    expect(parseRanges(formatRanges(ranges))).toEqual(ranges);
  }
});

test('keeps neighbors as one range', () => {
  const ranges: Ranges = [];
  for (const number of [1, 2, 5, 4, 3]) addRange(ranges, number, number);
  expect(ranges).toEqual([[1, 5]]);
});

test('leaves out what is no range', () => {
  expect(parseRanges('1-4 x 9-7 8-8 -')).toEqual([
    [1, 4],
    [8, 8],
  ]);
});

test('closes the narrowest gaps where there are too many', () => {
  const ranges: Ranges = [
    [1, 1],
    [3, 5],
    [50, 60],
    [63, 63],
    [200, 201],
  ];
  expect(coarsen(ranges, 5)).toEqual(ranges);
  expect(coarsen(ranges, 3)).toEqual([
    [1, 5],
    [50, 63],
    [200, 201],
  ]);
  expect(coarsen(ranges, 0)).toEqual([[1, 201]]);
  expect(coarsen([], 1)).toEqual([]);
});
