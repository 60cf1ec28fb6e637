/**
 * Vessels that say to be where the camera should see them, and are not there. That is a condition: raised when such a
 * vessel was missing for long enough, cleared when it is seen, goes elsewhere, or nobody can tell any more.
 */
import type { Box } from '../../core/observation.ts';
import { type Duration, type Instant, minutes, seconds } from '../../core/time.ts';
import { type Boat, isObstructed, isStill } from './boats.ts';
import { type ExpectedBox, expectBox } from './camera.ts';
import {
  nearestFix,
  type Outcome,
  openUnseen,
  type Proof,
  type UnseenEnding,
  unseenCleared,
  unseenRaised,
} from './conclude.ts';
import type { SightingConfig } from './config.ts';
import { sunElevationDegrees } from './daylight.ts';
import { type Compared, candidatesOf, type Eye, oldestAis } from './pairing.ts';
import { type Expectation, type State, type Stay, type Watch, watchKey } from './state.ts';
import { beamOf, lyingOf, placeAt } from './vessel-motion.ts';

/** Why a vessel that reports does not count as missing from a picture. */
type Excuse =
  | 'seen'
  /** Something else is there: it may be the vessel, or hide it. */
  | 'hidden'
  /** It may be outside of the picture, too small in it, or elsewhere than it last said. */
  | 'uncertain'
  | 'away'
  | 'silent'
  | 'dark';

interface Ending {
  readonly when: 'at-once' | 'when-it-lasts';
  readonly ending: UnseenEnding;
}

/** What each makes of a vessel that was missing before. */
const endings: Readonly<Record<Excuse, Ending>> = {
  seen: { when: 'at-once', ending: { reason: 'recovered', endedBy: 'sighting' } },
  away: { when: 'at-once', ending: { reason: 'recovered', endedBy: 'departure' } },
  silent: { when: 'at-once', ending: { reason: 'source-lost', endedBy: 'silence' } },
  dark: { when: 'at-once', ending: { reason: 'source-lost', endedBy: 'darkness' } },
  hidden: { when: 'when-it-lasts', ending: { reason: 'superseded', endedBy: 'cover' } },
  uncertain: { when: 'when-it-lasts', ending: { reason: 'superseded', endedBy: 'uncertainty' } },
};

const blind: UnseenEnding = { reason: 'source-lost', endedBy: 'camera' };
const removed: UnseenEnding = { reason: 'config-removed', endedBy: 'configuration' };

/** Where a vessel should be seen, and how much of it. */
interface View {
  readonly expected: ExpectedBox;
  /** How far to each side it may be from there, fraction of the picture's width. */
  readonly aside: number;
  /** As narrow as it may look, pixels of the pictures that the model gets. */
  readonly pixels: number;
}

/** Lower, and the hull or its wake is cut by the edge of the picture. */
const lowest = 0.98;
/** What may be farther aside than this is nowhere in particular. */
const mostAside = 0.1;
/** A report may be ahead of our clock by so much. */
const mostAhead = minutes(1);

const viewOf = (
  { config, station }: Eye,
  { known, candidate }: Compared,
  now: Instant,
): View | Extract<Excuse, 'away' | 'uncertain'> => {
  const { camera, plane, uncertainty } = station;
  const fix = nearestFix(known.fixes, now);
  const place = placeAt(known.fixes, plane, now);
  // What VMS says is too old and too coarse to accuse anybody.
  if (place === undefined || fix?.source !== 'ais') return 'uncertain';
  const lying = lyingOf(candidate.hull, place);
  const expected = expectBox(camera, place, lying, candidate.lengthMetres);
  if (expected === undefined || expected.right <= 0 || expected.left >= 1) return 'away';
  const range = Math.max(1, expected.foot.rangeMetres);
  const unsure = place.uncertaintyMetres + (lying === undefined ? candidate.lengthMetres / 2 : 0);
  const aside = 2 * camera.focal * (unsure / range + (uncertainty.headingDegrees * Math.PI) / 180);
  const isInPicture = expected.left - aside > 0 && expected.right + aside < 1 && expected.bottom < lowest;
  const isReported = now - fix.time <= oldestAis && fix.time - now <= mostAhead;
  // A hull whose bow may point anywhere may be seen from its end.
  const fromEnd = (camera.focal * beamOf(candidate)) / range;
  const width = lying === undefined ? fromEnd : Math.max(fromEnd, expected.right - expected.left);
  const pixels = width * config.pixels;
  const isShown = [expected.left, (expected.left + expected.right) / 2, expected.right].every(
    x => !isObstructed(config, { x, y: expected.bottom }),
  );
  const isPlain = isInPicture && isReported && aside < mostAside && pixels >= config.leastPixels && isShown;
  return isPlain ? { expected, aside, pixels } : 'uncertain';
};

/** A boat that lay still where it was seen last may still be there: detectors lose them. One under way has moved on. */
const coverMemory: Readonly<Record<'still' | 'under-way', Duration>> = { still: minutes(1), 'under-way': seconds(2) };

const mayCover = (boat: Boat, now: Instant): boolean =>
  now - boat.lastSeen <= coverMemory[isStill(boat) ? 'still' : 'under-way'];

/** Lower edges of boxes are placed so badly, at the least, fraction of the picture's height. */
const footNoise = 0.02;

/** A box at the place of a vessel: it may be the vessel, or stand before it. */
const isCover = ({ expected: { left, right, bottom }, aside }: View, box: Box): boolean => {
  const margin = Math.max((right - left) / 2, aside, 0.01);
  if (box.x > right + margin || box.x + box.width < left - margin) return false;
  // What meets the water higher up by more than its own height is farther away; what ends below hides nothing.
  return box.y + box.height >= bottom - box.height - footNoise && box.y <= bottom + footNoise;
};

/** One whose hull lies before another's by their own reports hides it, though the detector does not find it. */
const isBefore = (front: View, back: View): boolean =>
  front.expected.foot.rangeMetres < back.expected.foot.rangeMetres &&
  front.expected.left - front.aside < back.expected.right + back.aside &&
  front.expected.right + front.aside > back.expected.left - back.aside;

/** Farther than this part of a vessel's distance the camera must have seen another: haze hides what is far first. */
const leastReach = 0.75;

/** Sightings that show that the camera would see it: the model finds such small ones, and there is no fog. */
const proofOf = (
  watch: Watch,
  { vessel, since }: Expectation,
  { pixels, expected }: View,
  now: Instant,
  longest: Duration,
): Proof | undefined => {
  let small: Stay | undefined;
  let far: Stay | undefined;
  for (const stay of watch.stays.values()) {
    if (stay.vessel === vessel || now - stay.time > longest) continue;
    if (stay.pixels <= pixels && stay.time > (small?.time ?? 0)) small = stay;
    // Since it is missing: haze may have come with that.
    if (stay.time < since) continue;
    if (stay.rangeMetres >= leastReach * expected.foot.rangeMetres && stay.time > (far?.time ?? 0)) far = stay;
  }
  return small && far && { small, far };
};

const end = (watch: Watch, expectation: Expectation, ending: UnseenEnding, now: Instant, outcome: Outcome): void => {
  watch.expectations.delete(expectation.vessel);
  if (expectation.open === undefined) return;
  outcome.keys.add(watchKey(watch.camera));
  outcome.output.push(unseenCleared(watch.camera, expectation.open, ending, now));
};

/** `boxes`: everything that the newest picture shows, boats and others. */
export const lookForMissing = (
  state: State,
  watch: Watch,
  eye: Eye,
  now: Instant,
  boxes: readonly Box[],
  settings: SightingConfig,
  outcome: Outcome,
): void => {
  const elapsed = watch.watched - watch.watchedAtRound;
  const [longitude, latitude] = eye.config.position;
  const sunElevation = sunElevationDegrees({ longitude, latitude }, now);
  const isLight = settings.unseenLight === 'any' || sunElevation > settings.sunElevation;
  const boats = [...watch.boats.values()];
  const seen = new Set(boats.filter(({ ended }) => !ended).map(({ vessel }) => vessel));
  const covers = [...boxes, ...boats.filter(boat => mayCover(boat, now)).map(({ box }) => box)];
  const views = candidatesOf(state, eye, now, now, settings.unknownLength).map(compared => ({
    compared,
    key: compared.known.update.vessel.key,
    view: viewOf(eye, compared, now),
  }));

  // Where the others are is told by their boxes, and better.
  const unseen = views.filter(({ key }) => !seen.has(key));

  /** The view where it is missing from plain view. */
  const missingFrom = (key: string, view: View | Excuse): View | Excuse => {
    if (seen.has(key)) return 'seen';
    if (!isLight) return 'dark';
    if (typeof view === 'string') return view;
    const isHidden =
      covers.some(box => isCover(view, box)) ||
      unseen.some(other => other.key !== key && typeof other.view !== 'string' && isBefore(other.view, view));
    return isHidden ? 'hidden' : view;
  };
  const excuse = (expectation: Expectation | undefined, why: Excuse): void => {
    if (expectation === undefined) return;
    const { when, ending } = endings[why];
    expectation.unclear += elapsed;
    if (when === 'at-once' || expectation.unclear >= settings.unseenAfter)
      end(watch, expectation, ending, now, outcome);
  };

  for (const { compared, key, view: planned } of views) {
    const known = watch.expectations.get(key);
    const view = missingFrom(key, planned);
    if (typeof view === 'string') {
      excuse(known, view);
      continue;
    }
    const expectation = known ?? { vessel: key, since: now, missing: 0, looks: 0, unclear: 0, open: undefined };
    watch.expectations.set(key, expectation);
    expectation.unclear = 0;
    const proof = proofOf(watch, expectation, view, now, settings.unseenProof);
    if (expectation.open !== undefined || proof === undefined) continue;
    expectation.missing += elapsed;
    expectation.looks += watch.looksSinceRound;
    if (expectation.missing < settings.unseenAfter || expectation.looks < settings.unseenFrames) continue;
    const { expected, pixels } = view;
    const missing = { expectation, vessel: compared.known, expected, pixels, proof, sunElevation };
    expectation.open = openUnseen(eye.config, settings, missing, now);
    outcome.keys.add(watchKey(watch.camera));
    outcome.output.push(unseenRaised(watch.camera, expectation.open, settings.unseenSeverity));
  }
  const judged = new Set(views.map(({ key }) => key));
  for (const expectation of watch.expectations.values()) {
    if (judged.has(expectation.vessel)) continue;
    const fixes = state.vessels.get(expectation.vessel)?.fixes ?? [];
    const isHeard = fixes.some(({ source, time }) => source === 'ais' && Math.abs(now - time) <= oldestAis);
    excuse(expectation, isHeard ? 'away' : 'silent');
  }
};

/** Without pictures nobody can tell: what is open of a camera that does not look any more ends. */
export const endBlind = (watch: Watch, now: Instant, settings: SightingConfig, outcome: Outcome): void => {
  if (watch.expectations.size === 0) return;
  // After a restart it has as long to come back.
  watch.lastFrame ??= now;
  if (now - watch.lastFrame <= settings.unseenAfter) return;
  for (const expectation of watch.expectations.values()) end(watch, expectation, blind, now, outcome);
};

/** Of cameras that were removed from the configuration. */
export const endOrphans = ({ orphans }: State, now: Instant, outcome: Outcome): void => {
  for (const { camera, open } of orphans.splice(0)) {
    outcome.keys.add(watchKey(camera));
    outcome.output.push(unseenCleared(camera, open, removed, now));
  }
};
