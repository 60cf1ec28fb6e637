/**
 * Which samples of a device were counted already, by the device's own time: a source that got no acknowledgement sends
 * them again. Kept in chunks, so that a step saves the newest chunk only.
 */
import { z } from 'zod';
import type { QuantityName } from '../../core/quantity.ts';
import type { Instant } from '../../core/time.ts';

interface Chunk {
  readonly number: number;
  readonly samples: [quantity: QuantityName, time: Instant][];
  /** Gateway time at which it was last known to grow; undefined until the first tick after it. */
  touched: Instant | undefined;
}

export interface Seen {
  readonly times: Map<QuantityName, Set<Instant>>;
  readonly chunks: Chunk[];
}

const chunkSize = 128;
/** 64 Ki samples of a device; beyond them the oldest are forgotten. */
const maximumChunks = 512;

export const createSeen = (): Seen => ({ times: new Map(), chunks: [] });

/** False when the sample was there already. Tells `onChange` which chunks grew or were forgotten. */
export const addSample = (
  seen: Seen,
  quantity: QuantityName,
  time: Instant,
  now: Instant | undefined,
  onChange: (chunk: number, samples: Chunk['samples'] | undefined) => void,
): boolean => {
  let times = seen.times.get(quantity);
  if (times === undefined) {
    times = new Set();
    seen.times.set(quantity, times);
  }
  if (times.has(time)) return false;
  times.add(time);
  let last = seen.chunks.at(-1);
  if (last === undefined || last.samples.length >= chunkSize) {
    last = { number: (last?.number ?? 0) + 1, samples: [], touched: now };
    seen.chunks.push(last);
    if (seen.chunks.length > maximumChunks) onChange(forgetOldest(seen), undefined);
  }
  last.samples.push([quantity, time]);
  last.touched = now;
  onChange(last.number, last.samples);
  return true;
};

/** Forgets chunks that did not grow since `before`; gives their numbers. */
export const forgetBefore = (seen: Seen, before: Instant, now: Instant): readonly number[] => {
  for (const chunk of seen.chunks) chunk.touched = Math.min(chunk.touched ?? now, now);
  const forgotten: number[] = [];
  while ((seen.chunks[0]?.touched ?? now) < before) forgotten.push(forgetOldest(seen));
  return forgotten;
};

const forgetOldest = (seen: Seen): number => {
  const oldest = seen.chunks.shift();
  for (const [quantity, time] of oldest?.samples ?? []) seen.times.get(quantity)?.delete(time);
  return oldest?.number ?? 0;
};

const stored = z.record(z.string(), z.array(z.number()));

/** `{ pm25: [time, …] }` */
export const encodeChunk = (samples: Chunk['samples']): unknown => {
  const byQuantity: Partial<Record<QuantityName, Instant[]>> = {};
  for (const [quantity, time] of samples) {
    const times = byQuantity[quantity] ?? [];
    byQuantity[quantity] = times;
    times.push(time);
  }
  return byQuantity;
};

/** Chunks are to be given in the order of their numbers. */
export const restoreChunk = (
  seen: Seen,
  number: number,
  raw: unknown,
  isQuantity: (name: string) => name is QuantityName,
): void => {
  const samples: Chunk['samples'] = [];
  for (const [quantity, times] of Object.entries(stored.parse(raw))) {
    if (!isQuantity(quantity)) continue;
    const known = seen.times.get(quantity) ?? new Set();
    seen.times.set(quantity, known);
    for (const time of times) {
      known.add(time);
      samples.push([quantity, time]);
    }
  }
  seen.chunks.push({ number, samples, touched: undefined });
};
