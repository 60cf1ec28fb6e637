/** What is known of an object as long as a camera follows it. Pure. */
import type { Box, DetectedObject, Detections, Detector, Snapshot } from '../../core/observation.ts';
import { pictureOf } from '../../core/picture-of.ts';
import { footOf } from '../../core/polygon.ts';
import { type ClockShift, type Duration, type Instant, shiftInstant } from '../../core/time.ts';
import type { Watch } from './breaches.ts';
import type { Pending } from './lines.ts';
import { extendPath, type Footprint } from './path.ts';
import { type BestPicture, betterPicture, isSamePicture, type PictureName } from './picture.ts';
import type { Memory } from './rules.ts';
import type { Visit } from './visits.ts';

export interface Track {
  readonly device: string;
  readonly track: string;
  /** Of its last detection: thresholds may be set meanwhile. */
  detector: Detector;
  /** Label of the detection with the highest confidence so far. */
  label: string;
  confidence: number;
  /** Box of that detection. */
  bestBox: Box;
  readonly firstSeen: Instant;
  lastSeen: Instant;
  readonly firstBox: Box;
  lastBox: Box;
  frames: number;
  /** Ids of the zones it was in, in the order of their entering. */
  zones: string[];
  readonly path: Footprint[];
  picture: BestPicture | undefined;
}

/** What was told of it while it lived. */
export interface Telling {
  readonly at: Instant;
  readonly box: Box;
  /** Counts what was told of it. */
  readonly number: number;
}

export interface Followed {
  readonly track: Track;
  /** By zone. */
  readonly visits: Map<string, Visit>;
  /** Frames in a row that contradict what is believed, by zone. */
  readonly doubts: Map<string, number>;
  /** How often it entered each zone. */
  readonly entries: Map<string, number>;
  /** Where its foot was in the last frame. */
  foot: Footprint | undefined;
  /** Of the last moments, to tell its speed; not saved. */
  readonly feet: Footprint[];
  /** What one frame more may make a crossing, by line. */
  readonly pending: Map<string, Pending>;
  /** How often it crossed each line. */
  readonly crossings: Map<string, number>;
  /** Undefined until a zone asked for it. */
  telling: Telling | undefined;
  /** `restored`: it was followed before a restart; the camera may know it under another name now. */
  origin: 'seen' | 'restored';
  /** Steady time of the newest sight of it; undefined until the first tick after it. */
  touched: Duration | undefined;
}

export const follow = (
  detections: Detections,
  object: DetectedObject,
  track: string,
  now: Duration | undefined,
): Followed => ({
  track: {
    device: detections.device,
    track,
    detector: detections.detector,
    label: object.label,
    confidence: object.confidence,
    bestBox: object.box,
    firstSeen: detections.time,
    lastSeen: detections.time,
    firstBox: object.box,
    lastBox: object.box,
    frames: 0,
    zones: [],
    path: [],
    picture: undefined,
  },
  visits: new Map(),
  doubts: new Map(),
  entries: new Map(),
  foot: undefined,
  feet: [],
  pending: new Map(),
  crossings: new Map(),
  telling: undefined,
  origin: 'seen',
  touched: now,
});

/** The object as the picture shows it; one that goes with later frames shows it elsewhere. */
const shownBy = (
  { time, shown }: Detections,
  { capturedAt }: Snapshot,
  object: DetectedObject,
): DetectedObject | undefined => {
  if (shown !== undefined) return shown.find(({ track }) => track === object.track);
  return capturedAt === time ? object : undefined;
};

/** `named`: pictures that events named. */
export const see = (
  { track }: Followed,
  detections: Detections,
  object: DetectedObject,
  named: readonly PictureName[],
): void => {
  const { time, detector } = detections;
  const { label, confidence, box } = object;
  track.detector = detector;
  track.lastSeen = Math.max(track.lastSeen, time);
  track.lastBox = box;
  track.frames++;
  extendPath(track.path, footOf(box), time);
  if (confidence > track.confidence) {
    track.label = label;
    track.confidence = confidence;
    track.bestBox = box;
  }
  const snapshot = pictureOf(detections, track.label);
  if (snapshot === undefined) return;
  const announced = named.some(each => isSamePicture(each, snapshot));
  const seen = shownBy(detections, snapshot, object);
  track.picture = betterPicture(track.picture, { snapshot, label: track.label, announced }, seen, time);
};

/** How far it must have come since it was told last, as a fraction of the picture, to be news. */
const newsworthyStep = 0.03;

/** Whether an object that a zone asks for is news again. */
export const isNews = ({ track, telling }: Followed, every: Duration): boolean => {
  if (telling === undefined) return true;
  if (track.lastSeen - telling.at < every) return false;
  const [fromX, fromY] = footOf(telling.box);
  const [x, y] = footOf(track.lastBox);
  return Math.hypot(x - fromX, y - fromY) >= newsworthyStep;
};

const shiftMemory = (memory: Memory, shift: ClockShift): Memory => ({
  ...memory,
  anchor: { ...memory.anchor, at: shiftInstant(memory.anchor.at, shift) },
  attendedAt: shiftInstant(memory.attendedAt, shift),
  since: memory.since && shiftInstant(memory.since, shift),
});

const shiftRules = (rules: Watch, shift: ClockShift): Watch =>
  new Map(
    [...rules].map(([name, { memory, breach, count }]) => [
      name,
      {
        memory: shiftMemory(memory, shift),
        breach: breach && { ...breach, at: shiftInstant(breach.at, shift) },
        count,
      },
    ]),
  );

/** Its instants after the clock was set. */
export const shiftFollowed = (followed: Followed, shift: ClockShift): Followed => {
  const { track, visits, foot, feet, pending, telling, ...rest } = followed;
  return {
    ...rest,
    track: {
      ...track,
      firstSeen: shiftInstant(track.firstSeen, shift),
      lastSeen: shiftInstant(track.lastSeen, shift),
      path: track.path.map(({ at, ...place }) => ({ ...place, at: shiftInstant(at, shift) })),
    },
    visits: new Map(
      [...visits].map(([zone, visit]) => [
        zone,
        { ...visit, enteredAt: shiftInstant(visit.enteredAt, shift), rules: shiftRules(visit.rules, shift) },
      ]),
    ),
    feet: feet.map(({ at, ...place }) => ({ ...place, at: shiftInstant(at, shift) })),
    foot: foot && { ...foot, at: shiftInstant(foot.at, shift) },
    pending: new Map([...pending].map(([line, each]) => [line, { ...each, at: shiftInstant(each.at, shift) }])),
    telling: telling && { ...telling, at: shiftInstant(telling.at, shift) },
  };
};
