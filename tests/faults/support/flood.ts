/** Films for a camera that sends too much. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parameterSetsOf, splitPictures } from '../../../simulators/scenes/coded-pictures.ts';
import type { Film } from '../../../simulators/scenes/film.ts';

const pictures = 30;

/** 3840 × 2160 in one color: next to nothing to send, and 12 MB to write for each picture all the same. */
export const floodFilm = async (color: 'red' | 'blue', fps: number): Promise<Film> => {
  const size = { width: 3840, height: 2160 };
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', `color=c=${color}:size=${size.width}x${size.height}`],
      ...[
        '-frames:v',
        `${pictures}`,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-threads',
        '1',
        '-pix_fmt',
        'yuv420p',
      ],
      ...['-g', `${pictures}`, '-x264-params', 'aud=1:scenecut=0', '-f', 'h264', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 2 ** 26 },
  );
  const frames = splitPictures(stdout, 'h264');
  const parameterSets = parameterSetsOf(frames[0], 'h264');
  if (frames.length !== pictures || parameterSets === undefined) throw new Error('the film is not whole');
  return { codec: 'h264', ...size, fps, frames, parameterSets };
};
