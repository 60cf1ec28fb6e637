import type { Clock, Duration } from '../../core/time.ts';

export interface AllowanceOptions {
  readonly clock: Pick<Clock, 'steady'>;
  /** So many at once, after a while of none. */
  readonly burst: number;
  /** After this time one more. */
  readonly every: Duration;
}

/** How often something may be told: what is beyond it is counted and told with the next one. */
export interface Allowance {
  /** The number of those since the last one that were not told, or undefined when this one is not told either. */
  take(): number | undefined;
}

export const createAllowance = ({ clock, burst, every }: AllowanceOptions): Allowance => {
  let left = burst;
  let filledAt = clock.steady();
  let untold = 0;
  return {
    take: () => {
      const now = clock.steady();
      const gained = Math.floor((now - filledAt) / every);
      if (gained > 0) {
        left = Math.min(burst, left + gained);
        filledAt += gained * every;
      }
      if (left === 0) {
        untold++;
        return undefined;
      }
      left--;
      const told = untold;
      untold = 0;
      return told;
    },
  };
};
