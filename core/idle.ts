import { sleep } from './abort.ts';
import type { Duration } from './time.ts';

/**
 * What `source` gives, and `undefined` whenever it gave nothing for `every`. The source ends with the signal too, and is
 * closed when its reader goes; one that is waited for then closes as soon as its signal lets it.
 */
export async function* withIdle<T>(
  source: AsyncIterable<T>,
  every: Duration,
  signal: AbortSignal,
): AsyncGenerator<T | undefined, void> {
  const iterator = source[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<T>> | undefined;
  try {
    while (!signal.aborted) {
      next ??= iterator.next();
      const waiting = new AbortController();
      const pause = sleep(every, AbortSignal.any([signal, waiting.signal]));
      const arrived = await Promise.race([next, pause]).finally(() => waiting.abort());
      if (arrived === undefined) {
        if (!signal.aborted) yield undefined;
        continue;
      }
      next = undefined;
      if (arrived.done) return;
      yield arrived.value;
    }
    await next;
    next = undefined;
  } finally {
    const closed = iterator.return?.();
    if (next === undefined) await closed;
    // Nobody is left to hear how it ended.
    else for (const ending of [next, closed]) ending?.catch(() => {});
  }
}
