/** Notices that a device which was away is back, by cheap knocks between two attempts to read it. */
import { sleep } from '../../core/abort.ts';
import { type BackoffOptions, backoff } from '../../core/backoff.ts';
import type { Device } from '../../core/driver.ts';
import { seconds } from '../../core/time.ts';

/** From one knock to the next; shortened at random, so that the devices of a site are not knocked at together. */
const knocks = { first: seconds(2), longest: seconds(2) } satisfies BackoffOptions;

export interface ReturnWatch {
  /** The device was read: it is there. */
  isHere(): void;
  /**
   * Resolves to whether it came back, to false only when `signal` aborts. One that answers all along and still cannot be
   * read has not come back: it is left to the waits that grow.
   */
  returned(signal: AbortSignal): Promise<boolean>;
}

export const createReturnWatch = (knock: NonNullable<Device<unknown>['knock']>, random?: () => number): ReturnWatch => {
  /** Kept over the attempts: it may come back in the middle of one. */
  let isAway = false;
  return {
    isHere: () => {
      isAway = false;
    },
    returned: async signal => {
      for (const pause of backoff({ ...knocks, ...(random !== undefined && { random }) })) {
        const paused = sleep(pause, signal);
        const answers = await knock(signal).then(
          () => true,
          () => false,
        );
        if (signal.aborted) return false;
        if (answers && isAway) {
          isAway = false;
          return true;
        }
        isAway = !answers;
        await paused;
        if (signal.aborted) return false;
      }
      return false;
    },
  };
};
