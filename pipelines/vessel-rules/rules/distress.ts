/**
 * A beacon of distress, in the alert lane at once: AIS-SART 970…, man overboard 972…, EPIRB-AIS 974… (ITU-R M.585-9
 * annex 2), and any station with the navigational status 14. Under test a beacon sends status 15 and a text with
 * `TEST` (ITU-R M.1371-5 table 45 and annex 9; IEC 61097-14): that is told as an event of its own.
 *
 * A beacon without the status and without a text is waited for a moment; then it counts as distress, since a false alarm
 * costs less than a life.
 *
 * The alarm button of a terminal of VMS is the same alert (`vms-calls.ts`), also where its report says no place: then the
 * last one that is known is told with its age.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { distanceMetres, metresPerNauticalMile } from '../../../core/geodesy.ts';
import { type Duration, hours, type Instant, minutes, seconds, shiftInstant } from '../../../core/time.ts';
import type { MmsiKind, VesselFix, VesselIdentity } from '../../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../../core/vessel-fields.ts';
import { type Condition, severityField } from '../condition.ts';
import { toReceivers, toReport } from '../evidence.ts';
import { fixRow, identityRow } from '../rows.ts';
import { defineRule } from '../rule.ts';
import { openCalls } from '../vms-calls.ts';
import { toSeconds } from '../watch.ts';

const config = z.strictObject({
  wait: duration({ maximum: minutes(10) })
    .prefault('30s')
    .describe('How long a beacon without a status is waited for to say that it is a test.'),
  test: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('15m')
    .describe('How long a text with TEST holds.'),
  every: duration({ minimum: seconds(1), maximum: hours(6) })
    .prefault('5m')
    .describe('Shortest time between two updates.'),
  movedNauticalMiles: z.number().min(0.01).max(50).default(0.1).describe('An update tells that it drifted so far.'),
  silence: duration({ minimum: seconds(1), maximum: hours(48) })
    .prefault('1h')
    .describe('Time without a word after which it is closed as lost; a beacon sends for two days.'),
  vmsSilence: duration({ minimum: minutes(1), maximum: hours(24 * 30) })
    .prefault('24h')
    .describe('Time without another call after which one by VMS is closed, where no report takes it back.'),
  severity: severityField().default('CRITICAL').describe('Of the alert.'),
});

type Beacon = 'sart' | 'mob' | 'epirb' | 'ship' | 'vms';

const beaconKinds: ReadonlyMap<MmsiKind | undefined, Beacon> = new Map([
  ['sart', 'sart'],
  ['mob', 'mob'],
  ['epirb', 'epirb'],
]);

/** By the first three digits, for texts of stations that no position is known of. */
const beaconOfMmsi = (mmsi: number): Beacon | undefined =>
  new Map<number, Beacon>([
    [970, 'sart'],
    [972, 'mob'],
    [974, 'epirb'],
  ]).get(Math.floor(mmsi / 1_000_000));

/** ITU-R M.1371-5 table 45. */
const activeStatus = 14;

interface Signal {
  identity: VesselIdentity;
  device: string;
  beacon: Beacon;
  fix?: VesselFix;
  heardAt: Instant;
  /** What the beacon says of itself. */
  text?: string;
  /** Until when it counts as a test. */
  testUntil?: Instant;
  /** Since when it is waited for a word on whether it is a test. */
  waitingSince?: Instant;
  updatedAt?: Instant;
  testToldAt?: Instant;
}

const signalRow = z.object({
  identity: identityRow,
  device: z.string(),
  beacon: z.enum(['sart', 'mob', 'epirb', 'ship']),
  fix: fixRow.exactOptional(),
  heardAt: z.number(),
  text: z.string().exactOptional(),
  testUntil: z.number().exactOptional(),
  waitingSince: z.number().exactOptional(),
  updatedAt: z.number().exactOptional(),
  testToldAt: z.number().exactOptional(),
});

/** Forged beacons must not fill the memory. */
const maximumSignals = 2000;
const longestText = 160;

export const distress = defineRule({
  name: 'distress',
  config,
  // Whoever calls for help again is heard again.
  again: () => 0,
  start: ({ wait, test, every, movedNauticalMiles, silence, vmsSilence, severity }, watch, episodes) => {
    const alert = episodes.of('distress', 0);
    const signals = watch.openTable<Signal>({
      name: 'signal',
      keyedBy: 'station',
      choose: (former, own) => (former.heardAt > own.heardAt ? former : own),
      row: signalRow,
      maximum: maximumSignals,
      shift: (row, shift) => {
        row.heardAt = shiftInstant(row.heardAt, shift);
        if (row.waitingSince !== undefined) row.waitingSince = shiftInstant(row.waitingSince, shift);
      },
    });

    const aboutOf = ({ identity, device }: Signal) => ({ subject: subjectOf(identity), device });
    const dataOf = ({ identity, beacon, fix, text }: Signal) => ({
      ...toVesselFields({ vessel: identity }, fix),
      beacon,
      evidence: {
        ...(fix !== undefined && { lastReport: toReport(fix) }),
        ...(fix?.navigationStatus !== undefined && { navigationStatus: fix.navigationStatus }),
        ...(text !== undefined && { text }),
        receivers: receiversOf(identity.key),
      },
      limits: limitsOf(silence),
    });
    const limitsOf = (lost: Duration) => ({
      waitSeconds: toSeconds(wait),
      testSeconds: toSeconds(test),
      silenceSeconds: toSeconds(lost),
    });
    const hasMoved = (key: string, fix: VesselFix): boolean => {
      const before = reportedPlace.safeParse(alert.get(key)?.data).data?.vessel.location.coordinates;
      return (
        before === undefined ||
        distanceMetres({ longitude: before[0], latitude: before[1] }, fix) > movedNauticalMiles * metresPerNauticalMile
      );
    };
    /** A vessel may call over AIS and by VMS: when one falls silent the other still calls. */
    const clear: Condition['clear'] = (key, told) => {
      if (!calls.isOpen(key)) alert.clear(key, told);
    };
    const calls = openCalls(watch, alert, {
      silence: vmsSilence,
      hasMoved,
      clear: (key, told) => {
        if (signals.get(key) === undefined) alert.clear(key, told);
      },
      told: (vessel, time, fix) => ({
        time,
        severity,
        vessel,
        fix,
        data: {
          beacon: 'vms' satisfies Beacon,
          evidence: {
            ...(fix !== undefined && { lastReport: toReport(fix) }),
            ...(fix !== undefined && fix.time < time && { positionAgeSeconds: toSeconds(time - fix.time) }),
            receivers: toReceivers(vessel),
          },
          limits: limitsOf(vmsSilence),
        },
      }),
    });
    const receiversOf = (key: string): readonly string[] => {
      const vessel = watch.vessels.get(key);
      return vessel === undefined ? [] : toReceivers(vessel);
    };

    /** Of a vessel that has another name than its MMSI. */
    const signalOf = (mmsi: number): Signal | undefined => {
      for (const [, signal] of signals.entries()) if (signal.identity.mmsi === mmsi) return signal;
      return undefined;
    };

    const tellTest = (signal: Signal, time: Instant): void => {
      const { identity, device, testToldAt } = signal;
      if (testToldAt !== undefined && time - testToldAt < test) return;
      signal.testToldAt = time;
      const { limits, ...data } = dataOf(signal);
      watch.tell({
        kind: 'conclusion',
        event: 'fishing-vessel.distress-test.observed',
        source: 'vessel-rules',
        device,
        subject: subjectOf(identity),
        time,
        key: `${identity.key}/${time}`,
        severity: 'INFORMATIONAL',
        data,
      });
    };

    const callForHelp = (signal: Signal, time: Instant): void => {
      const { key } = signal.identity;
      delete signal.waitingSince;
      const open = alert.get(key);
      const told = { time, severity, about: aboutOf(signal), data: dataOf(signal) };
      if (open === undefined) {
        signal.updatedAt = time;
        alert.raise(key, told);
        return;
      }
      if (signal.fix === undefined || !hasMoved(key, signal.fix)) return;
      if (time - (signal.updatedAt ?? open.raisedAt) < every) return;
      signal.updatedAt = time;
      alert.update(key, told);
    };

    /** What follows from all that is known of the signal. */
    const judge = (signal: Signal, time: Instant): void => {
      const { key } = signal.identity;
      signals.put(key, signal);
      signals.saveNow(key);
      if (signal.testUntil !== undefined && time <= signal.testUntil) {
        delete signal.waitingSince;
        clear(key, { time, reason: 'superseded', endedBy: 'test', data: dataOf(signal) });
        tellTest(signal, time);
      } else if (signal.fix?.navigationStatus === activeStatus || isCry(signal.text)) callForHelp(signal, time);
      else if (signal.beacon === 'ship') {
        clear(key, { time, reason: 'recovered', endedBy: 'report', data: dataOf(signal) });
        signals.delete(key);
      } else signal.waitingSince ??= time;
    };

    return {
      take: (vessel, update) => {
        calls.take(vessel, update);
        const { cause, fix, late } = update;
        const { identity, device } = vessel;
        const known = signals.get(identity.key);
        if (known !== undefined && known.identity !== identity) {
          known.identity = identity;
          signals.touch(identity.key);
        }
        if (cause !== 'position' || fix?.source !== 'ais' || late !== undefined) return;
        const beacon = beaconKinds.get(identity.mmsiKind) ?? 'ship';
        if (beacon === 'ship' && known === undefined && fix.navigationStatus !== activeStatus) return;
        judge({ ...known, identity, device, beacon, fix, heardAt: fix.time }, fix.time);
      },
      hear: ({ mmsi, text, time, device }) => {
        const beacon = beaconOfMmsi(mmsi);
        const key = `mmsi/${mmsi}`;
        const known = signals.get(key) ?? signalOf(mmsi);
        if (beacon === undefined && known === undefined) return;
        const isTest = /\bTEST\b/i.test(text);
        const signal: Signal = {
          ...(known ?? { identity: { key, mmsi }, beacon: beacon ?? 'ship' }),
          device,
          heardAt: time,
          text: text.slice(0, longestText),
        };
        if (isTest) signal.testUntil = time + test;
        else delete signal.testUntil;
        judge(signal, time);
      },
      tick: now => {
        calls.tick(now);
        for (const [key, signal] of [...signals.entries()]) {
          if (signal.waitingSince !== undefined && now - signal.waitingSince >= wait)
            callForHelp(signal, signal.waitingSince + wait);
          if (now - Math.max(signal.heardAt, watch.listeningSince) < silence) continue;
          clear(key, { time: signal.heardAt + silence, reason: 'source-lost', endedBy: 'silence' });
          signals.delete(key);
        }
      },
    };
  },
});

const reportedPlace = z.object({
  vessel: z.object({ location: z.object({ coordinates: z.tuple([z.number(), z.number()]) }) }),
});

/** `SART ACTIVE`, `MOB ACTIVE`, `EPIRB ACTIVE`: IEC 61097-14 and its sisters. */
const isCry = (text: string | undefined): boolean => text !== undefined && /\bACTIVE\b/i.test(text);
