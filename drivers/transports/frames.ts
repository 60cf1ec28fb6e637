import type { Batch } from '../../core/batch.ts';
import type { Frame } from '../../core/observation.ts';
import type { Clock } from '../../core/time.ts';
import type { DecodedPictures } from './ffmpeg.ts';

/** Decoded pictures as frames of a camera, dated when they came out of the decoder. */
export async function* framesOf(
  pictures: AsyncIterable<DecodedPictures>,
  device: string,
  clock: Clock,
): AsyncGenerator<Batch<Frame>, void> {
  for await (const { picture, large } of pictures) {
    yield { items: [{ kind: 'frame', device, time: clock.now(), ...picture, ...(large !== undefined && { large }) }] };
  }
}
