/** Pictures → video as a camera sends it: no B pictures, a keyframe each second with its parameter sets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { onAbort } from '../../core/abort.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { PictureSize } from '../../core/observation.ts';
import type { Picture } from './backdrop.ts';
import type { Codec } from './coded-pictures.ts';

export interface EncodeOptions extends PictureSize {
  /** H.264 when absent. */
  readonly codec?: Codec;
  readonly fps: number;
  readonly signal: AbortSignal;
}

interface Encoder {
  readonly name: string;
  /** Arguments of ffmpeg, with its output format. */
  readonly args: (fps: number) => readonly string[];
}

const encoders: Readonly<Record<Codec, Encoder>> = {
  h264: {
    name: 'libx264',
    args: fps => [
      ...['-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p', '-crf', '25', '-bf', '0', '-g', `${fps}`],
      ...['-x264-params', 'aud=1:scenecut=0', '-f', 'h264'],
    ],
  },
  h265: {
    name: 'libx265',
    args: fps => [
      ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-crf', '28', '-x265-params'],
      `aud=1:repeat-headers=1:scenecut=0:bframes=0:keyint=${fps}:min-keyint=${fps}:open-gop=0:pools=none:log-level=error`,
      ...['-f', 'hevc'],
    ],
  },
  // The tables of Huffman codes are those of ITU-T T.81 annex K: RFC 2435 sends none.
  mjpeg: { name: 'mjpeg', args: () => ['-pix_fmt', 'yuvj420p', '-q:v', '6', '-huffman', 'default', '-f', 'mjpeg'] },
};

/** The byte stream of all `pictures`, each of which may be overwritten once the next is asked for. */
export const encodePictures = async (
  pictures: Iterable<Picture>,
  { codec = 'h264', width, height, fps, signal }: EncodeOptions,
): Promise<Uint8Array> => {
  const { name, args } = encoders[codec];
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', `${fps}`, '-i', 'pipe:0'],
      ...['-c:v', name, '-threads', '1', ...args(fps), 'pipe:1'],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  using _ = onAbort(signal, () => child.kill('SIGKILL'));
  const exited = once(child, 'exit').catch((cause: unknown) => {
    throw new GatewayError('unsupported', `ffmpeg could not be started (${systemCode(cause)})`, {
      cause,
      advice: 'install it: apt-get install ffmpeg',
    });
  });
  const stream = buffer(child.stdout);
  const complaints = buffer(child.stderr);
  // Its exit code and its complaints say why it took no more.
  child.stdin.on('error', () => {});
  const write = async (): Promise<void> => {
    for (const picture of pictures) {
      if (!child.stdin.writable) return;
      const taken = new Promise<void>(resolve => {
        child.stdin.write(picture, () => resolve());
      });
      await taken;
    }
    child.stdin.end();
  };
  await Promise.all([write(), exited]);
  signal.throwIfAborted();
  if (child.exitCode !== 0) {
    throw new GatewayError('unsupported', `ffmpeg could not encode ${codec}: ${(await complaints).toString().trim()}`, {
      advice: `install an ffmpeg with ${name}`,
    });
  }
  return stream;
};
