import type { Instant } from '../../core/time.ts';

/** Whether a picture of this time is looked at, where only a share of those that come at `fps` is. */
export const createPace = (fps: number, share: () => number): ((time: Instant) => boolean) => {
  let lookedAt = Number.NEGATIVE_INFINITY;
  return time => {
    const part = share();
    // Half a picture early rather than one late: they do not come to the millisecond.
    const due = 1000 / (fps * part) - 500 / fps;
    // A clock that was set back keeps nothing from being looked at.
    if (part < 1 && Math.abs(time - lookedAt) < due) return false;
    lookedAt = time;
    return true;
  };
};
