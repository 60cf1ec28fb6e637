/**
 * Every two seconds, and while boats that left are still to be judged: which vessel each boat is, which boats nobody
 * is, and which vessels are not where they say to be.
 */
import { metresPerSecondPerKnot } from '../../core/geodesy.ts';
import type { Box } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { type Boat, hasWaterline, isFollowedWell } from './boats.ts';
import { type Outcome, placeOf, type Surroundings, sighted, unidentified } from './conclude.ts';
import type { CameraZone, SightingConfig } from './config.ts';
import { lookForMissing } from './missing.ts';
import {
  type Compared,
  type Eye,
  earlierParts,
  explain,
  latestParts,
  overlapAllowed,
  overlapOf,
  type Paired,
  pair,
  partOf,
  waysOf,
} from './pairing.ts';
import { boatKey, type Period, type State, type Stay, type Watch, watchKey, type ZoneCount } from './state.ts';

export const roundEvery: Duration = seconds(2);

/** Of the time before: between frames farther apart the camera slept. */
export const longestWatch = seconds(5);

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

const stayOf = ({ watched }: Watch, { config }: Eye, { boat, known, explained }: Paired): Stay => ({
  vessel: known.update.vessel.key,
  watched,
  time: boat.lastSeen,
  pixels: boat.box.width * config.pixels,
  rangeMetres: explained.expected.foot.rangeMetres,
});

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
  const stay = watch.stays.get(key);
  watch.stays.set(key, stayOf(watch, eye, found));
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
    const ways = waysOf(eye, boat.sights, [part]);
    return vessels.some(({ known, candidate }) => {
      const isAnother = [...watch.boats.values()].some(
        other =>
          other !== boat && other.vessel === known.update.vessel.key && overlapOf(other, meanwhile) > overlapAllowed,
      );
      const found = isAnother ? undefined : explain(eye, ways, candidate);
      return found !== undefined && (found.evidence > 0 || found.explained.deviations <= fittingDeviations);
    });
  });

const isFollowedLong = ({ firstSeen, lastSeen }: Boat, { settle }: SightingConfig): boolean =>
  lastSeen - firstSeen >= settle;

/** Vessels have not been heard for long enough that each must have reported. */
const isDeafYet = ({ heard }: State, now: Instant, { patience }: SightingConfig): boolean =>
  heard !== undefined && now < heard.since + patience;

/** What is heard is no older than is waited for: else the vessels are elsewhere by now, or the receiver is deaf. */
const isCurrent = ({ heard }: State, now: Instant, { patience, aisSilence }: SightingConfig): boolean =>
  heard !== undefined && now - heard.last <= Math.min(patience, aisSilence);

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
  if (!isFollowedLong(boat, settings)) return boat.ended ? 'brief' : 'open';
  const isHeard = isCurrent(state, now, settings);
  const isPlaced = boat.sights.filter(hasWaterline).length * 2 >= boat.sights.length;
  return !isHeard || !isPlaced || !isFollowedWell(boat) || isDoubtful(watch, eye, boat, vessels)
    ? 'undetermined'
    : 'unidentified';
};

/** `boxes`: all that the picture shows; undefined where the camera does not look now, and nothing can be missing. */
export const runRound = (
  state: State,
  watch: Watch,
  eye: Eye,
  now: Instant,
  boxes: readonly Box[] | undefined,
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
        if (!boat.ended) watch.stays.set(boat.vessel, stayOf(watch, eye, found));
      } else if (
        isFollowedLong(boat, settings) &&
        isCurrent(state, now, settings) &&
        !isDeafYet(state, now, settings)
      ) {
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
  if (boxes !== undefined) lookForMissing(state, watch, eye, now, boxes, settings, outcome);
  watch.watchedAtRound = watch.watched;
  watch.looksSinceRound = 0;
  watch.nextRound = now + roundEvery;
};
