/**
 * Two vessels under way that come too close if both keep their speed and follow the usual way, or else their course:
 * closest point of approach and the time to it. Asked in harbor waters, where somebody watches and can call them.
 */
import { z } from 'zod';
import type { Severity } from '../../../core/conclusion.ts';
import { duration } from '../../../core/fields.ts';
import {
  type Approach,
  aheadOf,
  closestApproach,
  distanceMetres,
  type Moving,
  metresPerSecondPerKnot,
} from '../../../core/geodesy.ts';
import { type Duration, hours, type Instant, minutes, seconds, shiftInstant } from '../../../core/time.ts';
import { type VesselFix, type ZoneKind, zoneKinds } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { toMetres, toOther, toReceivers, toReport } from '../evidence.ts';
import { createGrid } from '../grid.ts';
import { openPairs, type Pair, pairOf, toPair } from '../pair.ts';
import { closestOnPaths, type Path, type PathApproach } from '../path.ts';
import { defineRule } from '../rule.ts';
import { aisFixOf, isIn, isVessel, maximumVessels, toSeconds, type Vessel } from '../watch.ts';
import { openWays } from '../ways.ts';

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
    .prefault('2m')
    .describe('Time to the closest approach below which it is a risk; nobody keeps his course for long in a harbor.'),
  imminent: duration({ minimum: seconds(1), maximum: hours(1) })
    .prefault('45s')
    .describe('Time to it below which it is imminent, which is told as an update.'),
  for: duration({ maximum: minutes(10) })
    .prefault('1m')
    .describe(
      'How long the risk lasts before it is told: ships pass each other closely in a channel, and turn at the last moment.',
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
  /** Since when it is a risk along the ways that they follow; absent while it is none. */
  since?: Instant | undefined;
  /** Since when it is one if both keep their course; absent while it is none. */
  straightSince?: Instant | undefined;
  last: Instant;
  state: RiskState;
}

const encounterRow = z.object({
  since: z.number().optional(),
  straightSince: z.number().optional(),
  last: z.number(),
  state: z.enum(['risk', 'imminent']),
});

/** Length of a hull in beams, where none is told. */
const usualSlenderness = 5;
const maximumEncounters = 10_000;
/** In so many steps a vessel is followed ahead. */
const stepsWithin = 16;
/** It is over when the closest approach is so many times the limit, or farther away than so many times the time. */
const relief = 1.5;
/**
 * When two have been on a straight course to each other for long, and one does not turn where the way does, it lasts so
 * long before it is told: two reports are no scatter.
 */
const missesTurn = seconds(10);

/** A vessel under way. */
interface Side {
  readonly vessel: Vessel;
  readonly fix: VesselFix;
  readonly moving: Moving;
  /** Where it is expected, from its report on; laid out when somebody is near. */
  path?: Path;
}

export const collisionRisk = defineRule({
  name: 'collision-risk',
  config,
  again: ({ again }) => again,
  start: (settings, watch, episodes) => {
    const { where, within, imminent, leastKnots, leastRelativeKnots, fresh, severities } = settings;
    const { clearanceMetres, assumedLengthMetres, mostMetres } = settings;
    /** So far apart the two pass clear of each other: head on by their beams, across by their lengths. */
    const limitOf = (own: Side, other: Side, at: PathApproach): number => {
      const way = Math.atan2(at.other.east - at.own.east, at.other.north - at.own.north);
      const across =
        halfAcross(own, Math.atan2(at.own.east, at.own.north) - way) +
        halfAcross(other, Math.atan2(at.other.east, at.other.north) - way);
      return Math.min(mostMetres, clearanceMetres + across);
    };
    /** Metres from the middle of the hull to its edge, at right angles to the way that it comes along. */
    const halfAcross = (side: Side, angle: number): number => {
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
        row.since = row.since && shiftInstant(row.since, shift);
        row.straightSince = row.straightSince && shiftInstant(row.straightSince, shift);
        row.last = shiftInstant(row.last, shift);
      },
    });
    const ways = openWays(watch);
    const step = within / stepsWithin;
    const steps = Math.ceil(stepsWithin * relief + fresh / step);
    const pathOf = (side: Side): Path => {
      side.path ??= ways.ahead(side.moving, step / 1000, steps);
      return side.path;
    };
    const expect = (own: Side, other: Side): PathApproach => {
      const now = Math.max(own.fix.time, other.fix.time);
      return closestOnPaths(
        [pathOf(own), (now - own.fix.time) / step],
        [pathOf(other), (now - other.fix.time) / step],
        step / 1000,
      );
    };
    /** If both keep their course. */
    const expectStraight = (own: Side, other: Side): Approach => {
      const elapsed = (own.fix.time - other.fix.time) / 1000;
      return closestApproach(own.moving, { ...other.moving, ...aheadOf(other.moving, elapsed) });
    };
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
      return { vessel, fix, moving };
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

    for (const [key, vessel] of watch.vessels.entries()) {
      const side = vessel.fixes.ais && sideOf(vessel, vessel.fixes.ais);
      if (side !== undefined) enter(key, side);
    }

    const tellOf = (own: Side, other: Side, pair: Pair, approach: PathApproach, state: RiskState, time: Instant) => {
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
            distanceMetres: toMetres(approach.nowMetres),
            first: toReport(first.fix),
            second: toReport(second.fix),
            receivers: toReceivers(first.vessel),
          },
          limits: { distanceMetres: toMetres(limitOf(own, other, approach)), withinSeconds: toSeconds(within) },
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
      const straight = expectStraight(own, other);
      // Two that part do not meet so soon, whatever their ways.
      if (known === undefined && straight.seconds === 0) return;
      const approach = expect(own, other);
      const limit = limitOf(own, other, approach);
      const isClose = ({ seconds: left, metres }: Approach): boolean =>
        left > 0 && left * 1000 <= within && metres <= limit;
      const isRisk = isClose(approach) && relativeKnots(approach) >= leastRelativeKnots;
      const isRiskStraight = isClose(straight);
      if (known === undefined) {
        if (!isRisk && !isRiskStraight) return;
        encounters.begin(pair, {
          ...(isRisk && { since: time }),
          ...(isRiskStraight && { straightSince: time }),
          last: time,
          state: 'risk',
        });
        return;
      }
      const isOver = (at: Approach): boolean => at.seconds === 0 || at.metres > limit * relief;
      const isOpen = condition.get(pair.key) !== undefined;
      if (isOver(approach) && (isOpen || isOver(straight))) {
        end(pair, time, { reason: 'recovered', endedBy: 'distance' });
        return;
      }
      known.last = time;
      known.since = isRisk ? (known.since ?? time) : undefined;
      known.straightSince = isRiskStraight ? (known.straightSince ?? time) : undefined;
      encounters.touch(pair.key);
      if (known.since === undefined) return;
      const state: RiskState = approach.seconds * 1000 <= imminent ? 'imminent' : 'risk';
      const told = tellOf(own, other, pair, approach, state, time);
      if (!isOpen) {
        const lasted = time - known.since;
        const lastedStraight = time - (known.straightSince ?? time);
        const lasts = lasted >= settings.for || (lasted >= missesTurn && lastedStraight >= settings.for);
        if (!lasts || !condition.raise(pair.key, told)) return;
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
      for (const other of underWay.near(own.fix, reach(own))) {
        if (other === key) continue;
        const side = sides.get(other);
        if (side === undefined || time - side.fix.time > fresh) {
          leave(other);
          continue;
        }
        const metresPerSecond = (own.moving.sogKnots + side.moving.sogKnots) * metresPerSecondPerKnot;
        const most = mostMetres * relief + (metresPerSecond * (within + time - side.fix.time)) / 1000;
        if (distanceMetres(own.moving, side.moving) <= most) found.add(other);
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
        ways.learn(update.previous, own.moving);
        for (const other of concerning(key, own, fix.time)) {
          const side = sides.get(other);
          if (side !== undefined && Math.abs(fix.time - side.fix.time) <= fresh) judge(own, side, fix.time);
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

const relativeKnots = ({ own, other }: PathApproach): number =>
  Math.hypot(other.east - own.east, other.north - own.north) / metresPerSecondPerKnot;
