/**
 * AIS and VMS of one vessel disagree: where its VMS device says that it was, its AIS, interpolated to the same moment,
 * says that it was not. One of the two devices is aboard another vessel, or lies.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { distanceMetres, metresPerNauticalMile, placeBetween } from '../../../core/geodesy.ts';
import { hours, type Instant, minutes, seconds } from '../../../core/time.ts';
import type { VesselFix } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { toMetres, toReceivers, toReport } from '../evidence.ts';
import { fixRow } from '../rows.ts';
import { defineRule } from '../rule.ts';
import { isVessel, providerOf, toSeconds, type Vessel } from '../watch.ts';

const config = z.strictObject({
  nauticalMiles: z.number().min(0.1).max(100).default(2).describe('Distance above which the two disagree.'),
  apart: duration({ minimum: seconds(1), maximum: hours(2) })
    .prefault('15m')
    .describe('Longest time between the two reports of AIS around a report of VMS.'),
  reports: z.int().min(1).max(20).default(2).describe('Reports of VMS in a row that disagree, or agree again.'),
  keep: duration({ minimum: seconds(1), maximum: hours(24 * 30) })
    .prefault('2d')
    .describe('Time without anything to compare after which a condition is closed.'),
  again: duration({ maximum: hours(24 * 7) })
    .prefault('6h')
    .describe('Shortest time between two alarms of the same vessel.'),
  severity: severityField().default('MEDIUM').describe('Of the alarm.'),
});

interface Track {
  /** Reports of AIS, oldest first, a minute apart at least. */
  ais: VesselFix[];
  /** Reports of VMS that wait for AIS to go on. */
  waiting: VesselFix[];
  /** Comparisons in a row: disagreeing positive, agreeing negative. */
  streak: number;
  comparedAt?: Instant;
}

const trackRow = z.object({
  ais: z.array(fixRow),
  waiting: z.array(fixRow),
  streak: z.number(),
  comparedAt: z.number().exactOptional(),
});

const maximumTracks = 10_000;
/** Reports by satellite come hours late: so long AIS is remembered, at this spacing. */
const spacing = minutes(5);
const mostPoints = 100;
const mostWaiting = 12;

export const sourceMismatch = defineRule({
  name: 'source-mismatch',
  config,
  again: ({ again }) => again,
  start: ({ nauticalMiles, apart, reports, keep, again, severity }, watch, episodes) => {
    const mismatch = episodes.of('source-mismatch', again);
    const limit = nauticalMiles * metresPerNauticalMile;
    const tracks = watch.openTable<Track>({
      name: 'compared',
      keyedBy: 'vessel',
      row: trackRow,
      maximum: maximumTracks,
    });

    /** Where AIS says that it was; `later` when AIS has not come that far. */
    const placeAt = ({ ais }: Track, time: Instant): VesselFix | 'later' | undefined => {
      const at = ais.findIndex(fix => fix.time >= time);
      const after = ais[at];
      if (after === undefined) return 'later';
      if (after.time === time) return after;
      const before = ais[at - 1];
      if (before === undefined || after.time - before.time > apart) return undefined;
      const part = (time - before.time) / (after.time - before.time);
      return { source: 'ais', time, ...placeBetween(before, after, part) };
    };

    const compare = (vessel: Vessel, track: Track, vms: VesselFix, ais: VesselFix, time: Instant): void => {
      const { key } = vessel.identity;
      const metres = distanceMetres(vms, ais);
      const differs = metres > limit;
      track.streak = differs ? Math.max(1, track.streak + 1) : Math.min(-1, track.streak - 1);
      track.comparedAt = time;
      const data = {
        evidence: {
          vms: toReport(vms),
          ais: toReport(ais),
          aisPosition: 'interpolated',
          distanceMetres: toMetres(metres),
          reports: Math.abs(track.streak),
          receivers: toReceivers(vessel),
        },
        limits: { distanceMetres: toMetres(limit), reports, apartSeconds: toSeconds(apart) },
      };
      if (track.streak >= reports) mismatch.raise(key, { time, severity, vessel, fix: vms, data });
      else if (track.streak <= -reports)
        mismatch.clear(key, { time, vessel, fix: vms, reason: 'recovered', endedBy: 'agreement', data });
    };

    const settle = (vessel: Vessel, track: Track, time: Instant): void => {
      const still: VesselFix[] = [];
      for (const vms of track.waiting) {
        const ais = placeAt(track, vms.time);
        if (ais === 'later') still.push(vms);
        else if (ais !== undefined) compare(vessel, track, vms, ais, time);
      }
      track.waiting = still.slice(-mostWaiting);
    };

    const addAis = (track: Track, fix: VesselFix): boolean => {
      const last = track.ais.at(-1);
      const needs = track.waiting.some(({ time }) => time <= fix.time);
      if (last !== undefined && (fix.time <= last.time || (fix.time - last.time < spacing && !needs))) return false;
      track.ais.push(fix);
      if (track.ais.length > mostPoints) track.ais.shift();
      return true;
    };

    return {
      take: (vessel, { cause, fix, late }) => {
        if (cause !== 'position' || fix === undefined || fix.source === 'duty-officer') return;
        if (!isVessel(vessel.identity) || providerOf(vessel) === undefined) return;
        const { key } = vessel.identity;
        const track = tracks.get(key) ?? { ais: [], waiting: [], streak: 0 };
        if (fix.source === 'ais') {
          if (late !== undefined || !addAis(track, fix)) return;
        } else {
          track.waiting.push(fix);
          tracks.saveNow(key);
        }
        settle(vessel, track, fix.time);
        tracks.put(key, track);
        if (fix.source === 'vms') tracks.saveNow(key);
      },
      tick: now => {
        for (const { key, raisedAt } of [...mismatch.open()]) {
          const comparedAt = tracks.get(key)?.comparedAt ?? raisedAt;
          if (now - Math.max(comparedAt, watch.listeningSince) < keep) continue;
          const vessel = watch.vessels.get(key);
          mismatch.clear(key, {
            time: now,
            ...(vessel !== undefined && { vessel, fix: vessel.fixes.vms }),
            reason: 'source-lost',
            endedBy: 'silence',
          });
        }
      },
    };
  },
});
