/**
 * One `worldPeriod` of a view as coded video, rendered once and kept on disk. Every camera that plays it shows, at any
 * instant, the picture of that instant's phase: `frameAt` says which.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatewayError } from '../../core/errors.ts';
import type { PictureSize } from '../../core/observation.ts';
import type { Instant } from '../../core/time.ts';
import { phaseAt, worldPeriod } from '../world/period.ts';
import { createView, type SceneName } from '../world/view.ts';
import type { Picture } from './backdrop.ts';
import { type Codec, type CodedPicture, parameterSetsOf, splitPictures } from './coded-pictures.ts';
import { encodePictures } from './encode.ts';
import { createRenderer, rendererVersion } from './render.ts';
import { type PictureFault, spoil } from './spoil.ts';

export interface Film extends PictureSize {
  readonly codec: Codec;
  readonly fps: number;
  /** `worldPeriod × fps` pictures, of a spoiled film less; the first is a keyframe, and so is one in each second. */
  readonly frames: readonly CodedPicture[];
  /** In the order in which a session description names them: of H.264 two, of H.265 three, of motion JPEG none. */
  readonly parameterSets: readonly Uint8Array[];
}

export interface FilmOptions extends PictureSize {
  readonly scene: SceneName;
  readonly seed: number;
  /** H.264 when absent. */
  readonly codec?: Codec;
  /** A divisor of 1000, so that a frame lasts whole milliseconds. */
  readonly fps: number;
  readonly signal: AbortSignal;
  /** Where films are kept; below the project's own cache unless given. */
  readonly folder?: string;
  /** Called while it is rendered, with the part that is done, 0–1. Never called for a film that is on disk. */
  readonly onProgress?: (part: number) => void;
}

const projectCache = fileURLToPath(new URL('../../.cache/scenes', import.meta.url));

/** Index of the frame that a film of `fps` shows at the instant. */
export const frameAt = (fps: number, instant: Instant): number => Math.floor((phaseAt(instant) * fps) / 1000);

function* renderAll({ scene, seed, width, height, fps, onProgress }: FilmOptions): Generator<Picture> {
  const renderer = createRenderer(createView(seed, scene), width, height);
  const count = (worldPeriod * fps) / 1000;
  for (let index = 0; index < count; index++) {
    if (index % fps === 0) onProgress?.(index / count);
    yield renderer.render((index * 1000) / fps);
  }
  onProgress?.(1);
}

/** A spoiled film is played again and again: it is short. */
const spoiledSeconds = 6;

function* renderSpoiled({ scene, seed, width, height, fps }: FilmOptions, fault: PictureFault): Generator<Picture> {
  const renderer = createRenderer(createView(seed, scene), width, height);
  for (let index = 0; index < spoiledSeconds * fps; index++) {
    yield spoil(fault, renderer.render(fault === 'frozen' ? 0 : (index * 1000) / fps), { width, height });
  }
}

const readCached = async (file: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
};

const codecOf = ({ codec = 'h264' }: FilmOptions): Codec => codec;

/** Undefined where the stream is not of this length, or has no parameter sets. */
const toFilm = (stream: Uint8Array, options: FilmOptions, length: number): Film | undefined => {
  const { width, height, fps } = options;
  const codec = codecOf(options);
  const frames = splitPictures(stream, codec);
  const parameterSets = parameterSetsOf(frames[0], codec);
  if (frames.length !== length * fps || parameterSets === undefined) return undefined;
  return { codec, width, height, fps, frames, parameterSets };
};

/** Takes seconds the first time, milliseconds afterwards. Throws `unsupported` without ffmpeg and the codec's encoder. */
export const openFilm = async (options: FilmOptions): Promise<Film> => {
  const { scene, seed, width, height, fps, signal, folder = projectCache } = options;
  const codec = codecOf(options);
  const file = path.join(folder, `${scene}-${seed}-${width}x${height}-${fps}-v${rendererVersion}.${codec}`);
  let stream = await readCached(file);
  if (stream === undefined) {
    await mkdir(folder, { recursive: true });
    stream = await encodePictures(renderAll(options), { codec, width, height, fps, signal });
    const partial = `${file}.${randomUUID()}`;
    try {
      await writeFile(partial, stream);
      await rename(partial, file);
    } finally {
      await rm(partial, { force: true });
    }
  }
  const film = toFilm(stream, options, worldPeriod / 1000);
  if (film === undefined) {
    throw new GatewayError('damaged', `${file} is not a whole film`, { advice: 'delete it: it is rendered again' });
  }
  return film;
};

/** Some seconds of the view as a camera with this fault sends it. Not kept on disk. */
export const openSpoiledFilm = async (options: FilmOptions, fault: PictureFault): Promise<Film> => {
  const stream = await encodePictures(renderSpoiled(options, fault), options);
  const film = toFilm(stream, options, spoiledSeconds);
  if (film === undefined) throw new GatewayError('defect', `the film of a picture that is ${fault} is not whole`);
  return film;
};
