/**
 * What one device says of one quantity, judged value by value as the IOOS QARTOD manuals do it, without waiting for the
 * next value: real-time means now. Where a test there needs both neighbors of a value (spike), the last five stand in.
 */
import type { Quality, QualityTest } from '../../core/observation.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { Limits, Range } from './limits.ts';

export type Flag = Extract<Quality, 'pass' | 'suspect' | 'fail'>;

/** By test what it said; tests that could not judge are absent. */
export type Flags = ReadonlyMap<QualityTest, Flag>;

export interface Series {
  /** Of the newest value; undefined before the first. */
  time: Instant | undefined;
  /** Whose clock gave it. */
  timeFrom: 'device' | 'gateway';
  /** The newest ones, at most `windowLength`. */
  readonly values: number[];
  /** The last value that was neither out of range nor a spike. */
  good: { readonly time: Instant; readonly value: number } | undefined;
  /** Since `flatSince` it stays near `anchor`, for `flatCount` values. */
  anchor: number;
  flatSince: Instant;
  flatCount: number;
  /** Values in a row that were older than the newest. */
  late: number;
  lateTime: Instant;
}

export const createSeries = (): Series => ({
  time: undefined,
  timeFrom: 'gateway',
  values: [],
  good: undefined,
  anchor: 0,
  flatSince: 0,
  flatCount: 0,
  late: 0,
  lateTime: 0,
});

const windowLength = 5;
const leastForSpike = 3;
/** A value that stays is no news before it was seen so often. */
const leastForFlat = 5;
/** After so many in order, all older than the newest, the device's clock was set back. */
const lateUntilReset = 10;
const minute = 60_000;

const within = (value: number, [minimum, maximum]: Range): boolean => value >= minimum && value <= maximum;

/** Of some values; 0 of none. */
export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
};

const judgeRange = (value: number, { range, usual }: Limits): Flag => {
  if (!within(value, range)) return 'fail';
  return usual === undefined || within(value, usual) ? 'pass' : 'suspect';
};

const judgeSpike = (values: readonly number[], value: number, spike: NonNullable<Limits['spike']>): Flag => {
  const median = medianOf(values);
  const distance = Math.abs(value - median) - spike.relative * Math.abs(median);
  if (distance > spike.fail) return 'fail';
  return distance > spike.suspect ? 'suspect' : 'pass';
};

const judgeFlat = (series: Series, time: Instant, value: number, flat: NonNullable<Limits['flat']>): Flag => {
  if (series.flatCount === 0 || Math.abs(value - series.anchor) > flat.tolerance) {
    series.anchor = value;
    series.flatSince = time;
    series.flatCount = 0;
  }
  series.flatCount++;
  if (series.flatCount < leastForFlat || value === flat.rest) return 'pass';
  const lasted = time - series.flatSince;
  if (lasted >= flat.fail) return 'fail';
  return lasted >= flat.suspect ? 'suspect' : 'pass';
};

/** The clock of the device was set back, for good: what came before says nothing of what comes now. */
const restart = (series: Series): void => {
  series.time = undefined;
  series.values.length = 0;
  series.good = undefined;
  series.flatCount = 0;
  series.late = 0;
};

/** Older than the newest: only what needs no order can be judged. */
const isLate = (series: Series, time: Instant): boolean => {
  if (series.time === undefined || time > series.time) {
    series.late = 0;
    return false;
  }
  series.late = time > series.lateTime ? series.late + 1 : 1;
  series.lateTime = time;
  if (series.late < lateUntilReset) return true;
  restart(series);
  return false;
};

export interface Judgment {
  readonly flags: Flags;
  /** Since the value before, at most `gap`; undefined for a late value or the first. */
  readonly elapsed: Duration | undefined;
}

/**
 * Judges a finite value and takes it up. `climate` is the range of the month, `others` what neighbors say, with how far
 * from them is too far.
 */
export const judge = (
  series: Series,
  sample: { readonly time: Instant; readonly timeFrom: 'device' | 'gateway'; readonly value: number },
  limits: Limits,
  climate: Range | undefined,
  others: { readonly median: number; readonly limit: number } | undefined,
): Judgment => {
  const { time, value } = sample;
  const flags = new Map<QualityTest, Flag>();
  const range = judgeRange(value, limits);
  flags.set('gross-range', range);
  if (climate !== undefined) flags.set('climatology', within(value, climate) ? 'pass' : 'suspect');
  if (isLate(series, time)) return { flags, elapsed: undefined };

  const since = series.time === undefined ? undefined : time - series.time;
  if (since !== undefined && since > limits.gap) {
    // Nobody saw what was between: it is no spike and no leap, and only what was seen to stay is flat.
    series.values.length = 0;
    series.good = undefined;
    series.flatSince += since;
  }
  let spike: Flag = 'pass';
  // What no instrument can show is told as that, and not as a spike too.
  if (limits.spike !== undefined && range !== 'fail' && series.values.length >= leastForSpike) {
    spike = judgeSpike(series.values, value, limits.spike);
    flags.set('spike', spike);
  }
  if (limits.ratePerMinute !== undefined && series.good !== undefined && spike === 'pass' && range !== 'fail') {
    const allowed = limits.ratePerMinute * Math.max(1, (time - series.good.time) / minute);
    flags.set('rate-of-change', Math.abs(value - series.good.value) > allowed ? 'suspect' : 'pass');
  }
  if (limits.flat !== undefined) flags.set('flat-line', judgeFlat(series, time, value, limits.flat));
  if (others !== undefined) flags.set('neighbor', Math.abs(value - others.median) > others.limit ? 'suspect' : 'pass');

  series.time = time;
  series.timeFrom = sample.timeFrom;
  if (range !== 'fail') {
    series.values.push(value);
    if (series.values.length > windowLength) series.values.shift();
    if (spike === 'pass' && flags.get('rate-of-change') !== 'suspect') series.good = { time, value };
  }
  return { flags, elapsed: since === undefined ? undefined : Math.min(since, limits.gap) };
};

export const newestOf = ({ values }: Series): number | undefined => values.at(-1);
