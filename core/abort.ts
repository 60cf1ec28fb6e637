import type { Duration } from './time.ts';

/** Resolves after `duration`, or at once when `signal` aborts: the caller asks the signal which it was. */
export const sleep = (duration: Duration, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, duration);
    signal.addEventListener('abort', done, { once: true });
  });

/** Resolves when `signal` aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Runs `release` once when `signal` aborts or the scope ends, whichever is first: `using _ = onAbort(signal, close)`. */
export const onAbort = (signal: AbortSignal, release: () => void): Disposable => {
  let released = false;
  const once = (): void => {
    if (released) return;
    released = true;
    signal.removeEventListener('abort', once);
    release();
  };
  if (signal.aborted) once();
  else signal.addEventListener('abort', once);
  return { [Symbol.dispose]: once };
};
