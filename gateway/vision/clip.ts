/** Some seconds of a camera as a video file, every picture of it inferred and redacted first. */
import { rm } from 'node:fs/promises';
import { onAbort } from '../../core/abort.ts';
import { GatewayError } from '../../core/errors.ts';
import { extensionOf } from '../../core/media-reference.ts';
import type { Clip, Picture, PictureSize } from '../../core/observation.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { openVideoEncoder, type VideoEncoder } from '../../drivers/transports/ffmpeg-encode.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import { adoptMediaFile, openPart } from './media-file.ts';
import type { Redaction } from './redact.ts';

/** A picture in which all is hidden that must be. */
export interface ClipPicture extends PictureSize {
  /** RGB, 8 bits each. */
  readonly pixels: () => Promise<Uint8Array>;
  readonly time: Instant;
  /** Monotonic, ms: setting the time of day stretches no clip. */
  readonly at: Duration;
}

export interface ClipOptions {
  /** From the first picture on. */
  readonly duration: Duration;
  /** Pictures a second that are looked at, at most. */
  readonly fps: number;
  /** What is hidden, as media references say it. */
  readonly redaction: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface Recording {
  /** Takes the picture at once; one that comes before the last one was encoded takes its place. */
  offer(picture: Picture, found: readonly Detection[], time: Instant): void;
  /** Throws `exhausted` when the disk is full, `unsupported` without an encoder, `unreachable` when it was aborted. */
  readonly ended: Promise<Clip>;
}

export interface RecordingOptions {
  /** From the first picture on. */
  readonly duration: Duration;
  /** Pictures a second that are looked at, at most. */
  readonly fps: number;
  readonly redaction: Redaction;
  readonly folder: string;
  readonly signal: AbortSignal;
}

interface Shown {
  readonly picture: Picture;
  readonly found: readonly Detection[];
  readonly time: Instant;
  /** Monotonic, ms: setting the time of day stretches no clip. */
  readonly at: number;
}

/** Below what an event may say of a file (20 MB), with the index that ffmpeg still writes. */
const mostBytes = 18_000_000;

const sameSize = (a: PictureSize, b: PictureSize): boolean => a.width === b.width && a.height === b.height;

const givenUp = (): GatewayError => new GatewayError('unreachable', 'the clip was given up: no more pictures came');

/**
 * Writes the pictures as a file of the spool; each stands until the next one comes, the last one until the clip is full.
 * Throws `exhausted` when the disk is full, `unsupported` without an encoder, `unreachable` when it was aborted or no
 * picture came.
 */
export const writeClip = async (
  pictures: AsyncIterable<ClipPicture>,
  { duration, fps, redaction, folder, signal }: ClipOptions,
): Promise<Clip> => {
  // Players do not like less.
  const rate = Math.max(2, Math.ceil(fps));
  const total = Math.ceil((duration / seconds(1)) * rate);

  const encode = async (
    part: string,
    opened: (encoder: VideoEncoder) => VideoEncoder,
  ): Promise<Omit<Clip, 'sha256' | 'bytes'>> => {
    let begun: { readonly first: ClipPicture; readonly encoder: VideoEncoder } | undefined;
    let last: Uint8Array | undefined;
    let written = 0;
    const fillUpTo = async (count: number): Promise<void> => {
      while (begun !== undefined && last !== undefined && written < count && !signal.aborted) {
        await begun.encoder.write(last);
        written++;
      }
    };
    for await (const picture of pictures) {
      if (begun === undefined) {
        const { width, height } = picture;
        const size = { width, height };
        const encoder = await openVideoEncoder({ size, fps: rate, file: part, maximumBytes: mostBytes, signal });
        begun = { first: picture, encoder: opened(encoder) };
      }
      if (!sameSize(begun.first, picture)) continue;
      const next = await picture.pixels();
      await fillUpTo(Math.min(total - 1, Math.round(((picture.at - begun.first.at) / seconds(1)) * rate)));
      last = next;
    }
    if (begun === undefined || signal.aborted) throw givenUp();
    await fillUpTo(total);
    await begun.encoder.finish();
    const { width, height, time } = begun.first;
    return {
      ...{ mediaType: 'video/mp4', width: width - (width % 2), height: height - (height % 2) },
      ...{ capturedAt: time, redaction, duration: seconds(written / rate), codec: begun.encoder.codec },
    };
  };

  const part = await openPart(folder);
  try {
    await using encoding = new AsyncDisposableStack();
    const described = await encode(part, encoder => encoding.use(encoder));
    return { ...described, ...(await adoptMediaFile(part, extensionOf('video/mp4'))) };
  } catch (failure) {
    await rm(part, { force: true }).catch(() => {});
    throw signal.aborted ? givenUp() : failure;
  }
};

export const startRecording = ({ duration, redaction, signal, ...options }: RecordingOptions): Recording => {
  const queue = new BoundedQueue<Shown>({ capacity: 1, overflow: 'latest' });
  let over: NodeJS.Timeout | undefined;

  const pictures = async function* (): AsyncGenerator<ClipPicture, void> {
    for await (const { picture, found, time, at } of queue) {
      over ??= setTimeout(() => queue.close(), duration);
      const { width, height } = picture;
      const pixels = async () => (await redaction.apply(picture, found)).removeAlpha().raw().toBuffer();
      yield { width, height, time, at, pixels };
    }
  };

  const record = async (): Promise<Clip> => {
    using _ = onAbort(signal, () => queue.close());
    try {
      return await writeClip(pictures(), { ...options, duration, signal, redaction: redaction.hides });
    } finally {
      clearTimeout(over);
      queue.close();
    }
  };

  return {
    offer: (picture, found, time) => {
      queue.offer({ picture, found, time, at: performance.now() });
    },
    ended: record(),
  };
};
