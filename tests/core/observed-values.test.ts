import { expect, it } from 'vitest';
import type { Conclusion } from '../../core/conclusion.ts';
import { observedValuesOf } from '../../core/observed-values.ts';
import { hours } from '../../core/time.ts';

const start = Date.parse('2026-11-23T00:00:00Z');
const observed: Conclusion = {
  kind: 'conclusion',
  event: 'environment.air-quality.observed',
  source: 'aq-kimlong',
  device: 'aq-kimlong',
  subject: 'station/aq-kimlong',
  time: start + hours(1),
  key: `${start}/${hours(1)}`,
  data: {
    period: { start: '2026-11-23T00:00:00Z', end: '2026-11-23T01:00:00Z', completeness: 0.7 },
    pm25: 20.6,
    pm10: 31.2,
    samples: { pm25: 59, pm10: 42, notOurs: 3 },
    quality: { pm25: 'pass', pm10: 'suspect', pm1: 'fail' },
    completeness: { pm25: 0.98, pm10: 0.7 },
  },
};

it('reads the values of a period with what is known of each', () => {
  expect(observedValuesOf(observed)).toEqual({
    event: 'environment.air-quality.observed',
    device: 'aq-kimlong',
    start,
    end: start + hours(1),
    length: hours(1),
    isSupplement: false,
    values: new Map([
      ['pm25', 20.6],
      ['pm10', 31.2],
    ]),
    quality: new Map([
      ['pm25', 'pass'],
      ['pm10', 'suspect'],
      ['pm1', 'fail'],
    ]),
    samples: new Map([
      ['pm25', 59],
      ['pm10', 42],
    ]),
    completeness: new Map([
      ['pm25', 0.98],
      ['pm10', 0.7],
    ]),
  });
});

it('takes the completeness of the period for that of each value where nothing else is said', () => {
  const { completeness: _, ...data } = observed.data;
  expect(observedValuesOf({ ...observed, data })?.completeness).toEqual(
    new Map([
      ['pm25', 0.7],
      ['pm10', 0.7],
    ]),
  );
});

it('knows what came late', () => {
  expect(observedValuesOf({ ...observed, data: { ...observed.data, part: 'supplement' } })?.isSupplement).toBe(true);
});

it('is undefined for everything else', () => {
  const { device: _, ...ofNobody } = observed;
  expect(observedValuesOf({ ...observed, event: 'environment.air-quality.raised' })).toBeUndefined();
  expect(observedValuesOf({ ...observed, event: 'fishing-vessel.vessel.observed' })).toBeUndefined();
  expect(observedValuesOf({ ...observed, data: {} })).toBeUndefined();
  expect(observedValuesOf(ofNobody)).toBeUndefined();
});
