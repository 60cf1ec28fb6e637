/** NMEA 0183 v4.10 TAG blocks (also IEC 61162-450 §7): `\s:station,c:1241544035*4A\` before a sentence. */
import type { Duration, Instant } from '../../../core/time.ts';
import { seconds } from '../../../core/time.ts';
import { checksum, hexPair, textOf } from './checksum.ts';

export interface TagBlock {
  /** `s`: who received or sent the sentence, at most 15 characters by the standard. */
  readonly source: string | undefined;
  /** `c`: when, by the clock of the source. */
  readonly time: Instant | undefined;
  /** `g`: which of the group's sentences this is; only the first of a group carries source and time. */
  readonly group: { readonly sentence: number; readonly total: number; readonly id: string } | undefined;
  /** `d`: whom it is for, at most 15 characters by the standard. */
  readonly destination?: string | undefined;
  /** `n`: counts the lines of the source. */
  readonly lineCount?: number | undefined;
  /** `t`, and `i` of IEC 61162-450: free text about the sentence. */
  readonly text?: string | undefined;
}

const asterisk = 0x2a;
/** More characters than the standard allows are cut: what the source is called is kept while its message waits. */
const longestName = 32;

/** Seconds are written by the standard; receivers that write milliseconds are told by the size of the number. */
const millisecondsFrom = 1e11;

const parseTime = (text: string): Instant | undefined => {
  if (!/^\d{1,14}$/.test(text)) return undefined;
  const value = Number(text);
  return value > millisecondsFrom ? value : seconds(value);
};

const parseGroup = (text: string): TagBlock['group'] => {
  const match = /^(\d{1,2})-(\d{1,2})-([0-9A-Za-z]{1,9})$/.exec(text);
  return match?.[3] === undefined
    ? undefined
    : { sentence: Number(match[1]), total: Number(match[2]), id: `${match[2]}-${match[3]}` };
};

/** `bytes[from…to)` is what stands between the two backslashes. Undefined when its checksum is missing or wrong. */
export const parseTagBlock = (bytes: Uint8Array, from: number, to: number): TagBlock | undefined => {
  const star = to - 3;
  if (star < from || bytes[star] !== asterisk || checksum(bytes, from, star) !== hexPair(bytes, star + 1))
    return undefined;
  let source: string | undefined;
  let time: Instant | undefined;
  let group: TagBlock['group'];
  let destination: string | undefined;
  let lineCount: number | undefined;
  let remark: string | undefined;
  for (const field of textOf(bytes, from, star).split(',')) {
    if (field[1] !== ':') continue;
    const value = field.slice(2);
    switch (field[0]) {
      case 's':
        if (value !== '') source = value.slice(0, longestName);
        break;
      case 'c':
        time = parseTime(value);
        break;
      case 'g':
        group = parseGroup(value);
        break;
      case 'd':
        if (value !== '') destination = value.slice(0, longestName);
        break;
      case 'n':
        lineCount = /^\d{1,9}$/.test(value) ? Number(value) : undefined;
        break;
      case 't':
      case 'i':
        if (value !== '') remark = value;
        break;
    }
  }
  return { source, time, group, destination, lineCount, text: remark };
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
    return { ...tag, source: tag.source ?? first.tag.source, time: tag.time ?? first.tag.time };
  };
};
