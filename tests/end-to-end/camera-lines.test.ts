/** From the pictures of a street to the events of lines and zones: of vehicles exactly what the world says. */
import { expect, it } from 'vitest';
import type { Conclusion } from '../../core/conclusion.ts';
import { isInside } from '../../core/polygon.ts';
import type { Instant } from '../../core/time.ts';
import { loadModel, modelFolder } from '../../models/load.ts';
import { lowestThreshold, thresholdOf } from '../../models/manifest.ts';
import { type Clip, detectClip } from '../../models/training/judging.ts';
import { isDemanded } from '../../models/training/task.ts';
import { doubtfulFrom } from '../../pipelines/detect/thresholds.ts';
import { createTracker } from '../../pipelines/detect/tracker.ts';
import { stage } from '../../pipelines/zones/stage.ts';
import { createView } from '../../simulators/world/view.ts';
import { drive } from '../support/events.ts';
import { missingPrograms } from '../support/resources.ts';

const skip = missingPrograms('ffmpeg');
const fps = 5;
/** The middle third of the picture, and the line through it. */
const polygon = [
  [1 / 3, 0],
  [2 / 3, 0],
  [2 / 3, 1],
  [1 / 3, 1],
] as const;
const line = [
  [0.5, 0],
  [0.5, 1],
] as const;
const settings = {
  zones: [{ id: 'middle', name: 'Giữa', polygon }],
  lines: [{ id: 'gate', name: 'Cổng', points: line, inward: 'left' }],
};

/** What happened to whom, and when: `car in`, `bus entered`. */
interface Happening {
  readonly what: string;
  readonly at: Instant;
}

const byTime = (a: Happening, b: Happening): number => a.at - b.at;

/** What the model, the tracker and the stage make of a film. */
const tell = async (clip: Clip): Promise<readonly Conclusion[]> => {
  await using model = await loadModel(modelFolder('simulated-scenes'));
  const { manifest } = model;
  const lowest = (label: string): number => thresholdOf(manifest, label);
  const driven = drive(stage, settings);
  let names = 0;
  const tracker = createTracker(() => `t-${++names}`);
  const threshold = doubtfulFrom(lowestThreshold(manifest));
  for await (const { instant, found } of detectClip(model, clip, { fps, threshold })) {
    const { objects, ended } = tracker.step(
      found.filter(({ label, score }) => score >= lowest(label)),
      instant,
      found.filter(({ label, score }) => score < lowest(label) && score >= doubtfulFrom(lowest(label))),
    );
    const detector = { model: manifest.name, version: manifest.version, threshold: lowestThreshold(manifest) };
    driven.step({
      ...{ kind: 'detections', device: 'cam-3', time: instant, timeFrom: 'gateway' },
      ...{ objects, ended, detector: { ...detector, sha256: manifest.sha256.slice(0, 12) } },
    });
  }
  return driven.conclusions;
};

const happeningsOf = (conclusions: readonly Conclusion[]): readonly Happening[] =>
  conclusions
    .flatMap(({ event, data, time }) => {
      const { class: label } = Object(data['object']);
      if (event.endsWith('line.crossed')) return [{ what: `${label} ${data['direction']}`, at: time }];
      return event.endsWith('zone.entered') ? [{ what: `${label} entered`, at: time }] : [];
    })
    .toSorted(byTime);

/** The same out of the world itself, twenty times a second. */
const truthOf = ({ scene, seed, start, duration }: Clip): readonly Happening[] => {
  const view = createView(seed, scene);
  const before = new Map<string, { readonly isRight: boolean; readonly isThere: boolean }>();
  const happened: Happening[] = [];
  for (let at = start; at < start + duration; at += 50) {
    for (const object of view.visibleAt(at)) {
      const { identity, label, box } = object;
      const foot = [box.x + box.width / 2, Math.min(1, box.y + box.height)] as const;
      const now = { isRight: foot[0] > 0.5, isThere: isInside(polygon, foot) };
      const last = before.get(identity);
      before.set(identity, now);
      if (!isDemanded(object)) continue;
      // Who is in the zone from the beginning enters it then.
      if (now.isThere && last?.isThere !== true) happened.push({ what: `${label} entered`, at });
      if (last !== undefined && last.isRight !== now.isRight)
        happened.push({ what: `${label} ${now.isRight ? 'in' : 'out'}`, at });
    }
  }
  return happened.toSorted(byTime);
};

const isVehicle = ({ what }: Happening): boolean => !what.startsWith('person');

it.skipIf(skip !== undefined)('tells of vehicles in a street exactly what happened', { timeout: 120_000 }, async () => {
  for (const seed of [3003, 3004]) {
    const clip: Clip = { scene: 'street', seed, start: 30_000, duration: 20_000 };
    const told = happeningsOf(await tell(clip)).filter(isVehicle);
    // Of the last moments nothing is certain yet.
    const truth = truthOf(clip)
      .filter(isVehicle)
      .filter(({ at }) => at < clip.start + clip.duration - 1000);
    const early = told.filter(({ at }) => at < clip.start + clip.duration - 1000);
    const sorted = (all: readonly Happening[]) => all.map(({ what }) => what).toSorted();
    expect(sorted(early), `scene ${seed}`).toEqual(sorted(truth));
    expect(truth.length).toBeGreaterThan(5);
    // A crossing is dated between two pictures; an entering with the picture that makes it certain.
    for (const { what, at } of truth.filter(each => !each.what.endsWith('entered'))) {
      const nearest = Math.min(...early.filter(each => each.what === what).map(each => Math.abs(each.at - at)));
      expect(nearest, `scene ${seed}: ${what} at ${at - clip.start}`).toBeLessThanOrEqual(500);
    }
  }
});
