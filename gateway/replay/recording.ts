/**
 * A recorded file as a run of records with the times at which they were heard. What kind of file it is, is told by its
 * content; the records are cut as its lines or messages are, and left to the driver's decoder.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { type Instant, seconds } from '../../core/time.ts';
import { parseTagBlock } from '../../drivers/protocols/nmea0183/tag-block.ts';

/** One line of NMEA or JSON, or one NAF message. */
export interface Recorded {
  readonly bytes: Uint8Array;
  /** When it was heard, where the record tells. */
  readonly time: Instant | undefined;
}

export interface Format {
  /** For people. */
  readonly name: string;
  /** The driver whose devices send it. */
  readonly driver: string;
  readonly isOf: (line: string) => boolean;
  /** A record begins where this text does; the line where it is a line feed. */
  readonly separator: '\n' | '//SR//';
  readonly timeOf: (record: string) => Instant | undefined;
  /** Where what the device sent begins; -1 in a comment. */
  readonly startOf: (record: string) => number;
}

/** Records that go on and on are cut: the decoder says what is wrong with them. */
const longestRecord = 65_536;
/** So much of a file is looked at to tell what it is. */
const headBytes = 65_536;

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
  if (!line.startsWith('\\')) return undefined;
  const end = line.indexOf('\\', 1);
  return end === -1 ? undefined : parseTagBlock(Buffer.from(line, 'latin1'), 1, end)?.time;
};

/** What a shore station appends: `*28,d-109,…,r003669946,1325394060`. */
const suffixTime = (line: string): Instant | undefined => {
  const match = /\*[0-9A-Fa-f]{2},(?:.*?,)?(\d{10})(?!\d)/.exec(line);
  return match?.[1] === undefined ? undefined : toInstant(match[1]);
};

/** What a logger writes before the sentence: `2026-11-23T08:00:00Z`, `2026-11-23 08:00:00.250`, `1795420800`. */
const prefixTime = (line: string): Instant | undefined => {
  const epoch = /^\s*[[(]?(\d{10}(?:\.\d+)?|\d{13})\b/.exec(line)?.[1];
  if (epoch !== undefined) return toInstant(epoch);
  const [, date, time] = /^\s*[[(]?(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?)/.exec(line) ?? [];
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T${time}Z`);
  return Number.isNaN(at) ? undefined : at;
};

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

/** In the order in which they are tried. */
const formats: readonly Format[] = [
  {
    name: 'NAF',
    driver: 'naf-vms',
    isOf: line => line.includes('//SR//'),
    separator: '//SR//',
    timeOf: nafTime,
    startOf: () => 0,
  },
  {
    name: 'JSON lines of an AIS receiver',
    driver: 'ais-receiver',
    isOf: line => line.startsWith('{') && /"(?:nmea|class)"/.test(line),
    separator: '\n',
    timeOf: jsonTime,
    startOf: () => 0,
  },
  {
    name: 'NMEA 0183',
    driver: 'ais-receiver',
    isOf: line => /[!$][A-Z]{2}VD[MO],/.test(line),
    separator: '\n',
    timeOf: line => tagTime(line) ?? suffixTime(line) ?? prefixTime(line),
    // What a logger or a person wrote there is not the device's.
    startOf: line => (line.startsWith('#') ? -1 : Math.max(0, line.search(/[\\!$]/))),
  },
];

const unreadable = (file: string, thrown: unknown): GatewayError => {
  const code = systemCode(thrown);
  const advice = code === 'EISDIR' ? 'Give a file in it.' : 'Give the path of a recording.';
  return new GatewayError('config', `${file} cannot be read${code === undefined ? '' : ` (${code})`}`, {
    cause: thrown,
    advice,
  });
};

export interface Recording {
  readonly file: string;
  readonly format: Format;
  readonly bytes: number;
  records(): AsyncGenerator<Recorded, void>;
}

/** Throws `config` when it cannot be read or is of no kind that is known. */
export const openRecording = async (file: string): Promise<Recording> => {
  let bytes = 0;
  let head = '';
  try {
    await using handle = await open(file, 'r');
    ({ size: bytes } = await handle.stat());
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(headBytes), position: 0 });
    head = buffer.toString('latin1', 0, bytesRead);
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
  const lines = head.split('\n').filter(line => !line.startsWith('#'));
  const format = formats.find(({ isOf }) => lines.some(isOf));
  if (format === undefined)
    throw new GatewayError('config', `${file} holds nothing that can be replayed`, {
      advice: `Give a recording of AIS (NMEA 0183 sentences, or the JSON lines of AIS-catcher) or of VMS (NAF messages).`,
    });
  return { file, format, bytes, records: () => recordsOf(file, format) };
};

async function* recordsOf(file: string, format: Format): AsyncGenerator<Recorded, void> {
  const endOf = format.separator === '\n' ? afterLineFeed : beforeText(format.separator);
  const cut = (bytes: Buffer): readonly Recorded[] => {
    const text = bytes.toString('latin1');
    const start = format.startOf(text);
    return start === -1 ? [] : [{ bytes: bytes.subarray(start), time: format.timeOf(text) }];
  };
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    const bytes: Buffer = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let from = 0;
    for (let end = endOf(bytes, from); end !== -1; end = endOf(bytes, from)) {
      yield* cut(bytes.subarray(from, end));
      from = end;
    }
    held = bytes.subarray(from);
    for (; held.length > longestRecord; held = held.subarray(longestRecord))
      yield { bytes: held.subarray(0, longestRecord), time: undefined };
  }
  if (held.length > 0) yield* cut(held);
}

/** Where the record that begins at `from` ends, or -1. */
type EndOf = (bytes: Buffer, from: number) => number;

const afterLineFeed: EndOf = (bytes, from) => {
  const at = bytes.indexOf(0x0a, from);
  return at === -1 ? -1 : at + 1;
};

/** What stands before the first record is one too: noise, which the decoder counts. */
const beforeText =
  (text: string): EndOf =>
  (bytes, from) =>
    bytes.indexOf(text, from + 1, 'latin1');
