/**
 * What one rule follows of one device: since when the value is beyond each level or back from it, and the condition that
 * is open. Time is that of the values; that none comes any more is noticed by the steady clock.
 */
import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import {
  type ClockShift,
  type Duration,
  hours,
  type Instant,
  minutes,
  shiftInstant,
  shiftStart,
  toTimestamp,
} from '../../core/time.ts';
import type { Reading } from './reading.ts';
import type { Direction, Judgement, Level, Rule } from './rule.ts';

/** What was told and is not over. */
export interface Open {
  /** In its names: it stays as it was told, by whichever clock. */
  readonly raisedAt: Instant;
  /** Since when the value is beyond the lowest level. */
  since: Instant;
  /** Length of the means that told of it: `since` is the start of one. */
  readonly over: Duration;
  /** How often it was told. */
  told: number;
  toldAt: Instant;
  /** The value that was told last. */
  toldValue: number;
  /** Since when the value is a step worse than that, within the level. */
  worseSince: Instant | undefined;
  peak: { readonly value: number; readonly time: Instant };
  severity: Severity;
  /** As told last. */
  data: Readonly<Record<string, unknown>>;
}

export interface Watch {
  /** `<rule>/<device>`, and the part where a rule follows several. */
  readonly key: string;
  readonly rule: string;
  readonly device: string;
  /** That was told: 0 is none. */
  level: number;
  /** Since when without a break, by level from the lowest on. */
  beyond: (Instant | undefined)[];
  within: (Instant | undefined)[];
  last: { readonly time: Instant; readonly value: number } | undefined;
  /** Of the last hour. */
  trail: (readonly [time: Instant, value: number])[];
  open: Open | undefined;
  /** Something came since the last tick. */
  arrived: boolean;
  /** By the steady clock; undefined until the first tick after a value or a restart. */
  heardAt: Duration | undefined;
}

export const createWatch = (key: string): Watch => {
  const [rule = '', device = ''] = key.split('/');
  return {
    key,
    rule,
    device,
    level: 0,
    beyond: [],
    within: [],
    last: undefined,
    trail: [],
    open: undefined,
    arrived: false,
    heardAt: undefined,
  };
};

const severityNames = Object.keys(severities) as [Severity, ...Severity[]];

/** JSON knows no `undefined` in lists. */
const instants = z.array(z.number().nullable());
const stored = z.object({
  level: z.number(),
  beyond: instants,
  within: instants,
  last: z.object({ time: z.number(), value: z.number() }).optional(),
  trail: z.array(z.tuple([z.number(), z.number()])),
  open: z
    .object({
      raisedAt: z.number(),
      since: z.number(),
      over: z.number().default(0),
      told: z.number(),
      toldAt: z.number(),
      toldValue: z.number().optional(),
      worseSince: z.number().optional(),
      peak: z.object({ value: z.number(), time: z.number() }),
      severity: z.enum(severityNames),
      data: z.record(z.string(), z.unknown()),
    })
    .optional(),
});

/** Undefined while there is nothing worth keeping: a value within all limits. */
export const encodeWatch = ({ level, beyond, within, last, trail, open }: Watch): Uint8Array | undefined =>
  open === undefined && trail.length === 0 && beyond.every(since => since === undefined)
    ? undefined
    : Buffer.from(JSON.stringify({ level, beyond, within, last, trail, open }));

/** Throws ZodError for what was never saved. */
export const restoreWatch = (key: string, bytes: Uint8Array): Watch => {
  const { level, beyond, within, last, trail, open } = stored.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const toInstants = (list: readonly (number | null)[]) => list.map(instant => instant ?? undefined);
  return {
    ...createWatch(key),
    level,
    beyond: toInstants(beyond),
    within: toInstants(within),
    last,
    trail,
    open: open && { ...open, toldValue: open.toldValue ?? open.peak.value, worseSince: open.worseSince },
  };
};

const isBeyond = (value: number, { threshold }: Level, direction: Direction): boolean => {
  if (direction === 'at-least') return value >= threshold;
  return direction === 'above' ? value > threshold : value < threshold;
};

const isBack = (value: number, level: Level, direction: Direction): boolean =>
  !isBeyond(value, level, direction) && (direction === 'below' ? value >= level.clear : value <= level.clear);

const trailStep = minutes(5);
const trailLength = hours(1);
/** Over less, waves would look like a flood. */
const shortestTrend = minutes(10);

const follow = (watch: Watch, time: Instant, value: number): void => {
  const newest = watch.trail.at(-1)?.[0];
  if (newest !== undefined && time - newest < trailStep) return;
  watch.trail = [...watch.trail.filter(([then]) => time - then <= trailLength), [time, value]];
};

/** In the unit of the value; undefined before there is enough to tell. */
export const ratePerHourOf = ({ trail, last }: Watch): number | undefined => {
  const [oldest] = trail;
  if (oldest === undefined || last === undefined || last.time - oldest[0] < shortestTrend) return undefined;
  return ((last.value - oldest[1]) / (last.time - oldest[0])) * hours(1);
};

/**
 * The clock was set. Whose clock dated a mean is not known: what was about to be told begins anew, and the next value is
 * news. What was told is moved, as it is in the events that told it.
 */
export const shiftWatch = (watch: Watch, shift: ClockShift): void => {
  const { last, open } = watch;
  if (last !== undefined && last.time >= shift.from && last.time <= shift.to) watch.last = undefined;
  if (open === undefined) return;
  open.since = shiftStart(open.since, open.over, shift);
  open.toldAt = shiftInstant(open.toldAt, shift);
  open.worseSince = undefined;
  open.peak = { ...open.peak, time: shiftInstant(open.peak.time, shift) };
  open.data = { ...open.data, since: toTimestamp(open.since), observedAt: toTimestamp(open.toldAt) };
};

export type Change = 'raise' | 'up' | 'down' | 'worse' | 'clear';

/** Whether a value is news: a later one, or one of a clock that was set far back. */
const isNews = (watch: Watch, time: Instant, lostAfter: Duration): boolean =>
  watch.last === undefined || time > watch.last.time || time < watch.last.time - lostAfter;

/**
 * Takes a value in; undefined when nothing is to be told. `level` is the new one then, but for `clear`, which leaves the
 * last: whoever tells of it reads it, and closes.
 */
export const takeReading = (
  watch: Watch,
  rule: Rule,
  { time, over }: Reading,
  { value, levels, step }: Judgement,
): Change | undefined => {
  if (!isNews(watch, time, rule.lostAfter)) return undefined;
  watch.arrived = true;
  if (watch.last === undefined || Math.abs(time - watch.last.time) > rule.lostAfter) {
    watch.beyond = [];
    watch.within = [];
    watch.trail = [];
  }
  watch.last = { time, value };
  if (rule.text.vi.includes('{trend}')) follow(watch, time, value);
  const start = time - over;
  watch.beyond = levels.map((level, index) =>
    isBeyond(value, level, rule.direction) ? (watch.beyond[index] ?? start) : undefined,
  );
  watch.within = levels.map((level, index) =>
    isBack(value, level, rule.direction) ? (watch.within[index] ?? start) : undefined,
  );
  if (watch.open !== undefined && isWorse(value, watch.open.peak.value, rule.direction))
    watch.open.peak = { value, time };
  const lasts = (since: Instant | undefined, patience: Duration): boolean =>
    since !== undefined && time - since >= patience;
  const before = Math.min(watch.level, levels.length);
  const reached = watch.beyond.findLastIndex(since => lasts(since, rule.for)) + 1;
  if (reached > before) {
    watch.level = reached;
    return before === 0 ? 'raise' : 'up';
  }
  let left = before;
  while (left > 0 && lasts(watch.within[left - 1], rule.clearFor)) left--;
  watch.level = left === 0 ? before : left;
  if (left === before) return getsWorse(watch, rule, time, value, step) ? 'worse' : undefined;
  return left === 0 ? 'clear' : 'down';
};

/** Within a level: what is beyond the next one for a while will be told as that. */
const getsWorse = (watch: Watch, rule: Rule, time: Instant, value: number, step: number | undefined): boolean => {
  const { open, level, beyond } = watch;
  if (open === undefined || step === undefined) return false;
  const isNext = beyond[level] !== undefined;
  const by = rule.direction === 'below' ? open.toldValue - value : value - open.toldValue;
  open.worseSince = by < step || isNext ? undefined : (open.worseSince ?? time);
  return open.worseSince !== undefined && time - open.worseSince >= rule.for;
};

const isWorse = (value: number, than: number, direction: Direction): boolean =>
  direction === 'below' ? value < than : value > than;
