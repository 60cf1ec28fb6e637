import { expect, test } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { readEvent } from '../../../sinks/circular-10/reading.ts';
import { exampleOf } from '../../support/calling.ts';

const mark = Date.UTC(2026, 10, 23, 1);
const site = { ...exampleSite, status: 'actual' as const };

/** As it lies in the outbox. */
const stored = (conclusion: Conclusion): string => createSealer(site).event(conclusion, mark + 5000, 'ntp').body;

const meanOf = (data: object, start = '2026-11-23T00:55:00Z', end = '2026-11-23T01:00:00Z'): string => {
  const example = exampleOf('environment.air-quality.observed');
  const {
    airQualityIndex: _index,
    airQualityLevel: _level,
    index: _,
    ...rest
  } = example.data as Record<string, unknown>;
  return stored({ ...example, data: { ...rest, period: { start, end }, ...data } });
};

test('a mean of five minutes gives its values, and those that were not good enough as nothing', () => {
  const { pm25: _pm25, ...rest } = exampleOf('environment.air-quality.observed').data as Record<string, unknown>;
  const { airQualityIndex: _index, airQualityLevel: _level, index: _, ...data } = rest;
  const event = stored({
    ...exampleOf('environment.air-quality.observed'),
    data: {
      ...data,
      period: { start: '2026-11-23T00:55:00Z', end: '2026-11-23T01:00:00Z' },
      quality: { pm25: 'fail', pm10: 'pass' },
    },
  });
  const reading = readEvent(event);
  expect(reading).toMatchObject({ kind: 'mean', device: 'aq-kimlong', mark });
  const values = reading?.kind === 'mean' ? reading.values : new Map();
  expect([...values.entries()].sort()).toEqual([
    ['pm10', 31.2],
    ['pm25', undefined],
    ['relativeHumidity', 0.84],
    ['temperature', 24.1],
  ]);
});

test('means of other periods, and of five minutes that are none of a file, are passed by', () => {
  expect(readEvent(meanOf({}, '2026-11-23T00:00:00Z'))).toBeUndefined();
  expect(readEvent(meanOf({}, '2026-11-23T00:56:00Z', '2026-11-23T01:01:00Z'))).toBeUndefined();
});

test('a fault of a sensor begins and ends; one that is only suspect is none', () => {
  const raised = exampleOf('environment.sensor-fault.raised');
  const withFlag = (flag: string): string => stored({ ...raised, data: { ...raised.data, flag } });
  const { device, quantity } = raised.data as { device: string; quantity: string };
  expect(readEvent(withFlag('fail'))).toMatchObject({
    kind: 'trouble',
    trouble: 'faulty',
    phase: 'begins',
    devices: [device],
    quantity,
    correlation: raised.correlation,
  });
  expect(readEvent(withFlag('suspect'))).toMatchObject({ phase: 'ends' });
  expect(readEvent(stored(exampleOf('environment.sensor-fault.cleared')))).toMatchObject({ phase: 'ends' });
});

test('works on devices begin and end, and say when they end at the latest', () => {
  const started = exampleOf('gateway.maintenance.started');
  const { devices, until } = started.data as { devices: string[]; until: string };
  expect(readEvent(stored(started))).toMatchObject({
    kind: 'trouble',
    trouble: 'calibrating',
    phase: 'begins',
    devices,
    until: Date.parse(until),
  });
  expect(readEvent(stored(exampleOf('gateway.maintenance.ended')))).toMatchObject({ phase: 'ends' });
});

test('other events, and what is none, are passed by', () => {
  expect(readEvent(stored(exampleOf('environment.source-failover.raised')))).toBeUndefined();
  for (const body of [
    '',
    '{',
    '{"type":"vn.ioc.environment.air-quality.observed.v1"}',
    '{"type":"vn.ioc.environment.air-quality.observed.v1"',
  ])
    expect(readEvent(body)).toBeUndefined();
});
