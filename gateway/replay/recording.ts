/**
 * A recorded file. What kind it is, is told by its content: a run of records with the times at which they were heard, cut
 * as its lines or messages are and left to the driver's decoder; or a whole document, which only a device's mapping reads.
 */
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { Instant } from '../../core/time.ts';
import { documentFormat, type Format, type StreamFormat, streamFormatOf } from './formats.ts';

/** One line of NMEA or JSON, or one NAF message. */
export interface Recorded {
  readonly bytes: Uint8Array;
  /** When it was heard, where the record tells. */
  readonly time: Instant | undefined;
}

/** Records that go on and on are cut: the decoder says what is wrong with them. */
const longestRecord = 65_536;
/** So much of a file is looked at to tell what it is. */
const headBytes = 65_536;
const readBytes = 1 << 18;
/** A document is held in memory, and its records beside it. */
const longestDocument = 64 * 2 ** 20;

/** A clock that was never set begins in 1970 or 1980, and tells nothing. */
const earliest = Date.UTC(2000, 0, 1);

const unreadable = (name: string, thrown: unknown): GatewayError => {
  const code = systemCode(thrown);
  const advice = code === 'EISDIR' ? 'Give a file in it.' : 'Give the path of a recording.';
  return new GatewayError('config', `${name} cannot be read${code === undefined ? '' : ` (${code})`}`, {
    cause: thrown,
    advice,
  });
};

/** Is read once; to be closed, also where nothing of it was read. */
interface Opened extends AsyncDisposable {
  /** For people: the path as it was given, or that it is standard input. */
  readonly name: string;
  readonly format: Format;
  /** Of the file as it lies on the disk; undefined where it is no file. */
  readonly size: number | undefined;
  /** Bytes of it that were read so far. */
  bytesRead(): number;
  /** Why it ended before its end: a compressed file of which a part is missing. */
  trouble(): string | undefined;
}

export interface StreamRecording extends Opened {
  readonly kind: 'stream';
  records(): AsyncGenerator<Recorded, void>;
}

export interface DocumentRecording extends Opened {
  readonly kind: 'document';
  readonly content: Uint8Array;
}

export type Recording = StreamRecording | DocumentRecording;

/** What a file may be: a `document` is not looked at, `either` is one where it is nothing else. */
export type Expected = Recording['kind'] | 'either';

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

const contentOf = async (name: string, chunks: AsyncIterable<Buffer>): Promise<Uint8Array> => {
  const read: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    read.push(chunk);
    length += chunk.length;
    if (length > longestDocument)
      throw new GatewayError('config', `${name} is larger than ${longestDocument / 2 ** 20} MiB`, {
        advice: 'Cut it, by day or by vessel, and give all of its parts.',
      });
  }
  return Buffer.concat(read);
};

/** Throws `config` when it cannot be read or is nothing that is expected. */
export const openRecording = async (file: string, expected: Expected = 'stream'): Promise<Recording> => {
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
  let format: StreamFormat | undefined;
  while (expected !== 'document' && format === undefined && head.length < headBytes) {
    const next = await chunks.next();
    if (next.done === true) break;
    begin.push(next.value);
    head += next.value.toString('latin1');
    format = streamFormatOf(head);
  }
  const close = async (): Promise<void> => {
    stream.destroy();
    await chunks.return();
  };
  const rest = async function* (): AsyncGenerator<Buffer, void> {
    yield* begin.splice(0);
    yield* chunks;
  };
  const opened: Omit<Opened, 'format'> = {
    name,
    size,
    bytesRead: () => bytesRead,
    trouble: () => trouble,
    [Symbol.asyncDispose]: close,
  };
  if (format !== undefined) {
    const used = format;
    return { ...opened, kind: 'stream', format, records: () => recordsOf(rest(), used) };
  }
  try {
    const content = expected === 'stream' ? undefined : await contentOf(name, rest());
    if (content !== undefined && content.length > 0)
      return { ...opened, kind: 'document', format: documentFormat, content };
    throw new GatewayError('config', `${name} holds nothing that can be replayed`, { advice: whatCanBe(head) });
  } catch (thrown) {
    await close();
    throw thrown;
  }
};

const whatCanBe = (head: string): string =>
  head.startsWith('\xff\xfe') || head.startsWith('\xfe\xff')
    ? 'It is UTF-16, as PowerShell writes: make plain text of it with "iconv -f UTF-16 -t UTF-8".'
    : 'Give a recording of AIS (NMEA 0183 sentences, or the JSON lines of AIS-catcher) or of VMS (NAF messages), as it is or made smaller by gzip; JSON or CSV of a VMS provider needs --config with the device whose mapping reads it.';

async function* recordsOf(chunks: AsyncIterable<Buffer>, format: StreamFormat): AsyncGenerator<Recorded, void> {
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
