/** Whether a vessel heads for a boundary: its closest point of approach, and when it gets there. Pure. */
import {
  approachToSegment,
  type Moving,
  metresPerNauticalMile,
  metresPerSecondPerKnot,
  type Place,
  reachedAt,
  velocityOf,
} from '../../core/geodesy.ts';
import type { Duration } from '../../core/time.ts';
import type { VesselFix, VesselMotion } from '../../core/vessel.ts';
import { at, type Box, type Chain, leastEdge } from './chain.ts';
import { createPlane, distanceToBorder, distanceToBox, isOnCut, type Plane, turns, type Zone } from './zone.ts';

/** Where it is and how it moves, after the filter where there is one. A vessel without a course stands still. */
export const movingOf = (fix: VesselFix, motion: VesselMotion | undefined, atLeastKnots: number): Moving => {
  const { longitude, latitude } = motion ?? fix;
  const sogKnots = motion?.sogKnots ?? fix.sogKnots ?? 0;
  const cogDegrees = motion === undefined ? fix.cogDegrees : motion.cogDegrees;
  return cogDegrees === undefined || sogKnots < atLeastKnots
    ? { longitude, latitude, sogKnots: 0, cogDegrees: 0 }
    : { longitude, latitude, sogKnots, cogDegrees };
};

/** All that it can reach when it goes on like this. */
export const boxAhead = (vessel: Moving, within: Duration): Box => {
  const { longitude, latitude, sogKnots } = vessel;
  const still: Box = { west: longitude, south: latitude, east: longitude, north: latitude };
  if (sogKnots === 0) return still;
  const [east, north] = velocityOf(vessel);
  const plane = createPlane(vessel, 0);
  const x = longitude + (east * within) / 1000 / plane.east;
  const y = latitude + (north * within) / 1000 / plane.north;
  return {
    west: Math.min(longitude, x),
    south: Math.min(latitude, y),
    east: Math.max(longitude, x),
    north: Math.max(latitude, y),
  };
};

export const bufferOf = ({ bufferNauticalMiles = 0 }: Pick<Zone, 'bufferNauticalMiles'>): number =>
  bufferNauticalMiles * metresPerNauticalMile;

const cornersOf = (plane: Plane, { longitudes, latitudes }: Chain, edge: number) =>
  [
    (at(longitudes, edge) - plane.x) * plane.east,
    (at(latitudes, edge) - plane.y) * plane.north,
    (at(longitudes, edge + 1) - plane.x) * plane.east,
    (at(latitudes, edge + 1) - plane.y) * plane.north,
  ] as const;

export interface Heading {
  /** Until it is within the buffer, or on the boundary itself where that has none. */
  readonly seconds: number;
}

/** Undefined when it does not come within so many metres of the boundary, which are those of its buffer, in this time. */
export const headingFor = (
  zone: Zone,
  vessel: Moving,
  within: Duration,
  radius: number = bufferOf(zone),
): Heading | undefined => {
  const [east, north] = velocityOf(vessel);
  const speed = vessel.sogKnots * metresPerSecondPerKnot;
  let found: Heading | undefined;
  for (const border of zone.borders)
    for (const turn of turns) {
      const plane = createPlane(vessel, turn);
      const least = leastEdge(
        border,
        (west, south, eastern, northern) => {
          const away = distanceToBox(plane, west, south, eastern, northern) - radius;
          return away <= 0 ? 0 : away / speed;
        },
        edge =>
          zone.isCut && isOnCut(border, edge)
            ? Number.POSITIVE_INFINITY
            : reachedAt(east, north, ...cornersOf(plane, border, edge), radius),
        found?.seconds ?? within / 1000,
      );
      if (least !== undefined) found = { seconds: least.cost };
    }
  return found;
};

const farthest = 1_000_000;

export interface Closest {
  readonly distanceMetres: number;
  readonly seconds: number;
  readonly metres: number;
}

/** How far the boundary is now, and where the vessel is closest to it within this time. */
export const closestTo = (zone: Zone, vessel: Moving, within: Duration): Closest => {
  const distanceMetres = distanceToBorder(zone, vessel, farthest) ?? farthest;
  const crossing = headingFor(zone, vessel, within, 0);
  if (crossing !== undefined) return { distanceMetres, seconds: crossing.seconds, metres: 0 };
  let closest: Closest = { distanceMetres, seconds: 0, metres: distanceMetres };
  const way = boxAhead(vessel, within);
  for (const border of zone.borders)
    for (const turn of turns) {
      const plane = createPlane(vessel, turn);
      const costOf = (edge: number): number =>
        zone.isCut && isOnCut(border, edge)
          ? Number.POSITIVE_INFINITY
          : approachTo(border, edge, vessel, within).metres;
      const least = leastEdge(
        border,
        (west, south, east, north) => boxesApart(plane, way, turn, west, south, east, north),
        costOf,
        closest.metres,
      );
      if (least === undefined) continue;
      const { seconds } = approachTo(border, least.edge, vessel, within);
      closest = { distanceMetres, seconds, metres: least.cost };
    }
  return closest;
};

const approachTo = (border: Chain, edge: number, vessel: Moving, within: Duration) =>
  approachToSegment(vessel, cornerOf(border, edge), cornerOf(border, edge + 1), 0, within / 1000);

const cornerOf = ({ longitudes, latitudes }: Chain, corner: number): Place => ({
  longitude: at(longitudes, corner),
  latitude: at(latitudes, corner),
});

/** What two boxes are apart at least. */
const boxesApart = (
  plane: Plane,
  way: Box,
  turn: number,
  west: number,
  south: number,
  east: number,
  north: number,
): number =>
  Math.hypot(
    Math.max(0, west - way.east - turn, way.west + turn - east) * plane.east,
    Math.max(0, south - way.north, way.south - north) * plane.north,
  );
