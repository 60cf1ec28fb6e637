import type { Duration } from '../../core/time.ts';

/** What a loop waits at. */
export interface Bell {
  /** Ends the waiting, or the next one where nobody waits. */
  ring(): void;
  /** Resolves when it rings, when `duration` has passed, or when the signal aborts. */
  heard(duration: Duration): Promise<void>;
}

export const createBell = (signal: AbortSignal): Bell => {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      wake?.();
    },
    heard: duration =>
      new Promise(resolve => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = undefined;
          isRung = false;
          resolve();
        };
        const timer = setTimeout(done, duration);
        signal.addEventListener('abort', done);
        wake = done;
        if (isRung || signal.aborted) done();
      }),
  };
};
