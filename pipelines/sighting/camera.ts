/**
 * A calibrated camera above the sea: where in the picture a place on the water is, and where on the water a place in
 * the picture is. Pinhole with one coefficient of radial distortion, over a round sea seen through standard refraction.
 * Pure.
 */
import type { Box } from '../../core/observation.ts';
import { alongBearing, bearingOf, type PlanePoint } from './plane.ts';

/** How the camera stands and looks, in the words of its configuration. */
export interface CameraPose {
  /** Of the lens above the water, metres. */
  readonly heightMetres: number;
  /** Compass bearing of the optical axis, clockwise from true north. */
  readonly headingDegrees: number;
  /** Of the optical axis below the horizontal. */
  readonly tiltDegrees: number;
  /** The camera leans to its right by so much: a level horizon falls to the left in the picture. */
  readonly rollDegrees: number;
  /** Across the width of the picture, as a lens without distortion of the same focal length has it. */
  readonly fieldOfViewDegrees: number;
  /** Width over height of the picture. */
  readonly aspect: number;
  /**
   * First radial coefficient: what stands r focal lengths from the middle is shown at r (1 + k1 r²). Negative for the
   * barrel of wide lenses. As k1 of Brown's model in OpenCV's camera calibration.
   */
  readonly k1: number;
}

/** Fractions of the picture's width and height from the top left; may lie outside 0–1. */
export interface PicturePoint {
  readonly x: number;
  readonly y: number;
}

/** On the water, from the foot of the camera. */
export interface SeaPlace {
  /** Clockwise from true north, 0–360. */
  readonly bearingDegrees: number;
  readonly rangeMetres: number;
}

export interface Camera {
  readonly pose: CameraPose;
  /** Distance to the visible horizon. */
  readonly horizonMetres: number;
  /** Focal length as a fraction of the picture's width. */
  readonly focal: number;
  /** Undefined at and above the horizon, and where the lens shows nothing. */
  toSea(point: PicturePoint): SeaPlace | undefined;
  /** Undefined for what is behind the lens or beyond the horizon. */
  toPicture(place: SeaPlace): PicturePoint | undefined;
}

const earthRadius = 6_371_000;

/**
 * Light bends towards the water: the earth looks as if it were larger by 1 / (1 − k), with k = 0.13, Gauss's coefficient
 * for light in a standard atmosphere, as surveyors take it. The horizon is then 2.07 NM × √height in metres away. Above
 * cold or hot water k may be anything from −0.2 to 0.4: 10 % of the range at the horizon, nothing to speak of near.
 */
const refraction = 0.13;
const seenRadius = earthRadius / (1 - refraction);

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (value: number): number => (value * 180) / Math.PI;

/** Farther out a negative coefficient would fold the picture back over itself. */
const isShown = (k1: number, radiusSquared: number): boolean => 1 + 3 * k1 * radiusSquared > 0.05;

/** r of r (1 + k1 r²) = `shown`, by Newton's method; undefined where the lens shows nothing. */
const undistorted = (k1: number, shown: number): number | undefined => {
  if (k1 === 0 || shown === 0) return shown;
  let r = shown;
  for (let round = 0; round < 20; round++) {
    const slope = 1 + 3 * k1 * r * r;
    if (slope <= 0.05) return undefined;
    const step = (r * (1 + k1 * r * r) - shown) / slope;
    r -= step;
    if (Math.abs(step) < 1e-12) return isShown(k1, r * r) ? r : undefined;
  }
  return undefined;
};

export const createCamera = (pose: CameraPose): Camera => {
  const { heightMetres, aspect, k1 } = pose;
  const focal = 0.5 / Math.tan(radians(pose.fieldOfViewDegrees) / 2);
  const sinTilt = Math.sin(radians(pose.tiltDegrees));
  const cosTilt = Math.cos(radians(pose.tiltDegrees));
  const sinRoll = Math.sin(radians(pose.rollDegrees));
  const cosRoll = Math.cos(radians(pose.rollDegrees));
  const horizonMetres = seenRadius * Math.acos(seenRadius / (seenRadius + heightMetres));

  return {
    pose,
    focal,
    horizonMetres,
    toSea: ({ x, y }) => {
      const shownRight = (x - 0.5) / focal;
      const shownDown = (y - 0.5) / (focal * aspect);
      const shown = Math.hypot(shownRight, shownDown);
      const r = undistorted(k1, shown);
      if (r === undefined) return undefined;
      const scale = shown === 0 ? 1 : r / shown;
      const right = scale * (shownRight * cosRoll - shownDown * sinRoll);
      const down = scale * (shownRight * sinRoll + shownDown * cosRoll);
      const ahead = cosTilt - down * sinTilt;
      const below = sinTilt + down * cosTilt;
      const flat = Math.hypot(right, ahead);
      const depression = Math.atan2(below, flat);
      if (depression <= 0) return undefined;
      // Where the ray meets the circle of the water, written so that no large numbers cancel.
      const top = seenRadius + heightMetres;
      const sine = Math.sin(depression);
      const root = top ** 2 * sine ** 2 - (2 * seenRadius + heightMetres) * heightMetres;
      if (root < 0) return undefined;
      const along = ((2 * seenRadius + heightMetres) * heightMetres) / (top * sine + Math.sqrt(root));
      const rangeMetres = seenRadius * Math.atan2(along * Math.cos(depression), top - along * sine);
      return { bearingDegrees: (pose.headingDegrees + degrees(Math.atan2(right, ahead)) + 720) % 360, rangeMetres };
    },
    toPicture: ({ bearingDegrees, rangeMetres }) => {
      if (rangeMetres > horizonMetres) return undefined;
      const arc = rangeMetres / seenRadius;
      const out = seenRadius * Math.sin(arc);
      // 1 − cos, without its loss of digits.
      const below = heightMetres + 2 * seenRadius * Math.sin(arc / 2) ** 2;
      const turn = radians(bearingDegrees - pose.headingDegrees);
      const right = out * Math.sin(turn);
      const ahead = out * Math.cos(turn);
      const depth = ahead * cosTilt + below * sinTilt;
      if (depth <= 0.1) return undefined;
      const unrolledRight = right / depth;
      const unrolledDown = (below * cosTilt - ahead * sinTilt) / depth;
      const seenRight = unrolledRight * cosRoll + unrolledDown * sinRoll;
      const seenDown = unrolledDown * cosRoll - unrolledRight * sinRoll;
      const radiusSquared = seenRight ** 2 + seenDown ** 2;
      if (!isShown(k1, radiusSquared)) return undefined;
      const scale = 1 + k1 * radiusSquared;
      return { x: 0.5 + focal * scale * seenRight, y: 0.5 + focal * aspect * scale * seenDown };
    },
  };
};

/** One standard deviation of what is known of a pose, and of where a box's lower edge is. */
export interface PoseUncertainty {
  readonly headingDegrees: number;
  readonly tiltDegrees: number;
  /** Tide and swell included. */
  readonly heightMetres: number;
}

export interface UncertainPlace extends SeaPlace {
  /** One standard deviation. */
  readonly bearingUncertaintyDegrees: number;
  /** One standard deviation nearer, and farther; the farther one is absent when it may lie at the horizon. */
  readonly rangeLeastMetres: number;
  readonly rangeMostMetres?: number;
}

/** Where the water is that a place of the picture shows, with `footX` and `footY` one standard deviation of the place. */
export const locate = (
  camera: Camera,
  point: PicturePoint,
  foot: { readonly x: number; readonly y: number },
  uncertainty: PoseUncertainty,
): UncertainPlace | undefined => {
  const place = camera.toSea(point);
  if (place === undefined) return undefined;
  const { focal, pose } = camera;
  const y = Math.hypot(foot.y, focal * pose.aspect * radians(uncertainty.tiltDegrees));
  const relativeHeight = uncertainty.heightMetres / pose.heightMetres;
  const rangeAt = (by: number): number | undefined => camera.toSea({ x: point.x, y: point.y + by })?.rangeMetres;
  const combine = (moved: number): number => Math.hypot(moved - place.rangeMetres, relativeHeight * place.rangeMetres);
  const nearer = rangeAt(y) ?? 0;
  const farther = rangeAt(-y);
  return {
    ...place,
    bearingUncertaintyDegrees: Math.hypot(degrees(foot.x / focal), uncertainty.headingDegrees),
    rangeLeastMetres: Math.max(0, place.rangeMetres - combine(nearer)),
    ...(farther !== undefined && { rangeMostMetres: place.rangeMetres + combine(farther) }),
  };
};

/** Distances of a vessel's antenna to its sides (ITU-R M.1371-5 §3.3, reference point of the reported position). */
export interface Hull {
  readonly toBowMetres: number;
  readonly toSternMetres: number;
  readonly toPortMetres: number;
  readonly toStarboardMetres: number;
}

/** How a vessel lies: where its bow points, degrees clockwise from true north. */
export interface Lying {
  readonly hull: Hull;
  readonly bowDegrees: number;
}

/** Of a hull's length from the bow: there the sides begin. */
const shoulder = 0.3;

/** The waterline seen from above: bow, shoulders and stern, around the antenna. */
const waterlineOf = ({ hull, bowDegrees }: Lying, antenna: PlanePoint): readonly PlanePoint[] => {
  const { toBowMetres, toSternMetres, toPortMetres, toStarboardMetres } = hull;
  const shoulderAhead = toBowMetres - shoulder * (toBowMetres + toSternMetres);
  const corners: readonly (readonly [ahead: number, right: number])[] = [
    [toBowMetres, (toStarboardMetres - toPortMetres) / 2],
    [shoulderAhead, toStarboardMetres],
    [-toSternMetres, toStarboardMetres],
    [-toSternMetres, -toPortMetres],
    [shoulderAhead, -toPortMetres],
  ];
  const bow = alongBearing(bowDegrees, 1);
  return corners.map(([ahead, right]) => ({
    east: antenna.east + ahead * bow.east + right * bow.north,
    north: antenna.north + ahead * bow.north - right * bow.east,
  }));
};

/** Where a vessel's box is expected: its sides, and its lower edge. Fractions of the picture, cut at its edges. */
export interface ExpectedBox {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  /** The nearest point of the waterline, where the box meets the water. */
  readonly foot: SeaPlace;
}

const toPlace = (point: PlanePoint): SeaPlace => ({
  bearingDegrees: bearingOf(point),
  rangeMetres: Math.hypot(point.east, point.north),
});

/** Undefined when a point is behind the lens or beyond the horizon. */
const extentOf = (camera: Camera, points: readonly PlanePoint[]): ExpectedBox | undefined => {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  let foot: SeaPlace | undefined;
  for (const point of points) {
    const place = toPlace(point);
    const seen = camera.toPicture(place);
    if (seen === undefined) return undefined;
    left = Math.min(left, seen.x);
    right = Math.max(right, seen.x);
    if (seen.y <= bottom) continue;
    bottom = seen.y;
    foot = place;
  }
  return foot && { left, right, bottom, foot };
};

const pointsOfEdge = 6;

/** Where the part of a waterline that the picture shows is lowest in it; undefined when it shows none. */
const lowestShown = (
  camera: Camera,
  corners: readonly PlanePoint[],
): Pick<ExpectedBox, 'bottom' | 'foot'> | undefined => {
  let bottom = Number.NEGATIVE_INFINITY;
  let foot: SeaPlace | undefined;
  for (const [index, from] of corners.entries()) {
    const to = corners[(index + 1) % corners.length] ?? from;
    for (let step = 0; step < pointsOfEdge; step++) {
      const part = step / pointsOfEdge;
      const place = toPlace({
        east: from.east + part * (to.east - from.east),
        north: from.north + part * (to.north - from.north),
      });
      const seen = camera.toPicture(place);
      if (seen === undefined || seen.x < 0 || seen.x > 1 || seen.y <= bottom) continue;
      bottom = seen.y;
      foot = place;
    }
  }
  return foot && { bottom, foot };
};

const within = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * Where the box of a vessel at `antenna` is expected. Of one whose hull or bow is unknown the antenna is taken for the
 * middle, and `lengthMetres` seen at 45°. Undefined when it is behind the lens or beyond the horizon.
 */
export const expectBox = (
  camera: Camera,
  antenna: PlanePoint,
  lying: Lying | undefined,
  lengthMetres: number,
): ExpectedBox | undefined => {
  if (lying === undefined) {
    const foot = toPlace(antenna);
    const seen = camera.toPicture(foot);
    if (seen === undefined) return undefined;
    const half = (camera.focal * lengthMetres * Math.SQRT1_2) / 2 / Math.max(1, foot.rangeMetres);
    return { left: within(seen.x - half), right: within(seen.x + half), bottom: within(seen.y), foot };
  }
  const corners = waterlineOf(lying, antenna);
  const whole = extentOf(camera, corners);
  if (whole === undefined) return undefined;
  if (whole.left >= 0 && whole.right <= 1) return { ...whole, bottom: within(whole.bottom) };
  // Of a hull that the edge of the picture cuts, the part inside decides where the box meets the water.
  const { bottom, foot } = lowestShown(camera, corners) ?? whole;
  return { left: within(whole.left), right: within(whole.right), bottom: within(bottom), foot };
};

/** Where a boat meets the water: the middle of its box's lower edge. */
export const footOf = ({ x, y, width, height }: Box): PicturePoint => ({ x: x + width / 2, y: y + height });
