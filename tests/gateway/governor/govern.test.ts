import { describe, expect, it } from 'vitest';
import { type ResourceBudget, resourceBudgets } from '../../../core/resource-budgets.ts';
import { atRest, type BudgetReading, type BudgetState, govern } from '../../../gateway/governor/govern.ts';

const rule = {
  bound: 'at-most',
  calm: (limit: number) => 0.8 * limit,
  stepAfter: 30,
  calmAfter: 100,
  measures: ['detection-half', 'detection-quarter', 'no-pictures'],
} as const satisfies Partial<ResourceBudget>;

/** The level at every moment from 1 on, a reading at each. */
const levelsOf = (
  readings: readonly (BudgetReading | number | undefined)[],
  start: BudgetState = atRest,
): readonly number[] => {
  let state = start;
  return readings.map((reading, moment) => {
    state = govern(rule, state, typeof reading === 'number' ? { value: reading, limit: 100 } : reading, moment);
    return state.level;
  });
};

const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

describe('a budget', () => {
  it('takes its first measure only after it was exceeded for its time', () => {
    expect(levelsOf(times(30, 101))).toEqual(times(30, 0));
    expect(levelsOf(times(31, 101)).at(-1)).toBe(1);
  });

  it('begins to count anew when it was kept for a moment', () => {
    expect(levelsOf([...times(29, 101), 99, ...times(30, 101)]).at(-1)).toBe(0);
  });

  it('takes one measure after the other, and no more than it has', () => {
    const levels = levelsOf(times(300, 101));
    expect([levels.indexOf(1), levels.indexOf(2), levels.indexOf(3)]).toEqual([30, 60, 90]);
    expect(levels.at(-1)).toBe(3);
  });

  it('neither begins nor ends a measure between its limit and what is clearly within', () => {
    expect(levelsOf(times(1000, 90), { level: 2 }).at(-1)).toBe(2);
    expect(levelsOf(times(1000, 90)).at(-1)).toBe(0);
  });

  it('ends one measure after the other when it is clearly kept for longer', () => {
    const levels = levelsOf(times(301, 80), { level: 3 });
    expect([levels.indexOf(2), levels.indexOf(1), levels.indexOf(0)]).toEqual([100, 200, 300]);
  });

  it('does not swing when what is measured does', () => {
    const readings = Array.from({ length: 2000 }, (_, moment) => (Math.floor(moment / 20) % 2 === 0 ? 101 : 50));
    expect(new Set(levelsOf(readings))).toEqual(new Set([0]));
  });

  it('takes every measure at once beyond its ceiling', () => {
    expect(levelsOf([{ value: 500, limit: 100, ceiling: 400 }])).toEqual([3]);
  });

  it('ends its measures when nothing can be measured any more', () => {
    expect(levelsOf(times(101, undefined), { level: 1 }).at(-1)).toBe(0);
  });

  it('of what must stay free is exceeded when there is less of it', () => {
    const disk = resourceBudgets.disk;
    const over = govern({ ...disk, stepAfter: 0 }, atRest, { value: 90, limit: 100 }, 0);
    expect(over.level).toBe(1);
    expect(govern({ ...disk, calmAfter: 0 }, over, { value: 110, limit: 100 }, 1).level).toBe(1);
    expect(govern({ ...disk, calmAfter: 0 }, over, { value: 130, limit: 100 }, 1).level).toBe(0);
  });
});
