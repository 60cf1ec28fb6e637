/**
 * Two vessels under way that come too close if both keep course and speed: closest point of approach and the time to it.
 * Asked in harbor waters, where somebody watches and can call them.
 */
import { z } from 'zod';
import type { Severity } from '../../../core/conclusion.ts';
import { duration } from '../../../core/fields.ts';
import {
  type Approach,
  closestApproach,
  destinationOf,
  distanceMetres,
  longitudeBetween,
  type Moving,
  metresPerDegree,
  metresPerSecondPerKnot,
  velocityOf,
} from '../../../core/geodesy.ts';
import { type Duration, hours, type Instant, minutes, seconds, shiftInstant } from '../../../core/time.ts';
import { type VesselFix, type ZoneKind, zoneKinds } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { toMetres, toOther, toReceivers, toReport } from '../evidence.ts';
import { createGrid } from '../grid.ts';
import { openPairs, type Pair, pairOf, toPair } from '../pair.ts';
import { defineRule } from '../rule.ts';
import { aisFixOf, isIn, isVessel, maximumVessels, toSeconds, type Vessel } from '../watch.ts';

const config = z.strictObject({
  where: z
    .union([z.literal('everywhere'), z.array(z.enum(zoneKinds)).min(1).max(zoneKinds.length)])
    .default(['port', 'channel', 'anchorage'])
    .describe('Kinds of zones where both vessels are; "everywhere" needs no zones.'),
  clearanceMetres: z
    .number()
    .min(0)
    .max(5000)
    .default(30)
    .describe('It is a risk when less than this is left between the two hulls where they pass.'),
  assumedLengthMetres: z.number().min(1).max(500).default(30).describe('Length of a vessel that tells none.'),
  mostMetres: z
    .number()
    .min(10)
    .max(10_000)
    .default(150)
    .describe('No closest approach above this is a risk, however long the two are: a channel is not wider.'),
  within: duration({ minimum: seconds(5), maximum: hours(1) })
    .prefault('90s')
    .describe('Time to the closest approach below which it is a risk; nobody keeps his course for long in a harbor.'),
  imminent: duration({ minimum: seconds(1), maximum: hours(1) })
    .prefault('45s')
    .describe('Time to it below which it is imminent, which is told as an update.'),
  for: duration({ maximum: minutes(10) })
    .prefault('30s')
    .describe(
      'How long the risk lasts before it is told; in the bends of a channel many a course points at another vessel.',
    ),
  leastKnots: z.number().min(0).max(20).default(3).describe('Speed below which a vessel is not under way.'),
  leastRelativeKnots: z
    .number()
    .min(0)
    .max(40)
    .default(4)
    .describe('Two that come closer more slowly than this keep company, or overtake with time to see each other.'),
  exceptShipTypes: z
    .array(z.int().min(1).max(99))
    .max(99)
    .default([31, 32, 50, 51, 52, 53, 54, 55])
    .describe(
      'Kinds of ships (ITU-R M.1371-5 table 53) that come close by trade: tows, tugs, pilots, tenders, patrols.',
    ),
  fresh: duration({ minimum: seconds(1), maximum: minutes(15) })
    .prefault('1m')
    .describe('A position older than this is not carried on to now.'),
  again: duration({ maximum: hours(24) })
    .prefault('15m')
    .describe('Shortest time between two alarms of the same two.'),
  severities: z
    .strictObject({
      risk: severityField().default('MEDIUM').describe('Of a risk.'),
      imminent: severityField().default('HIGH').describe('Of an imminent one.'),
    })
    .prefault({})
    .describe('How urgent each state is.'),
});

type RiskState = 'risk' | 'imminent';

interface Encounter {
  since: Instant;
  last: Instant;
  state: RiskState;
}

const encounterRow = z.object({ since: z.number(), last: z.number(), state: z.enum(['risk', 'imminent']) });

/** Length of a hull in beams, where none is told. */
const usualSlenderness = 5;
const maximumEncounters = 10_000;
/** It is over when the closest approach is so many times the limit. */
const relief = 1.5;
/** A vessel under way, with what is needed to see at a glance whether another one is of interest. */
interface Side {
  readonly vessel: Vessel;
  readonly fix: VesselFix;
  readonly moving: Moving;
  /** Metres a second. */
  readonly east: number;
  readonly north: number;
}

export const collisionRisk = defineRule({
  name: 'collision-risk',
  config,
  again: ({ again }) => again,
  start: (settings, watch, episodes) => {
    const { where, within, imminent, leastKnots, leastRelativeKnots, fresh, severities } = settings;
    const { clearanceMetres, assumedLengthMetres, mostMetres } = settings;
    /** So far apart the two pass clear of each other: head on by their beams, across by their lengths. */
    const limitOf = (own: Side, other: Side): number => {
      const way = (Math.atan2(other.east - own.east, other.north - own.north) * 180) / Math.PI;
      return Math.min(mostMetres, clearanceMetres + halfAcross(own, way) + halfAcross(other, way));
    };
    /** Metres from the middle of the hull to its edge, at right angles to the way that it comes along. */
    const halfAcross = (side: Side, wayDegrees: number): number => {
      const angle = ((side.moving.cogDegrees - wayDegrees) * Math.PI) / 180;
      const length = lengthOf(side);
      return (length * Math.abs(Math.sin(angle)) + beamOf(side, length) * Math.abs(Math.cos(angle))) / 2;
    };
    const beamOf = ({ vessel: { identity } }: Side, length: number): number => {
      const { toPortMetres: port, toStarboardMetres: starboard } = identity;
      return port === undefined || starboard === undefined ? length / usualSlenderness : port + starboard;
    };
    const lengthOf = ({ vessel: { identity } }: Side): number => {
      const { toBowMetres: bow, toSternMetres: stern, registry } = identity;
      if (registry?.lengthMaxMetres !== undefined) return registry.lengthMaxMetres;
      return bow === undefined || stern === undefined ? assumedLengthMetres : bow + stern;
    };
    const kinds: ReadonlySet<ZoneKind> | undefined = where === 'everywhere' ? undefined : new Set(where);
    const types = new Set(settings.exceptShipTypes);
    const condition = episodes.of('collision-risk', settings.again);
    const encounters = openPairs<Encounter>(watch, {
      name: 'encounter',
      row: encounterRow,
      maximum: maximumEncounters,
      shift: (row, shift) => {
        row.since = shiftInstant(row.since, shift);
        row.last = shiftInstant(row.last, shift);
      },
    });
    const underWay = createGrid(0.02, maximumVessels);
    /** Those in the grid, by key; as many as there are vessels at most. */
    const sides = new Map<string, Side>();

    const sideOf = (vessel: Vessel, fix: VesselFix): Side | undefined => {
      const { sogKnots, cogDegrees } = fix;
      const { shipType } = vessel.identity;
      if (sogKnots === undefined || cogDegrees === undefined || sogKnots < leastKnots) return undefined;
      if (sogKnots > fastestKnots) return undefined;
      if (!isVessel(vessel.identity) || (shipType !== undefined && types.has(shipType))) return undefined;
      if (kinds !== undefined && isIn(vessel, kinds) !== true) return undefined;
      const { longitude, latitude } = fix;
      const moving = { longitude, latitude, sogKnots, cogDegrees };
      const [east, north] = velocityOf(moving);
      return { vessel, fix, moving, east, north };
    };

    const leave = (key: string): void => {
      underWay.remove(key);
      sides.delete(key);
    };
    const enter = (key: string, side: Side): void => {
      underWay.put(key, side.fix);
      sides.set(key, side);
      const oldest = sides.size > maximumVessels ? sides.keys().next().value : undefined;
      if (oldest !== undefined) leave(oldest);
    };

    /** Carried on to `time`. */
    const at = (side: Side, time: Instant): Side => {
      const { moving, fix } = side;
      const metres = (moving.sogKnots * metresPerSecondPerKnot * (time - fix.time)) / 1000;
      return { ...side, moving: { ...moving, ...destinationOf(moving, moving.cogDegrees, metres) } };
    };

    for (const [key, vessel] of watch.vessels.entries()) {
      const side = vessel.fixes.ais && sideOf(vessel, vessel.fixes.ais);
      if (side !== undefined) enter(key, side);
    }

    const tellOf = (own: Side, other: Side, pair: Pair, approach: Approach, state: RiskState, time: Instant) => {
      const [first, second] = own.vessel.identity.key === pair.first ? [own, other] : [other, own];
      const severity: Severity = severities[state];
      return {
        time,
        severity,
        vessel: first.vessel,
        fix: first.fix,
        data: {
          state,
          other: toOther(second.vessel),
          evidence: {
            closestApproachMetres: toMetres(approach.metres),
            closestApproachSeconds: Math.round(approach.seconds),
            distanceMetres: toMetres(distanceMetres(first.moving, second.moving)),
            first: toReport(first.fix),
            second: toReport(second.fix),
            receivers: toReceivers(first.vessel),
          },
          limits: { distanceMetres: toMetres(limitOf(own, other)), withinSeconds: toSeconds(within) },
        },
      };
    };

    const end = (
      pair: Pair,
      time: Instant,
      how: { reason: 'recovered' | 'source-lost'; endedBy: 'distance' | 'silence' },
    ): void => {
      encounters.end(pair);
      const vessel = watch.vessels.get(pair.first);
      condition.clear(pair.key, { time, ...(vessel !== undefined && { vessel, fix: vessel.fixes.ais }), ...how });
    };

    const judge = (own: Side, other: Side, time: Instant): void => {
      const pair = pairOf(own.vessel.identity.key, other.vessel.identity.key);
      const known = encounters.get(pair);
      const approach = closestApproach(own.moving, other.moving);
      const limit = limitOf(own, other);
      const isAhead = approach.seconds > 0 && approach.seconds * 1000 <= within;
      const isRisk =
        isAhead && approach.metres <= limit && relativeKnots(own.moving, other.moving) >= leastRelativeKnots;
      if (known === undefined) {
        if (!isRisk) return;
        encounters.begin(pair, { since: time, last: time, state: 'risk' });
        return;
      }
      if (approach.seconds === 0 || approach.metres > limit * relief) {
        end(pair, time, { reason: 'recovered', endedBy: 'distance' });
        return;
      }
      known.last = time;
      encounters.touch(pair.key);
      if (!isRisk) {
        // It lasts, or it is none: in a bend each of the two points at the other for a moment.
        if (condition.get(pair.key) === undefined) known.since = time;
        return;
      }
      const state: RiskState = approach.seconds * 1000 <= imminent ? 'imminent' : 'risk';
      const told = tellOf(own, other, pair, approach, state, time);
      if (condition.get(pair.key) === undefined) {
        if (time - known.since < settings.for || !condition.raise(pair.key, told)) return;
        known.state = state;
      } else if (state === 'imminent' && known.state === 'risk') {
        known.state = state;
        condition.update(pair.key, told);
      }
    };

    /** Nobody farther away can come within the limit in time, at the speed of a fast ferry. */
    const reach = (own: Side): Duration =>
      mostMetres * relief + ((own.moving.sogKnots + fastKnots) * metresPerSecondPerKnot * within) / 1000;

    /** Keys of those that `own` may come too close to, and of those it is in an encounter with. */
    const concerning = (key: string, own: Side, time: Instant): readonly string[] => {
      const found = new Set(encounters.partnersOf(key));
      const scale = Math.cos((own.moving.latitude * Math.PI) / 180) * metresPerDegree;
      for (const other of underWay.near(own.fix, reach(own))) {
        if (other === key) continue;
        const side = sides.get(other);
        if (side === undefined || time - side.fix.time > fresh) {
          leave(other);
          continue;
        }
        const age = (time - side.fix.time) / 1000;
        const x = longitudeBetween(own.moving.longitude, side.moving.longitude) * scale + side.east * age;
        const y = (side.moving.latitude - own.moving.latitude) * metresPerDegree + side.north * age;
        if (mayMeet(x, y, side.east - own.east, side.north - own.north, within / 1000, mostMetres * relief))
          found.add(other);
      }
      return [...found].sort();
    };

    return {
      take: (vessel, update) => {
        const fix = aisFixOf(update);
        if (fix === undefined) return;
        const { key } = vessel.identity;
        const own = sideOf(vessel, fix);
        if (own === undefined) {
          leave(key);
          return;
        }
        enter(key, own);
        for (const other of concerning(key, own, fix.time)) {
          const side = sides.get(other);
          if (side !== undefined && Math.abs(fix.time - side.fix.time) <= fresh)
            judge(own, at(side, fix.time), fix.time);
        }
      },
      rename: (from, to) => {
        leave(from);
        encounters.rename(from, to);
      },
      tick: now => {
        for (const [key, { last }] of [...encounters.entries()])
          if (now - Math.max(last, watch.listeningSince) > fresh * 2)
            end(toPair(key), now, { reason: 'source-lost', endedBy: 'silence' });
      },
    };
  },
});

const fastKnots = 40;
/** No ship in a harbor: a sensor that failed says 102.2 kn or more, ITU-R M.1371-5 table 48. */
const fastestKnots = 60;

/** On a plane: whether a thing at (x, y) that moves by (vx, vy) comes within `radius` of the origin in time. */
const mayMeet = (x: number, y: number, vx: number, vy: number, horizon: number, radius: number): boolean => {
  const square = vx * vx + vy * vy;
  const seconds = square === 0 ? 0 : Math.max(0, Math.min(horizon, -(x * vx + y * vy) / square));
  return (x + vx * seconds) ** 2 + (y + vy * seconds) ** 2 <= radius * radius;
};

const relativeKnots = (one: Moving, other: Moving): number => {
  const angle = ((one.cogDegrees - other.cogDegrees) * Math.PI) / 180;
  const square = one.sogKnots ** 2 + other.sogKnots ** 2 - 2 * one.sogKnots * other.sogKnots * Math.cos(angle);
  return Math.sqrt(Math.max(0, square));
};
