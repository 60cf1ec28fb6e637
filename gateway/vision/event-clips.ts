/**
 * Clips that begin before the camera knew what it saw: the last seconds are kept as pictures that may leave the box, and
 * become a file when an object begins to be followed. Nothing of it touches the disk before that.
 */
import { onAbort } from '../../core/abort.ts';
import type { Context } from '../../core/driver.ts';
import { toGatewayError } from '../../core/errors.ts';
import type { CameraClip, DetectedObject, Detections, Picture } from '../../core/observation.ts';
import { BoundedQueue } from '../../core/queue.ts';
import type { Duration } from '../../core/time.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ClipConfig } from '../../pipelines/detect/config.ts';
import type { Recorder } from '../../pipelines/detect/detect.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import { type ClipPicture, writeClip } from './clip.ts';
import { hiddenAs, shownOf } from './pictures.ts';
import { createRedaction } from './redact.ts';
import { createRing, type RingPicture } from './ring.ts';

export interface EventClipsOptions extends Pick<Context, 'signal' | 'clock' | 'log' | 'count'> {
  readonly config: ClipConfig;
  /** Pictures a second that are looked at, at most. */
  readonly fps: number;
  readonly manifest: Manifest;
  readonly authorised: readonly string[];
  readonly folder: string;
}

/** What a clip is recorded for. */
interface Cause {
  readonly seen: Detections;
  readonly object: CameraClip['object'];
  readonly at: Duration;
}

interface Seen {
  readonly picture: Picture;
  readonly found: readonly Detection[];
  readonly time: number;
  readonly at: Duration;
}

/** Half a minute of large pictures; with twenty cameras the vision process stays below its ceiling. */
const mostRingBytes = 24_000_000;
/** Pictures that wait to be blurred: each is some megabytes. */
const mostSharp = 4;
/** Pictures that wait for a slow encoder. */
const mostWaiting = 32;

/** Throws `unsupported` where the model cannot hide persons and vehicles. */
export const createEventClips = (options: EventClipsOptions): Recorder => {
  const { config, fps, manifest, folder, signal, clock, log, count } = options;
  const redaction = createRedaction(manifest);
  const shown = new Map(
    shownOf(manifest, options.authorised).map(label => [label, createRedaction(manifest, label)] as const),
  );
  const ring = createRing(config.before, mostRingBytes);
  const frames = new BoundedQueue<Seen>({
    ...{ capacity: mostSharp, overflow: 'drop-oldest' },
    onDrop: dropped => count('clip.dropped.busy', dropped),
  });
  onAbort(signal, () => frames.close());
  const ready: CameraClip[] = [];
  let recording: BoundedQueue<RingPicture> | undefined;
  let cause: Cause | undefined;
  let causedAt = Number.NEGATIVE_INFINITY;

  const hide = async ({ picture, found, time, at }: Seen): Promise<RingPicture> => {
    const jpegOf = async ({ apply }: typeof redaction): Promise<Uint8Array> =>
      (await apply(picture, found)).jpeg({ quality: 85 }).toBuffer();
    const more = new Map<string, Uint8Array>();
    for (const [label, each] of shown)
      if (found.some(detection => detection.label === label)) more.set(label, await jpegOf(each));
    const { width, height } = picture;
    return { width, height, time, at, jpeg: await jpegOf(redaction), shown: more };
  };

  const fail = (thrown: unknown): void => {
    if (signal.aborted) return;
    const { kind, message } = toGatewayError(thrown);
    log.warn('a clip could not be recorded', { kind, reason: message });
    count(`clip.failed.${kind}`);
  };

  const record = async (
    { seen: { device, time, detector }, object, at }: Cause,
    coming: BoundedQueue<RingPicture>,
  ): Promise<void> => {
    const { label } = object;
    const before = ring.since(at - config.before);
    const pixelsOf = async (picture: RingPicture): Promise<Uint8Array> => {
      const { default: sharp } = await import('sharp');
      return await sharp(picture.shown.get(label) ?? picture.jpeg)
        .raw()
        .toBuffer();
    };
    // What stood before the clip begins stands at its beginning.
    const opening = at - config.before;
    const first = before[0];
    const pictures = async function* (): AsyncGenerator<ClipPicture, void> {
      for (const picture of before) {
        const late = Math.max(0, opening - picture.at);
        const moved = { ...picture, at: picture.at + late, time: picture.time + late };
        yield { ...moved, pixels: () => pixelsOf(picture) };
      }
      for await (const picture of coming) yield { ...picture, pixels: () => pixelsOf(picture) };
    };
    const earlier = first === undefined ? 0 : at - Math.max(opening, first.at);
    const clip = await writeClip(pictures(), {
      ...{ duration: earlier + config.after, fps, folder, signal },
      redaction: (shown.get(label) ?? redaction).hides,
    });
    if (shown.has(label)) count(`clip.unblurred.${label}`);
    ready.push({ kind: 'camera-clip', device, time, timeFrom: 'gateway', object, detector, clip });
  };

  /** With the picture of the cause the ring holds all that was before it. */
  const begin = (why: Cause): void => {
    const coming = new BoundedQueue<RingPicture>({ capacity: mostWaiting, overflow: 'drop-oldest' });
    recording = coming;
    const over = setTimeout(() => coming.close(), why.at + config.after - clock.steady());
    record(why, coming)
      .catch(fail)
      .finally(() => {
        clearTimeout(over);
        coming.close();
        recording = undefined;
      });
  };

  const follow = async (): Promise<void> => {
    for await (const seen of frames) {
      try {
        const picture = await hide(seen);
        ring.push(picture);
        recording?.offer(picture);
      } catch (thrown) {
        fail(thrown);
      }
      if (cause === undefined || seen.at < cause.at) continue;
      begin(cause);
      cause = undefined;
    }
    recording?.close();
  };
  void follow();

  const isWanted = ({ label }: DetectedObject): boolean => config.classes?.includes(label) ?? true;

  return {
    show: (picture, found, seen, begun) => {
      const at = clock.steady();
      frames.offer({ picture, found: hiddenAs(found, seen.objects), time: seen.time, at });
      if (cause !== undefined || recording !== undefined || at - causedAt < config.every) return;
      for (const object of seen.objects) {
        const { track } = object;
        if (track === undefined || !begun.includes(track) || !isWanted(object)) continue;
        cause = { seen, object: { ...object, track }, at };
        causedAt = at;
        return;
      }
    },
    take: () => ready.splice(0),
  };
};
