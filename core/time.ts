/** UTC milliseconds since 1970; made only by a `Clock` or read from a device's own clock. */
export type Instant = number;

/** Milliseconds. In configuration files it is text such as `500ms`, `5s`, `10m`, `6h`, `7d`. */
export type Duration = number;

export interface Clock {
  /** The time of day, which a time service or a person may set at any moment. For when something was. */
  now(): Instant;
  /** Milliseconds since some fixed moment, by a clock that nobody sets. For how long something lasts. */
  steady(): Duration;
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() };

/** The clock was set: what it gave from `from` to `to` is right when `by` is added. */
export interface ClockShift {
  readonly from: Instant;
  readonly to: Instant;
  readonly by: Duration;
}

export const shiftInstant = (instant: Instant, { from, to, by }: ClockShift): Instant =>
  instant >= from && instant <= to ? instant + by : instant;

/** Of a period that the clock saw the end of: its start may lie before all that the clock gave, and moves with the end. */
export const shiftStart = (start: Instant, length: Duration, shift: ClockShift): Instant =>
  shiftInstant(start + length, shift) - length;

export const seconds = (count: number): Duration => count * 1000;
export const minutes = (count: number): Duration => count * 60_000;
export const hours = (count: number): Duration => count * 3_600_000;

/** RFC 3339 in UTC with milliseconds, as every event's `time` (events.md). */
export const toTimestamp = (instant: Instant): string => new Date(instant).toISOString();

/** `toTimestamp` for hot paths, where the same instant comes many times in a row. */
export const createTimestamps = (): ((instant: Instant) => string) => {
  let last = Number.NaN;
  let text = '';
  return instant => {
    if (instant === last) return text;
    last = instant;
    text = toTimestamp(instant);
    return text;
  };
};

/** RFC 3339 in UTC without a fraction, as Smart Data Models write `dateObserved`. */
export const toTimestampSeconds = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

const durationUnits: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `5s` → 5000. Returns undefined when the text is no duration. */
export const parseDuration = (text: string): Duration | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const factor = durationUnits.get(match?.[2] ?? '');
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
};

/** The largest whole unit first, at most two units: `3d 4h`, `12m 5s`, `850ms`. For people, not for machines. */
export const formatDuration = (duration: Duration): string => {
  if (duration < 1000) return `${Math.round(duration)}ms`;
  const parts: string[] = [];
  let rest = Math.round(duration / 1000) * 1000;
  for (const [unit, factor] of [...durationUnits].reverse()) {
    const count = Math.floor(rest / factor);
    if (count === 0 && parts.length === 0) continue;
    rest -= count * factor;
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2 || rest === 0 || factor === 1000) break;
  }
  return parts.join(' ');
};
