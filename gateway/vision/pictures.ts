/**
 * The pictures that go with what was detected in a frame: one with all persons and vehicles blurred, and one more for each
 * class that the configuration authorises, in which objects of that class alone are shown as they are.
 */
import type { Context } from '../../core/driver.ts';
import type { DetectedObject, UnblurredSnapshot } from '../../core/observation.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import type { Keep, Kept } from '../../pipelines/detect/keeper.ts';
import { createRedaction } from './redact.ts';
import { createSnapshots } from './snapshot.ts';

/** Of the classes that are authorised, those that the model knows and would blur: for any other nothing changes. */
export const shownOf = ({ redact }: Pick<Manifest, 'redact'>, authorised: readonly string[]): readonly string[] =>
  authorised.filter(label => redact.person.includes(label) || redact.vehicle.includes(label));

/**
 * What is to be hidden under which labels: a followed object also under the one that most of its pictures gave it. Where
 * one of them is hidden, the object is.
 */
export const hiddenAs = (found: readonly Detection[], objects: readonly DetectedObject[]): readonly Detection[] => [
  ...found,
  ...objects
    .filter(object => !found.some(({ label, box }) => box === object.box && label === object.label))
    .map(({ label, confidence, box }) => ({ label, score: confidence, box })),
];

/** Throws `unsupported` where the model cannot hide persons and vehicles; what it gives throws `exhausted` when the disk is full. */
export const createPictures = (
  folder: string,
  manifest: Manifest,
  authorised: readonly string[],
  count: Context['count'],
): Keep => {
  const keep = createSnapshots(folder, createRedaction(manifest));
  const unblurred = shownOf(manifest, authorised).map(label => ({
    label,
    keep: createSnapshots(folder, createRedaction(manifest, label)),
  }));
  return async (picture, detections, time, objects): Promise<Kept> => {
    const found = hiddenAs(detections, objects);
    const snapshot = await keep(picture, found, time);
    const more: UnblurredSnapshot[] = [];
    for (const each of unblurred) {
      if (!objects.some(({ label }) => label === each.label)) continue;
      more.push({ label: each.label, snapshot: await each.keep(picture, found, time) });
      count(`snapshot.unblurred.${each.label}`);
    }
    return { snapshot, ...(more.length > 0 && { unblurred: more }) };
  };
};
