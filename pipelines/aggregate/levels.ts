/** The periods over which samples become values: each but the shortest is made of a shorter one. Pure. */
import { type Duration, hours, type Instant } from '../../core/time.ts';
import { wallClock } from '../../core/wall-clock.ts';

export interface Bounds {
  readonly start: Instant;
  readonly end: Instant;
}

export interface Level {
  /** Of a day its usual length. */
  readonly length: Duration;
  /** False for one that is only there to make longer ones. */
  readonly isTold: boolean;
  /** Length of the periods that it is made of; undefined of the shortest, which is made of samples. */
  readonly madeOf: Duration | undefined;
  /** The period that holds an instant. */
  readonly at: (time: Instant) => Bounds;
}

export const day: Duration = hours(24);
/** Told each hour, over the eight hours before: the mean by which limits of ozone and carbon monoxide are set. */
export const moving: Duration = hours(8);

const grid =
  (length: Duration) =>
  (time: Instant): Bounds => {
    const start = Math.floor(time / length) * length;
    return { start, end: start + length };
  };

/** Days as people at the place count them: 23 or 25 hours where clocks are put forward and back. */
export const createDays = (timeZone: string): ((time: Instant) => Bounds) => {
  const shown = (time: Instant): number => wallClock(timeZone, time);
  /** The first instant of the day that the clocks show; a second look sees the offset at that instant. */
  const midnight = (shownMidnight: number): Instant => {
    const guess = shownMidnight - (shown(shownMidnight) - shownMidnight);
    return guess - (shown(guess) - shownMidnight);
  };
  let last: Bounds = { start: 0, end: 0 };
  return time => {
    if (time >= last.start && time < last.end) return last;
    const shownMidnight = Math.floor(shown(Math.floor(time / 1000) * 1000) / day) * day;
    last = { start: midnight(shownMidnight), end: midnight(shownMidnight + day) };
    return last;
  };
};

/** From the shortest to the longest, without the moving one. `periods` are what the configuration asks for. */
export const levelsOf = (periods: readonly Duration[], timeZone: string): readonly Level[] => {
  const asked = new Set(periods);
  const lengths = new Set(periods.filter(length => length !== moving));
  if (asked.has(moving) || asked.has(day)) lengths.add(hours(1));
  const sorted = [...lengths].toSorted((a, b) => a - b);
  return sorted.map((length, index) => ({
    length,
    isTold: asked.has(length),
    madeOf: sorted.slice(0, index).findLast(shorter => length % shorter === 0),
    at: length === day ? createDays(timeZone) : grid(length),
  }));
};
