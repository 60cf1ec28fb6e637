/**
 * An event → a point of a time series. Pure.
 *
 * The series is told by tags whose values are few: gateway, site, source, subject, the length of the period, what part
 * of it, and whether it is in earnest. The time is the event's own, so that a second delivery writes the same point over.
 */
import type { Quality } from '../../core/observation.ts';
import { formatDuration, type Instant } from '../../core/time.ts';

export interface Point {
  /** The event's noun: `air-quality`. */
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Numbers in the unit that the event's schema fixes for the field, and yes or no. */
  readonly fields: Readonly<Record<string, number | boolean>>;
  readonly time: Instant;
}

/** Flags of IOOS QARTOD as its manual numbers them. */
const qualityCodes: ReadonlyMap<unknown, number> = new Map(
  Object.entries({ pass: 1, suspect: 3, fail: 4, missing: 9 } satisfies Record<Quality, number>),
);

/** Of `data`: said in another way, or how a value was reckoned, not what it is. */
const unwritten = new Set(['units', 'quality', 'location', 'samples', 'setAside', 'completeness', 'method']);
/** Groups within groups. */
const deepest = 3;
const mostFields = 200;
const longestTag = 200;

type Group = Readonly<Record<string, unknown>>;

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const groupIn = (value: unknown): Group => (isGroup(value) ? value : {});
const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** A line ends at a line break, and a backslash means something else to each database. */
const toTag = (value: string): string => value.slice(0, longestTag).replace(/[\p{Cc}\\]/gu, '_');

const instantIn = (value: unknown): Instant | undefined => {
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
};

const parseEvent = (body: Uint8Array): Group | undefined => {
  try {
    const event: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    return isGroup(event) ? event : undefined;
  } catch {
    return undefined;
  }
};

/** Figures of a group and of the groups in it: `nowcast` of `index` is `index_nowcast`. Lists have no place in a point. */
const addFigures = (group: Group, prefix: string, depth: number, fields: Record<string, number | boolean>): void => {
  for (const [key, value] of Object.entries(group)) {
    if (prefix === '' && unwritten.has(key)) continue;
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
      fields[`${prefix}${key}`] = value;
    } else if (isGroup(value) && depth < deepest) addFigures(value, `${prefix}${key}_`, depth + 1, fields);
  }
};

const placeOf = ({ type, coordinates }: Group): Record<string, number> => {
  if (type !== 'Point' || !Array.isArray(coordinates)) return {};
  const [longitude, latitude]: unknown[] = coordinates;
  return typeof longitude === 'number' && typeof latitude === 'number' ? { longitude, latitude } : {};
};

/** `1m`, `1h`: what tells the mean of an hour from that of its last minute. */
const periodOf = ({ start, end }: Group): string | undefined => {
  const [from, to] = [instantIn(start), instantIn(end)];
  return from === undefined || to === undefined || to <= from ? undefined : formatDuration(to - from).replace(' ', '');
};

/** Undefined for what has no figures, or no time. */
export const toPoint = (body: Uint8Array): Point | undefined => {
  const event = parseEvent(body);
  const time = instantIn(event?.['time']);
  const [, , service, noun, verb] = String(event?.['type']).split('.');
  if (event === undefined || time === undefined || service === undefined || noun === undefined) return undefined;
  const data = groupIn(event['data']);
  const found: Record<string, number | boolean> = {};
  addFigures(data, '', 1, found);
  const fields = Object.fromEntries(Object.entries(found).slice(0, mostFields));
  if (Object.keys(fields).length === 0) return undefined;
  for (const [name, flag] of Object.entries(groupIn(data['quality']))) {
    const code = qualityCodes.get(flag);
    if (code !== undefined && name in fields) fields[`${name}_quality`] = code;
  }
  const [, , , gateway, source] = String(event['source']).split('/');
  const tags = {
    gateway,
    site: textIn(event['siteid']),
    source,
    subject: textIn(event['subject']),
    status: textIn(event['eventstatus']),
    period: periodOf(groupIn(data['period'])),
    part: textIn(data['part']),
    event: verb === 'observed' ? undefined : verb,
  };
  return {
    measurement: toTag(noun),
    tags: Object.fromEntries(
      Object.entries(tags).flatMap(([key, value]) => (value === undefined ? [] : [[key, toTag(value)]])),
    ),
    fields: { ...fields, ...placeOf(groupIn(data['location'])) },
    time,
  };
};
