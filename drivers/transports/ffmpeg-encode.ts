/**
 * Pictures in, a video file out: ffmpeg's other direction, beside `ffmpeg.ts`. H.264 where this ffmpeg can encode it, as
 * Debian's does; MPEG-4 Part 2, which every ffmpeg can, otherwise.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onAbort } from '../../core/abort.ts';
import { GatewayError } from '../../core/errors.ts';
import type { PictureSize } from '../../core/observation.ts';
import { ffmpegStartError } from './ffmpeg.ts';

export type VideoCodec = 'h264' | 'mpeg4';

interface Encoder {
  readonly name: string;
  readonly codec: VideoCodec;
  readonly args: readonly string[];
}

/** A minute of it is at most 15 MB. */
const mostBitsPerSecond = 2_000_000;
const rate = ['-maxrate', String(mostBitsPerSecond), '-bufsize', String(2 * mostBitsPerSecond)] as const;

/** The best first. */
const encoders: readonly Encoder[] = [
  { name: 'libx264', codec: 'h264', args: ['-preset', 'veryfast', '-crf', '26', ...rate] },
  { name: 'libopenh264', codec: 'h264', args: ['-b:v', String(mostBitsPerSecond)] },
  { name: 'mpeg4', codec: 'mpeg4', args: ['-q:v', '5', ...rate] },
];

/** Some kilobytes; a program that prints more is no ffmpeg. */
const largestList = 200_000;
const maximumComplaints = 2000;

/** What this ffmpeg calls its encoders. Throws `unsupported` when there is no ffmpeg. */
const listEncoders = async (): Promise<string> => {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-encoders'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let list = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (list.length < largestList) list += chunk.toString();
  });
  await once(child, 'close').catch((cause: unknown) => {
    throw ffmpegStartError(cause);
  });
  return list;
};

/** Exported for the tests: of the encoders that ffmpeg lists (` V....D libx264  …`) the best one. */
export const chooseEncoder = (list: string): Encoder => {
  const names = new Set(list.split('\n').map(line => /^ V\S* (\S+)/.exec(line)?.[1]));
  const found = encoders.find(({ name }) => names.has(name));
  if (found !== undefined) return found;
  throw new GatewayError('unsupported', 'ffmpeg can encode neither H.264 nor MPEG-4', {
    advice: 'Install the ffmpeg of the distribution: apt-get install ffmpeg',
  });
};

export interface EncodeOptions {
  readonly size: PictureSize;
  /** Constant: whoever writes repeats pictures. */
  readonly fps: number;
  /** Absolute path of the MP4 file that is written. */
  readonly file: string;
  /** Where ffmpeg stops by itself. */
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
}

export interface VideoEncoder extends AsyncDisposable {
  readonly codec: VideoCodec;
  /** RGB, 8 bits each, of the size given. Resolves when there is room for the next one. */
  write(pixels: Uint8Array): Promise<void>;
  /** Resolves when the file is complete. Throws `exhausted` when the disk took no more, `defect` when ffmpeg failed. */
  finish(): Promise<void>;
}

/** Throws `unsupported` where there is no ffmpeg, or none that can. Ends ffmpeg when `signal` aborts or it is disposed of. */
export const openVideoEncoder = async (options: EncodeOptions): Promise<VideoEncoder> => {
  const { size, fps, file, maximumBytes, signal } = options;
  const { name, codec, args } = chooseEncoder(await listEncoders());
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostats', '-loglevel', 'error'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', `${size.width}x${size.height}`],
      ...['-framerate', String(fps), '-i', 'pipe:0'],
      // Chroma is stored for two pixels each way.
      ...['-vf', 'scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p'],
      ...['-c:v', name, ...args, '-threads', '1', '-map_metadata', '-1'],
      ...['-movflags', '+faststart', '-fs', String(maximumBytes), '-f', 'mp4', '-y', `file:${file}`],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-maximumComplaints);
  });
  const { stdin } = child;
  // It may end before all is written: the exit code says why.
  stdin.on('error', () => {});
  const exited = once(child, 'close').then(
    () => undefined,
    (cause: unknown) => ffmpegStartError(cause),
  );
  const kill = onAbort(signal, () => child.kill('SIGKILL'));
  return {
    codec,
    write: async pixels => {
      if (stdin.destroyed || child.exitCode !== null || stdin.write(pixels)) return;
      await Promise.race([once(stdin, 'drain').catch(() => {}), exited]);
    },
    finish: async () => {
      stdin.end();
      const failed = await exited;
      if (failed !== undefined) throw failed;
      if (child.exitCode === 0) return;
      if (/No space left|Disk quota|File too large/i.test(complaints)) {
        throw new GatewayError('exhausted', 'the disk has no room for a clip', { advice: 'Make room on the disk.' });
      }
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      throw new GatewayError('defect', `ffmpeg could not encode a clip (${how}): ${complaints.trim().slice(-300)}`);
    },
    [Symbol.asyncDispose]: async () => {
      kill[Symbol.dispose]();
      child.kill('SIGKILL');
      await exited;
    },
  };
};
