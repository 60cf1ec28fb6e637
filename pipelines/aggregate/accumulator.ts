/** How the samples of a period become one value. Pure. */
import type { QuantityName } from '../../core/quantity.ts';
import type { Method } from '../../events/environment.ts';

/** `total` and `cross` mean what the method makes of them; both are plain sums, so they can be stored and go on. */
export interface Accumulator {
  count: number;
  total: number;
  cross: number;
}

const otherMethods: ReadonlyMap<QuantityName, Method> = new Map([
  // 350 and 10 degrees are north, not south.
  ['windDirection', 'vector-mean'],
  // Decibels are logarithms of the energy: ISO 1996-1, equivalent continuous level.
  ['LAeq', 'energy-mean'],
  ['precipitation', 'sum'],
]);

export const methodOf = (quantity: QuantityName): Method => otherMethods.get(quantity) ?? 'arithmetic-mean';

const radians = Math.PI / 180;

export const accumulate = (into: Accumulator, method: Method, value: number): void => {
  into.count++;
  switch (method) {
    case 'arithmetic-mean':
    case 'sum':
      into.total += value;
      break;
    case 'energy-mean':
      into.total += 10 ** (value / 10);
      break;
    case 'vector-mean':
      into.total += Math.cos(value * radians);
      into.cross += Math.sin(value * radians);
      break;
  }
};

const digits = 9;
const rounded = (value: number): number => Number(value.toPrecision(digits));

/** Rounded to nine digits, well beyond any sensor; `count` is not 0. */
export const resultOf = ({ count, total, cross }: Accumulator, method: Method): number => {
  switch (method) {
    case 'arithmetic-mean':
      return rounded(total / count);
    case 'sum':
      return rounded(total);
    case 'energy-mean':
      return rounded(10 * Math.log10(total / count));
    case 'vector-mean':
      return rounded(Math.atan2(cross, total) / radians);
  }
};
