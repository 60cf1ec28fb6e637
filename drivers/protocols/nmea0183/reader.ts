/**
 * Bytes → sentences of NMEA 0183, in one pass and without a copy on the way. A sentence is complete with the second
 * digit of its checksum: line ends, the fields that shore stations append (`,r003669945,1325394060`) and the
 * `UdPbC` token of an IEC 61162-450 datagram are passed over. Between them may stand JSON objects, one a line or
 * datagram, as AIS-catcher and gpsd send them; an object is complete with its last brace. Whatever comes, it goes on at
 * the next start delimiter.
 */
import { hexPair } from './checksum.ts';
import { parseTagBlock, type TagBlock } from './tag-block.ts';

export type NmeaFault =
  /** Bytes outside of any sentence; one for each run of them. */
  | 'noise'
  /** Broken off by a line end or by the start of the next sentence. */
  | 'truncated'
  | 'too-long'
  | 'bad-checksum'
  | 'bad-tag-block';

export interface SentenceVisitor {
  /**
   * `bytes[start]` is `!` or `$` and `bytes[end]` is the `*` after a body whose checksum holds. The bytes are lent for
   * the call only.
   */
  sentence(bytes: Uint8Array, start: number, end: number, tag: TagBlock | undefined): void;
  /** `bytes[start…end)` has the braces of one JSON object; whether it is JSON at all was not looked at. Lent as above. */
  object(bytes: Uint8Array, start: number, end: number): void;
  fault(reason: NmeaFault): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const exclamation = 0x21;
const quote = 0x22;
const dollar = 0x24;
const asterisk = 0x2a;
const backslash = 0x5c;
const openingBrace = 0x7b;
const closingBrace = 0x7d;

/** What the first bytes of an IEC 61162-450 datagram of sentences are. */
const token = Uint8Array.of(0x55, 0x64, 0x50, 0x62, 0x43, 0x00);

/** 1 for every byte at which the text of a sentence ends: its `*`, or what can stand in no sentence. */
const endsText = new Uint8Array(256);
endsText.fill(1, 0, space);
for (const byte of [exclamation, dollar, asterisk, backslash]) endsText[byte] = 1;

/** 1 for every byte that may end a run of noise: line ends and what sentences, TAG blocks and objects begin with. */
const endsNoise = new Uint8Array(256);
for (const byte of [lineFeed, carriageReturn, exclamation, dollar, backslash, openingBrace]) endsNoise[byte] = 1;

/** The standard allows 82 characters; real feeds exceed it, none by this much. */
const longest = 1024;
/** A message of five parts with all its fields takes about 3000. */
const longestObject = 8192;

/**
 * `between`: nothing to tell of what may come. `suffix`: the rest of a line after its sentence. `noise`, `overlong`:
 * a run that was reported once; it ends with the line or at a start delimiter.
 */
type Mode = 'between' | 'suffix' | 'noise' | 'overlong';

/** Whether a datagram is one of sentences by IEC 61162-450. */
export const hasToken = (bytes: Uint8Array): boolean => token.every((byte, index) => bytes[index] === byte);

/** Holds at most one unfinished sentence with its TAG block, or one unfinished object. */
export const createSentenceReader = (visitor: SentenceVisitor): ((chunk: Uint8Array) => void) => {
  /** A copy of its own: a view would keep the whole chunk in memory. */
  let held: Uint8Array | undefined;
  let mode: Mode = 'between';
  let tag: TagBlock | undefined;
  /** Bytes that came before those that are read now. */
  let before = 0;
  /** No object is looked for until so many bytes have come: those were searched for the end of one in vain already. */
  let searchedUntil = 0;

  /** Where reading goes on, or -1 when the sentence at `start` needs more bytes. */
  const readSentence = (bytes: Uint8Array, start: number): number => {
    let sum = 0;
    let at = start + 1;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (endsText[byte] !== 0) break;
      sum ^= byte;
    }
    if (at < bytes.length && bytes[at] !== asterisk) {
      visitor.fault('truncated');
      tag = undefined;
      mode = 'between';
      return at;
    }
    if (at - start > longest) return overlong(at);
    if (at + 2 >= bytes.length) return -1;
    if (hexPair(bytes, at + 1) !== sum) {
      visitor.fault('bad-checksum');
      mode = 'suffix';
      tag = undefined;
      return at + 1;
    }
    mode = 'suffix';
    const own = tag;
    tag = undefined;
    visitor.sentence(bytes, start, at, own);
    return at + 3;
  };

  /** As `readSentence`, for the TAG block that opens at `start`. */
  const readTagBlock = (bytes: Uint8Array, start: number): number => {
    let at = start + 1;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === backslash || byte < space || byte === exclamation || byte === dollar) break;
    }
    if (at - start > longest) return overlong(at);
    // Only what follows a closing delimiter tells it from the opening one of another block.
    if (at === bytes.length || (bytes[at] === backslash && at + 1 === bytes.length)) return -1;
    const block = bytes[at] === backslash ? parseTagBlock(bytes, start + 1, at) : undefined;
    if (block === undefined) {
      visitor.fault('bad-tag-block');
      mode = 'suffix';
      const next = bytes[at + 1];
      return bytes[at] === backslash && (next === exclamation || next === dollar) ? at + 1 : at;
    }
    tag = block;
    return at + 1;
  };

  /**
   * As `readSentence`, for the JSON object that may open at `start`. One that is broken off or too long is noise, but
   * whole sentences inside of it are read.
   */
  const readObject = (bytes: Uint8Array, start: number): number => {
    if (start + 1 === bytes.length) return -1;
    if (bytes[start + 1] !== quote) return noise(bytes, start);
    let depth = 0;
    let inText = false;
    const end = Math.min(bytes.length, start + longestObject);
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === lineFeed || byte === carriageReturn) return givenUp('truncated', start, at);
      if (inText) {
        if (byte === backslash) at++;
        else if (byte === quote) inText = false;
      } else if (byte === quote) {
        inText = true;
      } else if (byte === openingBrace) {
        depth++;
      } else if (byte === closingBrace && --depth === 0) {
        mode = 'suffix';
        tag = undefined;
        visitor.object(bytes, start, at + 1);
        return at + 1;
      }
    }
    if (end - start < longestObject) return -1;
    return givenUp('too-long', start, end);
  };

  const givenUp = (reason: NmeaFault, start: number, end: number): number => {
    visitor.fault(reason);
    searchedUntil = before + end;
    mode = 'noise';
    tag = undefined;
    return start + 1;
  };

  const noise = (bytes: Uint8Array, at: number): number => {
    if (mode === 'between') {
      visitor.fault('noise');
      mode = 'noise';
      tag = undefined;
    }
    let next = at + 1;
    while (next < bytes.length && endsNoise[bytes[next] ?? 0] === 0) next++;
    return next;
  };

  const overlong = (at: number): number => {
    if (mode !== 'overlong') visitor.fault('too-long');
    mode = 'overlong';
    tag = undefined;
    return at;
  };

  const mayBeginObject = (at: number): boolean =>
    (mode === 'between' || mode === 'suffix') && before + at >= searchedUntil;

  /** Keeps what is unfinished from `at` on. */
  const hold = (bytes: Uint8Array, at: number): void => {
    held = new Uint8Array(bytes.subarray(at));
    before += at;
  };

  /** How many bytes of the token stand at `at`; all of them when it is whole. */
  const tokenAt = (bytes: Uint8Array, at: number): number => {
    let length = 0;
    while (length < token.length && at + length < bytes.length && bytes[at + length] === token[length]) length++;
    return at + length === bytes.length || length === token.length ? length : 0;
  };

  return chunk => {
    const bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
    held = undefined;
    let at = 0;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (byte === exclamation || byte === dollar || byte === backslash) {
        const next = byte === backslash ? readTagBlock(bytes, at) : readSentence(bytes, at);
        if (next === -1) {
          hold(bytes, at);
          return;
        }
        at = next === at ? at + 1 : next;
      } else if (byte === lineFeed || byte === carriageReturn) {
        mode = 'between';
        tag = undefined;
        at++;
      } else if (byte === openingBrace && mayBeginObject(at)) {
        const next = readObject(bytes, at);
        if (next === -1) {
          hold(bytes, at);
          return;
        }
        at = next;
      } else {
        const length = mode === 'between' ? tokenAt(bytes, at) : 0;
        if (length > 0 && length < token.length) {
          hold(bytes, at);
          return;
        }
        at = length === token.length ? at + length : noise(bytes, at);
      }
    }
    before += bytes.length;
  };
};
