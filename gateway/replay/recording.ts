/**
 * A recorded file as a run of records with the times at which they were heard. What kind of file it is, is told by its
 * content; the records are cut as its lines or messages are, and left to the driver's decoder.
 */
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
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
const readBytes = 1 << 18;

/** A clock that was never set begins in 1970 or 1980, and tells nothing. */
const earliest = Date.UTC(2000, 0, 1);

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

const formatOf = (head: string): Format | undefined => {
  const lines = head.split('\n').filter(line => !line.startsWith('#'));
  return formats.find(({ isOf }) => lines.some(isOf));
};

const unreadable = (name: string, thrown: unknown): GatewayError => {
  const code = systemCode(thrown);
  const advice = code === 'EISDIR' ? 'Give a file in it.' : 'Give the path of a recording.';
  return new GatewayError('config', `${name} cannot be read${code === undefined ? '' : ` (${code})`}`, {
    cause: thrown,
    advice,
  });
};

/** Is read once; to be closed, also where nothing of it was read. */
export interface Recording extends AsyncDisposable {
  /** For people: the path as it was given, or that it is standard input. */
  readonly name: string;
  readonly format: Format;
  /** Of the file as it lies on the disk; undefined where it is no file. */
  readonly size: number | undefined;
  /** Bytes of it that were read so far. */
  bytesRead(): number;
  /** Why it ended before its end: a compressed file of which a part is missing. */
  trouble(): string | undefined;
  records(): AsyncGenerator<Recorded, void>;
}

interface Input {
  readonly name: string;
  readonly size: number | undefined;
  readonly stream: Readable;
}

/** `-` is standard input. Throws what the system says. */
const openInput = async (file: string): Promise<Input> => {
  if (file === '-') return { name: 'standard input', size: undefined, stream: process.stdin };
  const handle = await open(file, 'r');
  const stats = await handle.stat();
  return {
    name: file,
    size: stats.isFile() ? stats.size : undefined,
    stream: handle.createReadStream({ highWaterMark: readBytes }),
  };
};

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** What is in it: itself, or what gzip made smaller. */
async function* unpacked(chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const first = await chunks.next();
  if (first.done === true) return;
  const all = async function* (): AsyncGenerator<Buffer, void> {
    yield first.value;
    yield* chunks;
  };
  if (!isGzip(first.value)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip({ chunkSize: readBytes });
  // What goes wrong ends the reading below as well.
  pipeline(Readable.from(all()), gunzip, () => {});
  yield* gunzip;
}

const isBroken = (thrown: unknown): boolean => systemCode(thrown)?.startsWith('Z_') === true;

/** Throws `config` when it cannot be read or is of no kind that is known. */
export const openRecording = async (file: string): Promise<Recording> => {
  let input: Input;
  try {
    input = await openInput(file);
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
  const { name, size, stream } = input;
  let bytesRead = 0;
  let trouble: string | undefined;
  const counted = async function* (): AsyncGenerator<Buffer, void> {
    for await (const chunk of stream) {
      bytesRead += chunk.length;
      yield chunk;
    }
  };
  const readable = async function* (): AsyncGenerator<Buffer, void> {
    try {
      yield* unpacked(counted());
    } catch (thrown) {
      if (!isBroken(thrown)) throw unreadable(name, thrown);
      trouble = `${name} is damaged or ends too early: what could be unpacked of it was replayed`;
    }
  };
  const chunks = readable();

  const begin: Buffer[] = [];
  let head = '';
  let format: Format | undefined;
  while (format === undefined && head.length < headBytes) {
    const next = await chunks.next();
    if (next.done === true) break;
    begin.push(next.value);
    head += next.value.toString('latin1');
    format = formatOf(head);
  }
  const close = async (): Promise<void> => {
    stream.destroy();
    await chunks.return();
  };
  if (format === undefined) {
    await close();
    throw new GatewayError('config', `${name} holds nothing that can be replayed`, { advice: whatCanBe(head) });
  }
  const rest = async function* (): AsyncGenerator<Buffer, void> {
    yield* begin.splice(0);
    yield* chunks;
  };
  const used = format;
  return {
    name,
    format,
    size,
    bytesRead: () => bytesRead,
    trouble: () => trouble,
    records: () => recordsOf(rest(), used),
    [Symbol.asyncDispose]: close,
  };
};

const whatCanBe = (head: string): string =>
  head.startsWith('\xff\xfe') || head.startsWith('\xfe\xff')
    ? 'It is UTF-16, as PowerShell writes: make plain text of it with "iconv -f UTF-16 -t UTF-8".'
    : 'Give a recording of AIS (NMEA 0183 sentences, or the JSON lines of AIS-catcher) or of VMS (NAF messages), as it is or made smaller by gzip.';

async function* recordsOf(chunks: AsyncIterable<Buffer>, format: Format): AsyncGenerator<Recorded, void> {
  const endOf = format.separator === '\n' ? afterLineFeed : beforeText(format.separator);
  const cut = (bytes: Buffer): readonly Recorded[] => {
    const text = bytes.toString('latin1');
    const start = format.startOf(text);
    if (start === -1) return [];
    const time = format.timeOf(text);
    return [{ bytes: bytes.subarray(start), time: time !== undefined && time >= earliest ? time : undefined }];
  };
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
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
