/**
 * A provider of VMS fails: so many of its vessels at sea miss their reports at once that it is not the vessels' fault.
 * Told before the first of them would be called late, since a vessel counts as missing after a little more than its
 * interval.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { hours, type Instant, toTimestamp } from '../../../core/time.ts';
import { severityField } from '../condition.ts';
import { toShare } from '../evidence.ts';
import { defineRule } from '../rule.ts';
import { type Provider, toSeconds, type Vessel } from '../watch.ts';
import { isWatched } from './vms-silence.ts';

const config = z.strictObject({
  missing: z
    .number()
    .min(1)
    .max(5)
    .default(1.1)
    .describe('A vessel misses its report after so many intervals; less than what makes it late.'),
  share: z.number().min(0.05).max(1).default(0.3).describe("Share of the provider's vessels at sea that miss theirs."),
  least: z.int().min(2).max(10_000).default(5).describe('Least number of vessels that miss theirs.'),
  leastAll: z
    .int()
    .min(2)
    .max(10_000)
    .default(3)
    .describe('Least number of vessels where all of them miss theirs: the provider sends nothing.'),
  again: duration({ maximum: hours(24) })
    .prefault('10m')
    .describe('Shortest time between two alarms.'),
  severity: severityField().default('HIGH').describe('Of the alarm.'),
});

interface Count {
  expected: number;
  missing: number;
}

export const providerOutage = defineRule({
  name: 'provider-outage',
  config,
  again: ({ again }) => again,
  start: ({ missing, share, least, leastAll, severity, again }, watch, episodes) => {
    const { vmsInterval: interval, vmsDelivery: delivery } = watch;
    const outage = episodes.of('provider-outage', again);
    const silence = episodes.of('vms-silence', 0);

    const isMissing = ({ fixes: { vms } }: Vessel, now: Instant): boolean =>
      vms !== undefined && now - Math.max(vms.time, watch.listeningSince) > interval * missing + delivery;

    const isAnyMissing = (fleet: ReadonlySet<string>, now: Instant): boolean => {
      for (const key of fleet) {
        const vessel = watch.vessels.get(key);
        if (vessel !== undefined && isMissing(vessel, now) && isWatched(vessel)) return true;
      }
      return false;
    };

    const countOf = (fleet: ReadonlySet<string>, now: Instant): Count => {
      const count: Count = { expected: 0, missing: 0 };
      for (const key of fleet) {
        const vessel = watch.vessels.get(key);
        if (vessel?.fixes.vms === undefined || !isWatched(vessel)) continue;
        const state = silence.get(key)?.data['state'];
        // What was lost alone before says nothing of the provider now.
        if (state !== undefined && state !== 'late') continue;
        count.expected++;
        if (isMissing(vessel, now)) count.missing++;
      }
      return count;
    };

    const dataOf = (name: string, { lastReport }: Provider, { expected, missing: silent }: Count) => ({
      provider: name,
      evidence: {
        vessels: expected,
        silentVessels: silent,
        share: toShare(expected === 0 ? 0 : silent / expected),
        lastReportAt: toTimestamp(lastReport),
      },
      limits: { intervalSeconds: toSeconds(interval), missingIntervals: missing, share, vessels: least },
    });

    const judge = (name: string, fleet: ReadonlySet<string>, now: Instant): void => {
      const provider = watch.providers.get(name);
      if (provider === undefined) return;
      const isOpen = outage.get(name) !== undefined;
      // As nearly always: there is nothing to be counted.
      if (!isOpen && provider.suspectSince === undefined && !isAnyMissing(fleet, now)) return;
      const count = countOf(fleet, now);
      const found = count.expected === 0 ? 0 : count.missing / count.expected;
      const isSilent = count.missing === count.expected && count.expected >= leastAll;
      if (isOpen) {
        if (found >= share / 2 && count.missing > 0) return;
        outage.clear(name, { time: now, reason: 'recovered', endedBy: 'report', data: dataOf(name, provider, count) });
        const { suspectSince, ...rest } = provider;
        watch.providers.put(name, { ...rest, outageEndedAt: now });
        watch.providers.saveNow(name);
        return;
      }
      const isSuspect = count.missing >= Math.max(2, least / 2) && found >= share / 2;
      if (isSuspect !== (provider.suspectSince !== undefined)) {
        const { suspectSince, ...rest } = provider;
        watch.providers.put(name, isSuspect ? { ...rest, suspectSince: now } : rest);
      }
      if (!isSilent && (count.missing < least || found < share)) return;
      outage.raise(name, {
        time: now,
        severity,
        data: dataOf(name, provider, count),
        about: { subject: `vms-provider/${asciiOf(name)}`, device: provider.device },
      });
    };

    return {
      tick: now => {
        for (const [name, fleet] of watch.fleets) judge(name, fleet, now);
      },
    };
  },
});

/** Subjects are ASCII. */
const asciiOf = (name: string): string => name.replace(/[^\x21-\x7e]/g, '-');
