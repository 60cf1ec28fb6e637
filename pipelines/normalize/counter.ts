/**
 * Stands of a counter → what it grew by. A counter that is set back begins at 0, one of few bits after its highest stand;
 * messages come twice, late and out of order. So a stand that does not follow counts only when the next one confirms it.
 */
import { z } from 'zod';
import { type Duration, type Instant, minutes } from '../../core/time.ts';

export const storedCounter = z.object({
  /** The stand up to which everything is told. */
  stand: z.number(),
  time: z.number(),
  /** A later stand that does not follow, and that nothing confirmed yet. */
  doubted: z.number().optional(),
});

export type Counter = Readonly<z.output<typeof storedCounter>>;

export interface Reading {
  readonly stand: number;
  readonly time: Instant;
  /** The value in place of which the counter tells 0. */
  readonly rollover?: number | undefined;
}

export interface Growth {
  readonly by: number;
  /** False where some of it may be missing, since the counter was set back, or where nobody knows when it came. */
  readonly isSure: boolean;
}

/** The most that ever fell in a minute is 31.2 mm: Unionville, 1956 (WMO World Weather and Climate Extremes Archive). */
const mostPerMinute = 32;

/** Undefined `growth`: nothing can be said yet, or it is said already. */
export const advance = (
  before: Counter | undefined,
  { stand, time, rollover }: Reading,
  longestGap: Duration,
): { readonly counter: Counter; readonly growth?: Growth } => {
  const followed: Counter = { stand, time };
  if (before === undefined) return { counter: followed };
  const rise = stand - before.stand;
  const elapsed = Math.max(0, time - before.time);
  const most = mostPerMinute * (1 + elapsed / minutes(1));
  const canBe = (growth: number): boolean => growth >= 0 && growth <= most;

  // An older stand comes late: the later one that is known holds it.
  if (rise < 0 && time < before.time) return { counter: before };
  if (canBe(rise)) return { counter: followed, growth: { by: rise, isSure: elapsed <= longestGap } };
  const since = before.doubted === undefined ? undefined : stand - before.doubted;
  if (since === undefined || !canBe(since)) return { counter: { ...before, doubted: stand } };

  const overRollover = rollover === undefined ? -1 : rollover - before.stand + stand;
  if (rise < 0 && canBe(overRollover))
    return { counter: followed, growth: { by: overRollover, isSure: elapsed <= longestGap } };
  // Set back it holds what fell since then; a stand from nowhere, such as that of another gauge, says nothing.
  return { counter: followed, growth: { by: rise < 0 && canBe(stand) ? stand : since, isSure: false } };
};
