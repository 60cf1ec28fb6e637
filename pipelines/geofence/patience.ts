/** How many positions, over how long, change what is believed of a vessel. Pure. */
import type { Duration, Instant } from '../../core/time.ts';
import type { Belief, Doubt } from './followed.ts';

export interface Patience {
  readonly raise: Duration;
  readonly clear: Duration;
  /** Positions that must speak for a change. */
  readonly positions: number;
  /** Positions that speak against it for up to this long do not end it. */
  readonly pause: Duration;
  /** Positions further apart in time do not belong together. */
  readonly gap: Duration;
}

/**
 * Weighs a position against what is believed: a change needs positions that agree on it for long enough. Gives the doubt
 * that became certainty, and undefined as long as nothing changes.
 */
export const weigh = (
  belief: Belief,
  holds: boolean | undefined,
  time: Instant,
  { raise, clear, positions, pause, gap }: Patience,
): Doubt | undefined => {
  if (holds === undefined) return undefined;
  const { open, doubt } = belief;
  const isOpen = open !== undefined;
  if (holds === isOpen) {
    if (doubt !== undefined && time - doubt.last > pause) delete belief.doubt;
    return undefined;
  }
  const grown: Doubt =
    doubt === undefined || time - doubt.last > gap ? { since: time, last: time, positions: 0 } : doubt;
  grown.last = time;
  grown.positions++;
  belief.doubt = grown;
  const isSure = time - grown.since >= (isOpen ? clear : raise) && grown.positions >= (isOpen ? 1 : positions);
  if (!isSure) return undefined;
  delete belief.doubt;
  return grown;
};
