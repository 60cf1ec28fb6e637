/**
 * Report on change: of the values that a device's periods give, those are told that say something new. What was told is
 * saved with it, so that a restart says nothing twice and forgets nothing.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { duration } from '../../core/fields.ts';
import { type ObservedValues, observedValuesOf } from '../../core/observed-values.ts';
import { isQuantity, type QuantityName, quantities } from '../../core/quantity.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { hours, seconds } from '../../core/time.ts';

const threshold = z
  .strictObject({
    absolute: z.number().min(0).optional().describe("In the quantity's own unit."),
    relative: z.number().min(0).max(1).optional().describe('Of the value that was told: 0.05 is 5 %.'),
  })
  .refine(
    ({ absolute, relative }) => (absolute === undefined) !== (relative === undefined),
    'write either absolute or relative',
  );
type Threshold = z.output<typeof threshold>;

const quantityNames = Object.keys(quantities).filter(isQuantity);

const config = z.strictObject({
  thresholds: z
    .partialRecord(z.enum(quantityNames), threshold)
    .default({})
    .describe('By quantity: how far a value may be from the one that was told. A quantity without one may not change.'),
  every: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('1h')
    .describe('Told at least so often, changed or not.'),
});
type Config = z.output<typeof config>;

const told = z.object({
  end: z.number(),
  values: z.record(z.string(), z.number()),
  marks: z.string(),
});
type Told = z.output<typeof told>;

/** By device, event and length of the period: as many as a device has models and periods. */
type State = Map<string, Told>;

/** What was judged of the values: none of it may change unsaid. */
const marksOf = ({ quality }: ObservedValues, { data }: Conclusion): string =>
  JSON.stringify([
    [...quality].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    data['airQualityLevel'],
    data['exceedsQcvn'],
    z.object({ state: z.string() }).safeParse(data['index']).data?.state,
  ]);

const distance = (quantity: QuantityName, a: number, b: number): number => {
  const apart = Math.abs(a - b);
  return quantities[quantity].unit === 'deg' ? Math.min(apart, 360 - apart) : apart;
};

const isWithin = (quantity: QuantityName, before: number, now: number, allowed: Threshold | undefined): boolean =>
  distance(quantity, before, now) <= (allowed?.absolute ?? Math.abs(before) * (allowed?.relative ?? 0));

const saysSomethingNew = (
  observed: ObservedValues,
  marks: string,
  before: Told,
  { thresholds, every }: Config,
): boolean => {
  const { end, values } = observed;
  if (end - before.end >= every || marks !== before.marks) return true;
  if (values.size !== Object.keys(before.values).length) return true;
  for (const [name, value] of values) {
    const last = before.values[name];
    if (last === undefined || !isWithin(name, last, value, thresholds[name])) return true;
  }
  return false;
};

const keyOf = ({ device, event, length }: ObservedValues): string => `told/${device}/${event}/${length}`;

export const stage = defineStage({
  name: 'deadband',
  summary: 'Drops values of periods that differ too little from what was told, but for one in a while.',
  consumes: ['conclusion'],
  config,
  restore: (_, saved): State => {
    const decoder = new TextDecoder();
    return new Map([...saved].map(([key, value]) => [key, told.parse(JSON.parse(decoder.decode(value)))]));
  },
  step: (state, batch, settings): Step => {
    const save = new Map<string, Uint8Array>();
    const output: Conclusion[] = [];
    let unchanged = 0;
    for (const conclusion of batch) {
      const observed = observedValuesOf(conclusion);
      const before = observed && state.get(keyOf(observed));
      // What comes late, or out of order, is no news of how things are: it is told, and measures nothing.
      if (
        observed === undefined ||
        observed.isSupplement ||
        observed.end <= (before?.end ?? Number.NEGATIVE_INFINITY)
      ) {
        output.push(conclusion);
        continue;
      }
      const marks = marksOf(observed, conclusion);
      if (before !== undefined && !saysSomethingNew(observed, marks, before, settings)) {
        unchanged++;
        continue;
      }
      const next: Told = { end: observed.end, values: Object.fromEntries(observed.values), marks };
      state.set(keyOf(observed), next);
      save.set(keyOf(observed), Buffer.from(JSON.stringify(next)));
      output.push(conclusion);
    }
    return { output, save, ...(unchanged > 0 && { dropped: { unchanged } }) };
  },
});
