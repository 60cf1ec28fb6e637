/** Between the tips of a box that tells nothing else: a dry minute is 0 mm, as long as its connection stands. */
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { withIdle } from '../../../core/idle.ts';
import type { Observation } from '../../../core/observation.ts';
import { minutes } from '../../../core/time.ts';
import { fallenAt } from './codec.ts';

export async function* withDryMinutes(
  tips: AsyncIterable<Batch<Observation>>,
  device: string,
  { signal, clock }: Context,
): AsyncGenerator<Batch<Observation>, void> {
  for await (const batch of withIdle(tips, minutes(1), signal))
    yield batch ?? { items: [fallenAt(0, device, clock.now())] };
}
