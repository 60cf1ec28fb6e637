/** Boats as a camera follows them. The looks at each are thinned, so that its way takes a bounded place. */
import type { Box, DetectedObject, Detections, Detector, Snapshot } from '../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { footOf, type PicturePoint } from './camera.ts';
import type { CameraConfig } from './config.ts';
import type { Sight } from './likelihood.ts';

/**
 * `open`: not judged yet. `undetermined`: it cannot be. `brief`: it was not seen for long enough to be taken for a boat.
 */
export type Verdict = 'open' | 'identified' | 'unidentified' | 'undetermined' | 'brief';

export interface Boat {
  /** The camera's newest name of it. */
  track: string;
  readonly firstSeen: Instant;
  lastSeen: Instant;
  ended: boolean;
  looks: number;
  /** Pictures from the first to the last look at it, those without it included. */
  pictures: number;
  /** Number of the picture of the last look, since the start of the gateway. */
  lastPicture: number;
  label: string;
  confidence: number;
  box: Box;
  detector: Detector;
  /** The newest picture that came with it. */
  snapshot: Snapshot | undefined;
  /** Oldest first. */
  sights: Sight[];
  verdict: Verdict;
  /** It was counted and told of: that happens once. */
  told: boolean;
  /** Key of the vessel that it is. */
  vessel: string | undefined;
}

/** A way in the picture has at most so many looks. */
export const mostSights = 60;

/** Detectors place the edges of a box this well: parts of its size, and a floor of about a pixel and a half. */
const edgeNoise = 0.05;
const leastNoise = 0.004;
/** Of a lower edge that is not where the boat meets the water. */
const noWaterline = 0.3;
/** A box that comes so close to the edge of the picture is cut there. */
const cut = 0.004;

/** Even-odd rule; a point on the outline may count either way. */
export const isInside = (outline: readonly (readonly [x: number, y: number])[], { x, y }: PicturePoint): boolean => {
  let inside = false;
  let [previousX, previousY] = outline.at(-1) ?? [0, 0];
  for (const [cornerX, cornerY] of outline) {
    const crosses = cornerY > y !== previousY > y;
    if (crosses && x < ((previousX - cornerX) * (y - cornerY)) / (previousY - cornerY) + cornerX) inside = !inside;
    previousX = cornerX;
    previousY = cornerY;
  }
  return inside;
};

/** Something else is in front of the water there. */
export const isObstructed = ({ obstructions }: CameraConfig, point: PicturePoint): boolean =>
  obstructions.some(outline => isInside(outline, point));

export const hasWaterline = ({ sigmaY }: Pick<Sight, 'sigmaY'>): boolean => sigmaY < noWaterline;

export const sightOf = (camera: CameraConfig, time: Instant, box: Box): Sight => {
  const foot = footOf(box);
  const isCutAside = box.x <= cut || box.x + box.width >= 1 - cut;
  const sigmaX = Math.max(leastNoise, edgeNoise * box.width) * (isCutAside ? 3 : 1);
  const isHidden = foot.y >= 1 - cut || isObstructed(camera, foot);
  const sigmaY = isHidden ? noWaterline : Math.max(leastNoise, edgeNoise * box.height);
  return { time, x: foot.x, y: foot.y, width: Math.max(box.width, 1e-4), sigmaX, sigmaY };
};

export const beginBoat = (
  detections: Detections,
  { label, confidence, box }: DetectedObject,
  track: string,
  picture: number,
): Boat => ({
  track,
  firstSeen: detections.time,
  lastSeen: detections.time,
  ended: false,
  looks: 0,
  pictures: 0,
  lastPicture: picture - 1,
  label,
  confidence,
  box,
  detector: detections.detector,
  snapshot: undefined,
  sights: [],
  verdict: 'open',
  told: false,
  vessel: undefined,
});

export const lookAt = (
  boat: Boat,
  { time, detector, snapshot }: Detections,
  { label, confidence, box }: DetectedObject,
  camera: CameraConfig,
  window: Duration,
  picture: number,
): void => {
  boat.lastSeen = Math.max(boat.lastSeen, time);
  boat.ended = false;
  if (boat.verdict === 'brief') boat.verdict = 'open';
  boat.looks++;
  boat.pictures += picture - boat.lastPicture;
  boat.lastPicture = picture;
  boat.detector = detector;
  boat.label = label;
  boat.confidence = confidence;
  boat.box = box;
  boat.snapshot = snapshot ?? boat.snapshot;
  const newest = boat.sights.at(-1);
  if (newest !== undefined && time - newest.time < window / mostSights) return;
  boat.sights.push(sightOf(camera, time, box));
  while (boat.sights.length > mostSights || time - (boat.sights[0]?.time ?? time) > window) boat.sights.shift();
};

/** A boat may be lost for so long behind another, or by the detector, and come back under another name. */
const longestGap = seconds(12);
const leastShared = 0.5;

/**
 * A boat that the detector loses in half of the pictures or more may be none, or be taken for others. The first picture
 * does not count: without having been found in it, it would not have begun.
 */
export const isFollowedWell = ({ looks, pictures }: Pick<Boat, 'looks' | 'pictures'>): boolean =>
  2 * (looks - 1) > pictures - 1;

/** Where its box is expected by its last two seconds or so. */
const expectedX = ({ sights, box, lastSeen }: Boat, time: Instant): number => {
  const to = sights.at(-1);
  const from = sights.at(-6) ?? sights[0];
  const middle = box.x + box.width / 2;
  if (to === undefined || from === undefined || to.time <= from.time) return middle;
  return middle + ((to.x - from.x) / (to.time - from.time)) * (time - lastSeen);
};

/** Whether it is known to hardly move along the picture: a quarter of its width at most, over six looks. */
export const isStill = ({ sights }: Pick<Boat, 'sights'>): boolean => {
  const to = sights.at(-1);
  const from = sights.at(-6);
  return to !== undefined && from !== undefined && Math.abs(to.x - from.x) <= to.width / 4;
};

/** Of the boats that the camera lost lately, the one that a new name stands for. */
export const findLost = (boats: Iterable<Boat>, time: Instant, { box }: DetectedObject): Boat | undefined => {
  let found: Boat | undefined;
  let nearest = Number.POSITIVE_INFINITY;
  for (const boat of boats) {
    if (!boat.ended || time <= boat.lastSeen || time - boat.lastSeen > longestGap) continue;
    const ratio = box.width / boat.box.width;
    if (ratio < leastShared || ratio > 1 / leastShared) continue;
    const apartX = Math.abs(box.x + box.width / 2 - expectedX(boat, time)) / Math.max(box.width, boat.box.width);
    const apartY = Math.abs(box.y + box.height - boat.box.y - boat.box.height) / Math.max(box.height, boat.box.height);
    if (apartX > 0.75 || apartY > 0.5 || apartX + apartY >= nearest) continue;
    nearest = apartX + apartY;
    found = boat;
  }
  return found;
};
