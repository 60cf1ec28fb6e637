/**
 * A camera watched by its smaller stream, and shown by its larger one: of that one only key frames are decoded, which
 * takes a small part of what decoding it takes.
 */
import type { Batch } from '../../core/batch.ts';
import type { Context } from '../../core/driver.ts';
import type { Frame, FrameRequest } from '../../core/observation.ts';
import { beside } from './beside.ts';
import { framesOf } from './frames.ts';
import { openRtsp, type RtspSource } from './rtsp.ts';

/** More often nobody keeps one. */
const mostFps = 1;

/** Of `source`, as they come; throws as `openRtsp`. */
async function* evidenceOf(
  source: RtspSource,
  request: FrameRequest,
  device: string,
  context: Context,
): AsyncGenerator<Batch<Frame>, void> {
  // The hardware decodes few streams at a time, and some of it knows no way to leave pictures out.
  const keyFrames: RtspSource = { ...source, decoder: 'software', pictures: 'key-frames' };
  const large = { ...request, ...(request.evidence !== undefined && { large: request.evidence }), maximumFps: mostFps };
  for await (const { items } of framesOf(openRtsp(keyFrames, large, context), device, context.clock)) {
    yield { items: items.map(frame => ({ ...frame, stream: 'evidence' })) };
  }
}

/**
 * The frames, and among them those of the larger stream, marked as such. `find` names that stream; whatever keeps it away,
 * the frames go on.
 */
export const withEvidence = (
  frames: AsyncGenerator<Batch<Frame>, void>,
  find: () => RtspSource | Promise<RtspSource>,
  request: FrameRequest,
  device: string,
  context: Context,
): AsyncGenerator<Batch<Frame>, void> =>
  beside(
    frames,
    {
      open: async function* (signal) {
        yield* evidenceOf(await find(), request, device, { ...context, signal });
      },
      ...{ mostWaiting: 1, dropped: 'dropped.newer-frame' },
      complaint: 'the larger stream of the camera cannot be read: its pictures are taken from the smaller one',
    },
    context,
  );
