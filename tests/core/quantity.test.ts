import { expect, it } from 'vitest';
import {
  fromQuantityUnit,
  isGasByMass,
  type QuantityName,
  quantities,
  toQuantityUnit,
  unitsOf,
} from '../../core/quantity.ts';

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
  ['temperature', -40, '[degF]', -40],
  ['atmosphericPressure', 760, 'mm[Hg]', 1013.25],
  ['waterDepth', 2, '[fth_i]', 3.6576],
  ['windDirection', Math.PI, 'rad', 180],
  ['particles25', 12, '{#}/cm3', 1200],
  ['conductivity', 0.081, 'S/m', 810],
  ['energy', 3.6e6, 'J', 1],
  ['no2', 100, 'nmol/mol', 188.045],
  ['co2', 0.04, '%', 400],
  ['co2', 720, 'mg/m3', 400.26],
])('turns %s of %d %s into %d', (quantity, value, unit, own) => {
  expect(toQuantityUnit(quantity, value, unit)).toBeCloseTo(own, 2);
});

// standards.md 3.1 and 3.2: the factors of QCVN 05:2023 at 25 degrees C and 760 mmHg.
it.each<[QuantityName, number, number]>([
  ['no2', 1.88, 2],
  ['so2', 2.62, 2],
  ['o3', 1.96, 2],
  ['co', 1.145, 3],
])('turns one ppb of %s into %d ug/m3', (quantity, micrograms, digits) => {
  expect(toQuantityUnit(quantity, 1, '[ppb]')).toBeCloseTo(micrograms, digits);
  expect(toQuantityUnit(quantity, 1, '[ppm]')).toBeCloseTo(1000 * micrograms, digits - 3);
});

it('turns volumes into masses at the temperature and pressure that are stated', () => {
  // Directive 2008/50/EC states 293 K and 101.3 kPa: 1 ppb of NO2 is 1.9125 ug/m3.
  const european = { temperatureCelsius: 20, pressureHpa: 1013.25 };
  expect(toQuantityUnit('no2', 1, '[ppb]', european)).toBeCloseTo(1.9125, 3);
  expect(toQuantityUnit('no2', 1, 'mg/m3', european)).toBe(1000);
});

it('tells gases apart from what has no molar mass', () => {
  expect(toQuantityUnit('pm25', 1, '[ppb]')).toBeUndefined();
  expect(isGasByMass('no2')).toBe(true);
  expect(isGasByMass('co2')).toBe(false);
  expect(isGasByMass('pm25')).toBe(false);
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

it('tells every quantity in each of its units and back', () => {
  let visited = 0;
  for (const quantity of Object.keys(quantities) as QuantityName[]) {
    for (const unit of unitsOf(quantity)) {
      visited++;
      const own = toQuantityUnit(quantity, 12.5, unit) ?? Number.NaN;
      expect(fromQuantityUnit(quantity, own, unit)).toBeCloseTo(12.5, 6);
    }
  }
  expect(visited).toBeGreaterThan(100);
  expect(fromQuantityUnit('temperature', 20, 'ug/m3')).toBeUndefined();
});
