/** NMEA 0183 v4.10 TAG blocks (also IEC 61162-450 §7): `\s:station,c:1241544035*4A\` before a sentence. */
import type { Duration, Instant } from '../../../core/time.ts';
import { seconds } from '../../../core/time.ts';
import { checksum, hexPair } from './checksum.ts';

/** The parameters that are used here; others (`d`, `n`, `r`, `t`, and what makers add) are passed over. */
export interface TagBlock {
  /** `s`: who received or sent the sentence, at most 15 characters by the standard. */
  readonly source: string | undefined;
  /** `c`: when, by the clock of the source. Absent where that clock was never set. */
  readonly time: Instant | undefined;
  /** `g`: which of the group's sentences this is; only the first of a group carries source and time. */
  readonly group: TagGroup | undefined;
}

export interface TagGroup {
  readonly sentence: number;
  readonly total: number;
  readonly id: string;
}

const zero = 0x30;
const asterisk = 0x2a;
const comma = 0x2c;
const hyphen = 0x2d;
const colon = 0x3a;
const letterC = 0x63;
const letterG = 0x67;
const letterS = 0x73;

/** More characters than the standard allows are cut: what the source is called is kept while its message waits. */
const longestName = 32;

/** Seconds are written by the standard; receivers that write milliseconds are told by the size of the number. */
const millisecondsFrom = 1e11;
const mostDigits = 14;

/** Clocks that were never set begin in 1970 or 1980. */
const earliest = Date.UTC(2000);
const latest = Date.UTC(2100);

/** What a receiver says of the time, unless its clock was never set. */
export const plausibleTime = (time: Instant): Instant | undefined =>
  time > earliest && time < latest ? time : undefined;

/** Of `digits` decimal digits and nothing else, NaN otherwise: one for each sentence, so without a regular expression. */
const numberIn = (bytes: Uint8Array, from: number, to: number, digits: number): number => {
  if (to <= from || to - from > digits) return Number.NaN;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

const timeIn = (bytes: Uint8Array, from: number, to: number): Instant | undefined => {
  const value = numberIn(bytes, from, to, mostDigits);
  return plausibleTime(value > millisecondsFrom ? value : seconds(value));
};

const scratch = Buffer.alloc(longestName);

const nameIn = (bytes: Uint8Array, from: number, to: number): string | undefined => {
  const length = Math.min(to - from, longestName);
  for (let at = 0; at < length; at++) scratch[at] = bytes[from + at] ?? 0;
  return scratch.toString('latin1', 0, length) || undefined;
};

/** Where `byte` stands in `bytes[from…to)`; `to` when it does not. */
const placeOf = (bytes: Uint8Array, byte: number, from: number, to: number): number => {
  let at = from;
  while (at < to && bytes[at] !== byte) at++;
  return at;
};

/** `<sentence>-<total>-<id>`; two groups of one number but of different length are two. */
const groupIn = (bytes: Uint8Array, from: number, to: number): TagGroup | undefined => {
  const first = placeOf(bytes, hyphen, from, to);
  const second = placeOf(bytes, hyphen, first + 1, to);
  if (second + 1 >= to) return undefined;
  const sentence = numberIn(bytes, from, first, 2);
  const total = numberIn(bytes, first + 1, second, 2);
  const id = nameIn(bytes, first + 1, to);
  return Number.isNaN(sentence + total) || id === undefined ? undefined : { sentence, total, id };
};

/** `bytes[from…to)` is what stands between the two backslashes. Undefined when its checksum is missing or wrong. */
export const parseTagBlock = (bytes: Uint8Array, from: number, to: number): TagBlock | undefined => {
  const star = to - 3;
  if (star < from || bytes[star] !== asterisk || checksum(bytes, from, star) !== hexPair(bytes, star + 1))
    return undefined;
  let source: string | undefined;
  let time: Instant | undefined;
  let group: TagGroup | undefined;
  for (let at = from; at < star; ) {
    const end = placeOf(bytes, comma, at, star);
    if (bytes[at + 1] === colon) {
      const key = bytes[at];
      if (key === letterS) source = nameIn(bytes, at + 2, end);
      else if (key === letterC) time = timeIn(bytes, at + 2, end);
      else if (key === letterG) group = groupIn(bytes, at + 2, end);
    }
    at = end + 1;
  }
  return { source, time, group };
};

export interface TagGroupsOptions {
  readonly maximum?: number;
  readonly keepFor?: Duration;
}

/** Gives the later sentences of a group the source and time of its first. Bounded in number and age. */
export const createTagGroups = ({ maximum = 64, keepFor = seconds(5) }: TagGroupsOptions = {}) => {
  const groups = new Map<string, { readonly tag: TagBlock; readonly since: Instant }>();
  return (tag: TagBlock, receivedAt: Instant): TagBlock => {
    const { group } = tag;
    if (group === undefined) return tag;
    if (group.sentence === 1) {
      groups.delete(group.id);
      if (group.total > 1) groups.set(group.id, { tag, since: receivedAt });
      if (groups.size > maximum) groups.delete(groups.keys().next().value ?? '');
      return tag;
    }
    const first = groups.get(group.id);
    if (group.sentence >= group.total) groups.delete(group.id);
    if (first === undefined || receivedAt - first.since > keepFor) return tag;
    return { source: tag.source ?? first.tag.source, time: tag.time ?? first.tag.time, group };
  };
};
