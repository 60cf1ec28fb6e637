/** The hourly means of a station, from which the index and the longer means are made. */
import { z } from 'zod';
import { enoughOfPeriod, type ObservedValues } from '../../core/observed-values.ts';
import { hours, type Instant } from '../../core/time.ts';
import { isLimited, type Limited } from './law.ts';

interface Hourly {
  readonly mean: number;
  readonly samples: number;
  /** 0–1. */
  readonly completeness: number;
}

/** By quantity. */
export type Hour = Map<Limited, Hourly>;

const stored = z.record(z.string(), z.tuple([z.number(), z.number(), z.number()]));

export const encodeHour = (hour: Hour): Uint8Array =>
  Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        [...hour].map(([name, { mean, samples, completeness }]) => [name, [mean, samples, completeness]]),
      ),
    ),
  );

/** Throws ZodError for what was never saved. */
export const restoreHour = (raw: unknown): Hour =>
  new Map(
    Object.entries(stored.parse(raw)).flatMap(([name, [mean, samples, completeness]]) =>
      isLimited(name) ? [[name, { mean, samples, completeness }] as const] : [],
    ),
  );

/** Only what passed, or was not judged, stands for the air; what came late is added to what was there. */
export const addToHour = (hour: Hour, { values, quality, samples, completeness }: ObservedValues): void => {
  for (const [name, value] of values) {
    if (!isLimited(name) || (quality.get(name) ?? 'pass') !== 'pass') continue;
    const before = hour.get(name) ?? { mean: 0, samples: 0, completeness: 0 };
    const came = samples.get(name) ?? 0;
    const total = before.samples + came;
    if (total === 0) continue;
    hour.set(name, {
      mean: (before.mean * before.samples + value * came) / total,
      samples: total,
      completeness: Math.min(1, before.completeness + (completeness.get(name) ?? 1)),
    });
  }
};

/** Undefined where too little of the hour is there. */
export const meanOfHour = (hour: Hour | undefined, name: Limited): number | undefined => {
  const found = hour?.get(name);
  return found !== undefined && found.completeness >= enoughOfPeriod ? found.mean : undefined;
};

/** Of whole hours from `start` on: what each of them measured, the oldest first. */
export const hoursFrom = (
  known: ReadonlyMap<Instant, Hour>,
  start: Instant,
  count: number,
  name: Limited,
): readonly (number | undefined)[] =>
  Array.from({ length: count }, (_, index) => meanOfHour(known.get(start + index * hours(1)), name));

/** Undefined where less than three quarters of the hours are there. */
export const meanOf = (found: readonly (number | undefined)[]): number | undefined => {
  const there = found.filter(hour => hour !== undefined);
  if (there.length < enoughOfPeriod * found.length || there.length === 0) return undefined;
  return there.reduce((sum, hour) => sum + hour, 0) / there.length;
};
