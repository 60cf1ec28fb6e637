/**
 * What a conclusion says that sensors measured: stages behind `aggregate` judge, enrich or drop its conclusions in
 * flight and read them here, all in one way.
 */
import { z } from 'zod';
import type { Conclusion, EventName } from './conclusion.ts';
import { type Quality, qualities } from './observation.ts';
import { isQuantity, type QuantityName } from './quantity.ts';
import type { Duration, Instant } from './time.ts';

export interface ObservedValues {
  readonly event: EventName;
  readonly device: string;
  readonly start: Instant;
  /** The conclusion's own time. */
  readonly end: Instant;
  /** From `start` to `end`: of a day it is what that local day lasts. */
  readonly length: Duration;
  /** Only of samples that came after the period was told; the values are of these alone. */
  readonly isSupplement: boolean;
  /** In the quantity's own unit (`core/quantity.ts`). */
  readonly values: ReadonlyMap<QuantityName, number>;
  /** Of each quantity that somebody judged; one of which every sample failed or was missing has no value. */
  readonly quality: ReadonlyMap<QuantityName, Quality>;
  /** How many samples are in the value. */
  readonly samples: ReadonlyMap<QuantityName, number>;
  /** 0–1, of each value where it is known. */
  readonly completeness: ReadonlyMap<QuantityName, number>;
}

/** Part of a period that must be there for its value to stand for it: TCVN practice for air, and VN_AQI's own rule. */
export const enoughOfPeriod = 0.75;

const stored = z.object({
  period: z.object({ start: z.string(), completeness: z.number().optional() }),
  part: z.literal('supplement').optional(),
  quality: z.record(z.string(), z.enum(qualities)).optional(),
  samples: z.record(z.string(), z.number()),
  completeness: z.record(z.string(), z.number()).optional(),
});

const byQuantity = <Value>(record: Readonly<Record<string, Value>> = {}): ReadonlyMap<QuantityName, Value> =>
  new Map(Object.entries(record).flatMap(([name, value]) => (isQuantity(name) ? [[name, value]] : [])));

/** Undefined for everything but the `environment.….observed` of a device. */
export const observedValuesOf = ({ event, device, time, data }: Conclusion): ObservedValues | undefined => {
  if (device === undefined || !event.startsWith('environment.') || !event.endsWith('.observed')) return undefined;
  const read = stored.safeParse(data);
  if (!read.success) return undefined;
  const { period, part, quality, samples, completeness } = read.data;
  const start = Date.parse(period.start);
  const values = new Map<QuantityName, number>();
  for (const name of byQuantity(samples).keys()) {
    const value = data[name];
    if (typeof value === 'number') values.set(name, value);
  }
  return {
    event,
    device,
    start,
    end: time,
    length: time - start,
    isSupplement: part !== undefined,
    values,
    quality: byQuantity(quality),
    samples: byQuantity(samples),
    completeness:
      completeness === undefined && period.completeness !== undefined
        ? new Map([...values.keys()].map(name => [name, period.completeness ?? 0]))
        : byQuantity(completeness),
  };
};
