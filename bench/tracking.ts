/** The tracker beside the truth of simulated scenes. */
import type { Instant } from '../core/time.ts';
import { isDemanded } from '../models/training/task.ts';
import type { Detection } from '../pipelines/detect/interpret.ts';
import { doubtfulFrom } from '../pipelines/detect/thresholds.ts';
import { createTracker } from '../pipelines/detect/tracker.ts';
import type { View } from '../simulators/world/view.ts';
import { type ScoredPicture, scoreTracks, type TrackScore, type TrueObject } from './track-score.ts';

/** A picture of a scene: what is there, and what was found. */
export interface FoundPicture {
  readonly instant: Instant;
  readonly truth: readonly TrueObject[];
  /** Down to the doubtful ones. */
  readonly found: readonly Detection[];
}

/** Seeds of scenes that nobody looked at before the tracker was as it is: it was made with 1 to 44. */
export const judgingSeeds = [1001, 1002, 1003, 1004] as const;

/** Where the shipped model looks, too: its training takes seeds from 1000 on, its card names those below that were judged. */
export const unseenSeeds = [51, 52, 53, 54] as const;

export const truthOf = (view: Pick<View, 'visibleAt'>, instant: Instant): readonly TrueObject[] =>
  view.visibleAt(instant).map(object => ({ ...object, counts: isDemanded(object) ? 'demanded' : 'ignored' }));

/** Every `step`-th picture through a new tracker. */
const follow = (
  pictures: readonly FoundPicture[],
  step: number,
  lowest: (label: string) => number,
): readonly ScoredPicture[] => {
  let names = 0;
  const tracker = createTracker(() => `t${++names}`);
  return pictures
    .filter((_, index) => index % step === 0)
    .map(({ instant, truth, found }) => {
      const { objects } = tracker.step(
        found.filter(({ label, score }) => score >= lowest(label)),
        instant,
        found.filter(({ label, score }) => score < lowest(label) && score >= doubtfulFrom(lowest(label))),
      );
      const followed = objects.flatMap(({ label, box, track }) => (track === undefined ? [] : [{ label, box, track }]));
      return { truth, followed };
    });
};

/**
 * Every `step`-th picture of scenes of one kind, one scene after another: identities of one scene are not those of another.
 * `lowest` is the confidence of a label from which on it is sure.
 */
export const scoreScenes = (
  scenes: readonly (readonly FoundPicture[])[],
  step: number,
  lowest: (label: string) => number,
): TrackScore =>
  scoreTracks(
    scenes.flatMap((pictures, scene) =>
      follow(pictures, step, lowest).map(({ truth, followed }) => ({
        truth: truth.map(object => ({ ...object, identity: `${scene}/${object.identity}` })),
        followed: followed.map(each => ({ ...each, track: `${scene}/${each.track}` })),
      })),
    ),
  );
