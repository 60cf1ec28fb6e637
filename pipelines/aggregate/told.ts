/**
 * Which periods of a device were told in an event of their own, also when the clock was set in between: a period that
 * the clock lives through twice has its own event once. Periods without samples between told ones count as told.
 */
import { z } from 'zod';
import { hours, type Instant } from '../../core/time.ts';

/** From the start of the first to the end of the last of its periods. */
export interface Told {
  readonly from: Instant;
  to: Instant;
}

/** A device that said nothing for longer, or a clock that jumped further, begins another one. */
const reach = hours(25);
/** Beyond these the one that has not grown for longest is forgotten. */
const mostTold = 16;

const stored = z.array(z.object({ from: z.number(), to: z.number() }));

/** Throws ZodError for anything but a list of them, or the end of the only one. */
export const restoreTold = (raw: unknown): Told[] =>
  typeof raw === 'number' ? [{ from: raw - reach, to: raw }] : stored.parse(raw);

export const isTold = (told: readonly Told[], start: Instant, end: Instant): boolean =>
  told.some(({ from, to }) => start >= from && end <= to);

export const markTold = (told: Told[], start: Instant, end: Instant): void => {
  let nearest: Told = { from: start, to: start };
  for (const one of told)
    if (start >= one.from && start <= one.to + reach && (nearest.to === start || one.to > nearest.to)) nearest = one;
  const before = told.indexOf(nearest);
  if (before >= 0) told.splice(before, 1);
  nearest.to = Math.max(nearest.to, end);
  told.push(nearest);
  if (told.length > mostTold) told.shift();
};
