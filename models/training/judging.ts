/** Detections of rendered clips against the world's ground truth, through what a gateway runs: ffmpeg, prepare, interpret. */
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Box } from '../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { decodeVideo } from '../../drivers/transports/ffmpeg.ts';
import { explainRtsp } from '../../drivers/transports/rtsp.ts';
import { createInterpret, type Detection } from '../../pipelines/detect/interpret.ts';
import { createPreparation } from '../../pipelines/detect/prepare.ts';
import type { Picture } from '../../simulators/scenes/backdrop.ts';
import { encodePictures } from '../../simulators/scenes/encode.ts';
import { createRenderer } from '../../simulators/scenes/render.ts';
import { createView, type SceneName, type View } from '../../simulators/world/view.ts';
import type { VisibleObject } from '../../simulators/world/world.ts';
import type { Model } from '../load.ts';
import { lowestThreshold, thresholdOf } from '../manifest.ts';
import { isDemanded } from './task.ts';

export interface Tally {
  /** Demanded objects that were found. */
  readonly found: number;
  /** Demanded objects that were not. */
  readonly missed: number;
  /** Detections where nothing of that label is. */
  readonly wrong: number;
}

/** By label. */
export type Tallies = ReadonlyMap<string, Tally>;

const nothing: Tally = { found: 0, missed: 0, wrong: 0 };

export const addTallies = (...all: readonly Tallies[]): Tallies => {
  const sum = new Map<string, Tally>();
  for (const [label, { found, missed, wrong }] of all.flatMap(tallies => [...tallies])) {
    const before = sum.get(label) ?? nothing;
    sum.set(label, {
      found: before.found + found,
      missed: before.missed + missed,
      wrong: before.wrong + wrong,
    });
  }
  return sum;
};

/** All labels as one. */
export const totalOf = (tallies: Tallies): Tally =>
  [...tallies.values()].reduce(
    (sum, { found, missed, wrong }) => ({
      found: sum.found + found,
      missed: sum.missed + missed,
      wrong: sum.wrong + wrong,
    }),
    nothing,
  );

/** 1 when nothing was claimed. */
export const precisionOf = ({ found, wrong }: Tally): number => (found + wrong === 0 ? 1 : found / (found + wrong));
/** 1 when nothing was demanded. */
export const recallOf = ({ found, missed }: Tally): number => (found + missed === 0 ? 1 : found / (found + missed));

/** Intersection over union, 0–1. */
const overlapOf = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
};

/**
 * The surest detection first takes the object of its label that it overlaps most, by at least a half. One that takes an
 * object nobody demanded (mostly hidden, or a speck) is neither right nor wrong.
 */
export const judgePicture = (detections: readonly Detection[], truth: readonly VisibleObject[]): Tallies => {
  const taken = new Set<VisibleObject>();
  const tallies: Tallies[] = [];
  for (const { label, box } of detections.toSorted((a, b) => b.score - a.score)) {
    const [best] = truth
      .filter(object => object.label === label && !taken.has(object) && overlapOf(object.box, box) >= 0.5)
      .toSorted((a, b) => overlapOf(b.box, box) - overlapOf(a.box, box));
    if (best === undefined) tallies.push(new Map([[label, { ...nothing, wrong: 1 }]]));
    else {
      taken.add(best);
      if (isDemanded(best)) tallies.push(new Map([[label, { ...nothing, found: 1 }]]));
    }
  }
  for (const object of truth) {
    if (isDemanded(object) && !taken.has(object)) tallies.push(new Map([[object.label, { ...nothing, missed: 1 }]]));
  }
  return addTallies(...tallies);
};

export interface Clip {
  readonly scene: SceneName;
  readonly seed: number;
  readonly start: Instant;
  readonly duration: Duration;
}

const cameraFps = 10;

function* renderClip(view: View, { start, duration }: Clip): Generator<Picture> {
  const renderer = createRenderer(view, 640, 360);
  for (let at = 0; at < duration; at += seconds(1) / cameraFps) yield renderer.render(start + at);
}

export interface FoundInPicture {
  readonly instant: Instant;
  /** Best first, down to the score that was asked for. */
  readonly found: readonly Detection[];
}

/** What the model finds in `fps` pictures a second (a divisor of 10) of a clip, at `threshold` and above. */
export async function* detectClip(
  model: Model,
  clip: Clip,
  { fps, threshold }: { readonly fps: number; readonly threshold: number },
): AsyncGenerator<FoundInPicture, void> {
  const { input } = model.manifest;
  const { signal } = new AbortController();
  const pictures = renderClip(createView(clip.seed, clip.scene), clip);
  const stream = await encodePictures(pictures, { width: 640, height: 360, fps: cameraFps, signal });
  const file = path.join(tmpdir(), `haidang-clip-${randomUUID()}.h264`);
  const preparation = createPreparation(model.manifest);
  const interpret = createInterpret(model.manifest);
  let count = 0;
  try {
    await writeFile(file, stream);
    const video = { args: ['-f', 'h264', '-framerate', `${cameraFps}`, '-i', file] };
    const request = {
      width: input.width,
      height: input.height,
      resampling: input.resampling,
      maximumFps: fps,
    };
    const options = { signal, keep: 'all', explain: (complaints: string) => explainRtsp(complaints, file) } as const;
    for await (const { picture } of decodeVideo(video, request, options)) {
      const placement = preparation.prepare(picture);
      const output = await model.run(preparation.tensor);
      yield { instant: clip.start + (count++ * 1000) / fps, found: interpret(output, placement, threshold) };
    }
  } finally {
    await rm(file, { force: true });
  }
}

/** Judges `fps` pictures a second (a divisor of 10) of a clip. */
export const judgeClip = async (
  model: Model,
  clip: Clip,
  { fps, threshold }: { readonly fps: number; readonly threshold?: number },
): Promise<Tallies> => {
  const view = createView(clip.seed, clip.scene);
  const tallies: Tallies[] = [];
  const lowest = threshold ?? lowestThreshold(model.manifest);
  for await (const { instant, found } of detectClip(model, clip, { fps, threshold: lowest })) {
    const reported = found.filter(({ label, score }) => score >= thresholdOf(model.manifest, label, threshold));
    tallies.push(judgePicture(reported, view.visibleAt(instant)));
  }
  return addTallies(...tallies);
};
