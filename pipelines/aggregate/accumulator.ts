/** How the samples of a period become one value. Pure. */
import type { QuantityName } from '../../core/quantity.ts';
import type { Method } from '../../events/environment.ts';

/** `total` and `cross` mean what the method makes of them: sums or a maximum, so they can be stored and go on. */
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
  ['gustSpeed', 'maximum'],
  // A counter only grows: its latest stand is its highest.
  ['precipitationTotal', 'maximum'],
  ['energy', 'maximum'],
]);

export const methodOf = (quantity: QuantityName): Method => otherMethods.get(quantity) ?? 'arithmetic-mean';

/** No samples yet. */
export const emptyAccumulator = (): Accumulator => ({ count: 0, total: 0, cross: 0 });

const radians = Math.PI / 180;

export const accumulate = (into: Accumulator, method: Method, value: number): void => {
  into.count++;
  switch (method) {
    case 'maximum':
      into.total = into.count === 1 ? value : Math.max(into.total, value);
      break;
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

/** A period is made of shorter ones: the samples of both together, each counted once. */
export const mergeInto = (into: Accumulator, method: Method, other: Accumulator): void => {
  if (other.count === 0) return;
  if (method !== 'maximum') into.total += other.total;
  else into.total = into.count === 0 ? other.total : Math.max(into.total, other.total);
  into.cross += other.cross;
  into.count += other.count;
};

const digits = 9;
const rounded = (value: number): number => Number(value.toPrecision(digits));

/** Rounded to nine digits, well beyond any sensor; `count` is not 0. */
export const resultOf = ({ count, total, cross }: Accumulator, method: Method): number => {
  switch (method) {
    case 'arithmetic-mean':
      return rounded(total / count);
    case 'sum':
    case 'maximum':
      return rounded(total);
    case 'energy-mean':
      return rounded(10 * Math.log10(total / count));
    case 'vector-mean':
      return rounded(Math.atan2(cross, total) / radians);
  }
};
