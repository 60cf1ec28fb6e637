/**
 * How well a tracker keeps identities: MOTA of CLEAR MOT (Bernardin & Stiefelhagen 2008) and IDF1 (Ristani et al. 2016).
 * Both count in boxes of single pictures; a box fits an object when it has its label and overlaps it by `leastOverlap`.
 */
import { assign, worthOf } from '../core/assignment.ts';
import type { Box } from '../core/observation.ts';
import { overlap } from '../pipelines/detect/overlap.ts';

export interface TrueObject {
  readonly identity: string;
  readonly label: string;
  readonly box: Box;
  /** `ignored`: neither missed when it is not found nor wrong when it is (mostly hidden, or a speck). */
  readonly counts: 'demanded' | 'ignored';
}

export interface FollowedObject {
  readonly track: string;
  readonly label: string;
  readonly box: Box;
}

export interface ScoredPicture {
  readonly truth: readonly TrueObject[];
  readonly followed: readonly FollowedObject[];
}

export interface TrackScore {
  /** 1 − (misses + false alarms + switches) ÷ boxes of the truth. May be negative. */
  readonly mota: number;
  /** 2 × boxes of the one right track ÷ (boxes of the truth + boxes of tracks), 0–1. */
  readonly idf1: number;
  /** Boxes of demanded objects. */
  readonly boxes: number;
  readonly misses: number;
  readonly falseAlarms: number;
  /** An object was given another track than the one it had before. */
  readonly switches: number;
  readonly objects: number;
  readonly tracks: number;
}

const leastOverlap = 0.5;

const fitOf = (object: Omit<TrueObject, 'counts'>, followed: FollowedObject): number => {
  if (object.label !== followed.label) return 0;
  const shared = overlap(object.box, followed.box);
  return shared >= leastOverlap ? shared : 0;
};

/** Without the objects that do not count and without the boxes that found those. */
const preprocess = ({ truth, followed }: ScoredPicture): ScoredPicture => {
  const assigned = assign(followed.map(each => truth.map(object => fitOf(object, each))));
  return {
    truth: truth.filter(({ counts }) => counts === 'demanded'),
    followed: followed.filter((_, index) => {
      const object = assigned[index];
      return object === undefined || truth[object]?.counts !== 'ignored';
    }),
  };
};

/** Object by object, the track that it is found by: what still fits from before stays, the rest is assigned. */
const correspond = (
  { truth, followed }: ScoredPicture,
  before: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const object of truth) {
    const same = followed.find(({ track }) => track === before.get(object.identity));
    if (same !== undefined && fitOf(object, same) > 0) found.set(object.identity, same.track);
  }
  const taken = new Set(found.values());
  const open = truth.filter(({ identity }) => !found.has(identity));
  const free = followed.filter(({ track }) => !taken.has(track));
  // As many pairs as possible, and of those the ones that overlap most.
  const worth = open.map(object => free.map(each => (fitOf(object, each) > 0 ? 1000 + fitOf(object, each) : 0)));
  for (const [index, column] of assign(worth).entries()) {
    const object = open[index];
    const each = column === undefined ? undefined : free[column];
    if (object !== undefined && each !== undefined) found.set(object.identity, each.track);
  }
  return found;
};

export const scoreTracks = (pictures: readonly ScoredPicture[]): TrackScore => {
  let boxes = 0;
  let claims = 0;
  let matches = 0;
  let switches = 0;
  const identities = new Map<string, number>();
  const tracks = new Map<string, number>();
  /** Pictures in which a track fits an object, by object and track. */
  const together = new Map<string, Map<string, number>>();
  const last = new Map<string, string>();
  let before: ReadonlyMap<string, string> = new Map();
  for (const picture of pictures.map(preprocess)) {
    const { truth, followed } = picture;
    boxes += truth.length;
    claims += followed.length;
    for (const { identity } of truth) if (!identities.has(identity)) identities.set(identity, identities.size);
    for (const { track } of followed) if (!tracks.has(track)) tracks.set(track, tracks.size);
    before = correspond(picture, before);
    matches += before.size;
    for (const [identity, track] of before) {
      if (last.has(identity) && last.get(identity) !== track) switches++;
      last.set(identity, track);
    }
    for (const object of truth) {
      const counts = together.get(object.identity) ?? new Map<string, number>();
      together.set(object.identity, counts);
      for (const each of followed)
        if (fitOf(object, each) > 0) counts.set(each.track, (counts.get(each.track) ?? 0) + 1);
    }
  }
  const worth = [...identities.keys()].map(identity =>
    [...tracks.keys()].map(track => together.get(identity)?.get(track) ?? 0),
  );
  const misses = boxes - matches;
  const falseAlarms = claims - matches;
  return {
    mota: boxes === 0 ? 1 : 1 - (misses + falseAlarms + switches) / boxes,
    idf1: boxes + claims === 0 ? 1 : (2 * worthOf(worth, assign(worth))) / (boxes + claims),
    boxes,
    misses,
    falseAlarms,
    switches,
    objects: identities.size,
    tracks: tracks.size,
  };
};
