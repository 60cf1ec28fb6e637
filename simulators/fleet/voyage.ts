/** A boat's day as a line of turning points: where it is at any instant follows from the two around it. */
import { metresPerNauticalMile, metresPerSecondPerKnot } from '../../core/geodesy.ts';
import { type Duration, hours, type Instant, seconds } from '../../core/time.ts';
import type { Boat } from './boats.ts';
import { channel, distanceOf, type Spot, seaBuoy, wayFromBerth } from './waters.ts';

/** ITU-R M.1371-5 table 45. */
const underWay = 0;
const moored = 5;
const fishing = 7;

/** What the boat does from here on, until the next one. */
interface Turn extends Spot {
  readonly time: Instant;
  readonly navigationStatus: number;
}

export type Voyage = readonly Turn[];

export interface Motion extends Spot {
  readonly sogKnots: number;
  /** Clockwise from north; that of the berth while it lies there. */
  readonly courseDegrees: number;
  readonly navigationStatus: number;
}

/** A way to somewhere else in the middle of the fishing. */
export interface Detour {
  readonly at: Instant;
  readonly to: Spot;
  readonly knots: number;
  /** How long it stays there, and how fast it drifts. */
  readonly stay: Duration;
  readonly driftKnots: number;
}

export interface VoyagePlan {
  readonly boat: Boat;
  /** When it passes the basin outward, and the sea buoy homeward; a boat that stays in has no voyage. */
  readonly out: Instant;
  readonly home: Instant;
  readonly ground: Spot;
  readonly groundMiles: number;
  readonly detours: readonly Detour[];
}

/** Piers are passed slowly. */
const pierKnots = 4;
/** Corners of the round that a boat makes on its ground. */
const corners = 10;

const timeFor = (from: Spot, to: Spot, knots: number): Duration =>
  seconds(distanceOf(from, to) / (knots * metresPerSecondPerKnot));

export const berthOf = ({ number }: Boat): Spot => wayFromBerth(number - 1)[0] ?? seaBuoy;

/** Never leaves its berth. */
export const stayIn = (boat: Boat): Voyage => [
  { ...berthOf(boat), time: Number.NEGATIVE_INFINITY, navigationStatus: moored },
];

/** Throws RangeError when there is no time to come home from the ground. */
export const planVoyage = ({ boat, out, home, ground, groundMiles, detours }: VoyagePlan): Voyage => {
  const turns: Turn[] = [];
  const pier = wayFromBerth(boat.number - 1);
  const [berth = seaBuoy] = pier;

  /** Through the spots at one speed, from the first one at `time`; resolves to when the last one is reached. */
  const go = (spots: readonly Spot[], knots: number, time: Instant, navigationStatus: number): Instant => {
    let at = time;
    for (const [index, spot] of spots.entries()) {
      turns.push({ ...spot, time: at, navigationStatus });
      const next = spots[index + 1];
      if (next !== undefined) at += timeFor(spot, next, knots);
    }
    turns.pop();
    return at;
  };
  const last = (spots: readonly Spot[]): Spot => spots[spots.length - 1] ?? seaBuoy;
  const lengthOf = (spots: readonly Spot[], knots: number): Duration =>
    spots.slice(1).reduce((sum, spot, index) => sum + timeFor(spots[index] ?? spot, spot, knots), 0);

  turns.push({ ...berth, time: Number.NEGATIVE_INFINITY, navigationStatus: moored });
  let time = go(pier, pierKnots, out - lengthOf(pier, pierKnots), underWay);
  time = go([last(pier), ...channel], boat.channelKnots, time, underWay);
  time = go([seaBuoy, ground], boat.cruiseKnots, time, underWay);

  const leave = home - timeFor(ground, seaBuoy, boat.cruiseKnots);
  if (leave < time) throw new RangeError(`boat ${boat.number} has no time to fish: let it come home later`);

  let here = ground;
  /** Rounds on the ground, or straight drifting where it stays after a detour. */
  const fishUntil = (end: Instant, from: Instant): Instant => {
    const radius = groundMiles * metresPerNauticalMile;
    let at = from;
    for (let corner = 0; at < end; corner++) {
      const angle = (2 * Math.PI * corner) / corners + boat.number;
      const next = { east: ground.east + radius * Math.cos(angle), north: ground.north + radius * Math.sin(angle) };
      const took = Math.max(timeFor(here, next, boat.fishingKnots), seconds(1));
      turns.push({ ...here, time: at, navigationStatus: fishing });
      const part = Math.min(1, (end - at) / took);
      here = { east: here.east + (next.east - here.east) * part, north: here.north + (next.north - here.north) * part };
      at = Math.min(end, at + took);
    }
    return at;
  };
  for (const { at, to, knots, stay, driftKnots } of detours.toSorted((one, other) => one.at - other.at)) {
    time = fishUntil(Math.max(at, time), time);
    time = go([here, to], knots, time, underWay);
    const drift = (driftKnots * metresPerSecondPerKnot * stay) / 1000;
    const end = { east: to.east + drift, north: to.north };
    turns.push({ ...to, time, navigationStatus: underWay });
    time = go([end, ground], boat.cruiseKnots, time + stay, underWay);
    here = ground;
  }
  time = fishUntil(Math.max(leave, time), time);
  // Whoever was away comes home late, at its own speed; the others in time.
  const cruise = Math.max(home - time, timeFor(here, seaBuoy, boat.cruiseKnots));
  turns.push({ ...here, time, navigationStatus: underWay });
  time += cruise;
  time = go([seaBuoy, ...channel.toReversed().slice(1), last(pier)], boat.channelKnots, time, underWay);
  time = go(pier.toReversed(), pierKnots, time, underWay);
  turns.push({ ...berth, time, navigationStatus: moored });
  return turns;
};

/** Index of the last turn at or before the instant. */
const turnAt = (voyage: Voyage, instant: Instant): number => {
  let low = 0;
  let high = voyage.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((voyage[middle]?.time ?? 0) <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
};

export const motionAt = (voyage: Voyage, instant: Instant): Motion => {
  const index = turnAt(voyage, instant);
  const from = voyage[index];
  const to = voyage[index + 1];
  if (from === undefined) throw new RangeError('a voyage begins at a berth');
  const { east, north, time, navigationStatus } = from;
  // From the berth it does not drift towards where it casts off.
  const elapsed = to === undefined || time === Number.NEGATIVE_INFINITY ? 0 : (instant - time) / (to.time - time);
  const [de, dn] = to === undefined ? [0, 0] : [to.east - east, to.north - north];
  const took = to === undefined || time === Number.NEGATIVE_INFINITY ? hours(1) : to.time - time;
  const distance = time === Number.NEGATIVE_INFINITY ? 0 : Math.hypot(de, dn);
  return {
    east: east + de * elapsed,
    north: north + dn * elapsed,
    sogKnots: distance / (took / 1000) / metresPerSecondPerKnot,
    courseDegrees: distance === 0 ? 305 : ((Math.atan2(de, dn) * 180) / Math.PI + 360) % 360,
    navigationStatus,
  };
};
