/** Which of the pictures that come with its detections shows an object best. Pure. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { DetectedObject, Snapshot } from '../../core/observation.ts';
import { type Instant, minutes } from '../../core/time.ts';

/** A picture that may be told at the object's end. */
export interface BestPicture {
  readonly snapshot: Snapshot;
  /** What the object was taken for: a picture that is authorised for one class is none for another. */
  readonly label: string;
  /** How well it shows the object. */
  readonly score: number;
  /** Some event named it already: then the center has it, or will. */
  announced: boolean;
}

/** The gateway removes a picture that no event has named after 10 minutes. */
const unnamedFor = minutes(8);

/** So that an object that stays long still has one at its end, a new one is taken over the best when that is so old. */
const freshFor = minutes(4);

/** What tells one picture from another. */
export type PictureName = Pick<Snapshot, 'sha256' | 'capturedAt'>;

export const isSamePicture = (one: PictureName, other: PictureName): boolean =>
  one.sha256 === other.sha256 && one.capturedAt === other.capturedAt;

/** Many pixels of it, and surely found. */
const scoreOf = ({ confidence, box }: DetectedObject, { width, height }: Snapshot): number =>
  confidence * Math.sqrt(box.width * width * box.height * height);

const isOld = ({ snapshot, announced }: BestPicture, time: Instant, limit: number): boolean =>
  !announced && time - snapshot.capturedAt > limit;

/** The better of what is held and what comes now, with the object as that shows it, where it is known to. */
export const betterPicture = (
  held: BestPicture | undefined,
  { snapshot, label, announced }: Omit<BestPicture, 'score'>,
  object: DetectedObject | undefined,
  time: Instant,
): BestPicture => {
  if (held !== undefined && isSamePicture(snapshot, held.snapshot)) return held;
  const score = object === undefined ? 0 : scoreOf(object, snapshot);
  const isKept = held?.label === label && score <= held.score && !isOld(held, time, freshFor);
  return isKept ? held : { snapshot, label, score, announced };
};

/** What can be told at `time` of an object that is then taken for `label`. */
export const presentable = (
  { picture, label }: { readonly picture: BestPicture | undefined; readonly label: string },
  time: Instant,
): BestPicture | undefined =>
  picture === undefined || picture.label !== label || isOld(picture, time, unnamedFor) ? undefined : picture;

const named = z.array(z.object({ state: z.string(), sha256: z.string(), capturedAt: z.string() }));

/** The pictures that a conclusion is the first to name. */
export const picturesOf = ({ data }: Conclusion): readonly PictureName[] =>
  data['media'] === undefined
    ? []
    : named
        .parse(data['media'])
        .filter(({ state }) => state === 'pending')
        .map(({ sha256, capturedAt }) => ({ sha256, capturedAt: Date.parse(capturedAt) }));
