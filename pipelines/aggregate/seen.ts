/**
 * Which samples of a device were counted already, by the device's own time: a source that got no acknowledgement sends
 * them again. One entry a message, whatever it measures; kept in chunks, so that a step saves the newest chunk only.
 */
import { z } from 'zod';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import type { Duration, Instant } from '../../core/time.ts';

interface Chunk {
  readonly number: number;
  readonly times: Instant[];
  /** Steady time at which it was last known to grow; undefined until the first tick after it. */
  touched: Duration | undefined;
}

export interface Seen {
  /** A bit for each quantity that was counted at this time; more of them than a number has. */
  readonly messages: Map<Instant, bigint>;
  readonly chunks: Chunk[];
}

/** Bits of a message, in memory only: stored chunks hold the names. */
const names = Object.keys(quantities);
const bits: ReadonlyMap<string, bigint> = new Map(names.map((name, index) => [name, 1n << BigInt(index)]));

/** What devices measure together, by its bits: each sample saves a chunk, and there are few such groups. */
const groups = new Map<bigint, string>();
const mostGroups = 1024;

const groupOf = (mask: bigint): string => {
  let group = groups.get(mask);
  if (group === undefined) {
    if (groups.size >= mostGroups) groups.clear();
    group = names.filter(name => (mask & (bits.get(name) ?? 0n)) !== 0n).join(' ');
    groups.set(mask, group);
  }
  return group;
};

const chunkSize = 64;
/** 32 Ki messages of a device; beyond them the oldest are forgotten. */
const maximumChunks = 512;
/** These are kept however old they are: what was on its way when a device went silent may come much later. */
const keptChunks = 2;

export const createSeen = (): Seen => ({ messages: new Map(), chunks: [] });

/** False when the sample was there already. Otherwise adds the number of the chunk that changed to `changed`. */
export const addSample = (
  seen: Seen,
  quantity: QuantityName,
  time: Instant,
  now: Duration | undefined,
  changed: Set<number>,
): boolean => {
  const bit = bits.get(quantity) ?? 0n;
  const before = seen.messages.get(time);
  if (before !== undefined && (before & bit) !== 0n) return false;
  seen.messages.set(time, (before ?? 0n) | bit);
  let chunk = before === undefined ? seen.chunks.at(-1) : seen.chunks.findLast(({ times }) => times.includes(time));
  if (chunk === undefined || (before === undefined && chunk.times.length >= chunkSize)) {
    chunk = { number: (seen.chunks.at(-1)?.number ?? 0) + 1, times: [], touched: now };
    seen.chunks.push(chunk);
    if (seen.chunks.length > maximumChunks) changed.add(forgetOldest(seen));
  }
  if (before === undefined) chunk.times.push(time);
  chunk.touched = now;
  changed.add(chunk.number);
  return true;
};

/** Forgets chunks that did not grow since `before`, by the steady clock; gives their numbers. */
export const forgetBefore = (seen: Seen, before: Duration, now: Duration): readonly number[] => {
  for (const chunk of seen.chunks) chunk.touched ??= now;
  const forgotten: number[] = [];
  while (seen.chunks.length > keptChunks && (seen.chunks[0]?.touched ?? now) < before)
    forgotten.push(forgetOldest(seen));
  return forgotten;
};

const forgetOldest = (seen: Seen): number => {
  const oldest = seen.chunks.shift();
  for (const time of oldest?.times ?? []) seen.messages.delete(time);
  return oldest?.number ?? 0;
};

const stored = z.record(z.string(), z.array(z.number()));

/**
 * `{ "pm25 pm10": [first time, milliseconds to the next, …] }`, or undefined when the chunk was forgotten. Messages of
 * one device mostly measure the same.
 */
export const encodeChunk = (seen: Seen, number: number): Uint8Array | undefined => {
  const chunk = seen.chunks.find(known => known.number === number);
  if (chunk === undefined) return undefined;
  const timesOf = new Map<string, number[]>();
  const lastOf = new Map<string, Instant>();
  for (const time of chunk.times) {
    const group = groupOf(seen.messages.get(time) ?? 0n);
    const times = timesOf.get(group) ?? [];
    timesOf.set(group, times);
    times.push(time - (lastOf.get(group) ?? 0));
    lastOf.set(group, time);
  }
  return Buffer.from(JSON.stringify(Object.fromEntries(timesOf)));
};

/** Chunks are to be given in the order of their numbers. */
export const restoreChunk = (seen: Seen, number: number, raw: unknown): void => {
  const chunk: Chunk = { number, times: [], touched: undefined };
  for (const [group, steps] of Object.entries(stored.parse(raw))) {
    const mask = group.split(' ').reduce((sum, name) => sum | (bits.get(name) ?? 0n), 0n);
    let time = 0;
    for (const step of steps) {
      time += step;
      seen.messages.set(time, mask);
      chunk.times.push(time);
    }
  }
  seen.chunks.push(chunk);
};
