import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toPoint } from '../../../sinks/influx/point.ts';
import { projectFile } from '../../support/resources.ts';

const captured = (type: string): Uint8Array => {
  const { event } = JSON.parse(readFileSync(projectFile(`events/captured/${type}.json`), 'utf8'));
  return Buffer.from(JSON.stringify(event));
};

const event = (data: Readonly<Record<string, unknown>>, attributes: Readonly<Record<string, unknown>> = {}) =>
  Buffer.from(
    JSON.stringify({
      type: 'vn.ioc.environment.air-quality.observed.v1',
      source: '/ioc/hue/gw-017/aq-kimlong',
      time: '2026-11-23T01:00:00.000Z',
      data,
      ...attributes,
    }),
  );

test('an event that was captured becomes one point with its figures, their quality and its own time', () => {
  const point = toPoint(captured('environment.weather.observed'));
  expect(point).toMatchObject({
    measurement: 'weather',
    tags: {
      gateway: 'gw-017',
      site: 'pole-thuanan-07',
      source: 'ws-kimlong',
      subject: 'station/ws-kimlong',
      status: 'simulated',
    },
    fields: { temperature: expect.any(Number), temperature_quality: 1, longitude: 107.5508, latitude: 16.4637 },
  });
  const names = Object.keys(point?.fields ?? {});
  for (const group of ['samples', 'units', 'method', 'id']) {
    expect(names.filter(name => name.startsWith(group))).toEqual([]);
  }
});

test('the mean of an hour does not write over that of its last minute, nor what came late over either', () => {
  const end = '2026-11-23T01:00:00Z';
  const points = [
    event({ pm25: 1, period: { start: '2026-11-23T00:59:00Z', end } }),
    event({ pm25: 2, period: { start: '2026-11-23T00:00:00Z', end, completeness: 0.98 } }),
    event({ pm25: 3, period: { start: '2026-11-23T00:00:00Z', end }, part: 'supplement' }),
  ].map(toPoint);
  expect(points.map(point => [point?.tags['period'], point?.tags['part']])).toEqual([
    ['1m', undefined],
    ['1h', undefined],
    ['1h', 'supplement'],
  ]);
  expect(points[1]?.fields).toEqual({ pm25: 2, period_completeness: 0.98 });
});

test('what a group holds is named by both, and flags are the numbers of QARTOD', () => {
  const point = toPoint(
    event({
      pm25: 20.6,
      pm10: 31,
      quality: { pm25: 'suspect', pm10: 'fail', o3: 'pass' },
      airQualityIndex: 41,
      airQualityLevel: 'Tốt',
      index: { scheme: 'VN_AQI-h', nowcast: 20.3, pollutants: { pm25: 41 } },
      exceedsQcvn: false,
      qcvn: { limits: [{ mean: 24.5 }] },
    }),
  );
  expect(point?.fields).toEqual({
    pm25: 20.6,
    pm10: 31,
    pm25_quality: 3,
    pm10_quality: 4,
    airQualityIndex: 41,
    index_nowcast: 20.3,
    index_pollutants_pm25: 41,
    exceedsQcvn: false,
  });
});

test.each([
  ['no figures', event({ text: 'rain', list: [1, 2] })],
  ['no time', event({ pm25: 1 }, { time: 'yesterday' })],
  ['no type', event({ pm25: 1 }, { type: 'pm25' })],
  ['no JSON', Buffer.from('pm25=1')],
  ['a list', Buffer.from('[1]')],
])('nothing is written of an event with %s', (_, body) => expect(toPoint(body)).toBeUndefined());

test('a tag keeps to its line', () => {
  const point = toPoint(event({ pm25: 1 }, { subject: 'station/a\nb\\' }));
  expect(point?.tags['subject']).toBe('station/a_b_');
});

test('the series of a place stay few: tags take what names and what the configuration chose, never a figure or an id', () => {
  const files = readdirSync(projectFile('events/captured')).filter(name => name.startsWith('environment.'));
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const point = toPoint(captured(file.replace(/\.json$/, '')));
    if (point === undefined) continue;
    const known = ['gateway', 'site', 'source', 'subject', 'status', 'period', 'part', 'event'];
    expect(Object.keys(point.tags).filter(tag => !known.includes(tag))).toEqual([]);
    expect(Object.values(point.tags).join(' ')).not.toMatch(/urn:|[0-9a-f]{32}|\d{8}T/);
  }
});
