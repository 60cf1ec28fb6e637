/** Measurements → the same, in the range of their quantity's scale and judged by its plausible range. */
import { z } from 'zod';
import type { Measurement } from '../../core/observation.ts';
import { type Quantity, quantities } from '../../core/quantity.ts';
import { defineStage } from '../../core/stage.ts';

/** Compasses say 0–360, the Smart Data Models −180–180. */
const toSigned = (degrees: number): number => {
  if (degrees < 0 || degrees > 360) return degrees;
  return degrees > 180 ? degrees - 360 : degrees;
};

const judge = (sample: Measurement): Measurement => {
  const value = sample.quantity === 'windDirection' ? toSigned(sample.value) : sample.value;
  const { minimum, maximum }: Quantity = quantities[sample.quantity];
  return { ...sample, value, quality: value >= minimum && value <= maximum ? 'pass' : 'suspect' };
};

export const stage = defineStage({
  name: 'normalize',
  summary:
    'Judges measurements by the plausible range of their quantity and turns wind directions to −180…180 degrees.',
  consumes: ['measurement'],
  config: z.strictObject({}),
  restore: () => undefined,
  step: (_, batch) => {
    const finite = batch.filter(({ value }) => Number.isFinite(value));
    const dropped = batch.length - finite.length;
    return { output: finite.map(judge), ...(dropped > 0 && { dropped: { 'not-finite': dropped } }) };
  },
});
