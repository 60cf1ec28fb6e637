import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../core/observation.ts';
import type { QuantityName } from '../../../core/quantity.ts';
import { hours, minutes } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { createDays } from '../../../pipelines/aggregate/levels.ts';
import { stage } from '../../../pipelines/aggregate/stage.ts';
import { drive } from '../../support/events.ts';

/** Midnight in Vietnam, and a full hour of UTC. */
const midnight = Date.UTC(2026, 10, 22, 17);

const sample = (
  time: number,
  value: number,
  quantity: QuantityName = 'pm25',
  more: Partial<Measurement> = {},
): Measurement => ({
  kind: 'measurement',
  device: 'aq-kimlong',
  time,
  timeFrom: 'device',
  quantity,
  value,
  ...more,
});

type Driven = ReturnType<typeof drive>;

const of = (driven: Driven, length: number) =>
  driven.conclusions.filter(({ key }) => Number(key.split('/')[1]) === length);

/** A sample a minute for so many minutes, with ticks as they pass. */
const give = (driven: Driven, from: number, count: number, valueAt: (minute: number) => number): void => {
  for (let minute = 0; minute < count; minute++) {
    const time = from + minutes(minute);
    driven.tick(time + 6000);
    driven.step(sample(time + 10_000, valueAt(minute)));
  }
  driven.tick(from + minutes(count) + 6000);
};

const all = { periods: ['1m', '5m', '1h', '8h', '24h'] };

describe('several periods', () => {
  it('are each told once, of the same samples', () => {
    const driven = drive(stage, all);
    give(driven, midnight, 24 * 60, minute => minute % 60);
    expect([minutes(1), minutes(5), hours(1), hours(8)].map(length => of(driven, length).length)).toEqual([
      1440, 288, 24, 24,
    ]);
    expect(of(driven, hours(24))).toMatchObject([
      {
        key: `${midnight}/${hours(24)}`,
        data: { pm25: 29.5, samples: { pm25: 1440 }, period: { start: '2026-11-22T17:00:00Z', completeness: 1 } },
      },
    ]);
    const keys = driven.conclusions.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('tell the lowest and the highest of the shortest means in them, over restarts, and of what has a mean only', () => {
    const driven = drive(stage, all);
    for (let minute = 0; minute < 24 * 60; minute++) {
      const time = midnight + minutes(minute);
      driven.tick(time + 6000);
      if (minute % 100 === 0) driven.restart();
      driven.step(
        // A single sample is no minute.
        sample(time + 10_000, minute, 'temperature'),
        sample(time + 20_000, minute + 2, 'temperature'),
        sample(time + 30_000, minute === 700 ? 99_999 : minute, 'pm25', {
          quality: minute === 700 ? 'suspect' : 'pass',
        }),
        sample(time + 10_000, 1, 'precipitation'),
        sample(time + 10_000, 90, 'windDirection'),
      );
    }
    driven.tick(midnight + hours(24) + 6000);
    driven.tick(midnight + hours(24) + 12_000);
    const extremesOf = (length: number) =>
      of(driven, length).map(({ data }) => (data['extremes'] ?? {}) as Record<string, unknown>);
    const [first, second] = extremesOf(hours(1)).filter(found => 'pm25' in found);
    expect(first).toEqual({ temperature: { lowest: 1, highest: 60 }, pm25: { lowest: 0, highest: 59 } });
    expect(second).toMatchObject({ temperature: { lowest: 61, highest: 120 } });
    const day = { temperature: { lowest: 1, highest: 1440 }, pm25: { lowest: 0, highest: 1439 } };
    expect(extremesOf(hours(24)).filter(found => 'pm25' in found)).toEqual([day]);
    expect(extremesOf(hours(8)).find(found => 'pm25' in found)).toEqual(first);
    expect(extremesOf(minutes(1)).every(found => Object.keys(found).length === 0)).toBe(true);
  });

  it('are what the samples make, by each method', () => {
    const driven = drive(stage, { periods: ['1m', '1h'] });
    const series = Array.from({ length: 60 }, (_, minute) => 40 + ((minute * 7) % 23));
    for (const [minute, value] of series.entries())
      driven.step(
        ...(['LAeq', 'precipitation', 'gustSpeed', 'temperature'] as const).map(name =>
          sample(midnight + minutes(minute), value, name),
        ),
        sample(midnight + minutes(minute), value > 50 ? 170 : -170, 'windDirection'),
      );
    driven.tick(midnight + hours(1) + 6000, 0);
    driven.tick(midnight + hours(1) + 12_000, 6000);
    const sum = series.reduce((a, b) => a + b, 0);
    const energy = series.reduce((a, b) => a + 10 ** (b / 10), 0) / 60;
    const [weather] = of(driven, hours(1)).filter(({ event }) => event === 'environment.weather.observed');
    const [noise] = of(driven, hours(1)).filter(({ event }) => event === 'environment.noise-level.observed');
    expect(noise?.data['LAeq']).toBeCloseTo(10 * Math.log10(energy), 6);
    expect(weather?.data).toMatchObject({ precipitation: sum, gustSpeed: Math.max(...series) });
    expect(weather?.data['temperature']).toBeCloseTo(sum / 60, 6);
    expect(Math.abs(Number(weather?.data['windDirection']))).toBeGreaterThan(170);
  });

  it('say how many of the shorter ones are there, or of the samples where their interval is known', () => {
    const found = [{}, { interval: '30s' }].map(more => {
      const driven = drive(stage, { periods: ['1m', '1h'], ...more });
      give(driven, midnight, 45, () => 1);
      driven.tick(midnight + hours(1) + 6000);
      return of(driven, hours(1))[0]?.data['period'];
    });
    expect(found).toMatchObject([{ completeness: 0.75 }, { completeness: 0.375 }]);
  });

  it('tell of each quantity how complete it is', () => {
    const driven = drive(stage, { periods: ['1m', '1h'] });
    driven.step(sample(midnight, 5, 'pm10'));
    give(driven, midnight, 60, () => 1);
    expect(of(driven, hours(1))[0]?.data).toMatchObject({
      completeness: { pm25: 1, pm10: 0.017 },
      period: { completeness: 0.017 },
    });
  });

  it('leave out what failed or was missing, and say so', () => {
    const driven = drive(stage, { periods: ['1m', '1h'] });
    driven.step(
      sample(midnight, 10, 'pm25', { quality: 'pass' }),
      sample(midnight + 1, 900, 'pm25', { quality: 'fail' }),
      sample(midnight, Number.NaN, 'pm10', { quality: 'missing' }),
    );
    driven.tick(midnight + hours(1) + 6000, 0);
    driven.tick(midnight + hours(1) + 12_000, 6000);
    driven.tick(midnight + hours(1) + 80_000, 80_000);
    expect(driven.conclusions).toHaveLength(2);
    for (const { data } of driven.conclusions)
      expect(data).toMatchObject({ pm25: 10, setAside: { pm25: 1 }, quality: { pm25: 'pass', pm10: 'missing' } });
  });
});

describe('the moving eight hours', () => {
  it('end with each hour and hold what there is of the eight', () => {
    const driven = drive(stage, { periods: ['1m', '8h'] });
    give(driven, midnight, 10 * 60, minute => Math.floor(minute / 60));
    const eights = of(driven, hours(8));
    expect(eights.map(({ time, data }) => [(time - midnight) / hours(1), data['pm25']])).toEqual([
      [1, 0],
      [2, 0.5],
      [3, 1],
      [4, 1.5],
      [5, 2],
      [6, 2.5],
      [7, 3],
      [8, 3.5],
      [9, 4.5],
      [10, 5.5],
    ]);
    expect(eights[5]?.data['period']).toMatchObject({ completeness: 0.75 });
    expect(of(driven, hours(1))).toEqual([]);
  });
});

describe('late data', () => {
  it('count in an hour that is open, though their minute was told', () => {
    const driven = drive(stage, { periods: ['1m', '1h'] });
    give(driven, midnight, 30, () => 10);
    driven.step(sample(midnight + minutes(5) + 20_000, 70));
    give(driven, midnight + minutes(30), 30, () => 10);
    expect(of(driven, hours(1))).toMatchObject([
      { data: { pm25: Number(((600 + 70) / 61).toPrecision(9)), samples: { pm25: 61 } } },
    ]);
  });

  it('of a day that came while the gateway was away are one hour each, not one a minute', () => {
    const driven = drive(stage, { periods: ['1m', '1h', '24h'] });
    const now = midnight + hours(30);
    driven.tick(now);
    for (let minute = 0; minute < 24 * 60; minute++) {
      driven.step(sample(midnight + minutes(minute), minute));
      if (minute % 60 === 59) driven.tick(now + minute * 100);
    }
    for (let second = 0; second < 400; second += 5) driven.tick(now + 24 * 60 * 100 + second * 1000);
    expect(of(driven, hours(1))).toHaveLength(24);
    expect(of(driven, hours(24))).toMatchObject([{ data: { pm25: 719.5, samples: { pm25: 1440 } } }]);
  });
});

describe('a restart', () => {
  it('at any moment changes no event', () => {
    const [straight, broken] = [false, true].map(isBroken => {
      const driven = drive(stage, all);
      for (let minute = 0; minute < 3 * 60; minute++) {
        if (isBroken && minute % 7 === 3) driven.restart();
        const time = midnight + minutes(minute);
        driven.tick(time + 6000);
        driven.step(sample(time + 10_000, minute));
      }
      driven.tick(midnight + hours(3) + 6000);
      driven.tick(midnight + hours(3) + 80_000);
      // After a start a period waits once more for late samples: its event may come behind another device's or period's.
      return driven.conclusions.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    });
    expect(broken).toEqual(straight);
  });

  it('without a period tells what is open of it', () => {
    const driven = drive(stage, all);
    give(driven, midnight, 30, () => 10);
    driven.restart({ periods: ['1m'] });
    driven.tick(midnight + minutes(31));
    driven.tick(midnight + hours(30));
    expect(of(driven, hours(1))).toMatchObject([{ data: { samples: { pm25: 30 } } }]);
  });

  it('costs a flash card one window and one chunk a sample, whatever periods are asked for', () => {
    const driven = drive(stage, all);
    give(driven, midnight, 120, () => 10);
    const running = stage.bind(all, exampleSite).start(driven.saved);
    running.tick(midnight + hours(2) + 6000);
    const { save } = running.step([sample(midnight + hours(2) + 20_000, 1)]);
    expect([...(save?.keys() ?? [])].map(key => key.split('/')[0]).toSorted()).toEqual(['seen', 'window']);
  });
});

describe('the local day', () => {
  it.each([
    ['Asia/Ho_Chi_Minh', '2026-11-23T03:00:00Z', '2026-11-22T17:00:00Z', 24],
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    ['UTC', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', 24],
  ])('in %s at %s', (zone, time, start, length) => {
    expect(createDays(zone)(Date.parse(time))).toEqual({
      start: Date.parse(start),
      end: Date.parse(start) + hours(length),
    });
  });
});

it.each([
  [['7m'], /whole number of periods/],
  [['2h'], /expected 8h, 24h/],
  [['2m', '5m'], /whole number of the shortest/],
  [[], /./],
])('refuses the periods %j', (periods, message) => {
  expect(() => drive(stage, { periods })).toThrow(message);
});
