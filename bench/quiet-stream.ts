/** A camera before which nothing moves: one picture of a simulated street under the noise of a sensor, over RTSP. */
import type { PictureSize } from '../core/observation.ts';
import { systemClock } from '../core/time.ts';
import { openRtspServer } from '../simulators/cameras/video/rtsp-server.ts';
import { parameterSetsOf, splitPictures } from '../simulators/scenes/coded-pictures.ts';
import { encodePictures } from '../simulators/scenes/encode.ts';
import type { Film } from '../simulators/scenes/film.ts';
import { createRenderer } from '../simulators/scenes/render.ts';
import { createRandom } from '../simulators/world/random.ts';
import { createView } from '../simulators/world/view.ts';
import type { SiteCamera } from './cameras.ts';

const seed = 7;
const filmSeconds = 4;
/** Of 256 levels, either way: a small sensor by day. */
const noiseAmplitude = 5;

function* noisyStills({ width, height }: PictureSize, count: number): Generator<Uint8Array> {
  const still = createRenderer(createView(seed, 'street'), width, height).render(0).slice();
  const random = createRandom(seed, 'quiet-stream');
  // A prime length, so that it falls on another place in each picture.
  const noise = Int8Array.from({ length: 1_000_003 }, () => Math.round((random() + random() - 1) * noiseAmplitude));
  const picture = new Uint8ClampedArray(still.length);
  let at = 0;
  for (let index = 0; index < count; index++) {
    for (let each = 0; each < still.length; each++) {
      picture[each] = (still[each] ?? 0) + (noise[at] ?? 0);
      at = at + 1 === noise.length ? 0 : at + 1;
    }
    yield new Uint8Array(picture.buffer);
  }
}

export interface QuietStream extends SiteCamera {
  readonly address: { readonly url: string };
  readonly bitsPerSecond: number;
}

export const openQuietStream = async (options: PictureSize & { readonly fps: number }): Promise<QuietStream> => {
  const { width, height, fps } = options;
  const signal = AbortSignal.timeout(120_000);
  const stream = await encodePictures(noisyStills(options, filmSeconds * fps), { width, height, fps, signal });
  const frames = splitPictures(stream, 'h264');
  const film: Film = {
    codec: 'h264',
    width,
    height,
    fps,
    frames,
    parameterSets: parameterSetsOf(frames[0], 'h264') ?? [],
  };
  const server = await openRtspServer({
    film,
    host: '127.0.0.1',
    port: 0,
    path: '/live',
    transports: 'both',
    clock: systemClock,
    random: () => 0.5,
  });
  return {
    address: { url: `rtsp://127.0.0.1:${server.port}/live` },
    bitsPerSecond: (stream.length * 8) / filmSeconds,
    show: server.show,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
