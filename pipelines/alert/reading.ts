/** What can be judged of the items that pass: single values, means of periods, and the figures that are made of them. */
import { z } from 'zod';
import type { Cause, Conclusion } from '../../core/conclusion.ts';
import type { Figure } from '../../core/hazard.ts';
import type { Measurement, Quality } from '../../core/observation.ts';
import { enoughOfPeriod, type ObservedValues, observedValuesOf } from '../../core/observed-values.ts';
import { isQuantity } from '../../core/quantity.ts';
import { type Duration, hours, type Instant } from '../../core/time.ts';
import { heatIndexCelsius } from './heat-index.ts';

export interface Reading {
  readonly device: string;
  readonly figure: Figure;
  /** In the figure's own unit. */
  readonly value: number;
  /** Of a mean: the end of its period. */
  readonly time: Instant;
  /** Length of the mean; 0 for a single value. */
  readonly over: Duration;
  readonly quality?: Quality | undefined;
  readonly assurance?: 'indicative';
  /** Of a mean that the stage `air-quality` compared with the law. */
  readonly legalLimit?: number;
  /** What becomes the event that says it; a single value is in none. */
  readonly cause?: Cause;
}

const isUsed = (quality: Quality | undefined): boolean => quality !== 'fail' && quality !== 'missing';

/** A single value, unless it failed or is missing. */
export const readingOf = ({ device, quantity, value, time, quality }: Measurement): Reading | undefined =>
  Number.isFinite(value) && isUsed(quality) ? { device, figure: quantity, value, time, over: 0, quality } : undefined;

const averagings: Readonly<Record<'1h' | '8h' | '24h', Duration>> = {
  '1h': hours(1),
  '8h': hours(8),
  '24h': hours(24),
};

const judged = z.object({
  airQualityIndex: z.number().optional(),
  assurance: z.literal('indicative').optional(),
  qcvn: z
    .object({
      limits: z.array(
        z.object({ quantity: z.string(), averaging: z.enum(['1h', '8h', '24h']), mean: z.number(), limit: z.number() }),
      ),
    })
    .optional(),
});

/** From an hour on a mean stands for its period only when most of it is there. */
const isComplete = ({ length, completeness }: ObservedValues, figure: Figure): boolean =>
  length < hours(1) || !isQuantity(figure) || (completeness.get(figure) ?? 1) >= enoughOfPeriod;

/** Everything that the mean of a period says; nothing of what came too late to be news. */
export const readingsOf = (conclusion: Conclusion): readonly Reading[] => {
  const observed = observedValuesOf(conclusion);
  if (observed === undefined || observed.isSupplement) return [];
  const { device, end: time, length: over, values, quality } = observed;
  const { event, source, key, data } = conclusion;
  const { airQualityIndex, assurance, qcvn } = judged.safeParse(data).data ?? {};
  const common = {
    device,
    time,
    over,
    cause: { event, source, time, key },
    ...(assurance !== undefined && { assurance }),
  };
  const readings: Reading[] = [];
  for (const [figure, value] of values)
    if (isComplete(observed, figure)) readings.push({ ...common, figure, value, quality: quality.get(figure) });
  const [temperature, humidity] = [values.get('temperature'), values.get('relativeHumidity')];
  if (temperature !== undefined && humidity !== undefined) {
    const flags = [quality.get('temperature'), quality.get('relativeHumidity')];
    readings.push({
      ...common,
      figure: 'heatIndex',
      value: heatIndexCelsius(temperature, humidity),
      quality: flags.includes('suspect') ? 'suspect' : flags.includes(undefined) ? undefined : 'pass',
    });
  }
  if (airQualityIndex !== undefined) readings.push({ ...common, figure: 'airQualityIndex', value: airQualityIndex });
  for (const { quantity, averaging, mean, limit } of qcvn?.limits ?? [])
    if (isQuantity(quantity))
      readings.push({ ...common, figure: quantity, value: mean, over: averagings[averaging], legalLimit: limit });
  return readings;
};
