/**
 * A vessel at sea that was heard regularly is not heard any more, though its receivers hear others and surely hear
 * vessels where it was and where it went: its AIS is off. Not said of a vessel that left the receivers' range, of one that
 * lay still, at a berth or at anchor, or when many fall silent at once.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { destinationOf, metresPerSecondPerKnot, type Place, placeBetween } from '../../../core/geodesy.ts';
import { type Duration, hours, type Instant, minutes, seconds, shiftInstant, toTimestamp } from '../../../core/time.ts';
import type { VesselFix, VesselUpdate } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { cellOf, openCoverage, placesOnWay } from '../coverage.ts';
import { toReceivers, toReport } from '../evidence.ts';
import { defineRule } from '../rule.ts';
import { harbors, isIn, isVessel, maximumVessels, statusOf, toSeconds, type Vessel } from '../watch.ts';

const config = z.strictObject({
  after: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('30m')
    .describe('Time without AIS after which it counts as off.'),
  leastReports: z.int().min(2).max(10_000).default(20).describe('Reports before it by which it was heard regularly.'),
  leastKnots: z
    .number()
    .min(0)
    .max(20)
    .default(1)
    .describe('Least speed of its last report where no stage tells zones; with zones one at rest at sea counts too.'),
  share: z
    .number()
    .min(0.05)
    .max(1)
    .default(0.3)
    .describe(
      'Share of the vessels heard by the same receivers that may fall silent together before it is their fault.',
    ),
  keep: duration({ minimum: seconds(1), maximum: hours(24 * 60) })
    .prefault('3d')
    .describe('Time after which a condition is closed though the vessel was not heard again.'),
  again: duration({ maximum: hours(48) })
    .prefault('6h')
    .describe('Shortest time between two alarms of the same vessel.'),
  severity: severityField().default('MEDIUM').describe('Of the alarm.'),
});

/** How a vessel is heard. */
interface Hearing {
  last: Instant;
  /** From when on its time in the cell is not yet counted. */
  since: Instant;
  /** Reports in a row without a silence. */
  count: number;
  /** `cellOf` the last place. */
  cell: number;
  /** Its silence was judged, or is of no interest. */
  isJudged: boolean;
}

const hearingRow = z.object({
  last: z.number(),
  since: z.number(),
  count: z.number(),
  cell: z.number(),
  isJudged: z.boolean(),
});

interface Receiver {
  last: Instant;
  /** When it heard somebody again after it had heard nobody for a while. */
  backAt: Instant;
}

const receiverRow = z.object({ last: z.number(), backAt: z.number() });

/** Part of the time after which a silence is told: shorter ones tell of the sea there. */
const holePart = 1 / 3;
/** ITU-R M.1371-5 annex 1 table 1: a class B vessel slower than this reports every three minutes only. */
const restKnots = 2;
/** A vessel that lay still for so long before it fell silent is at a berth or at anchor, whatever zones are told. */
const restsAfter = minutes(20);

/** Fewer vessels than these that fall silent together say nothing about a receiver. */
const leastTogether = 3;

export const aisSilence = defineRule({
  name: 'ais-silence',
  config,
  again: ({ again }) => again,
  start: ({ after, leastReports, leastKnots, share, keep, again, severity }, watch, episodes) => {
    const silence = episodes.of('ais-silence', again);
    const coverage = openCoverage(watch, after);
    const hole = after * holePart;
    const hearings = watch.openTable<Hearing>({
      name: 'hearing',
      keyedBy: 'vessel',
      row: hearingRow,
      maximum: maximumVessels,
      shift: (row, shift) => {
        row.last = shiftInstant(row.last, shift);
        row.since = shiftInstant(row.since, shift);
      },
    });
    const receivers = watch.openTable<Receiver>({
      name: 'receiver',
      keyedBy: 'itself',
      row: receiverRow,
      maximum: 1000,
      shift: (row, shift) => {
        row.last = shiftInstant(row.last, shift);
        row.backAt = shiftInstant(row.backAt, shift);
      },
    });

    const noteReceiver = (device: string, time: Instant): void => {
      const receiver = receivers.get(device);
      if (receiver === undefined) {
        receivers.put(device, { last: time, backAt: time });
        return;
      }
      if (time <= receiver.last) return;
      if (time - receiver.last > hole) receiver.backAt = time;
      receiver.last = time;
      receivers.touch(device);
    };

    /** The vessel was followed in its cell until it was heard last. */
    const follow = (hearing: Hearing, heardBy: readonly string[], place: Place): void => {
      if (hearing.last > hearing.since) coverage.follow(heardBy, place, hearing.last - hearing.since);
      hearing.since = hearing.last;
    };

    const hear = (vessel: Vessel, { device, receivers: heardBy, previous }: VesselUpdate, fix: VesselFix): void => {
      const { key } = vessel.identity;
      noteReceiver(device, fix.time);
      const cell = cellOf(fix);
      const hearing = hearings.get(key);
      if (hearing === undefined) {
        hearings.put(key, { last: fix.time, since: fix.time, count: 1, cell, isJudged: false });
        return;
      }
      const gap = fix.time - hearing.last;
      const isBack = gap > after;
      hearing.count = isBack ? 1 : hearing.count + 1;
      if (gap > hole) {
        const { last } = hearing;
        const place = previous ?? fix;
        follow(hearing, heardBy, place);
        // A longer silence was judged when it lasted so long. At rest reports are minutes apart, and some are lost.
        const lostBy = heardBy.filter(receiver => (receivers.get(receiver)?.backAt ?? last) <= last);
        if (!isBack && (previous?.sogKnots ?? 0) > restKnots) coverage.lose(lostBy, place);
        hearing.since = fix.time;
      } else if (cell !== hearing.cell || hearing.last - hearing.since >= after)
        follow(hearing, heardBy, previous ?? fix);
      hearing.cell = cell;
      hearing.last = Math.max(hearing.last, fix.time);
      hearing.isJudged = false;
      hearings.touch(key);
      if (silence.get(key) !== undefined)
        silence.clear(key, { time: fix.time, vessel, fix, reason: 'recovered', endedBy: 'report' });
    };

    /** True when so many fell silent with it that the receivers are to blame. */
    const isCommon = (vessel: Vessel, now: Instant): boolean => {
      let [silent, all] = [0, 0];
      for (const [key, { last }] of hearings.entries()) {
        if (last < now - 2 * after) continue;
        const other = watch.vessels.get(key);
        if (other?.receivers.some(receiver => vessel.receivers.includes(receiver)) !== true) continue;
        all++;
        if (last <= now - after) silent++;
      }
      return silent >= leastTogether && silent > all * share;
    };

    const whereItWent = (fix: VesselFix): readonly Place[] => {
      const { sogKnots = 0, cogDegrees } = fix;
      if (cogDegrees === undefined || sogKnots < leastKnots) return [fix];
      const end = destinationOf(fix, cogDegrees, sogKnots * metresPerSecondPerKnot * toSeconds(after));
      return placesOnWay(fix, end, 20, part => placeBetween(fix, end, part));
    };

    const judge = (key: string, hearing: Hearing, now: Instant): void => {
      const vessel = watch.vessels.get(key);
      const fix = vessel?.fixes.ais;
      hearing.isJudged = true;
      hearings.touch(key);
      if (vessel === undefined || fix === undefined || !isVessel(vessel.identity)) return;
      const inHarbor = isIn(vessel, harbors);
      const hearsOthers = vessel.receivers.some(receiver => (receivers.get(receiver)?.last ?? 0) > now - after / 2);
      const way = whereItWent(fix);
      const isCovered = way.every(place => coverage.isHeardAt(vessel.receivers, place));
      // Whoever falls silent there tells of the sea there, too; nothing is learned from a dead receiver or a berth.
      if (hearsOthers && inHarbor !== true) coverage.lose(vessel.receivers, fix);
      if (hearing.count < leastReports || inHarbor === true || !hearsOthers || !isCovered) return;
      if (statusOf(vessel) !== 'active') return;
      if (vessel.rest !== undefined && hearing.last - vessel.rest.since >= restsAfter) return;
      if (inHarbor === undefined && (fix.sogKnots ?? 0) < leastKnots) return;
      if (isCommon(vessel, now)) return;
      silence.raise(key, {
        time: hearing.last + after,
        severity,
        vessel,
        fix,
        data: {
          evidence: {
            silentSince: toTimestamp(hearing.last),
            lastReport: toReport(fix),
            reports: hearing.count,
            receivers: toReceivers(vessel),
          },
          limits: { silenceSeconds: toSeconds(after), reports: leastReports, share },
        },
      });
    };

    const endingOf = (vessel: Vessel | undefined, lasting: Duration) => {
      if (vessel !== undefined && statusOf(vessel) !== 'active')
        return { reason: 'superseded', endedBy: 'order' } as const;
      if (vessel !== undefined && isIn(vessel, harbors) === true)
        return { reason: 'superseded', endedBy: 'harbor' } as const;
      return lasting < keep ? undefined : ({ reason: 'source-lost', endedBy: 'silence' } as const);
    };

    return {
      take: (vessel, update) => {
        const { fix, cause, late } = update;
        if (cause !== 'position' || fix?.source !== 'ais' || late !== undefined) return;
        hear(vessel, update, fix);
      },
      tick: now => {
        for (const [key, hearing] of hearings.entries())
          if (!hearing.isJudged && now >= Math.max(hearing.last, watch.listeningSince) + after)
            judge(key, hearing, now);
        for (const { key, raisedAt } of [...silence.open()]) {
          const vessel = watch.vessels.get(key);
          const how = endingOf(vessel, Math.abs(now - raisedAt));
          if (how === undefined) continue;
          silence.clear(key, { time: now, ...(vessel !== undefined && { vessel, fix: vessel.fixes.ais }), ...how });
        }
      },
    };
  },
});
