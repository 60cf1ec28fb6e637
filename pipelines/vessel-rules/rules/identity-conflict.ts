/**
 * Two senders under one identity: the reports alternate between two places that no vessel can sail between, and each of
 * the two goes on plausibly by itself. A single wrong position is a jump, not this.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { distanceMetres, metresPerNauticalMile } from '../../../core/geodesy.ts';
import { hours, type Instant, seconds, shiftInstant } from '../../../core/time.ts';
import type { PositionSource, VesselFix } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { toMetres, toReceivers, toReport } from '../evidence.ts';
import { fixRow } from '../rows.ts';
import { defineRule } from '../rule.ts';
import { isVessel, toSeconds } from '../watch.ts';
import { impliedKnots } from './position-jump.ts';

const config = z.strictObject({
  knots: z.number().min(5).max(1000).default(40).describe('No vessel sails faster between two reports.'),
  leastNauticalMiles: z.number().min(0.05).max(1000).default(2).describe('Least distance of the two senders.'),
  alternations: z.int().min(2).max(100).default(3).describe('Changes between the two places after which it counts.'),
  quiet: duration({ minimum: seconds(1), maximum: hours(48) })
    .prefault('2h')
    .describe('Time without a change after which it is over.'),
  again: duration({ maximum: hours(24 * 7) })
    .prefault('6h')
    .describe('Shortest time between two alarms of the same identity.'),
  severity: severityField().default('HIGH').describe('Of the alarm.'),
});

interface Senders {
  /** The newest report of each of the two. */
  first: VesselFix;
  second: VesselFix;
  /** Which of them was heard last. */
  last: 'first' | 'second';
  alternations: number;
  changedAt: Instant;
}

const sendersRow = z.object({
  first: fixRow,
  second: fixRow,
  last: z.enum(['first', 'second']),
  alternations: z.number(),
  changedAt: z.number(),
});

const maximumPairs = 5000;

export const identityConflict = defineRule({
  name: 'identity-conflict',
  config,
  again: ({ again }) => again,
  start: ({ knots, leastNauticalMiles, alternations, quiet, again, severity }, watch, episodes) => {
    const conflict = episodes.of('identity-conflict', again);
    const openSenders = (source: PositionSource) =>
      watch.openTable<Senders>({
        name: `senders-${source}`,
        keyedBy: 'vessel',
        row: sendersRow,
        maximum: maximumPairs,
        shift: (row, shift) => {
          row.changedAt = shiftInstant(row.changedAt, shift);
        },
      });
    const sendersBy = { ais: openSenders('ais'), vms: openSenders('vms'), 'duty-officer': openSenders('duty-officer') };
    const leastMetres = leastNauticalMiles * metresPerNauticalMile;
    const goesOn = (from: VesselFix, to: VesselFix): boolean =>
      distanceMetres(from, to) < leastMetres || (impliedKnots(from, to) ?? Number.POSITIVE_INFINITY) <= knots;
    const dataOf = ({ first, second, alternations: seen }: Senders, receivers: readonly string[]) => ({
      evidence: {
        first: toReport(first),
        second: toReport(second),
        distanceMetres: toMetres(distanceMetres(first, second)),
        alternations: seen,
        receivers,
      },
      limits: {
        speedKnots: knots,
        distanceMetres: toMetres(leastMetres),
        alternations,
        quietSeconds: toSeconds(quiet),
      },
    });

    return {
      take: (vessel, { cause, fix, previous, late }) => {
        if (cause !== 'position' || fix === undefined || late !== undefined || !isVessel(vessel.identity)) return;
        const { key } = vessel.identity;
        const senders = sendersBy[fix.source];
        // A pair begins with what cannot follow: most reports need no look into the table.
        const isPlausible = previous === undefined || goesOn(previous, fix);
        if (isPlausible && senders.size === 0) return;
        const known = senders.get(key);
        if (known === undefined) {
          if (isPlausible || previous === undefined) return;
          senders.put(key, { first: previous, second: fix, last: 'second', alternations: 0, changedAt: fix.time });
          return;
        }
        const other = known.last === 'first' ? 'second' : 'first';
        if (goesOn(known[known.last], fix)) known[known.last] = fix;
        else if (goesOn(known[other], fix)) {
          known[other] = fix;
          known.last = other;
          known.alternations++;
          known.changedAt = fix.time;
        } else {
          // Neither of the two: a third place takes the older one's.
          known[other] = fix;
          known.last = other;
          known.alternations = 0;
          known.changedAt = fix.time;
        }
        senders.touch(key);
        if (known.alternations < alternations) return;
        const data = dataOf(known, toReceivers(vessel));
        if (conflict.raise(key, { time: fix.time, severity, vessel, fix, data })) senders.saveNow(key);
      },
      tick: now => {
        for (const senders of Object.values(sendersBy))
          for (const [key, row] of [...senders.entries()]) {
            if (now - Math.max(row.changedAt, watch.listeningSince) < quiet) continue;
            senders.delete(key);
            const vessel = watch.vessels.get(key);
            conflict.clear(key, {
              time: row.changedAt + quiet,
              ...(vessel !== undefined && { vessel, fix: row[row.last] }),
              reason: 'recovered',
              endedBy: 'agreement',
            });
          }
      },
    };
  },
});
