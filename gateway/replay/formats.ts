/** The kinds of files that can be replayed, and when each of their records was heard. */
import { type Instant, seconds } from '../../core/time.ts';
import { parseTagBlock } from '../../drivers/protocols/nmea0183/tag-block.ts';

export interface Format {
  /** For people. */
  readonly name: string;
  /** The driver whose devices send it. */
  readonly driver: string;
}

/** Of files that tell by their content what they are, and are cut into records. */
export interface StreamFormat extends Format {
  readonly isOf: (line: string) => boolean;
  /** A record begins where this text does; the line where it is a line feed. */
  readonly separator: '\n' | '//SR//';
  readonly timeOf: (record: string) => Instant | undefined;
  /** Where what the device sent begins; -1 in a comment. */
  readonly startOf: (record: string) => number;
}

/** Seconds or milliseconds since 1970, told by the size of the number. */
const toInstant = (text: string): Instant => {
  const value = Number(text);
  return value > 1e11 ? Math.round(value) : Math.round(seconds(value));
};

const utc = (date: string, time: string): Instant | undefined => {
  const [hour, minute, second] = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6) || '00'];
  const at = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
};

/** `c` of a TAG block of the line. */
const tagTime = (line: string): Instant | undefined => {
  const start = line.search(/[\\!$]/);
  if (line[start] !== '\\') return undefined;
  const end = line.indexOf('\\', start + 1);
  return end === -1 ? undefined : parseTagBlock(Buffer.from(line, 'latin1'), start + 1, end)?.time;
};

/** What a shore station appends: `*28,d-109,…,r003669946,1325394060`. */
const suffixTime = (line: string): Instant | undefined => {
  const match = /\*[0-9A-Fa-f]{2},(?:.*?,)?(\d{10})(?!\d)/.exec(line);
  return match?.[1] === undefined ? undefined : toInstant(match[1]);
};

/** What a logger writes before the sentence: `2026-11-23T15:00:00+07:00`, `2026-11-23 08:00:00,250` in UTC, `1795420800`. */
const prefixTime = (line: string): Instant | undefined => {
  const epoch = /^\s*[[(]?(\d{10}(?:\.\d+)?|\d{13})\b/.exec(line)?.[1];
  if (epoch !== undefined) return toInstant(epoch);
  const [, date, time, fraction = '', zone = 'Z'] =
    /^\s*[[(]?(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})([.,]\d+)? ?(Z|[+-]\d{2}:?\d{2})?/.exec(line) ?? [];
  if (date === undefined) return undefined;
  const at = Date.parse(`${date}T${time}${fraction.replace(',', '.')}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(at) ? undefined : at;
};

/** What AIS-catcher writes into its objects. */
const jsonTime = (line: string): Instant | undefined => {
  const epoch = /"rxuxtime"\s*:\s*(\d{10}(?:\.\d+)?)/.exec(line)?.[1];
  if (epoch !== undefined) return toInstant(epoch);
  const [, date, time] = /"rxtime"\s*:\s*"(\d{8})(\d{6})"/.exec(line) ?? [];
  return date === undefined || time === undefined ? undefined : utc(date, time);
};

const nafTime = (message: string): Instant | undefined => {
  const field = (code: string): string | undefined => new RegExp(`//${code}/([^/]*)`).exec(message)?.[1];
  for (const [dateCode, timeCode] of [
    ['RD', 'RT'],
    ['DA', 'TI'],
    ['DAP', 'TIP'],
  ] as const) {
    const [date, time] = [field(dateCode), field(timeCode)];
    if (date !== undefined && time !== undefined && /^\d{8}$/.test(date) && /^\d{4}(?:\d{2})?$/.test(time))
      return utc(date, time);
  }
  return undefined;
};

const isObject = (line: string): boolean => line.startsWith('{');

/** In the order in which they are tried. */
const streams: readonly StreamFormat[] = [
  {
    name: 'NAF',
    driver: 'naf-vms',
    isOf: line => line.includes('//SR//'),
    separator: '//SR//',
    timeOf: nafTime,
    startOf: () => 0,
  },
  {
    name: 'AIS',
    driver: 'ais-receiver',
    isOf: line => /[!$][A-Z]{2}VD[MO],/.test(line) || (isObject(line) && /"(?:nmea|class)"/.test(line)),
    separator: '\n',
    timeOf: line => (isObject(line) ? jsonTime(line) : (tagTime(line) ?? suffixTime(line) ?? prefixTime(line))),
    // What a logger or a person wrote there is not the device's.
    startOf: line => {
      if (isObject(line)) return 0;
      return line.startsWith('#') ? -1 : Math.max(0, line.search(/[\\!$]/));
    },
  },
];

/** Undefined where nothing in the head of the file is of any. */
export const streamFormatOf = (head: string): StreamFormat | undefined => {
  const lines = head.split('\n').filter(line => !line.startsWith('#'));
  return streams.find(({ isOf }) => lines.some(isOf));
};

/** Of files that nothing can be read in without the mapping of a device. */
export const documentFormat: Format = { name: 'positions as JSON or CSV', driver: 'json-vms' };
