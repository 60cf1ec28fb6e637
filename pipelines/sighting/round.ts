/**
 * Every two seconds, and while boats that left are still to be judged: which vessel each boat is, which boats nobody
 * is, and which vessels are not where they say to be.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import { metresPerSecondPerKnot } from '../../core/geodesy.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import { assign, worthOf } from './assignment.ts';
import { type Boat, hasWaterline, isObstructed } from './boats.ts';
import { type ExpectedBox, expectBox } from './camera.ts';
import {
  nearestFix,
  pixelsOf,
  placeOf,
  type Surroundings,
  sighted,
  sizeDegreesOf,
  unidentified,
  unseen,
} from './conclude.ts';
import type { CameraConfig, CameraZone, SightingConfig } from './config.ts';
import { sunElevationDegrees } from './daylight.ts';
import {
  type Candidate,
  type Explained,
  likelihoodOf,
  likelihoodOfUnknown,
  type Sight,
  type Station,
} from './likelihood.ts';
import { boatKey, type KnownVessel, type Period, type State, type Watch, watchKey, type ZoneCount } from './state.ts';
import { hullOf, lengthOf, lyingOf, placeAt } from './vessel-motion.ts';

export interface Eye {
  readonly config: CameraConfig;
  readonly station: Station;
}

export const roundEvery: Duration = seconds(2);

/** So many standard deviations from where it is expected a boat is not looked for. */
const gate = 5;
/** Fewer looks are no way that could be compared. */
const leastSights = 4;
/** Of the vessels around a camera, so many that may be in its picture are compared. */
const mostCandidates = 128;
/** AIS is silent for 3 minutes at anchor, and messages are lost. */
const oldestAis = minutes(12);
/** A boat that is taken for a vessel keeps it as long as no other way is better by so much. */
const faithfulness = 3;
/** Two boats at the same time are not the same vessel; a tracker may need so long to let one go. */
const overlapAllowed = seconds(3);
const mostProofs = 32;
/** Of the time before: between frames farther apart the camera slept. */
export const longestWatch = seconds(5);

const candidateOf = ({ update, fixes }: KnownVessel, unknownLength: number): Candidate => ({
  fixes,
  hull: hullOf(update.vessel),
  lengthMetres: lengthOf(update.vessel, unknownLength),
});

const isNearInTime = (fix: VesselFix | undefined, time: Instant): boolean =>
  fix !== undefined &&
  (fix.source === 'ais' ? Math.abs(fix.time - time) <= oldestAis : Math.abs(fix.time - time) <= hours(1));

interface Compared {
  readonly known: KnownVessel;
  readonly candidate: Candidate;
}

/** Vessels that may be in the picture at any moment since `from`. */
const candidatesOf = (
  state: State,
  { config, station }: Eye,
  from: Instant,
  now: Instant,
  unknownLength: number,
): readonly Compared[] => {
  const found: { known: KnownVessel; candidate: Candidate; range: number }[] = [];
  for (const known of state.vessels.values()) {
    const nearest = nearestFix(known.fixes, now) ?? nearestFix(known.fixes, from);
    if (!isNearInTime(nearest, now) && !isNearInTime(nearestFix(known.fixes, from), from)) continue;
    const place = placeAt(known.fixes, station.plane, now);
    if (place === undefined) continue;
    const candidate = candidateOf(known, unknownLength);
    const range = Math.hypot(place.east, place.north);
    const farthest = (candidate.lengthMetres * station.camera.focal * config.pixels) / config.leastPixels;
    if (range > 2 * farthest + 1000) continue;
    found.push({ known, candidate, range });
  }
  return found.toSorted((a, b) => a.range - b.range).slice(0, mostCandidates);
};

type Seen = Pick<Boat, 'firstSeen' | 'lastSeen'>;

const overlapOf = (a: Seen, b: Seen): Duration => Math.min(a.lastSeen, b.lastSeen) - Math.max(a.firstSeen, b.firstSeen);

/**
 * A tracker may mix up boats that pass each other: then only a part of what it takes for one boat is one. Parts from the
 * first number of the whole to the second.
 */
type Part = readonly [from: number, to: number];
const latestParts: readonly Part[] = [
  [0, 1],
  [1 / 2, 1],
  [3 / 4, 1],
  [7 / 8, 1],
];
const earlierParts: readonly Part[] = [
  [0, 1 / 2],
  [0, 1 / 4],
  [1 / 4, 3 / 4],
];

const partOf = (sights: readonly Sight[], [from, to]: Part): readonly Sight[] =>
  sights.slice(Math.floor(from * sights.length), Math.ceil(to * sights.length));

const newestPart: Part = [3 / 4, 1];
const leastLately = -2;
/** To choose among parts costs as much as a witness. */
const partCost = 1.5;

interface Explanation {
  readonly explained: Explained;
  readonly evidence: number;
}

/** How a vessel explains the best of the parts of a boat's way. */
const explain = (
  { station }: Eye,
  sights: readonly Sight[],
  candidate: Candidate,
  parts: readonly Part[],
): Explanation | undefined => {
  let best: Explanation | undefined;
  for (const each of parts) {
    const part = partOf(sights, each);
    if (part.length < leastSights) continue;
    const explained = likelihoodOf(station, part, candidate, gate);
    if (explained === undefined) continue;
    const cost = part.length === sights.length ? 0 : partCost;
    const evidence = explained.likelihood - likelihoodOfUnknown(station, part) - cost;
    if (best === undefined || evidence > best.evidence) best = { explained, evidence };
  }
  return best;
};

interface Paired {
  readonly boat: Boat;
  readonly known: KnownVessel;
  readonly explained: Explained;
  readonly evidence: number;
  readonly margin: number;
}

interface Pairing {
  /** What the best assignment made of boats that have no vessel yet, or another one now. */
  readonly pairs: readonly Paired[];
  /** Who was compared. */
  readonly vessels: readonly Compared[];
}

const pair = (state: State, watch: Watch, eye: Eye, now: Instant, settings: SightingConfig): Pairing => {
  const boats = [...watch.boats.values()].filter(
    boat => boat.sights.length >= leastSights && (boat.verdict === 'open' || !boat.ended),
  );
  const from = boats.reduce((least, { firstSeen }) => Math.min(least, firstSeen), now);
  const vessels = candidatesOf(state, eye, Math.max(from, now - settings.patience), now, settings.unknownLength);
  const taken = [...watch.boats.values()].filter(({ verdict }) => verdict === 'identified');
  const explanations = boats.map(boat => {
    return vessels.map(({ known, candidate }) => {
      const { key } = known.update.vessel;
      const rival = taken.find(
        other => other !== boat && other.vessel === key && overlapOf(other, boat) > overlapAllowed,
      );
      if (rival?.ended === true) return undefined;
      return explain(eye, boat.sights, candidate, latestParts);
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
    if (found.evidence < settings.evidence) continue;
    // What was this vessel a minute ago may have become another boat since.
    const lately = explain(eye, boat.sights, candidate, [newestPart]);
    if (boat.sights.length >= 4 * leastSights && (lately?.evidence ?? Number.NEGATIVE_INFINITY) < leastLately) continue;
    const without = worth.map((values, index) =>
      index === row ? values.with(column ?? 0, Number.NEGATIVE_INFINITY) : values,
    );
    const margin = best - worthOf(without, assign(without));
    if (margin >= settings.margin) pairs.push({ boat, known, ...found, margin });
  }
  return { pairs, vessels };
};

const zoneOf = ({ config }: Eye, place: { bearingDegrees: number; rangeMetres: number }): CameraZone | undefined =>
  config.zones.find(({ bearings: [from, to], ranges: [least, most] }) => {
    const width = (to - from + 360) % 360;
    // From a bearing to itself is all around.
    const isBetween = width === 0 || (place.bearingDegrees - from + 360) % 360 <= width;
    return isBetween && place.rangeMetres >= least && place.rangeMetres <= most;
  });

export const periodOf = (watch: Watch, time: Instant, length: Duration): Period => {
  const start = Math.floor(time / length) * length;
  const known = watch.periods.get(start);
  if (known !== undefined) return known;
  const period: Period = { start, watched: 0, zones: new Map() };
  watch.periods.set(start, period);
  return period;
};

const countIn = (watch: Watch, eye: Eye, boat: Boat, settings: SightingConfig): ZoneCount => {
  const place = placeOf(eye.station, boat);
  const zone = place === undefined ? '' : (zoneOf(eye, place)?.id ?? '');
  const { zones } = periodOf(watch, boat.firstSeen, settings.period);
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const count: ZoneCount = { identified: 0, unidentified: 0, possiblyVms: 0, undetermined: 0 };
  zones.set(zone, count);
  return count;
};

/** Vessels that report by VMS only, and may have been at the boat's place since their last report. */
const vmsWithinReach = (state: State, { station }: Eye, boat: Boat, settings: SightingConfig): number => {
  const seen = placeOf(station, boat);
  let count = 0;
  for (const { fixes } of state.vessels.values()) {
    const fix = fixes.at(-1);
    if (fix === undefined || fix.source === 'ais') continue;
    const elapsed = Math.abs(boat.lastSeen - fix.time);
    if (elapsed > settings.vmsReach) continue;
    const { east, north } = station.plane.toPlane(fix);
    const radians = ((seen?.bearingDegrees ?? 0) * Math.PI) / 180;
    const range = seen?.rangeMetres ?? 0;
    const apart = Math.hypot(east - range * Math.sin(radians), north - range * Math.cos(radians));
    const allowance = 1000;
    if (apart <= settings.vmsSpeed * metresPerSecondPerKnot * (elapsed / 1000) + allowance) count++;
  }
  return count;
};

export interface Outcome {
  readonly output: Conclusion[];
  /** Keys that explain it. */
  readonly keys: Set<string>;
}

const identify = (
  watch: Watch,
  eye: Eye,
  found: Paired,
  now: Instant,
  settings: SightingConfig,
  site: Site,
  outcome: Outcome,
): void => {
  const { boat, known } = found;
  const { key } = known.update.vessel;
  const place = placeOf(eye.station, boat);
  if (place === undefined) return;
  for (const other of watch.boats.values()) {
    if (other.vessel !== key || other.ended) continue;
    // It was another one after all. It has been counted as identified, which some vessel here is.
    other.verdict = 'open';
    other.vessel = undefined;
    outcome.keys.add(boatKey(watch.camera, other.track));
  }
  if (!boat.told) countIn(watch, eye, boat, settings).identified++;
  boat.told = true;
  boat.verdict = 'identified';
  boat.vessel = key;
  outcome.keys.add(boatKey(watch.camera, boat.track)).add(watchKey(watch.camera));
  const { foot } = found.explained.expected;
  const sizeDegrees = sizeDegreesOf(lengthOf(known.update.vessel, settings.unknownLength), foot.rangeMetres);
  watch.proofs = [...watch.proofs, { time: boat.lastSeen, sizeDegrees }].slice(-mostProofs);
  const stay = watch.stays.get(key);
  watch.stays.set(key, { vessel: key, watched: watch.watched });
  if (stay !== undefined && watch.watched - stay.watched < settings.again) return;
  const { explained, evidence, margin } = found;
  const sighting = { boat, vessel: known, explained, evidence, margin };
  outcome.output.push(sighted(eye.config, eye.station, place, sighting, now, site));
};

/** It fits so well, root mean square in standard deviations, that it may have been this vessel. */
const fittingDeviations = 1.5;

/**
 * Some vessel, that is no other boat, cannot be ruled out for a part of its way: it explains it better than nobody does,
 * though not well enough, or its own place is too uncertain for more.
 */
const isDoubtful = (watch: Watch, eye: Eye, boat: Boat, vessels: readonly Compared[]): boolean =>
  [...latestParts, ...earlierParts].some(part => {
    const sights = partOf(boat.sights, part);
    const [first, last] = [sights[0], sights.at(-1)];
    if (first === undefined || last === undefined) return false;
    const meanwhile = { firstSeen: first.time, lastSeen: last.time };
    return vessels.some(({ known, candidate }) => {
      const isAnother = [...watch.boats.values()].some(
        other =>
          other !== boat && other.vessel === known.update.vessel.key && overlapOf(other, meanwhile) > overlapAllowed,
      );
      const found = isAnother ? undefined : explain(eye, boat.sights, candidate, [part]);
      return found !== undefined && (found.evidence > 0 || found.explained.deviations <= fittingDeviations);
    });
  });

/** Vessels have not been heard for long enough that each must have reported. */
const isDeafYet = ({ heard }: State, now: Instant, { patience }: SightingConfig): boolean =>
  heard !== undefined && now < heard.since + patience;

/** Of one that no vessel explains: undefined as long as a report may still come. */
const judge = (
  state: State,
  watch: Watch,
  eye: Eye,
  boat: Boat,
  vessels: readonly Compared[],
  now: Instant,
  settings: SightingConfig,
): Boat['verdict'] => {
  if (now < boat.firstSeen + settings.patience || isDeafYet(state, now, settings)) return 'open';
  if (boat.lastSeen - boat.firstSeen < settings.settle) return boat.ended ? 'brief' : 'open';
  const isHeard = state.heard !== undefined && now - state.heard.last <= settings.aisSilence;
  const isPlaced = boat.sights.filter(hasWaterline).length * 2 >= boat.sights.length;
  return !isHeard || !isPlaced || isDoubtful(watch, eye, boat, vessels) ? 'undetermined' : 'unidentified';
};

/** Where the box of a vessel is expected now, if all of it should be seen; undefined where it is uncertain. */
const shouldSee = (
  { config, station }: Eye,
  { candidate, known }: { readonly candidate: Candidate; readonly known: KnownVessel },
  now: Instant,
): ExpectedBox | 'elsewhere' | undefined => {
  const fix = nearestFix(known.fixes, now);
  const place = placeAt(known.fixes, station.plane, now);
  if (place === undefined || fix?.source !== 'ais') return 'elsewhere';
  const lying = lyingOf(candidate.hull, place);
  const expected = expectBox(station.camera, place, lying, candidate.lengthMetres);
  if (expected === undefined || expected.right - expected.left <= 0) return 'elsewhere';
  const { focal } = station.camera;
  const range = Math.max(1, expected.foot.rangeMetres);
  const unsure = place.uncertaintyMetres + (lying === undefined ? candidate.lengthMetres / 2 : 0);
  const asideX = (2 * focal * unsure) / range + (2 * focal * station.uncertainty.headingDegrees * Math.PI) / 180;
  const isInPicture = expected.left - asideX > 0 && expected.right + asideX < 1 && expected.bottom < 0.98;
  if (!isInPicture) return expected.right < 0.001 || expected.left > 0.999 ? 'elsewhere' : undefined;
  const isKnownWell = asideX < 0.1 && now - fix.time <= oldestAis && fix.time <= now + minutes(1);
  // Seen from the end a hull is a third as wide as from the side, at the least.
  const width = lying === undefined ? pixelsOf(config, expected) / 2 : pixelsOf(config, expected);
  if (!isKnownWell || width < config.leastPixels) return undefined;
  const point = { x: (expected.left + expected.right) / 2, y: expected.bottom };
  return isObstructed(config, point) ? undefined : expected;
};

/** Something that the camera sees now stands where the vessel is expected: it may be it, or hide it. */
const isCovered = ({ left, right, bottom }: ExpectedBox, now: Instant, watch: Watch): boolean => {
  const width = Math.max(right - left, 0.02);
  for (const { box, lastSeen, ended } of watch.boats.values()) {
    if (ended || now - lastSeen > roundEvery) continue;
    const isAside = box.x > right + width / 2 || box.x + box.width < left - width / 2;
    // A box above the expected lower edge by more than its own height is farther away.
    const isBehind = box.y + box.height < bottom - 2 * box.height - 0.02;
    if (!isAside && !isBehind) return true;
  }
  return false;
};

const miss = (state: State, watch: Watch, eye: Eye, now: Instant, settings: SightingConfig, outcome: Outcome): void => {
  const elapsed = watch.watched - watch.watchedAtRound;
  const looks = watch.looksSinceRound;
  const [longitude, latitude] = eye.config.position;
  const sunElevation = sunElevationDegrees({ longitude, latitude }, now);
  const isLight = settings.unseenLight === 'any' || sunElevation > settings.sunElevation;
  const seen = new Set(
    [...watch.boats.values()].flatMap(({ vessel, ended }) => (vessel === undefined || ended ? [] : [vessel])),
  );
  const here = new Set<string>();
  for (const { known, candidate } of candidatesOf(state, eye, now, now, settings.unknownLength)) {
    const { key } = known.update.vessel;
    const expected = shouldSee(eye, { known, candidate }, now);
    if (expected === 'elsewhere') continue;
    here.add(key);
    const isSeen = seen.has(key);
    if (isSeen || !isLight) {
      watch.expectations.delete(key);
      continue;
    }
    if (expected === undefined || isCovered(expected, now, watch)) continue;
    const expectation = watch.expectations.get(key) ?? { vessel: key, since: now, missing: 0, looks: 0, told: false };
    watch.expectations.set(key, expectation);
    expectation.missing += elapsed;
    expectation.looks += looks;
    if (expectation.told || expectation.missing < settings.unseenAfter || expectation.looks < settings.unseenFrames) {
      continue;
    }
    const sizeDegrees = sizeDegreesOf(candidate.lengthMetres, expected.foot.rangeMetres);
    const proof = watch.proofs.findLast(
      each => now - each.time <= settings.unseenProof && each.sizeDegrees <= sizeDegrees * 1.2,
    );
    const fix = nearestFix(known.fixes, now);
    if (proof === undefined || fix === undefined) continue;
    expectation.told = true;
    outcome.keys.add(watchKey(watch.camera));
    outcome.output.push(
      unseen(eye.config, settings, { expectation, vessel: known, fix, expected, proof, sunElevation }, now),
    );
  }
  for (const key of watch.expectations.keys()) if (!here.has(key)) watch.expectations.delete(key);
};

/** `frames` says whether the camera looks now: only then can anything be missing from its pictures. */
export const runRound = (
  state: State,
  watch: Watch,
  eye: Eye,
  now: Instant,
  frames: 'seen' | 'none',
  settings: SightingConfig,
  site: Site,
  outcome: Outcome,
): void => {
  const { pairs, vessels } = pair(state, watch, eye, now, settings);
  const paired = new Map(pairs.map(each => [each.boat, each]));
  for (const boat of watch.boats.values()) {
    const found = paired.get(boat);
    if (found !== undefined) {
      if (boat.vessel === found.known.update.vessel.key) {
        if (!boat.ended) watch.stays.set(boat.vessel, { vessel: boat.vessel, watched: watch.watched });
      } else if (boat.lastSeen - boat.firstSeen >= settings.settle && !isDeafYet(state, now, settings)) {
        identify(watch, eye, found, now, settings, site, outcome);
      }
      continue;
    }
    if (boat.verdict !== 'open') continue;
    const verdict = judge(state, watch, eye, boat, vessels, now, settings);
    if (verdict === 'open') continue;
    boat.verdict = verdict;
    outcome.keys.add(boatKey(watch.camera, boat.track)).add(watchKey(watch.camera));
    if (verdict === 'brief' || boat.told) continue;
    boat.told = true;
    const count = countIn(watch, eye, boat, settings);
    if (verdict === 'undetermined') {
      count.undetermined++;
      continue;
    }
    count.unidentified++;
    const surroundings: Surroundings = {
      vesselsHeard: vessels.length,
      vmsWithinReach: vmsWithinReach(state, eye, boat, settings),
    };
    if (surroundings.vmsWithinReach > 0) count.possiblyVms++;
    const place = placeOf(eye.station, boat);
    const zone = place === undefined ? undefined : zoneOf(eye, place);
    if (place !== undefined && zone?.unidentified === 'event') {
      outcome.output.push(unidentified(eye.config, eye.station, zone, place, boat, surroundings, now, site));
    }
  }
  if (frames === 'seen') miss(state, watch, eye, now, settings, outcome);
  watch.watchedAtRound = watch.watched;
  watch.looksSinceRound = 0;
  watch.nextRound = now + roundEvery;
};
