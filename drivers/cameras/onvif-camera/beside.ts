/** Pictures of a camera, and beside them what it says by itself. */
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import type { CameraSignal, Frame } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import { beside } from '../../transports/beside.ts';

/** A camera that is heard answers each 5 s, also when it has nothing to say; a request may take 10 s. */
const heardFor = seconds(15);

/** Signals come first, and each frame says whether they can be heard. */
export async function* withSignals(
  frames: AsyncGenerator<Batch<Frame>, void>,
  open: (signal: AbortSignal) => AsyncIterable<Batch<CameraSignal>>,
  context: Pick<Context, 'signal' | 'clock' | 'log' | 'count'>,
): AsyncGenerator<Batch<Frame | CameraSignal>, void> {
  const { clock } = context;
  let answeredAt = Number.NEGATIVE_INFINITY;
  const heard = async function* (signal: AbortSignal): AsyncGenerator<Batch<CameraSignal>, void> {
    try {
      for await (const batch of open(signal)) {
        answeredAt = clock.steady();
        yield batch;
      }
    } finally {
      answeredAt = Number.NEGATIVE_INFINITY;
    }
  };
  const way = {
    ...{ open: heard, mostWaiting: 1000, dropped: 'dropped.signals' },
    complaint: 'the events of the camera cannot be read',
  };
  for await (const { items, ...rest } of beside(frames, way, context)) {
    const events = clock.steady() - answeredAt <= heardFor ? 'heard' : 'unheard';
    yield { ...rest, items: items.map(item => (item.kind === 'frame' ? { ...item, events } : item)) };
  }
}
