/** Notices that a device which was away is back, by cheap knocks between two attempts to read it. */
import { sleep } from '../../core/abort.ts';
import { backoff } from '../../core/backoff.ts';
import type { Device } from '../../core/driver.ts';
import { minutes, seconds } from '../../core/time.ts';

/** From one knock to the next; shortened at random, so that the devices of a site are not knocked at together. */
const pauses = { soon: seconds(0.5), later: seconds(2) };
/** Whoever restarts is back by then, be it a switch with all that it feeds; whoever is not may be away for weeks. */
const restartsWithin = minutes(5);

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
  const paceOf = (pause: number) => backoff({ first: pause, longest: pause, ...(random !== undefined && { random }) });
  const [soon, later] = [paceOf(pauses.soon), paceOf(pauses.later)];
  /** Kept over the attempts: it may come back in the middle of one. */
  let isAway = false;
  /** Before it was ever read: since it is watched. */
  let hereAt = performance.now();
  return {
    isHere: () => {
      isAway = false;
      hereAt = performance.now();
    },
    returned: async signal => {
      while (!signal.aborted) {
        const pace = performance.now() - hereAt < restartsWithin ? soon : later;
        const paused = sleep(pace.next().value, signal);
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
      }
      return false;
    },
  };
};
