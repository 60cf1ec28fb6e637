import { expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { toTimestampSeconds } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage } from '../../../pipelines/deadband/stage.ts';
import { drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const minute = 60_000;

const observed = (index: number, values: Record<string, number>, more: object = {}, length = minute): Conclusion => ({
  kind: 'conclusion',
  event: 'environment.weather.observed',
  source: 'aq-kimlong',
  device: 'aq-kimlong',
  subject: 'station/aq-kimlong',
  time: start + (index + 1) * length,
  key: `${start + index * length}/${length}`,
  data: {
    id: 'urn:ngsi-ld:WeatherObserved:hue-gw-017-aq-kimlong-20261123T010000Z',
    type: 'WeatherObserved',
    dateObserved: toTimestampSeconds(start + (index + 1) * length),
    period: {
      start: toTimestampSeconds(start + index * length),
      end: toTimestampSeconds(start + (index + 1) * length),
    },
    ...values,
    units: {},
    samples: Object.fromEntries(Object.keys(values).map(name => [name, 60])),
    method: {},
    refDevice: 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong',
    ...more,
  },
});

const config = {
  thresholds: { temperature: { absolute: 0.5 }, windSpeed: { relative: 0.1 }, windDirection: { absolute: 10 } },
  every: '10m',
};

const told = (...series: Conclusion[]): readonly string[] => {
  const driven = drive(stage, config);
  for (const one of series) driven.step(one);
  expect(driven.conclusions.length + (driven.dropped['unchanged'] ?? 0)).toBe(series.length);
  return driven.conclusions.map(({ key }) => key);
};

const keys = (...indices: number[]): string[] => indices.map(index => `${start + index * minute}/${minute}`);

it('tells what changed by more than its threshold since it was told, not since it was measured', () => {
  const series = [20, 20.3, 20.5, 20.6, 20.7, 21.2].map((temperature, index) => observed(index, { temperature }));
  expect(told(...series)).toEqual(keys(0, 3, 5));
});

it('measures relative thresholds by what was told', () => {
  const series = [10, 10.9, 11.1, 10.1, 9.9].map((windSpeed, index) => observed(index, { windSpeed }));
  expect(told(...series)).toEqual(keys(0, 2, 4));
});

it('knows that directions go round', () => {
  const series = [175, -178, -170].map((windDirection, index) => observed(index, { windDirection }));
  expect(told(...series)).toEqual(keys(0, 2));
});

it('tells a quantity without a threshold when it changes at all, comes or goes', () => {
  const series = [
    { dewPoint: 20 },
    { dewPoint: 20 },
    { dewPoint: 20.1 },
    { dewPoint: 20.1, temperature: 24 },
    { dewPoint: 20.1 },
  ];
  expect(told(...series.map((values, index) => observed(index, values)))).toEqual(keys(0, 2, 3, 4));
});

it('tells at least once in the longest interval', () => {
  const series = Array.from({ length: 25 }, (_, index) => observed(index, { temperature: 20 }));
  expect(told(...series)).toEqual(keys(0, 10, 20));
});

it('never drops what is judged differently', () => {
  const marks = [
    { quality: { temperature: 'pass' } },
    { quality: { temperature: 'suspect' } },
    { quality: { temperature: 'suspect' } },
    { quality: { temperature: 'pass' } },
  ];
  expect(told(...marks.map((mark, index) => observed(index, { temperature: 20 }, mark)))).toEqual(keys(0, 1, 3));
});

it.each([
  ['level', { airQualityLevel: 'Tốt' }, { airQualityLevel: 'Kém' }],
  ['limit', { exceedsQcvn: false }, { exceedsQcvn: true }],
  ['pending index', { index: { state: 'pending' } }, { index: {} }],
])('never drops another %s', (_, before, after) => {
  // Whole events of air quality are driven in the test of that stage.
  const { step } = stage.bind(config, exampleSite).start(new Map());
  expect(step([observed(0, { temperature: 20 }, before)]).output).toHaveLength(1);
  expect(step([observed(1, { temperature: 20 }, before)]).output).toHaveLength(0);
  expect(step([observed(2, { temperature: 20 }, after)]).output).toHaveLength(1);
});

it('tells all that comes late, and measures nothing by it', () => {
  const late = { part: 'supplement' };
  expect(
    told(
      observed(5, { temperature: 20 }),
      observed(2, { temperature: 25 }),
      observed(6, { temperature: 25 }, late),
      observed(7, { temperature: 20 }),
    ),
  ).toEqual(keys(5, 2, 6));
});

it('keeps apart periods of different lengths', () => {
  expect(told(observed(0, { temperature: 20 }), observed(0, { temperature: 20 }, {}, 5 * minute))).toHaveLength(2);
});

it('remembers over a restart what it told', () => {
  const driven = drive(stage, config);
  driven.step(observed(0, { temperature: 20 }));
  driven.restart();
  driven.step(observed(1, { temperature: 20.2 }), observed(2, { temperature: 20.8 }));
  expect(driven.conclusions.map(({ key }) => key)).toEqual(keys(0, 2));
});

it('lets everything else pass', () => {
  const { data, ...other } = observed(0, { temperature: 20 });
  const { period: _, ...rest } = data;
  const { step } = stage.bind(config, exampleSite).start(new Map());
  expect(
    step([
      { ...other, data: rest },
      { ...other, data: rest },
    ]).output,
  ).toHaveLength(2);
});

it('refuses a threshold that says two things, or none, or is of no quantity', () => {
  expect(() => drive(stage, { thresholds: { pm25: {} } })).toThrow(/either absolute or relative/);
  expect(() => drive(stage, { thresholds: { pm26: { absolute: 1 } } })).toThrow(/pm26|Invalid/);
});
