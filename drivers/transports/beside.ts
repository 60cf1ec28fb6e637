/** Pictures of a camera, and what comes by a second way beside them and must never hold them up. */
import { onAbort, sleep } from '../../core/abort.ts';
import type { Batch } from '../../core/batch.ts';
import type { Context } from '../../core/driver.ts';
import { toGatewayError } from '../../core/errors.ts';
import { minutes, seconds } from '../../core/time.ts';

export interface SecondWay<Item> {
  readonly open: (signal: AbortSignal) => AsyncIterable<Batch<Item>>;
  /** Items that wait for a busy consumer; the oldest are given up, and counted as `dropped`. */
  readonly mostWaiting: number;
  readonly dropped: string;
  /** What it means when it fails, for the log. */
  readonly complaint: string;
}

const againAfter = seconds(30);
/** So that the account is not locked. */
const deniedAgainAfter = minutes(5);

/**
 * What came by the second way comes first. The next batch of `main` is asked for only when the consumer wants it, so that
 * it is the newest one. The second way cannot end the first: what keeps it away is told once, and it is tried again.
 */
export async function* beside<Main, Item>(
  main: AsyncGenerator<Batch<Main>, void>,
  { open, mostWaiting, dropped, complaint }: SecondWay<Item>,
  { signal, log, count }: Pick<Context, 'signal' | 'log' | 'count'>,
): AsyncGenerator<Batch<Main | Item>, void> {
  const ending = new AbortController();
  using _ = onAbort(signal, () => ending.abort());
  let waiting: Item[] = [];
  let wake = (): void => {};

  const take = (items: readonly Item[]): void => {
    if (items.length === 0) return;
    waiting.push(...items);
    const over = waiting.length - mostWaiting;
    if (over > 0) {
      waiting = waiting.slice(over);
      count(dropped, over);
    }
    wake();
  };

  const listen = async (): Promise<void> => {
    let said: string | undefined;
    while (!ending.signal.aborted) {
      let pause = againAfter;
      try {
        for await (const { items } of open(ending.signal)) {
          said = undefined;
          take(items);
        }
      } catch (thrown) {
        const { kind, message, advice } = toGatewayError(thrown);
        if (said !== message) log.warn(complaint, { kind, reason: message, advice });
        said = message;
        if (kind === 'denied') pause = deniedAgainAfter;
      }
      await sleep(pause, ending.signal);
    }
  };

  const listening = listen();
  let asked: ReturnType<typeof main.next> | undefined;
  try {
    for (;;) {
      if (waiting.length > 0) {
        const items = waiting;
        waiting = [];
        yield { items };
        continue;
      }
      asked ??= main.next();
      const coming = asked;
      await new Promise<void>(resolve => {
        wake = resolve;
        coming.then(
          () => resolve(),
          () => resolve(),
        );
      });
      if (waiting.length > 0) continue;
      const next = await coming;
      asked = undefined;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    ending.abort();
    asked?.catch(() => {});
    await Promise.all([listening, main.return()]);
  }
}
