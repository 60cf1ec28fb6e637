/**
 * Distances, bearings and approaches at sea. Pure. The one place for them.
 *
 * The earth is a sphere of the mean radius of WGS 84 (Moritz, Geodetic Reference System 1980: R1 = 6 371 008.8 m): off
 * the ellipsoid by at most 0.56 %. What two vessels, or a vessel and a line, do to each other is judged on a plane that
 * touches the earth between them: off the sphere by less than 0.5 % within 60 nautical miles below 70 degrees of
 * latitude. Longitudes may be of any turn: 181 is -179, and the shorter way round is always taken.
 */

/** WGS 84 degrees, east and north positive. A fix is one. */
export interface Place {
  readonly longitude: number;
  readonly latitude: number;
}

/** A place that moves on straight. */
export interface Moving extends Place {
  readonly sogKnots: number;
  readonly cogDegrees: number;
}

/** Where two things are closest. */
export interface Approach {
  /** From now; 0 when they are closest now. */
  readonly seconds: number;
  readonly metres: number;
}

export interface Reach extends Approach {
  /** When the distance comes down to the radius asked for: 0 when it is there already, absent when it never does. */
  readonly reachedSeconds?: number;
}

/** International nautical mile: BIPM, The International System of Units, 8th edition, table 8. */
export const metresPerNauticalMile = 1852;
/** A knot is a nautical mile an hour. */
export const metresPerSecondPerKnot = metresPerNauticalMile / 3600;

export const earthRadiusMetres = 6_371_008.8;

const radians = Math.PI / 180;
export const metresPerDegree = earthRadiusMetres * radians;

/** -180 (inclusive) to 180 (exclusive). */
export const wrapLongitude = (degrees: number): number => {
  const wrapped = (((degrees + 180) % 360) + 360) % 360;
  return wrapped - 180;
};

/** East positive, the shorter way round: -180 (inclusive) to 180 (exclusive). */
export const longitudeBetween = (from: number, to: number): number => wrapLongitude(to - from);

/** 0 (inclusive) to 360 (exclusive). */
const wrapBearing = (degrees: number): number => ((degrees % 360) + 360) % 360;

/** Along the great circle: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984) 159. */
export const distanceMetres = (from: Place, to: Place): number => {
  const north = Math.sin(((to.latitude - from.latitude) * radians) / 2);
  const east = Math.sin(((to.longitude - from.longitude) * radians) / 2);
  const square = north * north + Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * east * east;
  return 2 * earthRadiusMetres * Math.asin(Math.min(1, Math.sqrt(square)));
};

/** In which direction the great circle leaves `from`, clockwise from true north: E. Williams, Aviation Formulary 1.47. */
export const bearingDegrees = (from: Place, to: Place): number => {
  const east = (to.longitude - from.longitude) * radians;
  const [start, end] = [from.latitude * radians, to.latitude * radians];
  const y = Math.sin(east) * Math.cos(end);
  const x = Math.cos(start) * Math.sin(end) - Math.sin(start) * Math.cos(end) * Math.cos(east);
  return wrapBearing(Math.atan2(y, x) / radians);
};

/** Where the great circle leads that leaves `from` in this direction: E. Williams, Aviation Formulary 1.47. */
export const destinationOf = (from: Place, bearing: number, metres: number): Place => {
  const angle = metres / earthRadiusMetres;
  const [latitude, course] = [from.latitude * radians, bearing * radians];
  const sine = Math.sin(latitude) * Math.cos(angle) + Math.cos(latitude) * Math.sin(angle) * Math.cos(course);
  const east = Math.atan2(
    Math.sin(course) * Math.sin(angle) * Math.cos(latitude),
    Math.cos(angle) - Math.sin(latitude) * sine,
  );
  return {
    longitude: wrapLongitude(from.longitude + east / radians),
    latitude: Math.asin(Math.max(-1, Math.min(1, sine))) / radians,
  };
};

/**
 * How far a place lies off the great circle from one place to another, to its right positive: E. Williams, Aviation
 * Formulary 1.47. The circle has no ends here.
 */
export const crossTrackMetres = (place: Place, from: Place, to: Place): number => {
  const angle = distanceMetres(from, place) / earthRadiusMetres;
  const off = (bearingDegrees(from, place) - bearingDegrees(from, to)) * radians;
  return earthRadiusMetres * Math.asin(Math.sin(angle) * Math.sin(off));
};

/** The place that divides the way from one place to another, straight in longitude and latitude; 0 is `from`, 1 is `to`. */
export const placeBetween = (from: Place, to: Place, part: number): Place => ({
  longitude: wrapLongitude(from.longitude + longitudeBetween(from.longitude, to.longitude) * part),
  latitude: from.latitude + (to.latitude - from.latitude) * part,
});

/** 0–1: which part of the way from (ax, ay) to (bx, by) is closest to the origin. */
export const nearestPart = (ax: number, ay: number, bx: number, by: number): number => {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  return square === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / square));
};

/**
 * Place on a segment that is closest to `place`. The segment is straight in longitude and latitude, as GeoJSON draws it
 * (RFC 7946 section 3.1.1).
 */
export const nearestOnSegment = (place: Place, from: Place, to: Place): Place => {
  const ax = longitudeBetween(place.longitude, from.longitude);
  const ay = from.latitude - place.latitude;
  const bx = ax + longitudeBetween(from.longitude, to.longitude);
  const by = to.latitude - place.latitude;
  // The scale of longitudes is that half way, which is known only when the nearest place is.
  let part = 0;
  let middle = place.latitude;
  for (let turn = 0; turn < 3; turn++) {
    const scale = Math.cos(middle * radians);
    part = nearestPart(ax * scale, ay, bx * scale, by);
    middle = place.latitude + (ay + (by - ay) * part) / 2;
  }
  return placeBetween(from, to, part);
};

export const distanceToSegmentMetres = (place: Place, from: Place, to: Place): number =>
  distanceMetres(place, nearestOnSegment(place, from, to));

/**
 * Closest point of approach of two vessels that keep their courses and speeds, on a plane that touches the earth half
 * way between them: Bowditch, The American Practical Navigator (NGA Pub. 9), "Relative motion".
 */
export const closestApproach = (own: Moving, other: Moving): Approach => {
  const scale = Math.cos(((own.latitude + other.latitude) / 2) * radians);
  const x = longitudeBetween(own.longitude, other.longitude) * scale * metresPerDegree;
  const y = (other.latitude - own.latitude) * metresPerDegree;
  const [ownEast, ownNorth] = velocityOf(own);
  const [otherEast, otherNorth] = velocityOf(other);
  const [vx, vy] = [otherEast - ownEast, otherNorth - ownNorth];
  const square = vx * vx + vy * vy;
  const seconds = square === 0 ? 0 : Math.max(0, -(x * vx + y * vy) / square);
  return { seconds, metres: Math.hypot(x + vx * seconds, y + vy * seconds) };
};

/** Metres a second to the east and to the north. */
export const velocityOf = ({ sogKnots, cogDegrees }: Moving): readonly [east: number, north: number] => {
  const speed = sogKnots * metresPerSecondPerKnot;
  return [speed * Math.sin(cogDegrees * radians), speed * Math.cos(cogDegrees * radians)];
};

/** Where it is after so many seconds, on a plane that touches the earth where it is now. */
export const aheadOf = (from: Moving, seconds: number): Place => {
  const [east, north] = velocityOf(from);
  // Never quite zero: at a pole every longitude is the same place.
  const metresPerDegreeEast = metresPerDegree * Math.max(Math.cos(from.latitude * radians), 1e-6);
  return {
    longitude: wrapLongitude(from.longitude + (east * seconds) / metresPerDegreeEast),
    latitude: Math.max(-90, Math.min(90, from.latitude + (north * seconds) / metresPerDegree)),
  };
};

/**
 * When a vessel that keeps its course and speed comes within `radiusMetres` of a segment, and where it is closest
 * to it within `horizonSeconds`. With a radius of 0: when it crosses it.
 */
export const approachToSegment = (
  vessel: Moving,
  from: Place,
  to: Place,
  radiusMetres: number,
  horizonSeconds: number,
): Reach => {
  const scale = Math.cos(vessel.latitude * radians) * metresPerDegree;
  const ax = longitudeBetween(vessel.longitude, from.longitude) * scale;
  const bx = ax + longitudeBetween(from.longitude, to.longitude) * scale;
  const ay = (from.latitude - vessel.latitude) * metresPerDegree;
  const by = (to.latitude - vessel.latitude) * metresPerDegree;
  const [vx, vy] = velocityOf(vessel);
  const closest = closestOfWay(vx, vy, ax, ay, bx, by, horizonSeconds);
  const reachedSeconds = reachedAt(vx, vy, ax, ay, bx, by, radiusMetres);
  return reachedSeconds > horizonSeconds ? closest : { ...closest, reachedSeconds };
};

/** Of the way from the origin for `horizon` seconds and the segment a–b. */
const closestOfWay = (
  vx: number,
  vy: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  horizon: number,
): Approach => {
  const crossing = reachedAt(vx, vy, ax, ay, bx, by, 0);
  if (crossing <= horizon) return { seconds: crossing, metres: 0 };
  let best: Approach = { seconds: 0, metres: distanceOfOrigin(ax, ay, bx, by) };
  const consider = (seconds: number, metres: number): void => {
    if (metres < best.metres) best = { seconds, metres };
  };
  const [ex, ey] = [vx * horizon, vy * horizon];
  consider(horizon, distanceOfOrigin(ax - ex, ay - ey, bx - ex, by - ey));
  for (const [x, y] of [
    [ax, ay],
    [bx, by],
  ] as const) {
    const part = nearestPart(-x, -y, ex - x, ey - y);
    consider(part * horizon, Math.hypot(ex * part - x, ey * part - y));
  }
  return best;
};

const distanceOfOrigin = (ax: number, ay: number, bx: number, by: number): number => {
  const part = nearestPart(ax, ay, bx, by);
  return Math.hypot(ax + (bx - ax) * part, ay + (by - ay) * part);
};

/**
 * Seconds until what leaves the origin with this velocity is within `radius` of the segment a–b; infinite when never.
 * What is within the radius of a segment are two discs around its ends and the band between them.
 */
export const reachedAt = (
  vx: number,
  vy: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radius: number,
): number => {
  const length = Math.hypot(bx - ax, by - ay);
  const band = length === 0 ? Number.POSITIVE_INFINITY : bandReachedAt(vx, vy, ax, ay, bx, by, length, radius);
  return Math.min(band, discReachedAt(vx, vy, ax, ay, radius), discReachedAt(vx, vy, bx, by, radius));
};

const discReachedAt = (vx: number, vy: number, x: number, y: number, radius: number): number => {
  const outside = x * x + y * y - radius * radius;
  if (outside <= 0) return 0;
  const square = vx * vx + vy * vy;
  const towards = vx * x + vy * y;
  const root = towards * towards - square * outside;
  return towards <= 0 || root < 0 ? Number.POSITIVE_INFINITY : (towards - Math.sqrt(root)) / square;
};

/** In coordinates along the segment and across it, where the band is a rectangle. */
const bandReachedAt = (
  vx: number,
  vy: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  length: number,
  radius: number,
): number => {
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const along = -(ax * ux + ay * uy);
  const across = ax * uy - ay * ux;
  let enters = 0;
  let leaves = Number.POSITIVE_INFINITY;
  for (const [start, speed, least, most] of [
    [along, vx * ux + vy * uy, 0, length],
    [across, vy * ux - vx * uy, -radius, radius],
  ] as const) {
    if (speed === 0) {
      if (start < least || start > most) return Number.POSITIVE_INFINITY;
      continue;
    }
    const [one, other] = [(least - start) / speed, (most - start) / speed];
    enters = Math.max(enters, Math.min(one, other));
    leaves = Math.min(leaves, Math.max(one, other));
  }
  return enters <= leaves ? enters : Number.POSITIVE_INFINITY;
};
