/**
 * Gives the objects of successive pictures their identities, after ByteTrack (Zhang et al. 2022): known objects are
 * expected where a Kalman filter has them, take the sure detections first and the doubtful ones after, each time so that
 * the sum of the evidence is largest. Only sure detections begin an object. Deterministic; bounded by `maximumTracks`.
 */
import { assign } from '../../core/assignment.ts';
import type { Box, DetectedObject } from '../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { classGroupOf } from './class-groups.ts';
import type { Detection } from './interpret.ts';
import { beginMotion, correctMotion, type Motion, predictMotion, surpriseOf } from './kalman.ts';
import { overlap } from './overlap.ts';

export interface Tracked {
  /** Every sure detection, and the doubtful ones in which a known object was found again. */
  readonly objects: readonly DetectedObject[];
  /** Identities given to an object for the first time in this picture. */
  readonly begun: readonly string[];
  readonly ended: readonly string[];
}

export interface Tracker {
  /**
   * The `sure` and the `doubtful` detections of one picture: those at or above the threshold, and those somewhat below
   * it. Pictures come in the order of `time`.
   */
  step(sure: readonly Detection[], time: Instant, doubtful?: readonly Detection[]): Tracked;
}

/** Pictures in which an object must be found before it gets an identity: one alone may be a mistake. */
const leastFound = 2;
/** A known object ends when it was not found in so many pictures in a row, and for as long as `patienceWith` says. */
const mostMissed = 3;
/** One that has no identity yet is forgotten sooner. */
const mostMissedUnsure = 1;
const patience: Duration = seconds(1.5);
/** With one that others hide: so long may a bus stand before it. */
const patienceHidden: Duration = seconds(8);
/** With one that stood still: a detector that sees it now and then must not find a new one each time. */
const patienceParked: Duration = seconds(30);
/** What stays in its place for so long, and was found so often there, is parked. */
const parkedAfter: Duration = seconds(5);
const parkedFound = 4;
/** It has left its place when its box overlaps the one there by less. */
const leastOverlapParked = 0.5;
/** The part of an object's expected box that boxes of others cover when they hide it. */
const hiddenPart = 0.4;
const maximumTracks = 300;

/** Standard deviations, in sizes of the box (a second, or second²). */
const measured = 0.1;
const measuredSize = 0.2;
/** About half a pixel of a model's picture, fractions of it: small boxes jump by those. */
const pixel = 0.0025;
const velocityAtFirst = 1.8;
const growthAtFirst = 0.3;
const acceleration = 0.5;
const growth = 0.3;
/** Longer without a sight, nothing more is expected of its speed, unless it goes on behind what hides it. */
const longestPrediction: Duration = seconds(2);
/** Squares of standard deviations of four coordinates: 99.9 % of what is the same object lies nearer. */
const gate = 18.5;
/** A doubtful detection, and one of an object that was not found last time, must lie at its place. */
const leastOverlapDoubtful = 0.3;
/**
 * A detection that shares so much of the smaller box with a known object of its group is that object once more, unless it
 * is much smaller: a boat before a ship.
 */
const doublePart = 0.65;
const doubleSize = 0.3;

interface Motions {
  readonly x: Motion;
  readonly y: Motion;
  readonly width: Motion;
  readonly height: Motion;
}

interface Track {
  name: string | undefined;
  readonly group: string;
  motions: Motions;
  /** Where it is expected in the picture that is looked at. */
  expected: Motions;
  seenAt: Instant;
  found: number;
  missed: number;
  readonly votes: Map<string, number>;
  /** Where it stands, and since when and how often it was found there. */
  place: Box;
  placeSince: Instant;
  placeFound: number;
  hiddenSince: Instant | undefined;
}

const center = ({ x, y, width, height }: Box): readonly [x: number, y: number] => [x + width / 2, y + height / 2];

const boxOf = ({ x, y, width, height }: Motions): Box => {
  const across = Math.max(width.position, 1e-4);
  const tall = Math.max(height.position, 1e-4);
  return { x: x.position - across / 2, y: y.position - tall / 2, width: across, height: tall };
};

const placeDeviation = (size: number): number => measured * size + pixel;
const sizeDeviation = (size: number): number => measuredSize * size + pixel;

const beginMotions = (box: Box): Motions => {
  const [x, y] = center(box);
  const { width, height } = box;
  return {
    x: beginMotion(x, placeDeviation(width), velocityAtFirst * width),
    y: beginMotion(y, placeDeviation(height), velocityAtFirst * height),
    width: beginMotion(width, sizeDeviation(width), growthAtFirst * width),
    height: beginMotion(height, sizeDeviation(height), growthAtFirst * height),
  };
};

const predict = ({ x, y, width, height }: Motions, elapsed: Duration): Motions => {
  const time = elapsed / 1000;
  // The room for a turn stops to grow, or what was hidden for long would be taken for whoever comes by.
  const push = Math.min(1, longestPrediction / Math.max(elapsed, 1)) ** 2;
  const across = push * Math.max(width.position, 1e-4);
  const tall = push * Math.max(height.position, 1e-4);
  return {
    x: predictMotion(x, time, acceleration * across),
    y: predictMotion(y, time, acceleration * tall),
    width: predictMotion(width, time, growth * across),
    height: predictMotion(height, time, growth * tall),
  };
};

const correct = (motions: Motions, box: Box): Motions => {
  const [x, y] = center(box);
  const { width, height } = box;
  return {
    x: correctMotion(motions.x, x, placeDeviation(width)),
    y: correctMotion(motions.y, y, placeDeviation(height)),
    width: correctMotion(motions.width, width, sizeDeviation(width)),
    height: correctMotion(motions.height, height, sizeDeviation(height)),
  };
};

/** What it is worth to call them the same object, 0–2; 0 when they cannot be. */
const likeness = ({ expected, group, votes }: Track, { box, label }: Detection): number => {
  if (classGroupOf(label) !== group) return 0;
  const [x, y] = center(box);
  const { width, height } = box;
  let surprise = surpriseOf(expected.x, x, placeDeviation(width));
  if (surprise > gate) return 0;
  surprise += surpriseOf(expected.y, y, placeDeviation(height));
  surprise += surpriseOf(expected.width, width, sizeDeviation(width));
  surprise += surpriseOf(expected.height, height, sizeDeviation(height));
  const shared = overlap(boxOf(expected), box);
  const near = Math.max(0, 1 - surprise / gate);
  const worth = near + shared;
  // A box that is drawn over half of what hides it may be a surprise and still be the same.
  if (near === 0 && shared < leastOverlapDoubtful) return 0;
  return votes.has(label) ? worth : worth * 0.9;
};

/** The detection of each track. Tracks and detections that have nothing to do with each other are solved apart. */
const associate = (
  tracks: readonly Track[],
  detections: readonly Detection[],
  worthOf: (track: Track, detection: Detection) => number,
): ReadonlyMap<Track, number> => {
  const pairs: { readonly track: number; readonly detection: number; readonly worth: number }[] = [];
  // The set that each track belongs to, then each detection.
  const parent = Array.from({ length: tracks.length + detections.length }, (_, index) => index);
  const rootOf = (of: number): number => {
    let index = of;
    while (parent[index] !== index) {
      parent[index] = parent[parent[index] ?? 0] ?? 0;
      index = parent[index] ?? 0;
    }
    return index;
  };
  for (const [track, each] of tracks.entries()) {
    for (const [detection, candidate] of detections.entries()) {
      const worth = worthOf(each, candidate);
      if (worth <= 0) continue;
      pairs.push({ track, detection, worth });
      parent[rootOf(tracks.length + detection)] = rootOf(track);
    }
  }
  const clusters = new Map<number, typeof pairs>();
  for (const pair of pairs) {
    const root = rootOf(pair.track);
    const cluster = clusters.get(root);
    if (cluster === undefined) clusters.set(root, [pair]);
    else cluster.push(pair);
  }
  const found = new Map<Track, number>();
  for (const cluster of clusters.values()) {
    const rows = [...new Set(cluster.map(({ track }) => track))];
    const columns = [...new Set(cluster.map(({ detection }) => detection))];
    const rowOf = new Map(rows.map((track, row) => [track, row]));
    const columnOf = new Map(columns.map((detection, column) => [detection, column]));
    const worth = rows.map(() => new Array<number>(columns.length).fill(0));
    for (const pair of cluster) {
      const row = worth[rowOf.get(pair.track) ?? 0];
      if (row !== undefined) row[columnOf.get(pair.detection) ?? 0] = pair.worth;
    }
    for (const [row, column] of assign(worth).entries()) {
      const track = tracks[rows[row] ?? -1];
      const detection = column === undefined ? undefined : columns[column];
      if (track !== undefined && detection !== undefined) found.set(track, detection);
    }
  }
  return found;
};

const likeliestClass = ({ votes }: Track): string | undefined => {
  let best: readonly [string, number] | undefined;
  for (const vote of votes) if (best === undefined || vote[1] > best[1]) best = vote;
  return best?.[0];
};

const isParked = ({ placeFound, placeSince, seenAt }: Track): boolean =>
  placeFound >= parkedFound && seenAt - placeSince >= parkedAfter;

const sharedArea = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
};

const areaOf = ({ width, height }: Box): number => width * height;

/** The part of `box` that the largest of `others` covers, 0–1. */
const coveredPart = (box: Box, others: readonly Box[]): number =>
  Math.max(0, ...others.map(other => sharedArea(box, other))) / areaOf(box);

const isDouble = ({ label, box }: Detection, known: readonly Detection[]): boolean =>
  known.some(other => {
    if (classGroupOf(other.label) !== classGroupOf(label)) return false;
    const [smaller, larger] = [areaOf(box), areaOf(other.box)].sort((one, two) => one - two);
    if (smaller === undefined || larger === undefined || smaller < doubleSize * larger) return false;
    return sharedArea(box, other.box) > doublePart * smaller;
  });

const begin = ({ box, label, score }: Detection, time: Instant): Track => {
  const motions = beginMotions(box);
  return {
    name: undefined,
    group: classGroupOf(label),
    motions,
    expected: motions,
    seenAt: time,
    found: 1,
    missed: 0,
    votes: new Map([[label, score]]),
    place: box,
    placeSince: time,
    placeFound: 1,
    hiddenSince: undefined,
  };
};

const see = (track: Track, { box, label, score }: Detection, time: Instant): void => {
  track.motions = correct(track.expected, box);
  track.seenAt = time;
  track.found++;
  track.missed = 0;
  track.hiddenSince = undefined;
  track.votes.set(label, (track.votes.get(label) ?? 0) + score);
  if (overlap(track.place, box) >= leastOverlapParked) track.placeFound++;
  else {
    track.place = box;
    track.placeSince = time;
    track.placeFound = 1;
  }
};

/** `nameOf` gives the next identity; it must never give the same twice. */
export const createTracker = (nameOf: () => string): Tracker => {
  let tracks: Track[] = [];

  const expect = (track: Track, time: Instant): void => {
    // A parked object is where it stood, however long ago it was seen.
    const longest = track.hiddenSince === undefined ? longestPrediction : patienceHidden;
    const elapsed = isParked(track) ? 0 : Math.min(Math.max(0, time - track.seenAt), longest);
    track.expected = predict(track.motions, elapsed);
  };

  return {
    step: (sure, time, doubtful = []) => {
      for (const track of tracks) expect(track, time);
      const named = tracks.filter(({ name }) => name !== undefined);
      const taken = new Map<number, Track>();
      for (const [track, index] of associate(named, sure, likeness)) taken.set(index, track);
      const seen = new Set(taken.values());
      const open = named.filter(track => !seen.has(track));
      const again = associate(open, doubtful, (track, detection) =>
        overlap(boxOf(track.expected), detection.box) >= leastOverlapDoubtful ? likeness(track, detection) : 0,
      );
      // What may yet be a mistake gets what is left, so that it takes nothing from what is known.
      const known = sure.filter((_, index) => taken.has(index));
      const left = [...sure.entries()].filter(([index, one]) => !taken.has(index) && !isDouble(one, known));
      const unsure = tracks.filter(({ name }) => name === undefined);
      for (const [track, place] of associate(
        unsure,
        left.map(([, one]) => one),
        likeness,
      )) {
        const index = left[place]?.[0];
        if (index !== undefined) taken.set(index, track);
        seen.add(track);
      }
      const mayBegin = new Set(left.map(([index]) => index));

      const begun: string[] = [];
      const ended: string[] = [];
      const objectOf = ({ label, score: confidence, box }: Detection, track: Track): DetectedObject => {
        if (track.name === undefined && track.found >= leastFound) {
          track.name = nameOf();
          begun.push(track.name);
        }
        if (track.name === undefined) return { label, confidence, box };
        return { label: likeliestClass(track) ?? label, confidence, box, track: track.name };
      };
      const fresh: Track[] = [];
      const objects = sure.map((detection, index): DetectedObject => {
        const { label, score: confidence, box } = detection;
        const track = taken.get(index);
        if (track !== undefined) {
          see(track, detection, time);
          return objectOf(detection, track);
        }
        if (mayBegin.has(index) && tracks.length + fresh.length < maximumTracks) fresh.push(begin(detection, time));
        return { label, confidence, box };
      });
      for (const [track, index] of again) {
        const detection = doubtful[index];
        if (detection === undefined) continue;
        see(track, detection, time);
        seen.add(track);
        objects.push(objectOf(detection, track));
      }

      const boxes = objects.map(({ box }) => box);
      tracks = tracks.filter(track => {
        if (seen.has(track)) return true;
        track.missed++;
        if (track.name === undefined) return track.missed <= mostMissedUnsure;
        if (coveredPart(boxOf(track.expected), boxes) >= hiddenPart) track.hiddenSince = time;
        // A clock that was set back must not keep it for as long.
        const unseen = Math.abs(time - track.seenAt);
        const unhidden = track.hiddenSince === undefined ? unseen : Math.abs(time - track.hiddenSince);
        const most = isParked(track) ? patienceParked : patience;
        if (track.missed < mostMissed || unseen < most) return true;
        if (unhidden < patience && unseen < patienceHidden) return true;
        ended.push(track.name);
        return false;
      });
      tracks.push(...fresh);
      return { objects, begun, ended };
    },
  };
};

/**
 * Identities of one process and camera: `20261122T170402Z-187`. Counting begins at random, because a machine without a
 * clock battery lives through the same seconds after every start.
 */
export const createTrackNames = (epoch: Instant, random: () => number): (() => string) => {
  const stamp = `${new Date(epoch).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  let count = Math.floor(random() * 1_000_000);
  return () => `${stamp}-${++count}`;
};
