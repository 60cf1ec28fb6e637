/**
 * The time by which events expire and the history grows old. It goes on by the steady clock from the last moment at
 * which the time of day could be trusted, so that nobody who sets the clock makes everything expire at once.
 */
import type { TimeQuality } from '../../core/sealed.ts';
import { type Clock, type Duration, hours, type Instant } from '../../core/time.ts';

/** A larger step forward is believed only when the clock has stayed there for `confirmation`. */
const largestStep: Duration = hours(1);
const confirmation: Duration = hours(6);

export interface TrustedClock {
  /** Undefined until the time of day could be trusted for the first time. */
  now(): Instant | undefined;
  /** How far the time of day can be trusted at this moment. */
  judge(quality: TimeQuality): void;
}

export const createTrustedClock = (clock: Clock): TrustedClock => {
  /** Time of day when the steady clock stood at 0. */
  let offset: Duration | undefined;
  let doubted: { readonly offset: Duration; readonly since: Duration } | undefined;

  return {
    now: () => offset && clock.steady() + offset,
    judge: quality => {
      if (quality === 'unsynchronized') return;
      const moment = clock.steady();
      const next = clock.now() - moment;
      if (offset === undefined || next <= offset + largestStep) {
        offset = next;
        doubted = undefined;
      } else if (doubted === undefined || Math.abs(next - doubted.offset) > largestStep) {
        doubted = { offset: next, since: moment };
      } else if (moment - doubted.since >= confirmation) {
        offset = next;
        doubted = undefined;
      }
    },
  };
};
