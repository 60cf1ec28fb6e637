/** Pictures of a camera, and beside them what it says by itself. */
import { onAbort, sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { toGatewayError } from '../../../core/errors.ts';
import type { CameraSignal, Frame } from '../../../core/observation.ts';
import { minutes, seconds } from '../../../core/time.ts';

/** Signals that wait for a busy consumer; the oldest are given up. */
const mostWaiting = 1000;
/** Pictures go on while a camera's events cannot be read. */
const againAfter = seconds(30);
/** So that the account is not locked. */
const deniedAgainAfter = minutes(5);
/** A camera that is heard answers each 5 s, also when it has nothing to say; a request may take 10 s. */
const heardFor = seconds(15);

/**
 * Signals come first. A picture is asked for only when the consumer wants the next batch, so that it is the newest one.
 * The signals cannot end the pictures: what keeps them away is told once, and they are tried again.
 */
export async function* withSignals(
  frames: AsyncGenerator<Batch<Frame>, void>,
  open: (signal: AbortSignal) => AsyncIterable<Batch<CameraSignal>>,
  { signal, clock, log, count }: Pick<Context, 'signal' | 'clock' | 'log' | 'count'>,
): AsyncGenerator<Batch<Frame | CameraSignal>, void> {
  const ending = new AbortController();
  using _ = onAbort(signal, () => ending.abort());
  let waiting: CameraSignal[] = [];
  let wake = (): void => {};
  let answeredAt = Number.NEGATIVE_INFINITY;

  const take = (items: readonly CameraSignal[]): void => {
    if (items.length === 0) return;
    waiting.push(...items);
    const over = waiting.length - mostWaiting;
    if (over > 0) {
      waiting = waiting.slice(over);
      count('dropped.signals', over);
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
          answeredAt = clock.steady();
          take(items);
        }
      } catch (thrown) {
        const { kind, message, advice } = toGatewayError(thrown);
        if (said !== message) log.warn('the events of the camera cannot be read', { kind, reason: message, advice });
        said = message;
        if (kind === 'denied') pause = deniedAgainAfter;
      }
      answeredAt = Number.NEGATIVE_INFINITY;
      await sleep(pause, ending.signal);
    }
  };

  const listening = listen();
  let picture: ReturnType<typeof frames.next> | undefined;
  try {
    for (;;) {
      if (waiting.length > 0) {
        const items = waiting;
        waiting = [];
        yield { items };
        continue;
      }
      picture ??= frames.next();
      const asked = picture;
      await new Promise<void>(resolve => {
        wake = resolve;
        asked.then(
          () => resolve(),
          () => resolve(),
        );
      });
      if (waiting.length > 0) continue;
      const next = await asked;
      picture = undefined;
      if (next.done === true) return;
      const events = clock.steady() - answeredAt <= heardFor ? 'heard' : 'unheard';
      yield { ...next.value, items: next.value.items.map(frame => ({ ...frame, events })) };
    }
  } finally {
    ending.abort();
    picture?.catch(() => {});
    await Promise.all([listening, frames.return()]);
  }
}
