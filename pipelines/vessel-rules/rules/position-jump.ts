/** Two reports in a row that no vessel can sail between: a broken receiver, a forged position, or two senders. */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { distanceMetres, metresPerNauticalMile, metresPerSecondPerKnot } from '../../../core/geodesy.ts';
import { hours, type Instant } from '../../../core/time.ts';
import type { VesselFix } from '../../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../../core/vessel-fields.ts';
import { severityField } from '../condition.ts';
import { toKnots, toMetres, toReceivers, toReport } from '../evidence.ts';
import { defineRule } from '../rule.ts';
import { isVessel, maximumVessels } from '../watch.ts';

const config = z.strictObject({
  knots: z.number().min(5).max(1000).default(40).describe('Implied speed above which it counts.'),
  leastNauticalMiles: z
    .number()
    .min(0.05)
    .max(1000)
    .default(2)
    .describe('Least distance: below it, times of arrival and the scatter of positions alone give any speed.'),
  again: duration({ maximum: hours(48) })
    .prefault('1h')
    .describe('Shortest time between two alarms of the same vessel.'),
  severity: severityField().default('MEDIUM').describe('Of the alarm.'),
});

/** Knots that the way between two reports takes; undefined when they are not in order. */
export const impliedKnots = (from: VesselFix, to: VesselFix): number | undefined =>
  to.time > from.time ? distanceMetres(from, to) / ((to.time - from.time) / 1000) / metresPerSecondPerKnot : undefined;

/** The greatest implied speed that is told: reports of almost the same moment give any. */
const mostKnots = 100_000;

export const positionJump = defineRule({
  name: 'position-jump',
  config,
  again: ({ again }) => again,
  start: ({ knots, leastNauticalMiles, again, severity }, watch, episodes) => {
    const told = watch.openTable<{ at: Instant }>({
      name: 'jump',
      keyedBy: 'vessel',
      row: z.object({ at: z.number() }),
      maximum: maximumVessels,
    });
    const conflicts = episodes.of('identity-conflict', 0);
    return {
      take: (vessel, { cause, fix, previous, late }) => {
        if (cause !== 'position' || fix === undefined || previous === undefined || late !== undefined) return;
        if (!isVessel(vessel.identity)) return;
        const implied = impliedKnots(previous, fix);
        if (implied === undefined || implied <= knots) return;
        const metres = distanceMetres(previous, fix);
        if (metres < leastNauticalMiles * metresPerNauticalMile) return;
        const { key } = vessel.identity;
        // Two senders under one identity are told as that.
        if (conflicts.get(key) !== undefined) return;
        const last = told.get(key);
        if (last !== undefined && Math.abs(fix.time - last.at) < again) return;
        told.put(key, { at: fix.time });
        told.saveNow(key);
        watch.tell({
          kind: 'conclusion',
          event: 'fishing-vessel.position-jump.detected',
          source: 'vessel-rules',
          device: vessel.device,
          subject: subjectOf(vessel.identity),
          time: fix.time,
          key: `${key}/${fix.time}/${fix.source}`,
          severity,
          data: {
            ...toVesselFields({ vessel: vessel.identity }, fix),
            evidence: {
              before: toReport(previous),
              after: toReport(fix),
              distanceMetres: toMetres(metres),
              impliedSpeedKnots: toKnots(Math.min(implied, mostKnots)),
              receivers: toReceivers(vessel),
            },
            limits: { speedKnots: knots, distanceMetres: toMetres(leastNauticalMiles * metresPerNauticalMile) },
          },
        });
      },
    };
  },
});
