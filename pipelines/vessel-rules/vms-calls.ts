/**
 * Calls for help by the alarm button of a terminal of VMS, for the rule `distress`. Providers bring them late, in batches
 * and again and again, so each is judged by the times of the reports: a call stands from the report that makes it until a
 * later one takes it back, and one that was told is never told anew.
 */
import { z } from 'zod';
import type { Duration, Instant } from '../../core/time.ts';
import type { VesselFix, VesselUpdate } from '../../core/vessel.ts';
import type { Condition, Told } from './condition.ts';
import type { Vessel, Watch } from './watch.ts';

interface Call {
  /** The newest report that makes it. */
  calledAt: Instant;
  /** When the vessel was at the place that was told last; 0 where none is known. */
  placedAt: Instant;
  /** The report that took it back, or the end of the silence after it. */
  endedAt?: Instant;
}

const isOver = ({ endedAt }: Call): boolean => endedAt !== undefined;

const callRow = z.object({ calledAt: z.number(), placedAt: z.number(), endedAt: z.number().exactOptional() });

/** Those that ended are kept to know them again, for as long as their vessels are known. */
const maximumCalls = 2000;

export interface CallSettings {
  /** After so long without another call it is closed. */
  readonly silence: Duration;
  /** What is told of a call at this time, and where the vessel is, or was last by what is known. */
  readonly told: (vessel: Vessel, time: Instant, fix: VesselFix | undefined) => Told;
  /** Whether the place is another one than what was told last of this vessel. */
  readonly hasMoved: (key: string, fix: VesselFix) => boolean;
  /** Ends the alert, unless something else calls for the same vessel. */
  readonly clear: Condition['clear'];
}

export interface Calls {
  isOpen(key: string): boolean;
  take(vessel: Vessel, update: VesselUpdate): void;
  tick(now: Instant): void;
}

export const openCalls = (watch: Watch, alert: Condition, { silence, told, hasMoved, clear }: CallSettings): Calls => {
  const calls = watch.openTable<Call>({
    name: 'call',
    keyedBy: 'vessel',
    // Who calls is helped, whatever was over before.
    choose: (former, own) => (isOver(former) || !isOver(own) ? own : former),
    row: callRow,
    maximum: maximumCalls,
  });

  const save = (key: string, call: Call): void => {
    calls.put(key, call);
    calls.saveNow(key);
  };

  /** What a report after the call says of it. */
  const follow = (vessel: Vessel, call: Call, fix: VesselFix): void => {
    const { key } = vessel.identity;
    if (fix.alarm === 'none') {
      // Of two reports of one moment the call stands.
      if (fix.time <= call.calledAt) return;
      save(key, { ...call, endedAt: fix.time });
      const { data } = told(vessel, fix.time, fix);
      clear(key, { time: fix.time, reason: 'recovered', endedBy: 'report', data });
    } else if (fix.time > call.placedAt && hasMoved(key, fix)) {
      save(key, { ...call, placedAt: fix.time });
      alert.update(key, told(vessel, fix.time, fix));
    }
  };

  /** `fix` is where the call came from, or where the vessel was last. */
  const hear = (vessel: Vessel, calledAt: Instant, fix: VesselFix | undefined): void => {
    const { key } = vessel.identity;
    const known = calls.get(key);
    if (known !== undefined && calledAt <= (known.endedAt ?? known.calledAt)) return;
    if (known !== undefined && known.endedAt === undefined) {
      const again = { ...known, calledAt };
      save(key, again);
      if (fix !== undefined) follow(vessel, again, fix);
      return;
    }
    const call: Call = { calledAt, placedAt: fix?.time ?? 0 };
    save(key, call);
    alert.raise(key, told(vessel, calledAt, fix));
    // What the vessel said since came before it.
    const newest = vessel.fixes.vms;
    if (newest !== undefined && newest.time > calledAt) follow(vessel, call, newest);
  };

  return {
    isOpen: key => {
      const call = calls.get(key);
      return call !== undefined && call.endedAt === undefined;
    },
    take: (vessel, { cause, time, fix }) => {
      if (cause === 'call') {
        hear(vessel, time, fix);
        return;
      }
      if (cause !== 'position' || fix === undefined) return;
      if (fix.alarm === 'distress') {
        hear(vessel, fix.time, fix);
        return;
      }
      const call = calls.get(vessel.identity.key);
      if (call === undefined || call.endedAt !== undefined) return;
      // Reports by radio of AIS are too many to follow, but for the first word on where somebody is who calls from nowhere.
      if (fix.source === 'vms' || call.placedAt === 0) follow(vessel, call, fix);
    },
    tick: now => {
      for (const [key, call] of [...calls.entries()]) {
        if (call.endedAt !== undefined) continue;
        const closedAt = Math.max(call.calledAt, watch.listeningSince) + silence;
        if (now < closedAt) continue;
        save(key, { ...call, endedAt: closedAt });
        clear(key, { time: closedAt, reason: 'source-lost', endedBy: 'silence' });
      }
    },
  };
};
