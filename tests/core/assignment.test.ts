import { describe, expect, it } from 'vitest';
import { assign, worthOf } from '../../core/assignment.ts';
import { between, createRandom } from '../../simulators/world/random.ts';

/** Every possibility tried. */
const best = (worth: readonly (readonly number[])[], row = 0, taken: ReadonlySet<number> = new Set()): number => {
  const [first] = worth.slice(row, row + 1);
  if (first === undefined) return 0;
  let most = best(worth, row + 1, taken);
  for (const [column, value] of first.entries()) {
    if (value <= 0 || taken.has(column)) continue;
    most = Math.max(most, value + best(worth, row + 1, new Set([...taken, column])));
  }
  return most;
};

describe('an assignment', () => {
  it('is worth as much as the best of all possibilities', () => {
    const random = createRandom(7, 'assignment');
    for (let round = 0; round < 400; round++) {
      const rows = Math.floor(between(random, 0, 6));
      const columns = Math.floor(between(random, 0, 7));
      const worth = Array.from({ length: rows }, () => Array.from({ length: columns }, () => between(random, -10, 10)));
      const assigned = assign(worth);
      expect(assigned).toHaveLength(rows);
      const taken = assigned.filter(column => column !== undefined);
      expect(new Set(taken).size).toBe(taken.length);
      for (const [row, column] of assigned.entries()) {
        if (column !== undefined) expect(worth[row]?.[column]).toBeGreaterThan(0);
      }
      expect(worthOf(worth, assigned)).toBeCloseTo(best(worth), 9);
    }
  });

  it('gives up the best pair where two good ones are worth more', () => {
    expect(
      assign([
        [10, 9],
        [9, 1],
      ]),
    ).toEqual([1, 0]);
  });

  it('leaves alone who has nobody', () => {
    expect(
      assign([
        [-1, -2],
        [Number.NEGATIVE_INFINITY, 3],
      ]),
    ).toEqual([undefined, 1]);
  });

  it('of the most that a camera may hold takes no time to speak of', () => {
    const random = createRandom(3, 'many');
    const worth = Array.from({ length: 64 }, () => Array.from({ length: 128 }, () => between(random, -20, 20)));
    const began = performance.now();
    expect(assign(worth).filter(column => column !== undefined)).toHaveLength(64);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
