/** Films of ffmpeg's own sources, for cameras of any size and rate. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PictureSize } from '../../../core/observation.ts';
import { parameterSetsOf, splitPictures } from '../../../simulators/scenes/coded-pictures.ts';
import type { Film } from '../../../simulators/scenes/film.ts';

export interface SourceOptions extends PictureSize {
  readonly fps: number;
  /** In the film, which begins again after them; the first is its key frame. */
  readonly pictures: number;
}

/** `source` is a source of video as ffmpeg writes it, with `size` still to be said. */
export const filmOfSource = async (
  source: string,
  { width, height, fps, pictures }: SourceOptions,
  ...filters: readonly string[]
): Promise<Film> => {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', [`${source}:size=${width}x${height}`, ...filters].join()],
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
      ...['-g', `${pictures}`, '-x264-params', 'aud=1:scenecut=0:cabac=1', '-f', 'h264', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 2 ** 26 },
  );
  const frames = splitPictures(stdout, 'h264');
  const parameterSets = parameterSetsOf(frames[0], 'h264');
  if (frames.length !== pictures || parameterSets === undefined) throw new Error('the film is not whole');
  return { codec: 'h264', width, height, fps, frames, parameterSets };
};

/** 3840 × 2160 in one color: next to nothing to send, and 12 MB to write for each picture all the same. */
export const floodFilm = (color: 'red' | 'blue', fps: number): Promise<Film> =>
  filmOfSource(`color=c=${color}`, { width: 3840, height: 2160, fps, pictures: 30 });

/** Black, with a white square in the middle whose sides are half as long as `height`. */
export const squareFilm = (size: PictureSize): Promise<Film> => {
  const side = size.height / 2;
  const place = `x=${(size.width - side) / 2}:y=${(size.height - side) / 2}:w=${side}:h=${side}`;
  return filmOfSource('color=c=black', { ...size, fps: 5, pictures: 5 }, `drawbox=${place}:color=white:t=fill`);
};

/** Much in it, and everything moves: all pictures of the film differ. */
export const testCardFilm = (): Promise<Film> =>
  filmOfSource('testsrc2=rate=10', { width: 320, height: 180, fps: 10, pictures: 10 });
