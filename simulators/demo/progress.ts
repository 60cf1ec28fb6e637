import { type Duration, formatDuration, seconds } from '../../core/time.ts';

/** Tells people what takes long before there is anything to see. */
export interface Setup extends Disposable {
  begin(what: string): void;
  /** A step of something that began: `rendering the street, 40 %`. */
  say(what: string, text: string): void;
  end(what: string): void;
  /** It did not come to an end; whoever knows why says so. */
  abandon(what: string): void;
}

export interface SetupOptions {
  readonly write: (text: string) => void;
  /** A terminal's line is written over and over; a log gets a new line now and then. */
  readonly output: 'terminal' | 'log';
}

/** What is over sooner is not worth a line. */
const patience: Duration = seconds(2);
const logInterval: Duration = seconds(15);

export const openSetup = ({ write, output }: SetupOptions): Setup => {
  const running = new Map<string, { readonly began: number; text: string }>();
  let lastLogged = performance.now();
  let isShown = false;

  const clear = (): void => {
    if (isShown) write('\r\u001b[K');
    isShown = false;
  };
  const show = (): void => {
    const now = performance.now();
    const waiting = [...running].filter(([, { began }]) => now - began >= patience);
    if (waiting.length === 0) return;
    if (output === 'log' && now - lastLogged < logInterval) return;
    lastLogged = now;
    const line = waiting
      .map(([what, { began, text }]) => `${what}${text === '' ? '' : `: ${text}`} … ${formatDuration(now - began)}`)
      .join(' · ');
    if (output === 'log') write(`demo: ${line}\n`);
    else write(`\r\u001b[Kdemo: ${line.slice(0, Math.max(20, (process.stdout.columns ?? 80) - 8))}`);
    isShown = output === 'terminal';
  };
  const timer = setInterval(show, 500);

  return {
    begin: what => {
      running.set(what, { began: performance.now(), text: '' });
    },
    say: (what, text) => {
      const step = running.get(what);
      if (step !== undefined) step.text = text;
      // A simulator that computes lets no timer through, but tells how far it is.
      show();
    },
    end: what => {
      const step = running.get(what);
      running.delete(what);
      if (step === undefined || performance.now() - step.began < patience) return;
      clear();
      write(`demo: ${what}: ready after ${formatDuration(performance.now() - step.began)}\n`);
    },
    abandon: what => {
      running.delete(what);
      clear();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      clear();
    },
  };
};
