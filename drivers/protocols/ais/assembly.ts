/**
 * Sentences `!xxVDM` and `!xxVDO` (IEC 61162-1) to whole messages. The parts of several messages may come interleaved,
 * and each of them twice. Those of one message come in order: a part that is kept until an earlier one comes would be
 * joined with the next message of its sequence number as soon as one is lost, and nothing in it would tell.
 */
import { type Duration, type Instant, seconds } from '../../../core/time.ts';
import type { TagBlock } from '../nmea0183/tag-block.ts';
import { dearmor, maximumSymbols } from './sixbit.ts';

/** Messages that wait for further parts at the same time. A busy receiver has two or three. */
const maximumWaiting = 32;
const keepFor: Duration = seconds(5);

interface Waiting {
  /** Talker, number of parts, sequence number, VDM or VDO, and channel, packed. */
  readonly key: number;
  /** Who received it, where several stations share a feed. */
  readonly source: string | undefined;
  readonly since: Instant;
  readonly time: Instant | undefined;
  readonly symbols: Uint8Array;
  length: number;
  /** Where the last part begins. */
  lastAt: number;
  parts: number;
}

export type AssemblyFault =
  /** A part that no other one precedes, or a message whose further parts did not come. */
  | 'incomplete'
  /** A part that came just before, of a message that waits for the next one: from a second receiver, say. */
  | 'repeated-part'
  | 'bad-sentence'
  | 'empty-payload'
  | 'bad-payload'
  | 'too-long';

export interface AssemblyVisitor {
  /**
   * The message is in the first `bits` bits of `symbols`, which are lent for the call only. `time` is that of the TAG
   * block, by the clock of who received it.
   */
  message(symbols: Uint8Array, bits: number, time: Instant | undefined): void;
  /** A sentence that holds no AIS message. */
  other(): void;
  fault(reason: AssemblyFault): void;
}

/** Takes one sentence: `bytes[start]` is its `!` or `$` and `bytes[end]` its `*`. Keeps no reference to `bytes`. */
export type Assembly = (
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: TagBlock | undefined,
  receivedAt: Instant,
) => void;

const exclamation = 0x21;
const comma = 0x2c;
const zero = 0x30;
const letterD = 0x44;
const letterM = 0x4d;
const letterO = 0x4f;
const letterV = 0x56;

/** Channels are ASCII; the bit beside them tells own messages (VDO) from those of others. */
const channelBits = 0x7f;
const ownBit = 0x80;

/** More than 9 for a byte that is no digit. */
const digitAt = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) - zero) & 0xff;
const noSequence = 15;

/** The clock may be set back while a message waits. */
const isFresh = ({ since }: Waiting, now: Instant): boolean => Math.abs(now - since) <= keepFor;

/** One for each sender. */
export const createAssembly = (visitor: AssemblyVisitor): Assembly => {
  const symbols = new Uint8Array(maximumSymbols);
  const waiting: Waiting[] = [];
  /** Room of messages that are done, for those to come. */
  const rooms: Uint8Array[] = [];

  const remove = (index: number): void => {
    const [gone] = waiting.splice(index, 1);
    if (gone !== undefined) rooms.push(gone.symbols);
  };

  /** Makes room for a message that begins, and counts what will never be complete. */
  const forget = (key: number, source: string | undefined, now: Instant): void => {
    for (let index = waiting.length - 1; index >= 0; index--) {
      const other = waiting[index];
      if (other === undefined) continue;
      const replaced = other.key === key && other.source === source;
      const full = index === 0 && waiting.length >= maximumWaiting;
      if (!replaced && !full && isFresh(other, now)) continue;
      remove(index);
      visitor.fault('incomplete');
    }
  };

  const indexOf = (key: number, source: string | undefined): number => {
    for (let index = 0; index < waiting.length; index++) {
      const other = waiting[index];
      if (other !== undefined && other.key === key && other.source === source) return index;
    }
    return -1;
  };

  /** Whether `bytes[from…to)` is what the last part of the message says. */
  const isRepeated = (message: Waiting, bytes: Uint8Array, from: number, to: number): boolean => {
    const { lastAt, length } = message;
    if (to - from !== length - lastAt || !dearmor(bytes, from, to, symbols, 0)) return false;
    for (let at = lastAt; at < length; at++) if (message.symbols[at] !== symbols[at - lastAt]) return false;
    return true;
  };

  /** Part `number` of the message `key`, its payload in `bytes[from…to)`. Returns the message when it is complete. */
  const takePart = (
    key: number,
    number: number,
    total: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    tag: TagBlock | undefined,
    receivedAt: Instant,
  ): Waiting | undefined => {
    const source = tag?.source;
    const known = waiting[indexOf(key, source)];
    if (known?.parts === number && isFresh(known, receivedAt) && isRepeated(known, bytes, from, to)) {
      visitor.fault('repeated-part');
      return undefined;
    }
    if (number === 1) {
      forget(key, source, receivedAt);
      const room = rooms.pop() ?? new Uint8Array(maximumSymbols);
      waiting.push({ key, source, since: receivedAt, time: tag?.time, symbols: room, length: 0, lastAt: 0, parts: 0 });
    }
    const index = indexOf(key, source);
    const message = waiting[index];
    if (message === undefined) {
      visitor.fault('incomplete');
      return undefined;
    }
    const length = message.length + to - from;
    const follows = number === message.parts + 1 && isFresh(message, receivedAt);
    const fault: AssemblyFault | undefined = !follows
      ? 'incomplete'
      : length > maximumSymbols
        ? 'too-long'
        : dearmor(bytes, from, to, message.symbols, message.length)
          ? undefined
          : 'bad-payload';
    if (fault !== undefined) {
      remove(index);
      visitor.fault(fault);
      return undefined;
    }
    message.lastAt = message.length;
    message.length = length;
    message.parts = number;
    if (number < total) return undefined;
    remove(index);
    return message;
  };

  return (bytes, start, end, tag, receivedAt) => {
    const form = bytes[start + 5];
    if (
      bytes[start] !== exclamation ||
      bytes[start + 3] !== letterV ||
      bytes[start + 4] !== letterD ||
      (form !== letterM && form !== letterO)
    ) {
      visitor.other();
      return;
    }
    // `!AIVDM,<parts>,<number>,[sequence],[channel],<payload>,<fill bits>`
    const total = digitAt(bytes, start + 7);
    const number = digitAt(bytes, start + 9);
    let at = start + 11;
    let sequence = noSequence;
    if (bytes[at] !== comma) sequence = digitAt(bytes, at++);
    const sequenceEnd = at++;
    let channel = 0;
    if (bytes[at] !== comma) channel = bytes[at++] ?? 0;
    const from = at + 1;
    const to = end - 2;
    const fill = digitAt(bytes, end - 1);
    if (
      bytes[start + 6] !== comma ||
      bytes[start + 8] !== comma ||
      bytes[start + 10] !== comma ||
      bytes[sequenceEnd] !== comma ||
      bytes[at] !== comma ||
      bytes[to] !== comma ||
      to < at ||
      total > 9 ||
      number < 1 ||
      number > total ||
      (sequence > 9 && sequence !== noSequence) ||
      fill > 5
    ) {
      visitor.fault('bad-sentence');
      return;
    }
    if (from >= to) {
      visitor.fault('empty-payload');
      return;
    }
    if (total > 1) {
      const talker = ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
      const own = form === letterO ? ownBit : 0;
      const key = (talker << 16) | (total << 12) | (sequence << 8) | own | (channel & channelBits);
      const whole = takePart(key, number, total, bytes, from, to, tag, receivedAt);
      if (whole === undefined) return;
      visitor.message(whole.symbols, whole.length * 6 - fill, whole.time ?? tag?.time);
      return;
    }
    const length = to - from;
    if (length > maximumSymbols) {
      visitor.fault('too-long');
      return;
    }
    if (!dearmor(bytes, from, to, symbols, 0)) {
      visitor.fault('bad-payload');
      return;
    }
    visitor.message(symbols, length * 6 - fill, tag?.time);
  };
};
