/** Times as devices write them. */
import type { Instant } from '../../../core/time.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

const formatFor = (zone: string): Intl.DateTimeFormat => {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
};

export const isTimeZone = (text: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
};

/** What a wall clock in `zone` shows at `instant`, as if it were UTC. */
const wallClock = (zone: string, instant: Instant): number => {
  const parts = new Map(
    formatFor(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
};

/** The instant at which a wall clock in `zone` shows `local` (given as if it were UTC). */
const fromWallClock = (zone: string, local: number): Instant => {
  const whole = Math.floor(local / 1000) * 1000;
  const guess = whole - (wallClock(zone, whole) - whole);
  // A second look, in case the zone's offset changed between the two.
  return guess - (wallClock(zone, guess) - whole) + (local - whole);
};

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** ISO 8601; a text without a zone is a wall clock in `zone`. Undefined when it is no such time. */
const parseIso = (text: string, zone: string): Instant | undefined => {
  const match = isoPattern.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] = match;
  const local = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`,
  );
  // Date.parse takes 30 February for 1 or 2 March.
  if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) return undefined;
  if (offset === undefined) return fromWallClock(zone, local);
  if (offset.toUpperCase() === 'Z') return local;
  const sign = offset.startsWith('-') ? -1 : 1;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return local - sign * minutes * 60_000;
};

export interface DeviceTimeFormat {
  readonly format: 'iso' | 'epoch-s' | 'epoch-ms';
  readonly zone: string;
}

/** Undefined when `value` is no time of this format. */
export const parseDeviceTime = (value: unknown, { format, zone }: DeviceTimeFormat): Instant | undefined => {
  if (format === 'iso') return typeof value === 'string' ? parseIso(value, zone) : undefined;
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isFinite(count)) return undefined;
  return Math.round(format === 'epoch-s' ? count * 1000 : count);
};
