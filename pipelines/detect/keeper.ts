/**
 * Which pictures of a camera are kept: of the stream that is watched, and of its larger one where there is such. Frames of
 * that one come when they come, so they are asked for while something is followed, and go with the detection after them.
 */
import type { DetectedObject, Detections, Frame, Picture } from '../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import type { Detection } from './interpret.ts';

/** The pictures that go with what was detected. */
export type Kept = Required<Pick<Detections, 'snapshot'>> & Pick<Detections, 'unblurred' | 'shown'>;

/**
 * Writes the picture with persons and vehicles blurred. `found` is all of it, doubtful ones too: to blur too much is the
 * smaller mistake; `objects` are those of it that are reported.
 */
export type Keep = (
  picture: Picture,
  found: readonly Detection[],
  time: Instant,
  objects: readonly DetectedObject[],
) => Promise<Kept | undefined>;

export interface Keeper {
  /** The pictures that go with the objects of a frame of the watched stream, where some do. */
  watched(
    frame: Frame,
    found: readonly Detection[],
    objects: readonly DetectedObject[],
    hasBegun: boolean,
  ): Promise<Kept | undefined>;
  /** A frame of the larger stream came: whether it is to be inferred. */
  wants(frame: Frame): boolean;
  /** It was inferred. */
  larger(frame: Frame, found: readonly Detection[]): Promise<void>;
  /** Whether the larger stream shows pictures now. */
  delivers(now: Instant): boolean;
  /** Whether a picture of it waits for a detection to go with. */
  waits(): boolean;
}

/** A crowd of new objects is one picture. */
const keepAtMostEvery: Duration = seconds(1);

/**
 * A picture also goes with the detections that follow within this time: whoever concludes something of an object needs
 * a few pictures of it first. Its own time says when it was taken.
 */
const showsFor: Duration = seconds(2);

/** Encoders that save bandwidth send a key frame only every 15 s or so. */
const deliversFor: Duration = seconds(20);

/** Of a frame that lags behind the watched stream it can take one or two more until they show an object that is new. */
const mostTries = 3;

const isOf = ({ label }: DetectedObject, detection: Detection): boolean => label === detection.label;

/**
 * Tracks as another stream shows them: no further away than they are large, since they moved meanwhile and that stream may
 * cut its pictures otherwise. Those of the same label first, of these the nearest.
 */
const pair = (
  found: readonly Detection[],
  objects: readonly DetectedObject[],
): readonly (readonly [DetectedObject, Detection])[] => {
  const pairs = objects.flatMap(object =>
    found.flatMap(detection => {
      const { box } = object;
      const across = (detection.box.x + detection.box.width / 2 - box.x - box.width / 2) / box.width;
      const down = (detection.box.y + detection.box.height / 2 - box.y - box.height / 2) / box.height;
      const distance = Math.hypot(across, down);
      return object.track === undefined || distance > 1 ? [] : [{ object, detection, distance }];
    }),
  );
  const rank = ({ object, detection, distance }: (typeof pairs)[number]): number =>
    isOf(object, detection) ? distance : distance + 2;
  pairs.sort((one, other) => rank(one) - rank(other));
  const taken = new Set<DetectedObject | Detection>();
  return pairs.flatMap(({ object, detection }) => {
    if (taken.has(object) || taken.has(detection)) return [];
    taken.add(object).add(detection);
    return [[object, detection] as const];
  });
};

/** `every`: while something is seen, a picture is kept this often. */
export const createKeeper = (keep: Keep, every: Duration): Keeper => {
  let keptAt = Number.NEGATIVE_INFINITY;
  let kept: Kept | undefined;
  let isNew = false;
  let shownAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let tries = 0;
  let followed: readonly DetectedObject[] = [];

  const delivers = (now: Instant): boolean => Math.abs(now - shownAt) < deliversFor;

  return {
    watched: async (frame, found, objects, hasBegun) => {
      const { time, large } = frame;
      followed = objects;
      const wasNew = isNew;
      isNew = false;
      if (objects.length === 0 || large === undefined) return undefined;
      if (wasNew) return kept;
      const elapsed = time - keptAt;
      if (elapsed >= 0 && elapsed < (hasBegun ? keepAtMostEvery : every)) return elapsed <= showsFor ? kept : undefined;
      if (delivers(time) && (hasBegun || askedAt <= keptAt)) {
        askedAt = time;
        tries = mostTries;
      }
      // A new object is shown at once as well: an event may need its picture before the larger stream shows it.
      if (!hasBegun && delivers(time) && tries > 0) return undefined;
      keptAt = time;
      kept = await keep(large, found, time, objects);
      return kept;
    },
    wants: ({ time }) => {
      shownAt = time;
      return tries > 0 && followed.length > 0;
    },
    larger: async ({ large, time }, found) => {
      tries--;
      const pairs = pair(found, followed);
      const toObject = ([object, { box, score }]: (typeof pairs)[number]): DetectedObject => ({
        ...object,
        ...{ box, confidence: score },
      });
      const shown = pairs.filter(each => isOf(...each)).map(toObject);
      if (shown.length === 0 || large === undefined) return;
      tries = 0;
      keptAt = time;
      // What is taken for something else here is hidden as both.
      const pictures = await keep(large, found, time, pairs.map(toObject));
      kept = pictures && { ...pictures, shown };
      isNew = kept !== undefined;
    },
    delivers,
    waits: () => isNew,
  };
};
