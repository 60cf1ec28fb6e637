/** Between the tips of a box that tells nothing else: a dry minute is 0 mm, as long as its connection stands. */
import { sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import type { Observation } from '../../../core/observation.ts';
import { minutes } from '../../../core/time.ts';
import { fallenAt } from './codec.ts';

export async function* withDryMinutes(
  tips: AsyncIterable<Batch<Observation>>,
  device: string,
  { signal, clock }: Context,
): AsyncGenerator<Batch<Observation>, void> {
  const source = tips[Symbol.asyncIterator]();
  let next = source.next();
  while (!signal.aborted) {
    const waiting = new AbortController();
    const dry = sleep(minutes(1), AbortSignal.any([signal, waiting.signal]));
    const arrived = await Promise.race([next, dry]).finally(() => waiting.abort());
    if (arrived === undefined) {
      if (!signal.aborted) yield { items: [fallenAt(0, device, clock.now())] };
      continue;
    }
    if (arrived.done) return;
    yield arrived.value;
    next = source.next();
  }
  // The connection ends with the signal too.
  await next;
}
