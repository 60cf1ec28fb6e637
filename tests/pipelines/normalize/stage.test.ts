import { expect, it } from 'vitest';
import type { Measurement } from '../../../core/observation.ts';
import { type QuantityName, quantities } from '../../../core/quantity.ts';
import { stage } from '../../../pipelines/normalize/stage.ts';
import { drive } from '../../support/events.ts';

const sample = (quantity: QuantityName, value: number): Measurement => ({
  kind: 'measurement',
  device: 'aq-kimlong',
  time: 1_795_000_000_000,
  timeFrom: 'gateway',
  quantity,
  value,
});

it('passes every quantity at both ends of its plausible range', () => {
  const driven = drive(stage);
  for (const [name, { minimum, maximum }] of Object.entries(quantities)) {
    driven.step(sample(name as QuantityName, minimum), sample(name as QuantityName, maximum));
  }
  expect(driven.items).toHaveLength(2 * Object.keys(quantities).length);
  expect(driven.items.every(item => item.kind === 'measurement' && item.quality === 'pass')).toBe(true);
});

it('marks what is not plausible and passes it on', () => {
  const driven = drive(stage);
  driven.step(sample('pm25', 1001), sample('temperature', -41), sample('relativeHumidity', 1.02));
  expect(driven.items).toMatchObject([
    { value: 1001, quality: 'suspect' },
    { value: -41, quality: 'suspect' },
    { value: 1.02, quality: 'suspect' },
  ]);
});

it.each([
  [0, 0, 'pass'],
  [180, 180, 'pass'],
  [181, -179, 'pass'],
  [270, -90, 'pass'],
  [360, 0, 'pass'],
  [-90, -90, 'pass'],
  [361, 361, 'suspect'],
])('turns a wind direction of %i degrees to %i', (given, value, quality) => {
  const driven = drive(stage);
  driven.step(sample('windDirection', given));
  expect(driven.items).toMatchObject([{ value, quality }]);
});

it('marks what is no number as missing', () => {
  const driven = drive(stage);
  driven.step(sample('pm25', Number.NaN), sample('pm25', Number.POSITIVE_INFINITY), sample('pm25', 3));
  expect(driven.items).toMatchObject([
    { value: Number.NaN, quality: 'missing', failed: ['syntax'] },
    { value: Number.NaN, quality: 'missing' },
    { value: 3, quality: 'pass' },
  ]);
});

it('takes a number that no event could hold for none, also where the calibration made it so', () => {
  const driven = drive(stage, { devices: { 'aq-kimlong': { quantities: { pm10: { gain: 1e6 } } } } });
  driven.step(sample('pm25', 1e308), sample('pm25', -2e9), sample('pm10', 5000), sample('pm25', 500_000));
  expect(driven.items).toMatchObject([
    { value: Number.NaN, quality: 'missing', failed: ['syntax'] },
    { value: Number.NaN, quality: 'missing' },
    { value: Number.NaN, quality: 'missing' },
    { value: 500_000, quality: 'suspect' },
  ]);
});

const corrected = (quantity: QuantityName, correction: object, more: object = {}) =>
  drive(stage, { devices: { 'aq-kimlong': { quantities: { [quantity]: correction }, ...more } } });

it.each<[QuantityName, object, number, number]>([
  ['temperature', { gain: 1.02, offset: -0.5 }, 25, 25],
  ['temperature', { polynomial: [1, 0.5, 0.01] }, 20, 15],
  // 1 ppb of NO2 is 1.9125 ug/m3 at 20 degrees C and 1.8804 at 25.
  ['no2', { reportedAt: { temperatureCelsius: 20 } }, 191.25, 188.04],
])('corrects %s by %j: %d becomes %d', (quantity, correction, given, expected) => {
  const driven = corrected(quantity, correction);
  driven.step(sample(quantity, given));
  const [item] = driven.items;
  expect(item).toMatchObject({ quality: 'pass', corrections: [expect.any(String)] });
  expect(item?.kind === 'measurement' && item.value).toBeCloseTo(expected, 1);
});

it.each<[string, number, number]>([
  // 0.524 × 50 − 0.0862 × 80 + 5.75
  ['barkjohn-2021', 0.8, 25.054],
  // 50 / (1 + (0.4 / 1.65) / (1 / 0.8 − 1))
  ['kappa-koehler', 0.8, 25.3846],
  ['kappa-koehler', 0, 50],
])('corrects PM2.5 by %s at a humidity of %d', (method, relativeHumidity, expected) => {
  const driven = corrected('pm25', { humidity: { method } });
  driven.step(sample('relativeHumidity', relativeHumidity));
  driven.checkpoint();
  driven.restart();
  driven.step(sample('pm25', 50));
  const item = driven.items.at(-1);
  expect(item).toMatchObject({ quality: 'pass', corrections: [`humidity-${method}`] });
  expect(item?.kind === 'measurement' && item.value).toBeCloseTo(expected, 3);
});

it('suspects particles whose humidity nobody knows, or that the formula does not reach', () => {
  const driven = corrected('pm25', { humidity: { method: 'kappa-koehler' } });
  const old = sample('relativeHumidity', 0.7);
  driven.step(sample('pm25', 50), { ...old, time: old.time - 3_600_000 }, sample('pm25', 50));
  driven.step(sample('relativeHumidity', 0.99), sample('pm25', 50));
  const particles = driven.items.filter(item => item.kind === 'measurement' && item.quantity === 'pm25');
  expect(particles).toMatchObject([
    { value: 50, quality: 'suspect', failed: ['gap'] },
    { value: 50, quality: 'suspect' },
    { quality: 'suspect', failed: ['gap'], corrections: ['humidity-kappa-koehler'] },
  ]);
});

it.each([
  ['barkjohn-2021 for another size', 'pm10', { humidity: { method: 'barkjohn-2021' } }],
  ['a humidity correction of a gas', 'no2', { humidity: { method: 'kappa-koehler' } }],
  ['conditions of what is no gas', 'pm25', { reportedAt: {} }],
  ['a polynomial beside a gain', 'pm25', { gain: 2, polynomial: [0, 1] }],
])('refuses %s', (_, quantity, correction) => {
  expect(() => corrected(quantity as QuantityName, correction)).toThrow();
});

it('takes the time of arrival where the time of the device cannot be', () => {
  const now = 1_795_000_000_000;
  const ofDevice = (time: number): Measurement => ({ ...sample('pm25', 3), time, timeFrom: 'device' });
  const driven = drive(stage);
  driven.tick(now);
  driven.step(ofDevice(now - 3_600_000), ofDevice(now + 60_000), ofDevice(now + 3_600_000), ofDevice(0));
  expect(driven.items).toMatchObject([
    { time: now - 3_600_000, timeFrom: 'device' },
    { time: now + 60_000, timeFrom: 'device' },
    { time: now, timeFrom: 'gateway', corrections: ['receive-time'] },
    { time: now, timeFrom: 'gateway', corrections: ['receive-time'] },
  ]);
  const distrusted = corrected('pm25', {}, { clock: 'receive' });
  distrusted.tick(now);
  distrusted.step(ofDevice(now - 3_600_000));
  expect(distrusted.items).toMatchObject([{ time: now, timeFrom: 'gateway' }]);
});

it('leaves the batch as it was', () => {
  const given = Object.freeze(sample('windDirection', 270));
  drive(stage).step(given);
  expect(given).toEqual(sample('windDirection', 270));
});
