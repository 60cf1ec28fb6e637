/** Where a vessel was at the moment of a picture, between its reports and beyond them. Pure. */
import { metresPerSecondPerKnot } from '../../core/geodesy.ts';
import type { Instant } from '../../core/time.ts';
import type { PositionSource, VesselFix, VesselIdentity } from '../../core/vessel.ts';
import type { Hull, Lying } from './camera.ts';
import type { Plane, PlanePoint } from './plane.ts';

export interface VesselPlace extends PlanePoint {
  /** One standard deviation to each side, metres. */
  readonly uncertaintyMetres: number;
  /** How fast that grows from one picture to the next, metres a second. */
  readonly wanderMetresPerSecond: number;
  /** Where its bow points, as far as that is known. */
  readonly bowDegrees: number | undefined;
}

/**
 * One standard deviation of a reported position, metres. ITU-R M.1371-5 table 48: the flag of accuracy says whether
 * 10 m are kept. Transponders of VMS round to a thousandth of a minute or degree, captains to a mile.
 */
const accuracyOf = ({ source, accurate }: VesselFix): number => {
  if (source === 'ais') return accurate === true ? 5 : 15;
  return sourceAccuracy[source];
};
const sourceAccuracy: Readonly<Record<Exclude<PositionSource, 'ais'>, number>> = { vms: 60, 'duty-officer': 1500 };

/** Below it a course over ground is noise, and a bow may point anywhere. */
const stillKnots = 1;

/** How fast a vessel departs from the straight line of its last report, metres a second. */
const departureOf = ({ sogKnots }: VesselFix): number => {
  if (sogKnots === undefined) return 2;
  return sogKnots < stillKnots ? 0.1 : 0.3 + 0.2 * sogKnots * metresPerSecondPerKnot;
};

const velocityOf = ({ sogKnots, cogDegrees }: VesselFix): PlanePoint | undefined => {
  if (sogKnots === undefined) return undefined;
  if (sogKnots < stillKnots || cogDegrees === undefined) return { east: 0, north: 0 };
  const speed = sogKnots * metresPerSecondPerKnot;
  const course = (cogDegrees * Math.PI) / 180;
  return { east: speed * Math.sin(course), north: speed * Math.cos(course) };
};

const bowOf = ({ headingDegrees, sogKnots = 0, cogDegrees }: VesselFix): number | undefined =>
  headingDegrees ?? (sogKnots >= 2 * stillKnots ? cogDegrees : undefined);

/** Straight between reports farther apart than this. */
const longestCurve = 180_000;

/** The curve that leaves one report and reaches the next at their speeds and courses (cubic Hermite). */
const between = (
  from: PlanePoint,
  to: PlanePoint,
  speeds: readonly [PlanePoint, PlanePoint] | undefined,
  part: number,
  elapsedSeconds: number,
): PlanePoint => {
  const blend = (axis: 'east' | 'north'): number => {
    if (speeds === undefined) return from[axis] + part * (to[axis] - from[axis]);
    const [leaving, reaching] = speeds;
    const square = part * part;
    const cube = square * part;
    return (
      (2 * cube - 3 * square + 1) * from[axis] +
      (cube - 2 * square + part) * elapsedSeconds * leaving[axis] +
      (3 * square - 2 * cube) * to[axis] +
      (cube - square) * elapsedSeconds * reaching[axis]
    );
  };
  return { east: blend('east'), north: blend('north') };
};

const beyond = (fix: VesselFix, plane: Plane, instant: Instant): VesselPlace => {
  const { east, north } = plane.toPlane(fix);
  const elapsed = (instant - fix.time) / 1000;
  const { east: toEast, north: toNorth } = velocityOf(fix) ?? { east: 0, north: 0 };
  const departure = departureOf(fix);
  return {
    east: east + elapsed * toEast,
    north: north + elapsed * toNorth,
    uncertaintyMetres: Math.hypot(accuracyOf(fix), departure * Math.abs(elapsed)),
    wanderMetresPerSecond: departure,
    bowDegrees: bowOf(fix),
  };
};

/** `fixes` in the order of their times. Undefined where there is none. */
export const placeAt = (fixes: readonly VesselFix[], plane: Plane, instant: Instant): VesselPlace | undefined => {
  const next = fixes.findIndex(({ time }) => time >= instant);
  const after = fixes[next];
  const before = next === -1 ? fixes.at(-1) : fixes[next - 1];
  if (before === undefined) return after && beyond(after, plane, instant);
  if (after === undefined) return beyond(before, plane, instant);
  const elapsed = (after.time - before.time) / 1000;
  const part = elapsed === 0 ? 1 : (instant - before.time) / 1000 / elapsed;
  const leaving = velocityOf(before);
  const reaching = velocityOf(after);
  const isCurve = leaving !== undefined && reaching !== undefined && after.time - before.time <= longestCurve;
  const departure = Math.max(departureOf(before), departureOf(after)) / 2;
  return {
    ...between(plane.toPlane(before), plane.toPlane(after), isCurve ? [leaving, reaching] : undefined, part, elapsed),
    uncertaintyMetres: Math.hypot(
      accuracyOf(before) * (1 - part) + accuracyOf(after) * part,
      departure * part * (1 - part) * elapsed,
    ),
    wanderMetresPerSecond: departure / 2,
    bowDegrees: part < 0.5 ? bowOf(before) : bowOf(after),
  };
};

/**
 * ITU-R M.1371-5 §3.3.3, figure 41: with A = C = 0 beside B and D the vessel tells its length and beam, but not where
 * its antenna is; it is taken for the middle then.
 */
export const hullOf = (vessel: VesselIdentity): Hull | undefined => {
  const { toBowMetres = 0, toSternMetres = 0, toPortMetres = 0, toStarboardMetres = 0 } = vessel;
  const length = toBowMetres + toSternMetres;
  if (length === 0) return undefined;
  const beam = toPortMetres + toStarboardMetres;
  const isPlaced = toBowMetres > 0 || toPortMetres > 0;
  return isPlaced
    ? { toBowMetres, toSternMetres, toPortMetres, toStarboardMetres }
    : { toBowMetres: length / 2, toSternMetres: length / 2, toPortMetres: beam / 2, toStarboardMetres: beam / 2 };
};

export const lengthOf = (vessel: VesselIdentity, unknown: number): number => {
  const { toBowMetres = 0, toSternMetres = 0, registry } = vessel;
  return toBowMetres + toSternMetres > 0 ? toBowMetres + toSternMetres : (registry?.lengthMaxMetres ?? unknown);
};

/**
 * The most slender hulls are eight times as long as they are broad: container ships and tankers five to eight times,
 * fishing boats three to five.
 */
const mostSlender = 8;

/** As little as a hull is broad, metres: so wide it looks from its end. */
export const beamOf = ({
  hull,
  lengthMetres,
}: {
  readonly hull: Hull | undefined;
  readonly lengthMetres: number;
}): number => {
  const { toPortMetres = 0, toStarboardMetres = 0 } = hull ?? {};
  return toPortMetres + toStarboardMetres > 0 ? toPortMetres + toStarboardMetres : lengthMetres / mostSlender;
};

export const lyingOf = (hull: Hull | undefined, { bowDegrees }: VesselPlace): Lying | undefined =>
  hull === undefined || bowDegrees === undefined ? undefined : { hull, bowDegrees };
