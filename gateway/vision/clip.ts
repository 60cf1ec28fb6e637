/** Some seconds of a camera as a video file, every picture of it inferred and redacted first. */
import { rm } from 'node:fs/promises';
import { onAbort } from '../../core/abort.ts';
import { GatewayError } from '../../core/errors.ts';
import { extensionOf, type MediaFile } from '../../core/media-reference.ts';
import type { Picture, PictureSize } from '../../core/observation.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { openVideoEncoder, type VideoCodec, type VideoEncoder } from '../../drivers/transports/ffmpeg-encode.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import { adoptMediaFile, openPart } from './media-file.ts';
import type { Redaction } from './redact.ts';

export interface Clip extends MediaFile {
  readonly mediaType: 'video/mp4';
  readonly duration: Duration;
  readonly codec: VideoCodec;
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

export const startRecording = ({ duration, fps, redaction, folder, signal }: RecordingOptions): Recording => {
  const queue = new BoundedQueue<Shown>({ capacity: 1, overflow: 'latest' });
  // Players do not like less.
  const rate = Math.max(2, Math.ceil(fps));
  const total = Math.ceil((duration / seconds(1)) * rate);
  let over: NodeJS.Timeout | undefined;

  const encode = async (
    part: string,
    opened: (encoder: VideoEncoder) => VideoEncoder,
  ): Promise<Omit<Clip, 'sha256' | 'bytes'>> => {
    let begun: { readonly first: Shown; readonly encoder: VideoEncoder } | undefined;
    let last: Uint8Array | undefined;
    let written = 0;
    /** The picture before stands until the next one comes. */
    const fillUpTo = async (count: number): Promise<void> => {
      while (begun !== undefined && last !== undefined && written < count && !signal.aborted) {
        await begun.encoder.write(last);
        written++;
      }
    };
    for await (const shown of queue) {
      const { picture, found } = shown;
      const { width, height } = picture;
      if (begun === undefined) {
        const encoder = await openVideoEncoder({
          size: { width, height },
          fps: rate,
          file: part,
          maximumBytes: mostBytes,
          signal,
        });
        begun = { first: shown, encoder: opened(encoder) };
        over = setTimeout(() => queue.close(), duration);
      }
      if (!sameSize(begun.first.picture, picture)) continue;
      const redacted = await redaction.apply(picture, found);
      const due = Math.min(total - 1, Math.round(((shown.at - begun.first.at) / seconds(1)) * rate));
      await fillUpTo(due);
      last = await redacted.removeAlpha().raw().toBuffer();
    }
    if (begun === undefined || signal.aborted) throw givenUp();
    await fillUpTo(total);
    await begun.encoder.finish();
    const { width, height } = begun.first.picture;
    return {
      mediaType: 'video/mp4',
      width: width - (width % 2),
      height: height - (height % 2),
      capturedAt: begun.first.time,
      redaction: redaction.hides,
      duration: seconds(written / rate),
      codec: begun.encoder.codec,
    };
  };

  const record = async (): Promise<Clip> => {
    using _ = onAbort(signal, () => queue.close());
    const part = await openPart(folder);
    try {
      await using encoding = new AsyncDisposableStack();
      const described = await encode(part, encoder => encoding.use(encoder));
      return { ...described, ...(await adoptMediaFile(part, extensionOf('video/mp4'))) };
    } catch (failure) {
      await rm(part, { force: true }).catch(() => {});
      throw signal.aborted ? givenUp() : failure;
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
