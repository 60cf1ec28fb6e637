import { expect, it } from 'vitest';
import { backoff, unreachableBackoff } from '../../core/backoff.ts';

const first = (count: number, random: number): readonly number[] => {
  const waits: number[] = [];
  for (const wait of backoff({ ...unreachableBackoff, random: () => random })) {
    waits.push(wait);
    if (waits.length === count) break;
  }
  return waits;
};

it('doubles from one second to a minute', () => {
  expect(first(9, 0)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

it('shortens each wait by up to a half, so that devices do not knock together', () => {
  expect(first(3, 0.999_999)).toEqual([500, 1000, 2000]);
});
