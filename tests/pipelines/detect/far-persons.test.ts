/** Far persons of simulated scenes, by the model that ships: with closer looks beside the whole picture, and without. */
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Batch } from '../../../core/batch.ts';
import type { Box, DetectedObject, Frame } from '../../../core/observation.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { explainRtsp } from '../../../drivers/transports/rtsp.ts';
import { loadModel, type Model, modelFolder } from '../../../models/load.ts';
import { lowestThreshold } from '../../../models/manifest.ts';
import { detectSchema } from '../../../pipelines/detect/config.ts';
import { detect } from '../../../pipelines/detect/detect.ts';
import { createInterpret } from '../../../pipelines/detect/interpret.ts';
import { overlap } from '../../../pipelines/detect/overlap.ts';
import { createPreparation } from '../../../pipelines/detect/prepare.ts';
import { createCloser } from '../../../pipelines/detect/regions.ts';
import { doubtfulFrom } from '../../../pipelines/detect/thresholds.ts';
import type { Picture } from '../../../simulators/scenes/backdrop.ts';
import { encodePictures } from '../../../simulators/scenes/encode.ts';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { createView, sceneNames, type View } from '../../../simulators/world/view.ts';
import type { VisibleObject } from '../../../simulators/world/world.ts';
import { missingPrograms } from '../../support/resources.ts';

const skip = missingPrograms('ffmpeg');
const size = { width: 1280, height: 720 };
const fps = 5;
const picturesEach = 12;
const start = 20_000;
/**
 * Each with the next one. Nobody looked at them before regions and the bounds below were as they are: those were made with
 * 711 to 714 and judged once with 731 to 734.
 */
const seeds = [741, 743];
/** Of the picture's height: 18 of the 180 lines that the model sees. */
const farBelow = 0.1;
/** Boxes a picture where nothing is, that the closer look may add. */
const mayInvent = 0.1;

const instantOf = (index: number): number => start + (index * 1000) / fps;

/** Four scenes in one picture: everything is half as large as the model was made for. */
const viewsOf = (seed: number): readonly View[] =>
  [seed, seed + 1].flatMap(each => sceneNames.map(scene => createView(each, scene)));

const half = { width: size.width / 2, height: size.height / 2 };

function* render(views: readonly View[]): Generator<Picture> {
  const renderers = views.map(view => createRenderer(view, half.width, half.height));
  const picture = new Uint8Array(size.width * size.height * 3);
  for (let index = 0; index < picturesEach; index++) {
    for (const [at, renderer] of renderers.entries()) {
      const part = renderer.render(instantOf(index));
      for (let row = 0; row < half.height; row++) {
        const to = ((Math.floor(at / 2) * half.height + row) * size.width + (at % 2) * half.width) * 3;
        picture.set(part.subarray(row * half.width * 3, (row + 1) * half.width * 3), to);
      }
    }
    yield picture;
  }
}

const visibleAt = (views: readonly View[], instant: number): readonly VisibleObject[] =>
  views.flatMap((view, at) =>
    view.visibleAt(instant).map(object => {
      const { x, y, width, height } = object.box;
      const box = { x: (x + (at % 2)) / 2, y: (y + Math.floor(at / 2)) / 2, width: width / 2, height: height / 2 };
      return { ...object, box };
    }),
  );

const film = async (views: readonly View[], model: Model): Promise<readonly Frame[]> => {
  const { signal } = new AbortController();
  const file = path.join(tmpdir(), `haidang-far-${randomUUID()}.h264`);
  const { width, height, resampling } = model.manifest.input;
  const frames: Frame[] = [];
  try {
    await writeFile(file, await encodePictures(render(views), { ...size, fps, signal }));
    for await (const { picture, large } of decodeVideo(
      { args: ['-f', 'h264', '-framerate', `${fps}`, '-i', file] },
      { width, height, resampling, maximumFps: fps, large: { width: size.width, height: size.width } },
      { signal, keep: 'all', explain: complaints => explainRtsp(complaints, file) },
    )) {
      const time = instantOf(frames.length);
      frames.push({ kind: 'frame', device: 'far', time, ...picture, ...(large !== undefined && { large }) });
    }
  } finally {
    await rm(file, { force: true });
  }
  return frames;
};

async function* play(frames: readonly Frame[]): AsyncGenerator<Batch<Frame>, void> {
  for (const each of frames) yield { items: [each] };
}

interface Score {
  far: number;
  found: number;
  invented: number;
}

const score = async (
  model: Model,
  frames: readonly Frame[],
  views: readonly View[],
  looks: 'closer' | 'once',
  sum: Score,
) => {
  const { manifest } = model;
  const preparation = createPreparation(manifest);
  const interpret = createInterpret(manifest);
  let names = 0;
  for await (const { items } of detect(play(frames), {
    config: detectSchema.parse({ model: manifest.name, fps }),
    detector: () => ({ ...manifest, model: manifest.name }),
    infer: async picture => {
      const placement = preparation.prepare(picture);
      return interpret(await model.run(preparation.tensor), placement, doubtfulFrom(lowestThreshold(manifest)));
    },
    sees: 'objects',
    nameOf: () => `t${++names}`,
    ...(looks === 'closer' && { closer: createCloser({ input: manifest.input, may: () => true, onCut: () => {} }) }),
  })) {
    for (const item of items) {
      if (item.kind !== 'detections') continue;
      const truth = visibleAt(views, item.time);
      const left = new Set<DetectedObject>(item.objects);
      const take = (label: string, box: Box): boolean => {
        const [best] = [...left]
          .filter(object => object.label === label && overlap(object.box, box) >= 0.5)
          .sort((a, b) => overlap(b.box, box) - overlap(a.box, box));
        return best !== undefined && left.delete(best);
      };
      for (const { label, box, visible } of truth) {
        const isFound = take(label, box);
        if (label !== 'person' || visible < 0.5 || box.height >= farBelow) continue;
        sum.far++;
        if (isFound) sum.found++;
      }
      sum.invented += left.size;
    }
  }
};

it.skipIf(skip !== undefined)(
  'finds more of the far persons where it looks closer, and invents no more than one object in ten pictures',
  async () => {
    await using model = await loadModel(modelFolder('simulated-scenes'));
    const once: Score = { far: 0, found: 0, invented: 0 };
    const closer: Score = { far: 0, found: 0, invented: 0 };
    for (const seed of seeds) {
      const views = viewsOf(seed);
      const frames = await film(views, model);
      await score(model, frames, views, 'once', once);
      await score(model, frames, views, 'closer', closer);
    }
    const pictures = seeds.length * picturesEach;
    expect(once.far, 'far persons').toBe(closer.far);
    expect(closer.found, `${closer.far} far persons, once ${once.found}`).toBeGreaterThan(once.found);
    expect(closer.invented, `once ${once.invented}`).toBeLessThanOrEqual(once.invented + mayInvent * pictures);
  },
  120_000,
);
