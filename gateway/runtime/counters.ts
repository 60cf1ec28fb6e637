import type { Context } from '../../core/driver.ts';

/** Counts by reason. Reasons are a small fixed set; should they not be, what is beyond the bound counts together. */
export interface Counters {
  readonly count: Context['count'];
  values(): Readonly<Record<string, number>>;
}

const mostReasons = 64;

export const createCounters = (): Counters => {
  const counts = new Map<string, number>();
  return {
    count: (reason, by = 1) => {
      const key = counts.has(reason) || counts.size < mostReasons ? reason : 'other';
      counts.set(key, (counts.get(key) ?? 0) + by);
    },
    values: () => Object.fromEntries(counts),
  };
};
