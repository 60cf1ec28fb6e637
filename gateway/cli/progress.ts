import { type Duration, formatDuration, seconds } from '../../core/time.ts';

/** How often a log, which keeps every line, is told. */
const loggedEvery = seconds(5);

/** How often a terminal sees that the time goes on. */
const shownEvery = seconds(1);

/** What several searches at the same time are doing. */
export interface Progress extends Disposable {
  /** What is being done at `place`, and how long that may still take there. */
  tell(place: string, step: string, left: Duration): void;
  /** Says `text`, whole lines that stay; with it the search at `place` is over. */
  end(place: string, text: string): void;
}

interface Step {
  readonly text: string;
  /** On the clock of `performance`, ms. */
  readonly endsAt: number;
}

/** The last one begun or told, and how many others there are. */
const lineOf = (steps: ReadonlyMap<string, Step>, columns: number): string => {
  const [place, { text }] = [...steps].at(-1) ?? ['', { text: '' }];
  const left = Math.max(...[...steps.values()].map(({ endsAt }) => endsAt)) - performance.now();
  const begin = steps.size === 1 ? '' : `${steps.size} left, `;
  const end = `: ${text}, at most ${formatDuration(Math.max(1, Math.ceil(left / 1000)) * 1000)} left`;
  // A line that is wrapped could not be taken away again; of a long path the end tells most.
  const room = Math.max(0, columns - 1 - begin.length - end.length);
  const shown = place.length <= room ? place : `…${place.slice(place.length - Math.max(0, room - 1))}`;
  return `${begin}${shown}${end}`.slice(0, columns - 1);
};

/** On a terminal one line that changes; elsewhere a line now and then. */
export const createProgress = (
  err: (text: string) => void,
  isTerminal: boolean = process.stderr.isTTY === true,
  columns: () => number = () => process.stderr.columns ?? 80,
): Progress => {
  const steps = new Map<string, Step>();
  let isShown = false;
  let loggedAt = performance.now();
  const clear = (): void => {
    if (isShown) err('\r\u001b[K');
    isShown = false;
  };
  const show = (): void => {
    if (steps.size === 0) return;
    if (isTerminal) {
      err(`\r\u001b[K${lineOf(steps, columns())}`);
      isShown = true;
    } else if (performance.now() - loggedAt >= loggedEvery) {
      err(`${lineOf(steps, Number.POSITIVE_INFINITY)}\n`);
      loggedAt = performance.now();
    }
  };
  const timer = setInterval(show, shownEvery);
  return {
    tell: (place, text, left) => {
      steps.delete(place);
      steps.set(place, { text, endsAt: performance.now() + left });
      show();
    },
    end: (place, text) => {
      steps.delete(place);
      clear();
      err(text);
      show();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      clear();
    },
  };
};
