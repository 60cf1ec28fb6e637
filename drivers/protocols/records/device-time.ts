/** Times as devices write them. */
import { type Instant, minutes } from '../../../core/time.ts';
import { wallClock } from '../../../core/wall-clock.ts';

export const isTimeZone = (text: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
};

/** Offsets from UTC change at quarters of an hour only. */
const quarter = minutes(15);

/**
 * The instant at which a wall clock in `zone` shows a local time (given as if it were UTC). Records of one document lie
 * close together, so the offset of the last quarter of an hour is remembered: asking for it is slow.
 */
const createWallClockReader = (zone: string): ((local: number) => Instant) => {
  let latest = Number.NaN;
  let offset = 0;
  return local => {
    const from = Math.floor(local / quarter) * quarter;
    if (from !== latest) {
      const guess = from - (wallClock(zone, from) - from);
      // A second look, in case the zone's offset changed between the two.
      const instant = guess - (wallClock(zone, guess) - from);
      [latest, offset] = [from, from - instant];
    }
    return local - offset;
  };
};

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

type Parse = (text: string) => Instant | undefined;

/** A date that is on the calendar and a time of day, as if they were UTC. */
const toLocal = (
  year: string,
  rest: readonly [month: string, day: string, hour: string, minute: string],
  second: string,
  fraction: string,
) => {
  const [month, day, hour, minute] = rest.map(part => part.padStart(2, '0'));
  const local = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second.padStart(2, '0')}.${fraction.padEnd(3, '0').slice(0, 3)}Z`,
  );
  // Date.parse takes 30 February for 1 or 2 March.
  return Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day) ? undefined : local;
};

/** ISO 8601; a text without a zone is a wall clock in `zone`. */
const createIsoParser = (zone: string): Parse => {
  const fromWallClock = createWallClockReader(zone);
  return text => {
    const match = isoPattern.exec(text.trim());
    if (match === null) return undefined;
    const [, year = '', month = '', day = '', hour = '', minute = '', second = '00', fraction = '', offset] = match;
    const local = toLocal(year, [month, day, hour, minute], second, fraction);
    if (local === undefined) return undefined;
    if (offset === undefined) return fromWallClock(local);
    if (offset.toUpperCase() === 'Z') return local;
    const sign = offset.startsWith('-') ? -1 : 1;
    const ahead = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
    return local - sign * minutes(ahead);
  };
};

/** Letters of a pattern → what they stand for. Longer ones come first. */
const patternParts = {
  yyyy: ['year', '(?<year>\\d{4})'],
  yy: ['year', '(?<year>\\d{2})'],
  MM: ['month', '(?<month>\\d{2})'],
  M: ['month', '(?<month>\\d{1,2})'],
  dd: ['day', '(?<day>\\d{2})'],
  d: ['day', '(?<day>\\d{1,2})'],
  HH: ['hour', '(?<hour>\\d{2})'],
  H: ['hour', '(?<hour>\\d{1,2})'],
  mm: ['minute', '(?<minute>\\d{2})'],
  m: ['minute', '(?<minute>\\d{1,2})'],
  ss: ['second', '(?<second>\\d{2})'],
  s: ['second', '(?<second>\\d{1,2})'],
  SSS: ['fraction', '(?<fraction>\\d{3})'],
} as const;

const patternLetters = /yyyy|yy|MM|M|dd|d|HH|H|mm|m|ss|s|SSS|[A-Za-z]+|[^A-Za-z]+/g;

const isPatternPart = (text: string): text is keyof typeof patternParts => Object.hasOwn(patternParts, text);

const compilePattern = (pattern: string): RegExp | undefined => {
  const named = new Set<string>();
  let source = '';
  for (const [piece] of pattern.matchAll(patternLetters)) {
    if (isPatternPart(piece)) {
      const [name, group] = patternParts[piece];
      if (named.has(name)) return undefined;
      named.add(name);
      source += group;
    } else if (piece === 'T') source += piece;
    else if (/[A-Za-z]/.test(piece)) return undefined;
    // Any number of blanks is as good as one.
    else source += piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  }
  const isWhole = ['year', 'month', 'day', 'hour', 'minute'].every(name => named.has(name));
  return isWhole ? new RegExp(`^${source}$`) : undefined;
};

/** Whether `text` is a pattern such as `dd/MM/yyyy HH:mm:ss`: a whole date and at least hour and minute. */
export const isTimePattern = (text: string): boolean => compilePattern(text) !== undefined;

const createPatternParser = (pattern: string, zone: string): Parse => {
  const expression = compilePattern(pattern);
  const fromWallClock = createWallClockReader(zone);
  return text => {
    const groups = expression?.exec(text.trim())?.groups;
    if (groups === undefined) return undefined;
    const { year = '', month = '', day = '', hour = '', minute = '', second = '00', fraction = '' } = groups;
    const local = toLocal(year.padStart(4, '20'), [month, day, hour, minute], second, fraction);
    return local === undefined ? undefined : fromWallClock(local);
  };
};

const createEpochParser =
  (factor: number) =>
  (value: unknown): Instant | undefined => {
    const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof count === 'number' && Number.isFinite(count) ? Math.round(count * factor) : undefined;
  };

export interface DeviceTimeFormat {
  /** `iso`, `epoch-s`, `epoch-ms`, or a pattern such as `dd/MM/yyyy HH:mm:ss`. */
  readonly format: string;
  /** Of a wall clock that names no zone. */
  readonly zone: string;
}

/** Reads times of one format; undefined for a value that is none. */
export const createTimeParser = ({ format, zone }: DeviceTimeFormat): ((value: unknown) => Instant | undefined) => {
  if (format === 'epoch-s') return createEpochParser(1000);
  if (format === 'epoch-ms') return createEpochParser(1);
  const parse = format === 'iso' ? createIsoParser(zone) : createPatternParser(format, zone);
  // 20261126070509 is a number in JSON.
  return value => (typeof value === 'string' || typeof value === 'number' ? parse(String(value)) : undefined);
};
