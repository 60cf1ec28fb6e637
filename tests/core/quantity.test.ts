import { expect, it } from 'vitest';
import { type QuantityName, quantities, toQuantityUnit, unitsOf } from '../../core/quantity.ts';

it.each<[QuantityName, number, string, number]>([
  ['temperature', 77, '[degF]', 25],
  ['temperature', 298.15, 'K', 25],
  ['relativeHumidity', 84, '%', 0.84],
  ['atmosphericPressure', 101_325, 'Pa', 1013.25],
  ['atmosphericPressure', 29.92, "[in_i'Hg]", 1013.21],
  ['windSpeed', 36, 'km/h', 10],
  ['windSpeed', 10, '[kn_i]', 5.144],
  ['co', 1.2, 'mg/m3', 1200],
  ['waterLevel', 42, 'cm', 0.42],
  ['precipitation', 1, '[in_i]', 25.4],
])('turns %s of %d %s into %d', (quantity, value, unit, own) => {
  expect(toQuantityUnit(quantity, value, unit)).toBeCloseTo(own, 2);
});

it('knows no way from a unit of something else', () => {
  expect(toQuantityUnit('temperature', 1, 'hPa')).toBeUndefined();
});

it('takes every unit that it names for a quantity, its own first', () => {
  for (const name of Object.keys(quantities)) {
    const quantity = name as QuantityName;
    const units = unitsOf(quantity);
    expect(units[0]).toBe(quantities[quantity].unit);
    for (const unit of units) expect(toQuantityUnit(quantity, 1, unit)).toBeTypeOf('number');
    expect(quantities[quantity].minimum).toBeLessThan(quantities[quantity].maximum);
  }
});
