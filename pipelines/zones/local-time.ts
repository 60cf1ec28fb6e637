/** What the clocks of a site show, asked for each frame: they are read once a minute. Pure. */
import type { Instant } from '../../core/time.ts';
import { wallClock } from '../../core/wall-clock.ts';

const minute = 60_000;

/** To the minute, as if it were UTC. */
export type LocalTime = (time: Instant) => number;

export const createLocalTime = (timeZone: string): LocalTime => {
  let known: { readonly minute: number; readonly shown: number } | undefined;
  return time => {
    const number = Math.floor(time / minute);
    if (known?.minute !== number) known = { minute: number, shown: wallClock(timeZone, number * minute) };
    return known.shown;
  };
};

/** The day of the site, counted from 1970. */
export const dayOf = (localTime: LocalTime, time: Instant): number => Math.floor(localTime(time) / (24 * 60 * minute));
