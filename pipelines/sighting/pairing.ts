/**
 * Which vessel each boat is: every boat's way is compared with the way of every vessel that may be in the picture, and
 * they are paired so that the sum of the evidence is largest. Pure.
 */

import { assign, worthOf } from '../../core/assignment.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import type { Boat } from './boats.ts';
import { nearestFix } from './conclude.ts';
import type { CameraConfig, SightingConfig } from './config.ts';
import {
  type Candidate,
  createExpect,
  type Explained,
  likelihoodOf,
  likelihoodOfUnknown,
  type Sight,
  type Station,
} from './likelihood.ts';
import { bearingOf, turnBetween } from './plane.ts';
import type { KnownVessel, State, Watch } from './state.ts';
import { hullOf, lengthOf, placeAt, type VesselPlace } from './vessel-motion.ts';

export interface Eye {
  readonly config: CameraConfig;
  readonly station: Station;
}

/** So many standard deviations from where it is expected a boat is not looked for. */
const gate = 5;
/** Fewer looks are no way that could be compared. */
const leastSights = 4;
/** Of the vessels around a camera, so many that may be in its picture are compared. */
const mostCandidates = 128;
/** AIS is silent for 3 minutes at anchor, and messages are lost. */
export const oldestAis = minutes(12);
/** A boat that is taken for a vessel keeps it as long as no other way is better by so much. */
const faithfulness = 3;
/** Two boats at the same time are not the same vessel; a tracker may need so long to let one go. */
export const overlapAllowed = seconds(3);

const candidateOf = ({ update, fixes }: KnownVessel, unknownLength: number): Candidate => ({
  fixes,
  hull: hullOf(update.vessel),
  lengthMetres: lengthOf(update.vessel, unknownLength),
});

const isNearInTime = (fix: VesselFix | undefined, time: Instant): boolean =>
  fix !== undefined &&
  (fix.source === 'ais' ? Math.abs(fix.time - time) <= oldestAis : Math.abs(fix.time - time) <= hours(1));

/** A vessel that may be in the picture. */
export interface Compared {
  readonly known: KnownVessel;
  readonly candidate: Candidate;
}

/** Beside the picture so many degrees still count as before the camera: lenses distort, and poses are not exact. */
const besideDegrees = 20;

/** Whether the camera may show it now: not behind it, and not so far away that it is a speck. */
const mayShow = ({ config, station }: Eye, place: VesselPlace, lengthMetres: number): boolean => {
  const range = Math.hypot(place.east, place.north);
  const farthest = (lengthMetres * station.camera.focal * config.pixels) / config.leastPixels;
  if (range > 2 * farthest + 1000) return false;
  const unsure = (Math.atan2(3 * place.uncertaintyMetres + lengthMetres, range) * 180) / Math.PI;
  const aside = Math.abs(turnBetween(config.heading, bearingOf(place)));
  return aside <= config.fieldOfView / 2 + besideDegrees + unsure;
};

/** Vessels that may be in the picture at `from` or `now`, the nearest ones. */
export const candidatesOf = (
  state: State,
  eye: Eye,
  from: Instant,
  now: Instant,
  unknownLength: number,
): readonly Compared[] => {
  const found: { known: KnownVessel; candidate: Candidate; range: number }[] = [];
  for (const known of state.vessels.values()) {
    const { fixes } = known;
    if (![now, from].some(time => isNearInTime(nearestFix(fixes, time), time))) continue;
    const candidate = candidateOf(known, unknownLength);
    const shown = [now, from]
      .map(time => placeAt(fixes, eye.station.plane, time))
      .find(place => place !== undefined && mayShow(eye, place, candidate.lengthMetres));
    if (shown === undefined) continue;
    found.push({ known, candidate, range: Math.hypot(shown.east, shown.north) });
  }
  return found.toSorted((a, b) => a.range - b.range).slice(0, mostCandidates);
};

/** A vessel under way is where a report has it for so long, by dead reckoning; one that lies still, until it is silent. */
const longestReckoning = seconds(90);
const underWayKnots = 2;

/** Whether a report tells where the vessel was while the boat was followed, or soon before or after. */
const isPinned = (fixes: readonly VesselFix[], sights: readonly Sight[]): boolean => {
  const [from, to] = [sights[0]?.time ?? 0, sights.at(-1)?.time ?? 0];
  return fixes.some(({ time, sogKnots = underWayKnots }) => {
    const longest = sogKnots < underWayKnots ? oldestAis : longestReckoning;
    return time >= from - longest && time <= to + longest;
  });
};

type Seen = Pick<Boat, 'firstSeen' | 'lastSeen'>;

export const overlapOf = (a: Seen, b: Seen): Duration =>
  Math.min(a.lastSeen, b.lastSeen) - Math.max(a.firstSeen, b.firstSeen);

/**
 * A tracker may mix up boats that pass each other: then only a part of what it takes for one boat is one. Parts from the
 * first number of the whole to the second.
 */
export type Part = readonly [from: number, to: number];
export const latestParts: readonly Part[] = [
  [0, 1],
  [1 / 2, 1],
  [3 / 4, 1],
  [7 / 8, 1],
];
export const earlierParts: readonly Part[] = [
  [0, 1 / 2],
  [0, 1 / 4],
  [1 / 4, 3 / 4],
];

export const partOf = (sights: readonly Sight[], [from, to]: Part): readonly Sight[] =>
  sights.slice(Math.floor(from * sights.length), Math.ceil(to * sights.length));

/** A part of a boat's way that is long enough to be compared. */
export interface Way {
  readonly sights: readonly Sight[];
  readonly isWhole: boolean;
  /** Likelihood that it is of a boat that nobody knows, worked out once. */
  unknown(): number;
}

export const waysOf = ({ station }: Eye, sights: readonly Sight[], parts: readonly Part[]): readonly Way[] =>
  parts.flatMap((each): Way[] => {
    const part = partOf(sights, each);
    if (part.length < leastSights) return [];
    let likelihood: number | undefined;
    const unknown = (): number => {
      likelihood ??= likelihoodOfUnknown(station, part);
      return likelihood;
    };
    return [{ sights: part, isWhole: part.length === sights.length, unknown }];
  });

const newestPart: Part = [3 / 4, 1];
const leastLately = -2;
/** To choose among parts costs as much as a witness. */
const partCost = 1.5;

interface Explanation {
  readonly explained: Explained;
  readonly evidence: number;
}

/** How a vessel explains the best of the parts of a boat's way. */
export const explain = ({ station }: Eye, ways: readonly Way[], candidate: Candidate): Explanation | undefined => {
  const expect = createExpect(station, candidate);
  let best: Explanation | undefined;
  for (const { sights, isWhole, unknown } of ways) {
    const explained = likelihoodOf(sights, expect, gate);
    if (explained === undefined) continue;
    const evidence = explained.likelihood - unknown() - (isWhole ? 0 : partCost);
    if (best === undefined || evidence > best.evidence) best = { explained, evidence };
  }
  return best;
};

export interface Paired {
  readonly boat: Boat;
  readonly known: KnownVessel;
  readonly explained: Explained;
  readonly evidence: number;
  readonly margin: number;
}

export interface Pairing {
  /** What the best assignment made of boats that have no vessel yet, or another one now. */
  readonly pairs: readonly Paired[];
  /** Who was compared. */
  readonly vessels: readonly Compared[];
}

export const pair = (state: State, watch: Watch, eye: Eye, now: Instant, settings: SightingConfig): Pairing => {
  const boats = [...watch.boats.values()].filter(
    boat => boat.sights.length >= leastSights && (boat.verdict === 'open' || !boat.ended),
  );
  const from = boats.reduce((least, { firstSeen }) => Math.min(least, firstSeen), now);
  const vessels = candidatesOf(state, eye, Math.max(from, now - settings.patience), now, settings.unknownLength);
  const taken = [...watch.boats.values()].filter(({ verdict }) => verdict === 'identified');
  const explanations = boats.map(boat => {
    const ways = waysOf(eye, boat.sights, latestParts);
    return vessels.map(({ known, candidate }) => {
      const { key } = known.update.vessel;
      const rival = taken.find(
        other => other !== boat && other.vessel === key && overlapOf(other, boat) > overlapAllowed,
      );
      if (rival?.ended === true) return undefined;
      return explain(eye, ways, candidate);
    });
  });
  const worth = explanations.map((row, index) =>
    row.map((found, column) => {
      if (found === undefined) return Number.NEGATIVE_INFINITY;
      const isKept =
        boats[index]?.vessel !== undefined && boats[index]?.vessel === vessels[column]?.known.update.vessel.key;
      return found.evidence + (isKept ? faithfulness : 0);
    }),
  );
  const assigned = assign(worth);
  const best = worthOf(worth, assigned);
  const pairs: Paired[] = [];
  for (const [row, boat] of boats.entries()) {
    const column = assigned[row];
    const compared = column === undefined ? undefined : vessels[column];
    const found = column === undefined ? undefined : explanations[row]?.[column];
    if (compared === undefined || found === undefined) continue;
    const { known, candidate } = compared;
    if (boat.vessel === known.update.vessel.key) {
      pairs.push({ boat, known, ...found, margin: Number.POSITIVE_INFINITY });
      continue;
    }
    if (found.evidence < settings.evidence || !isPinned(known.fixes, boat.sights)) continue;
    // What was this vessel a minute ago may have become another boat since.
    const lately = explain(eye, waysOf(eye, boat.sights, [newestPart]), candidate);
    if (boat.sights.length >= 4 * leastSights && (lately?.evidence ?? Number.NEGATIVE_INFINITY) < leastLately) continue;
    const without = worth.map((values, index) =>
      index === row ? values.with(column ?? 0, Number.NEGATIVE_INFINITY) : values,
    );
    const margin = best - worthOf(without, assign(without));
    if (margin >= settings.margin) pairs.push({ boat, known, ...found, margin });
  }
  return { pairs, vessels };
};
