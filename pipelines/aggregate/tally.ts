/** What is known of one quantity in one period. Pure. */
import { z } from 'zod';
import type { Measurement } from '../../core/observation.ts';
import type { QuantityName } from '../../core/quantity.ts';
import type { Method } from '../../events/environment.ts';
import { type Accumulator, accumulate, emptyAccumulator, mergeInto, methodOf, resultOf } from './accumulator.ts';

export interface Tally {
  readonly passing: Accumulator;
  /** Not plausible: counts only where nothing passed. */
  readonly suspect: Accumulator;
  /** Samples that nobody judged; they are among the passing ones. */
  unjudged: number;
  /** Samples that failed a test of quality, or that were missing: never in a value. */
  failed: number;
  missing: number;
  /** A bit for each of the shorter periods that the period is made of, from its start on, that is complete. */
  parts: bigint;
  /** The lowest and the highest mean of the shortest periods that it is made of; undefined of a shortest one. */
  extremes: Extremes | undefined;
}

export interface Extremes {
  readonly lowest: number;
  readonly highest: number;
}

export const newTally = (): Tally => ({
  passing: emptyAccumulator(),
  suspect: emptyAccumulator(),
  unjudged: 0,
  failed: 0,
  missing: 0,
  parts: 0n,
  extremes: undefined,
});

export const addTo = (tally: Tally, { quantity, value, quality }: Measurement): void => {
  if (quality === 'fail') tally.failed++;
  else if (quality === 'missing') tally.missing++;
  else {
    if (quality === undefined) tally.unjudged++;
    accumulate(quality === 'suspect' ? tally.suspect : tally.passing, methodOf(quantity), value);
  }
};

const extremesOf = (one: Extremes | undefined, other: Extremes | undefined): Extremes | undefined =>
  one === undefined || other === undefined
    ? (one ?? other)
    : { lowest: Math.min(one.lowest, other.lowest), highest: Math.max(one.highest, other.highest) };

/** A shortest period closes: its mean may be an extreme of what it is a part of. Sums, maxima and directions have none. */
export const noteMean = (into: Tally, quantity: QuantityName, { passing }: Tally): void => {
  const method = methodOf(quantity);
  if (passing.count === 0 || (method !== 'arithmetic-mean' && method !== 'energy-mean')) return;
  const mean = resultOf(passing, method);
  into.extremes = extremesOf(into.extremes, { lowest: mean, highest: mean });
};

/** All but the parts. */
export const mergeTally = (into: Tally, quantity: QuantityName, other: Tally): void => {
  const method = methodOf(quantity);
  mergeInto(into.passing, method, other.passing);
  mergeInto(into.suspect, method, other.suspect);
  into.unjudged += other.unjudged;
  into.failed += other.failed;
  into.missing += other.missing;
  into.extremes = extremesOf(into.extremes, other.extremes);
};

/** What the value of the period is made of. A sum without what is suspect would be too small, so there that counts too. */
export const usedOf = ({ passing, suspect }: Tally, method: Method): Accumulator => {
  if (passing.count === 0) return suspect;
  if (method !== 'sum' || suspect.count === 0) return passing;
  const all = { ...passing };
  mergeInto(all, method, suspect);
  return all;
};

export const countParts = (parts: bigint): number => {
  let count = 0;
  for (let rest = parts; rest !== 0n; rest &= rest - 1n) count++;
  return count;
};

const accumulator = z.object({ count: z.number(), total: z.number(), cross: z.number() });

/** As it is saved: what is nothing is left out. */
export const storedTally = z
  .object({
    passing: accumulator.default(emptyAccumulator),
    suspect: accumulator.default(emptyAccumulator),
    unjudged: z.number().default(0),
    failed: z.number().default(0),
    missing: z.number().default(0),
    parts: z
      .string()
      .default('0')
      .transform(digits => BigInt(`0x${digits}`)),
    extremes: z.object({ lowest: z.number(), highest: z.number() }).optional(),
  })
  .transform(({ extremes, ...tally }): Tally => ({ ...tally, extremes }));

export const encodeTally = ({ passing, suspect, unjudged, failed, missing, parts, extremes }: Tally): object => ({
  ...(passing.count > 0 && { passing }),
  ...(suspect.count > 0 && { suspect }),
  ...(unjudged > 0 && { unjudged }),
  ...(failed > 0 && { failed }),
  ...(missing > 0 && { missing }),
  ...(parts !== 0n && { parts: parts.toString(16) }),
  ...(extremes !== undefined && { extremes }),
});
