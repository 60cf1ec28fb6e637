/** Where a vessel will be, step by step, and where two are closest that go along their paths. Pure. */
import { type Approach, metresPerDegree, nearestPart, wrapLongitude } from '../../core/geodesy.ts';

/** One place for each step, from where the vessel reported itself on. */
export interface Path {
  readonly longitudes: Float64Array;
  readonly latitudes: Float64Array;
}

/** Metres a second. */
interface Velocity {
  readonly east: number;
  readonly north: number;
}

export interface PathApproach extends Approach {
  /** Between the two now. */
  readonly nowMetres: number;
  /** How each of them moves where they are closest. */
  readonly own: Velocity;
  readonly other: Velocity;
}

/** How many steps after the beginning of the path it is now. */
type Along = readonly [path: Path, steps: number];

/** As far as both paths reach: at least one step from now on. Both go at one speed for the time of a step. */
export const closestOnPaths = (
  [own, ownSince]: Along,
  [other, otherSince]: Along,
  stepSeconds: number,
): PathApproach => {
  const scale = Math.max(Math.cos(((own.latitudes[0] ?? 0) * Math.PI) / 180), 1e-6) * metresPerDegree;
  const steps = Math.floor(Math.min(own.longitudes.length - 1 - ownSince, other.longitudes.length - 1 - otherSince));
  const eastAt = (step: number): number =>
    wrapLongitude(valueAt(other.longitudes, otherSince + step) - valueAt(own.longitudes, ownSince + step)) * scale;
  const northAt = (step: number): number =>
    (valueAt(other.latitudes, otherSince + step) - valueAt(own.latitudes, ownSince + step)) * metresPerDegree;
  let [east, north] = [eastAt(0), northAt(0)];
  let square = east * east + north * north;
  const nowMetres = Math.sqrt(square);
  let at = 0;
  for (let step = 0; step < steps; step++) {
    const [nextEast, nextNorth] = [eastAt(step + 1), northAt(step + 1)];
    const part = nearestPart(east, north, nextEast, nextNorth);
    const apart = (east + (nextEast - east) * part) ** 2 + (north + (nextNorth - north) * part) ** 2;
    if (apart < square) [square, at] = [apart, step + part];
    [east, north] = [nextEast, nextNorth];
  }
  const velocityOn = ({ longitudes, latitudes }: Path, from: number): Velocity => ({
    east: (wrapLongitude(valueAt(longitudes, from + 1) - valueAt(longitudes, from)) * scale) / stepSeconds,
    north: ((valueAt(latitudes, from + 1) - valueAt(latitudes, from)) * metresPerDegree) / stepSeconds,
  });
  const last = Math.max(0, Math.min(at, steps - 1));
  return {
    seconds: at * stepSeconds,
    metres: Math.sqrt(square),
    nowMetres,
    own: velocityOn(own, ownSince + last),
    other: velocityOn(other, otherSince + last),
  };
};

/** Between two steps on the line from the one to the other. */
const valueAt = (values: Float64Array, step: number): number => {
  const whole = Math.floor(step);
  const before = values[whole] ?? 0;
  const part = step - whole;
  return part === 0 ? before : before + part * ((values[whole + 1] ?? before) - before);
};
