/** Pictures → H.264 as a camera sends it: no B pictures, a keyframe each second with its parameter sets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { onAbort } from '../../core/abort.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { PictureSize } from '../../core/observation.ts';
import type { Picture } from './backdrop.ts';

export interface EncodeOptions extends PictureSize {
  readonly fps: number;
  readonly signal: AbortSignal;
}

/** The byte stream of all `pictures`, each of which may be overwritten once the next is asked for. */
export const encodePictures = async (
  pictures: Iterable<Picture>,
  { width, height, fps, signal }: EncodeOptions,
): Promise<Uint8Array> => {
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', `${fps}`, '-i', 'pipe:0'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p', '-crf', '25'],
      ...['-bf', '0', '-g', `${fps}`, '-threads', '1', '-x264-params', 'aud=1:scenecut=0'],
      ...['-f', 'h264', 'pipe:1'],
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
    throw new GatewayError('unsupported', `ffmpeg could not encode H.264: ${(await complaints).toString().trim()}`, {
      advice: 'install an ffmpeg with libx264',
    });
  }
  return stream;
};
