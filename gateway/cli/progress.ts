import { type Duration, formatDuration, seconds } from '../../core/time.ts';

/** How often a log, which keeps every line, is told. */
const loggedEvery = seconds(5);

export interface Progress {
  /** What is being done, and how long that may still take. */
  tell(step: string, left?: Duration): void;
  /** Takes the line away, before something is written that stays. */
  clear(): void;
}

/** On a terminal one line that changes; elsewhere a line now and then. */
export const createProgress = (
  err: (text: string) => void,
  isTerminal: boolean = process.stderr.isTTY === true,
): Progress => {
  let isShown = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    tell: (step, left) => {
      const text = left === undefined ? step : `${step}, at most ${formatDuration(Math.max(0, left))} left`;
      if (isTerminal) err(`\r\u001b[K${text}`);
      else if (performance.now() - toldAt >= loggedEvery) {
        err(`${text}\n`);
        toldAt = performance.now();
      }
      isShown = true;
    },
    clear: () => {
      if (isTerminal && isShown) err('\r\u001b[K');
      isShown = false;
    },
  };
};
