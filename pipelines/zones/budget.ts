/**
 * How many events a camera may send on a day of the city. The minor ones stop first, so that room is left for what
 * matters; what begins and was told is told to its end. Pure.
 */
import { z } from 'zod';
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import { type ClockShift, type Instant, shiftInstant } from '../../core/time.ts';

/** Of the budget, the part up to which events of a severity are told. */
const shares: Readonly<Record<Severity, number>> = {
  INFORMATIONAL: 0.6,
  LOW: 0.75,
  MEDIUM: 0.9,
  HIGH: 1,
  CRITICAL: Number.POSITIVE_INFINITY,
};

/** Beginnings and ends that belong together have the same key. What stands here not at all is told in any case. */
const roles: ReadonlyMap<string, 'alone' | 'begins' | 'ends'> = new Map([
  ['urban-camera.object.appeared', 'alone'],
  ['urban-camera.object.updated', 'alone'],
  ['urban-camera.object.observed', 'alone'],
  ['urban-camera.line.crossed', 'alone'],
  ['urban-camera.zone.entered', 'begins'],
  ['urban-camera.zone.left', 'ends'],
  ['urban-camera.zone-breach.raised', 'begins'],
  ['urban-camera.zone-breach.cleared', 'ends'],
]);

/** What one camera sent. */
export interface Spending {
  /** The city's day, counted from 1970. */
  day: number;
  told: number;
  /** What was not told today, by event. */
  readonly shed: Map<string, number>;
  /** When the first of them was; undefined while nothing was. */
  since: Instant | undefined;
  /** Beginnings that were not told and have not ended. */
  readonly silent: Set<string>;
}

/** More than a camera follows; what is forgotten is told to end though it was not told to begin. */
const mostSilent = 20_000;

export const createSpending = (day: number): Spending => ({
  day,
  told: 0,
  shed: new Map(),
  since: undefined,
  silent: new Set(),
});

/** A new day: nothing is spent, and nothing was shed. */
export const beginDay = (spending: Spending, day: number): void => {
  spending.day = day;
  spending.told = 0;
  spending.shed.clear();
  spending.since = undefined;
};

/** Whether it is told; if not, that is noted. `now` is when it was concluded. */
export const admit = (spending: Spending, conclusion: Conclusion, daily: number, now: Instant): boolean => {
  const { event, key, severity = 'INFORMATIONAL' } = conclusion;
  const role = roles.get(event);
  if (role === undefined) return true;
  const { silent, shed } = spending;
  // `urban-camera.zone.entered` and `urban-camera.zone.left` → `urban-camera.zone`.
  const thread = `${event.slice(0, event.lastIndexOf('.'))} ${key}`;
  const isTold = role === 'ends' ? !silent.delete(thread) : spending.told < daily * shares[severity];
  if (isTold) {
    spending.told++;
    return true;
  }
  if (role === 'begins') silent.add(thread);
  for (const oldest of silent) {
    if (silent.size <= mostSilent) break;
    silent.delete(oldest);
  }
  shed.set(event, (shed.get(event) ?? 0) + 1);
  spending.since ??= now;
  return false;
};

export const shiftSpending = (spending: Spending, shift: ClockShift): void => {
  if (spending.since !== undefined) spending.since = shiftInstant(spending.since, shift);
};

const stored = z.object({
  day: z.number(),
  told: z.number(),
  shed: z.record(z.string(), z.number()),
  since: z.number().optional(),
  silent: z.array(z.string()),
});

const decoder = new TextDecoder();

export const encodeSpending = ({ shed, silent, ...rest }: Spending): Uint8Array =>
  Buffer.from(JSON.stringify({ ...rest, shed: Object.fromEntries(shed), silent: [...silent] }));

export const decodeSpending = (bytes: Uint8Array): Spending => {
  const { shed, silent, day, told, since } = stored.parse(JSON.parse(decoder.decode(bytes)));
  return { day, told, since, shed: new Map(Object.entries(shed)), silent: new Set(silent) };
};
