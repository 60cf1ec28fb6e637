/**
 * A vessel at sea whose VMS device falls silent: late, lost, overdue. Judged by the time of its reports, whenever they
 * arrive. Decree 26/2019 Art. 44 and its successors: a report every two hours; when the device fails, the captain
 * reports by radio every six hours and is back in port for repair within ten days. All of it is configuration.
 *
 * No vessel is accused while its provider fails, nor for one interval after that or after the gateway was away.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { type Duration, hours, type Instant, seconds, toTimestamp } from '../../../core/time.ts';
import type { VesselFix } from '../../../core/vessel.ts';
import { type Episode, severityField, type Told } from '../condition.ts';
import { toReceivers, toReport } from '../evidence.ts';
import { defineRule } from '../rule.ts';
import { harbors, isIn, isVessel, newestFix, providerOf, statusOf, toSeconds, type Vessel } from '../watch.ts';

type SilenceState = 'late' | 'by-radio' | 'lost' | 'overdue';

const config = z
  .strictObject({
    late: z.number().min(1).max(10).default(1.5).describe('A vessel is late after so many intervals.'),
    lost: duration({ minimum: seconds(1), maximum: hours(240) })
      .prefault('6h')
      .describe('Time without a word after which it is lost; by then the captain reports by radio.'),
    overdue: duration({ minimum: seconds(1), maximum: hours(24 * 90) })
      .prefault('10d')
      .describe('Time without its device after which it should be back in port; reports by radio do not extend it.'),
    again: duration({ maximum: hours(24) })
      .prefault('2h')
      .describe('Shortest time between two alarms of the same vessel.'),
    severities: z
      .strictObject({
        late: severityField().default('LOW').describe('Of a vessel that is late, or reports by radio.'),
        lost: severityField().default('HIGH').describe('Of one that is lost.'),
        overdue: severityField().default('HIGH').describe('Of one that is overdue.'),
      })
      .prefault({})
      .describe('How urgent each state is.'),
  })
  .refine(({ lost, overdue }) => !(lost >= overdue), {
    message: 'it is overdue only after it is lost',
    path: ['overdue'],
  });

/** A vessel whose silence means something: it has a device, is at sea and is said to sail. */
export const isWatched = (vessel: Vessel): boolean =>
  isVessel(vessel.identity) &&
  statusOf(vessel) === 'active' &&
  vessel.seaSince !== undefined &&
  isIn(vessel, harbors) !== true;

interface Clock {
  /** What the device's silence is counted from: its last report, or when the vessel left the harbor. */
  readonly device: Instant;
  /** The captain's last report by radio that is newer. */
  readonly radio: VesselFix | undefined;
  readonly lateAt: Instant;
  readonly lostAt: Instant;
  readonly overdueAt: Instant;
}

export const vmsSilence = defineRule({
  name: 'vms-silence',
  config,
  again: ({ again }) => again,
  start: ({ late, lost, overdue, again, severities }, watch, episodes) => {
    const { vmsInterval: interval, vmsDelivery: delivery } = watch;
    const lateAfter: Duration = interval * late;
    /** Nothing is told of a vessel whose last report is younger. */
    const youngest: Duration = Math.min(lateAfter, lost);
    const silence = episodes.of('vms-silence', again);
    const outages = episodes.of('provider-outage', 0);

    const clockOf = ({ fixes, seaSince }: Vessel, graceEnds: Instant): Clock => {
      const device = Math.max(fixes.vms?.time ?? Number.NEGATIVE_INFINITY, seaSince ?? Number.NEGATIVE_INFINITY);
      const byRadio = fixes['duty-officer'];
      const radio = byRadio !== undefined && byRadio.time > device ? byRadio : undefined;
      const heard = radio?.time ?? device;
      return {
        device,
        radio,
        lateAt: Math.max(heard + lateAfter, graceEnds),
        lostAt: Math.max(heard + lost, graceEnds),
        overdueAt: Math.max(device + overdue, graceEnds),
      };
    };

    const judge = (clock: Clock, isOpen: boolean, now: Instant): { state: SilenceState; at: Instant } | undefined => {
      const { radio, lateAt, lostAt, overdueAt } = clock;
      if (now >= overdueAt) return { state: 'overdue', at: overdueAt };
      if (now >= lostAt) return { state: 'lost', at: lostAt };
      if (radio !== undefined) return isOpen ? { state: 'by-radio', at: radio.time } : undefined;
      return now >= lateAt ? { state: 'late', at: lateAt } : undefined;
    };

    const dataOf = (vessel: Vessel, provider: string, state: SilenceState, clock: Clock) => {
      const { fixes, order } = vessel;
      const { radio, lostAt, overdueAt, device } = clock;
      const open = state === 'late' || state === 'by-radio';
      return {
        state,
        provider,
        deadlines: {
          ...(open &&
            (radio === undefined ? { lostAt: toTimestamp(lostAt) } : { nextRadioReportAt: toTimestamp(lostAt) })),
          ...(state !== 'overdue' && { backInPortAt: toTimestamp(overdueAt) }),
        },
        evidence: {
          silentSince: toTimestamp(device),
          ...(fixes.vms !== undefined && { lastReport: toReport(fixes.vms) }),
          ...(radio !== undefined && { radioReport: toReport(radio) }),
          ...(fixes.ais !== undefined && { lastAis: toReport(fixes.ais) }),
          ...(order !== undefined && {
            order: { status: order.status, by: order.by, reason: order.reason, time: toTimestamp(order.time) },
          }),
          receivers: toReceivers(vessel),
        },
        limits: {
          intervalSeconds: toSeconds(interval),
          lateSeconds: toSeconds(lateAfter),
          lostSeconds: toSeconds(lost),
          overdueSeconds: toSeconds(overdue),
        },
      };
    };

    const severityOf = (state: SilenceState) => severities[state === 'by-radio' ? 'late' : state];

    const tellOf = (vessel: Vessel, provider: string, state: SilenceState, clock: Clock, time: Instant): Told => ({
      time,
      severity: severityOf(state),
      vessel,
      fix: newestFix(vessel),
      data: dataOf(vessel, provider, state, clock),
    });

    const stopped = (
      key: string,
      vessel: Vessel,
      provider: string,
      clock: Clock,
      open: Episode,
      now: Instant,
    ): void => {
      const isAshore = statusOf(vessel) !== 'active';
      silence.clear(key, {
        time: isAshore ? (vessel.order?.time ?? now) : now,
        vessel,
        fix: newestFix(vessel),
        reason: 'superseded',
        endedBy: isAshore ? 'order' : 'harbor',
        data: dataOf(vessel, provider, stateOf(open), clock),
      });
    };

    const judgeOf = (key: string, vessel: Vessel, provider: string, now: Instant): void => {
      const known = watch.providers.get(provider);
      // A station that reads AIS alone knows of devices by the registry, and hears none of them.
      if (known === undefined) return;
      const open = silence.get(key);
      // What the vessel sent until now may still be on its way.
      const until = now - delivery;
      // As nearly always: its device reports, and did before.
      if (open === undefined && vessel.fixes.vms !== undefined && until < vessel.fixes.vms.time + youngest) return;
      const graceEnds = Math.max(watch.listeningSince, known.outageEndedAt ?? Number.NEGATIVE_INFINITY) + interval;
      const clock = clockOf(vessel, graceEnds);
      if (!isWatched(vessel)) {
        if (open !== undefined) stopped(key, vessel, provider, clock, open, now);
        return;
      }
      const outage = outages.get(provider);
      if (outage !== undefined) {
        // What began as the provider's failure did was its fault.
        if (open !== undefined && stateOf(open) === 'late' && clock.device > outage.raisedAt - lost)
          silence.clear(key, {
            time: now,
            vessel,
            fix: newestFix(vessel),
            reason: 'superseded',
            endedBy: 'provider-outage',
            data: dataOf(vessel, provider, 'late', clock),
          });
        return;
      }
      const found = judge(clock, open !== undefined, until);
      if (found === undefined) {
        // A deadline that was put off is no report.
        if (open !== undefined && until < clock.device + lateAfter)
          silence.clear(key, {
            time: Math.max(clock.device, open.raisedAt),
            vessel,
            fix: vessel.fixes.vms ?? newestFix(vessel),
            reason: 'recovered',
            endedBy: 'report',
            data: dataOf(vessel, provider, stateOf(open), clock),
          });
        return;
      }
      const told = tellOf(vessel, provider, found.state, clock, found.at);
      if (open === undefined) {
        // Where the provider may fail it is waited for, but not for ever.
        if (known.suspectSince !== undefined && until < found.at + interval) return;
        silence.raise(key, told);
      } else if (stateOf(open) !== found.state || isNewRadioReport(open, told)) silence.update(key, told);
    };

    return {
      tick: now => {
        for (const [provider, fleet] of watch.fleets)
          for (const key of fleet) {
            const vessel = watch.vessels.get(key);
            if (vessel !== undefined && providerOf(vessel) === provider) judgeOf(key, vessel, provider, now);
          }
      },
    };
  },
});

const stateOf = ({ data }: Episode): SilenceState => {
  const { state } = data;
  return state === 'by-radio' || state === 'lost' || state === 'overdue' ? state : 'late';
};

const radioEvidence = z.object({ evidence: z.object({ radioReport: z.object({ time: z.string() }) }) });
const radioTimeOf = (data: Episode['data']): unknown => radioEvidence.safeParse(data).data?.evidence.radioReport.time;

/** The captain reported again: the deadline of the next report is another one. */
const isNewRadioReport = (open: Episode, told: Told): boolean => radioTimeOf(open.data) !== radioTimeOf(told.data);
