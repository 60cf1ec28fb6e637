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

it('drops what is no number, and counts it', () => {
  const driven = drive(stage);
  driven.step(sample('pm25', Number.NaN), sample('pm25', Number.POSITIVE_INFINITY), sample('pm25', 3));
  expect(driven.items).toMatchObject([{ value: 3 }]);
  expect(driven.dropped).toEqual({ 'not-finite': 2 });
});

it('leaves the batch as it was', () => {
  const given = Object.freeze(sample('windDirection', 270));
  drive(stage).step(given);
  expect(given).toEqual(sample('windDirection', 270));
});
