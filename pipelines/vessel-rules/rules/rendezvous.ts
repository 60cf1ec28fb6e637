/**
 * Two vessels slow and close to each other at sea for a while: goods, fuel, fish or people may change over. Judged only
 * where zones are told, and not in a crowd, which is a harbor, a roadstead or a fishing ground, nor of boats that lie
 * beside each other at a pier or on a beach that no zone names: what changes hands at sea drifts or swings.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { distanceMetres, metresPerNauticalMile } from '../../../core/geodesy.ts';
import { hours, type Instant, minutes, seconds, shiftInstant, toTimestamp } from '../../../core/time.ts';
import { type VesselFix, type ZoneKind, zoneKinds } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { toMetres, toOther, toReceivers, toReport } from '../evidence.ts';
import { createGrid } from '../grid.ts';
import { openPairs, type Pair, pairOf, toPair } from '../pair.ts';
import { defineRule } from '../rule.ts';
import { aisFixOf, isIn, isVessel, maximumVessels, toSeconds, type Vessel } from '../watch.ts';

const config = z.strictObject({
  for: duration({ minimum: seconds(1), maximum: hours(48) })
    .prefault('1h')
    .describe('How long they stay together. Pair trawlers lie close for up to 45 minutes to take their net in.'),
  nauticalMiles: z.number().min(0.01).max(5).default(0.1).describe('Distance below which they are together.'),
  knots: z.number().min(0.1).max(15).default(2).describe('Speed below which they are slow.'),
  crowd: z
    .int()
    .min(2)
    .max(100)
    .default(4)
    .describe('So many slow vessels within half a nautical mile are a roadstead or a fishing ground.'),
  not: z
    .array(z.enum(zoneKinds))
    .max(zoneKinds.length)
    .default(['port', 'shelter', 'anchorage', 'channel'])
    .describe('Kinds of zones where it is not asked.'),
  exceptShipTypes: z
    .array(z.int().min(1).max(99))
    .max(99)
    .default([31, 32, 33, 34, 50, 51, 52, 53, 54, 55])
    .describe('Kinds of ships (ITU-R M.1371-5 table 53) whose work it is: tugs, pilots, tenders, rescue, patrols.'),
  exceptNavigationStatus: z
    .array(z.int().min(0).max(15))
    .max(16)
    .default([5, 6])
    .describe('Navigational status (table 45) that explains it: moored, aground.'),
  fresh: duration({ minimum: seconds(1), maximum: hours(6) })
    .prefault('15m')
    .describe('A position older than this says nothing of where the other vessel is.'),
  again: duration({ maximum: hours(24 * 7) })
    .prefault('6h')
    .describe('Shortest time between two alarms of the same two.'),
  severity: severityField().default('LOW').describe('Of the alarm.'),
});

interface Meeting {
  since: Instant;
  last: Instant;
  /** The closest they were. */
  metres: number;
}

const meetingRow = z.object({ since: z.number(), last: z.number(), metres: z.number() });

const maximumMeetings = 10_000;
/** They are together until they are so many times as far apart, or as fast. */
const parting = 2;
/** ITU-R M.1371-5 table 45. */
const atAnchor = 1;
const crowdMetres = metresPerNauticalMile / 2;

export const rendezvous = defineRule({
  name: 'rendezvous',
  config,
  again: ({ again }) => again,
  start: (settings, watch, episodes) => {
    const { knots, fresh, severity, crowd } = settings;
    const limit = settings.nauticalMiles * metresPerNauticalMile;
    const kinds: ReadonlySet<ZoneKind> = new Set(settings.not);
    const types = new Set(settings.exceptShipTypes);
    const statuses = new Set(settings.exceptNavigationStatus);
    const condition = episodes.of('rendezvous', settings.again);
    const meetings = openPairs<Meeting>(watch, {
      name: 'meeting',
      row: meetingRow,
      maximum: maximumMeetings,
      shift: (row, shift) => {
        row.since = shiftInstant(row.since, shift);
        row.last = shiftInstant(row.last, shift);
      },
    });
    const slow = createGrid(0.01, maximumVessels);

    const isCandidate = (vessel: Vessel, fix: VesselFix): boolean => {
      const { shipType } = vessel.identity;
      return (
        isVessel(vessel.identity) &&
        isIn(vessel, kinds) === false &&
        fix.sogKnots !== undefined &&
        !(shipType !== undefined && types.has(shipType)) &&
        !(fix.navigationStatus !== undefined && statuses.has(fix.navigationStatus))
      );
    };

    const part = (
      pair: Pair,
      time: Instant,
      how: {
        readonly reason: 'recovered' | 'superseded' | 'source-lost';
        readonly endedBy: 'distance' | 'harbor' | 'silence';
      },
    ): void => {
      meetings.end(pair);
      const vessel = watch.vessels.get(pair.first);
      condition.clear(pair.key, { time, ...(vessel !== undefined && { vessel, fix: vessel.fixes.ais }), ...how });
    };

    for (const [key, vessel] of watch.vessels.entries()) {
      const { ais } = vessel.fixes;
      if (ais !== undefined && (ais.sogKnots ?? Number.POSITIVE_INFINITY) <= knots && isCandidate(vessel, ais))
        slow.put(key, ais);
    }

    /** The newest report of another vessel, unless it is too old to say where it is. */
    const freshFixOf = (key: string, time: Instant): { vessel: Vessel; fix: VesselFix } | undefined => {
      const vessel = watch.vessels.get(key);
      const fix = vessel?.fixes.ais;
      if (vessel === undefined || fix === undefined || Math.abs(time - fix.time) > fresh) return undefined;
      return { vessel, fix };
    };

    /** Does not say that it is at anchor, and did not move for most of the time. */
    const isMadeFast = ({ rest, fixes }: Vessel, { since }: Meeting, time: Instant): boolean =>
      rest !== undefined && fixes.ais?.navigationStatus !== atAnchor && time - rest.since >= (time - since) / 2;

    const raise = (pair: Pair, meeting: Meeting, time: Instant): void => {
      const [first, second] = [freshFixOf(pair.first, time), freshFixOf(pair.second, time)];
      if (first === undefined || second === undefined) return;
      if (isMadeFast(first.vessel, meeting, time) && isMadeFast(second.vessel, meeting, time)) {
        // Who casts off has not met anybody by then.
        meeting.since = time;
        return;
      }
      condition.raise(pair.key, {
        time,
        severity,
        vessel: first.vessel,
        fix: first.fix,
        data: {
          other: toOther(second.vessel),
          evidence: {
            togetherSince: toTimestamp(meeting.since),
            distanceMetres: toMetres(meeting.metres),
            first: toReport(first.fix),
            second: toReport(second.fix),
            receivers: toReceivers(first.vessel),
          },
          limits: { togetherSeconds: toSeconds(settings.for), distanceMetres: toMetres(limit), speedKnots: knots },
        },
      });
    };

    const meet = (key: string, fix: VesselFix): void => {
      const near = [...slow.near(fix, Math.max(limit, crowdMetres))].sort();
      const around = near.flatMap(other => {
        if (other === key) return [];
        const found = freshFixOf(other, fix.time);
        if (found === undefined) {
          slow.remove(other);
          return [];
        }
        return [{ other, metres: distanceMetres(fix, found.fix) }];
      });
      // Whoever is there is counted, this vessel too.
      const isCrowd = around.filter(({ metres }) => metres <= crowdMetres).length + 1 >= crowd;
      for (const { other, metres } of around) {
        const pair = pairOf(key, other);
        const meeting = meetings.get(pair);
        if (meeting === undefined) {
          if (metres > limit || isCrowd) continue;
          meetings.begin(pair, { since: fix.time, last: fix.time, metres });
          continue;
        }
        if (metres > limit * parting) continue;
        meeting.last = fix.time;
        meeting.metres = Math.min(meeting.metres, metres);
        meetings.touch(pair.key);
        if (!isCrowd && fix.time - meeting.since >= settings.for && condition.get(pair.key) === undefined)
          raise(pair, meeting, fix.time);
      }
    };

    return {
      take: (vessel, update) => {
        const fix = aisFixOf(update);
        if (fix === undefined) return;
        const { key } = vessel.identity;
        const isAllowed = isCandidate(vessel, fix);
        const speed = fix.sogKnots ?? Number.POSITIVE_INFINITY;
        if (isAllowed && speed <= knots) {
          slow.put(key, fix);
          meet(key, fix);
        } else slow.remove(key);
        for (const other of meetings.partnersOf(key)) {
          const pair = pairOf(key, other);
          const known = freshFixOf(other, fix.time);
          const isApart = known !== undefined && distanceMetres(fix, known.fix) > limit * parting;
          if (!isAllowed) part(pair, fix.time, { reason: 'superseded', endedBy: 'harbor' });
          else if (isApart || speed > knots * parting)
            part(pair, fix.time, { reason: 'recovered', endedBy: 'distance' });
        }
      },
      rename: (from, to) => {
        slow.remove(from);
        meetings.rename(from, to);
      },
      tick: now => {
        for (const [key, { last }] of [...meetings.entries()])
          if (now - Math.max(last, watch.listeningSince) > fresh + minutes(1))
            part(toPair(key), now, { reason: 'source-lost', endedBy: 'silence' });
      },
    };
  },
});
