import { sleep } from '../../core/abort.ts';
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
  let waiting: AbortController | undefined;
  return {
    ring: () => {
      isRung = true;
      waiting?.abort();
    },
    heard: async duration => {
      if (!isRung) {
        waiting = new AbortController();
        await sleep(duration, AbortSignal.any([signal, waiting.signal]));
        waiting = undefined;
      }
      isRung = false;
    },
  };
};
