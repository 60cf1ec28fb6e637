import { describe, expect, it } from 'vitest';
import type { Conclusion, Item } from '../../../core/conclusion.ts';
import type { Measurement } from '../../../core/observation.ts';
import type { QuantityName } from '../../../core/quantity.ts';
import { type ClockShift, hours, minutes } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage as aggregate } from '../../../pipelines/aggregate/stage.ts';
import { stage } from '../../../pipelines/air-quality/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { toWire } from '../../support/events.ts';
import { byHand } from './by-hand.ts';

/** Midnight in Vietnam. */
const midnight = Date.UTC(2026, 10, 22, 17);

/** Both stages, as the gateway runs them; `restart` as after a crash. */
const begin = (config: object = {}, periods = ['1m', '1h', '24h']) => {
  const first = aggregate.bind({ periods }, exampleSite);
  const second = stage.bind(config, exampleSite);
  const saved = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()] as const;
  let running = [first.start(saved[0]), second.start(saved[1])] as const;
  const conclusions: Conclusion[] = [];
  const keep = (index: 0 | 1, save: ReadonlyMap<string, Uint8Array | undefined> | undefined): void => {
    for (const [key, value] of save ?? []) {
      if (value === undefined) saved[index].delete(key);
      else saved[index].set(key, value);
    }
  };
  const pass = (step: { output: readonly Item[]; save?: ReadonlyMap<string, Uint8Array | undefined> }): void => {
    keep(0, step.save);
    if (step.output.length === 0) return;
    const next = running[1].step(step.output);
    keep(1, next.save);
    for (const item of next.output)
      if (item.kind === 'conclusion') {
        toWire(item);
        conclusions.push(item);
      }
  };
  return {
    conclusions,
    saved,
    of: (length: number) => conclusions.filter(({ key }) => Number(key.split('/')[1]) === length),
    step: (...batch: Item[]) => pass(running[0].step(batch)),
    tick: (now: number) => {
      pass(running[0].tick(now));
      running[1].tick(now);
    },
    shift: (shift: ClockShift) => {
      for (const [index, stage] of running.entries()) {
        stage.shift(shift);
        keep(index === 0 ? 0 : 1, stage.checkpoint());
      }
    },
    restart: () => {
      running = [first.start(saved[0]), second.start(saved[1])];
    },
  };
};

const sample = (time: number, value: number, quantity: QuantityName = 'pm25', more: Partial<Measurement> = {}) =>
  ({ kind: 'measurement', device: 'aq-kimlong', time, timeFrom: 'device', quantity, value, ...more }) as const;

type Begun = ReturnType<typeof begin>;

/** A sample a minute in the hour; its event comes five seconds later. */
const giveHour = (driven: Begun, hour: number, values: Partial<Record<QuantityName, number>>, count = 60): void => {
  const start = midnight + hours(hour);
  for (let minute = 0; minute < 60; minute++) {
    const time = start + minutes(minute);
    driven.tick(time + 6000);
    if (minute < count)
      driven.step(...Object.entries(values).map(([name, value]) => sample(time + 30_000, value, name as QuantityName)));
  }
  driven.tick(start + hours(1) + 6000);
  driven.tick(start + hours(1) + 7000);
};

describe('the index of an hour', () => {
  it('is pending since a right time, when the clock was not set before', () => {
    const driven = begin();
    giveHour(driven, 8, { pm25: 20 });
    const woken = midnight + hours(8) + minutes(20);
    driven.shift({ from: woken, to: midnight + hours(9) + 7000, by: hours(100.5) });
    driven.restart();
    giveHour(driven, 110, { pm25: 20 });
    expect(driven.of(hours(1)).at(-1)?.data).toMatchObject({
      index: { state: 'pending', since: new Date(midnight + hours(108.5)).toISOString().replace('.000', '') },
    });
  });

  it('of a bare particle sensor comes with the second hour, and is pending before it, since its first', () => {
    const driven = begin();
    giveHour(driven, 8, { pm25: 20 });
    giveHour(driven, 9, { pm25: 20 });
    expect(driven.of(hours(1)).map(({ data }) => data)).toMatchObject([
      { index: { scheme: 'VN_AQI-h', state: 'pending', since: '2026-11-23T01:00:00Z' } },
      {
        airQualityIndex: 40,
        airQualityLevel: 'Tốt',
        index: {
          method: 'QD-1459-QD-TCMT-2019',
          pollutant: 'pm25',
          nowcast: 20,
          color: '0;228;0',
          pollutants: { pm25: 40 },
        },
        assurance: 'indicative',
      },
    ]);
    expect(driven.of(hours(1))[0]?.data).not.toHaveProperty('airQualityIndex');
    // Particulates have no limit for an hour.
    expect(driven.of(hours(1))[1]?.data).not.toHaveProperty('exceedsQcvn');
  });

  it('needs a particulate, whatever the gases say; their limits are another answer', () => {
    const driven = begin();
    giveHour(driven, 8, { no2: 210 });
    expect(driven.of(hours(1))[0]?.data).toMatchObject({
      index: { state: 'pending' },
      exceedsQcvn: true,
      qcvn: {
        regulation: 'QCVN 05:2023/BTNMT',
        limits: [{ quantity: 'no2', averaging: '1h', mean: 210, limit: 200, exceeds: true }],
      },
    });
  });

  it('does not count an hour of which less than three quarters are there', () => {
    const driven = begin();
    giveHour(driven, 8, { pm25: 20 }, 44);
    giveHour(driven, 9, { pm25: 20 }, 45);
    giveHour(driven, 10, { pm25: 20 }, 45);
    expect(driven.of(hours(1)).map(({ data }) => data['airQualityIndex'])).toEqual([undefined, undefined, 40]);
  });

  it('goes on over a restart in the middle of an hour', () => {
    const driven = begin();
    giveHour(driven, 8, { pm25: 20 });
    for (let minute = 0; minute < 60; minute++) {
      if (minute === 30) driven.restart();
      driven.tick(midnight + hours(9) + minutes(minute) + 6000);
      driven.step(sample(midnight + hours(9) + minutes(minute) + 10_000, 20));
    }
    driven.tick(midnight + hours(10) + 6000);
    expect(driven.of(hours(1)).at(-1)?.data).toMatchObject({ airQualityIndex: 40, samples: { pm25: 60 } });
  });

  it('counts an hour that comes late from then on', () => {
    const driven = begin();
    giveHour(driven, 8, { pm25: 20 });
    giveHour(driven, 10, { pm10: 10 });
    // What the device kept while its link was down.
    driven.step(...Array.from({ length: 60 }, (_, minute) => sample(midnight + hours(9) + minutes(minute), 25)));
    for (let second = 8; second < 200; second += 5) driven.tick(midnight + hours(11) + second * 1000);
    const late = driven.of(hours(1)).at(-1);
    expect(late).toMatchObject({ time: midnight + hours(10), data: { part: 'supplement', samples: { pm25: 60 } } });
    // (25 + 0.8 × 20) / 1.8
    expect(late?.data).toMatchObject({ airQualityIndex: 46, index: { nowcast: 22.8 } });
  });

  it('is not marked as indicative of an instrument that an agency validated', () => {
    const driven = begin({ reference: ['aq-kimlong'] });
    giveHour(driven, 8, { pm25: 20 });
    expect(driven.conclusions.length).toBeGreaterThan(60);
    for (const { data } of driven.conclusions) expect(data).not.toHaveProperty('assurance');
  });
});

describe('a day of synthetic data', () => {
  const random = createRandom('air-quality', 5);
  /** Missing: a night without power, and an hour in the afternoon. */
  const missing = new Set([3, 4, 15]);
  const day = Array.from({ length: 24 }, (_, hour) => ({
    pm25: 30 + 25 * Math.sin(hour / 4) + 8 * random(),
    pm10: 60 + 30 * Math.cos(hour / 5) + 10 * random(),
    o3: 60 + 130 * Math.max(0, Math.sin(((hour - 7) / 12) * Math.PI)) + random(),
    no2: 40 + 90 * random(),
  }));
  const driven = begin();
  for (const [hour, values] of day.entries()) giveHour(driven, hour, missing.has(hour) ? {} : values);
  giveHour(driven, 24, {});
  const at = (name: 'pm25' | 'pm10' | 'o3' | 'no2') =>
    day.map((values, hour) => (missing.has(hour) ? undefined : values[name]));

  it('gives for each hour what an independent computation gives', () => {
    const expected = day.flatMap((values, hour) => {
      if (missing.has(hour)) return [];
      const fine = byHand.weighted(at('pm25'), hour);
      const coarse = byHand.weighted(at('pm10'), hour);
      if (fine === undefined || coarse === undefined) return [[hour, undefined]];
      return [
        [
          hour,
          Math.max(
            byHand.read('pm25', fine),
            byHand.read('pm10', coarse),
            byHand.read('o3', values.o3),
            byHand.read('no2', values.no2),
          ),
        ],
      ];
    });
    const found = driven
      .of(hours(1))
      .map(({ time, data }) => [(time - midnight) / hours(1) - 1, data['airQualityIndex']]);
    expect(found).toEqual(expected);
    expect(found).toHaveLength(21);
    // The first hour, and the second one after the night.
    expect(found.filter(([, index]) => index === undefined).map(([hour]) => hour)).toEqual([0, 5]);
  });

  it('gives for the local day what an independent computation gives, and compares it with the limits', () => {
    const all = (name: Parameters<typeof at>[0]): number[] => at(name).filter(value => value !== undefined);
    const ozone = at('o3');
    const eights = ozone.flatMap((_, last) => {
      const list = ozone.slice(Math.max(0, last - 7), last + 1).filter(value => value !== undefined);
      return list.length >= 6 ? [byHand.average(list)] : [];
    });
    const each = {
      pm25: byHand.read('pm25', byHand.average(all('pm25'))),
      pm10: byHand.read('pm10', byHand.average(all('pm10'))),
      o3: Math.max(byHand.read('o3', Math.max(...all('o3'))), byHand.read('o38', Math.max(...eights))),
      no2: byHand.read('no2', Math.max(...all('no2'))),
    };
    const days = driven.of(hours(24));
    expect(days).toHaveLength(1);
    expect(days[0]).toMatchObject({
      time: midnight + hours(24),
      key: `${midnight}/${hours(24)}`,
      data: {
        airQualityIndex: Math.max(...Object.values(each)),
        index: { scheme: 'VN_AQI-d', pollutants: each },
        period: { completeness: 0.875 },
        qcvn: {
          limits: expect.arrayContaining([expect.objectContaining({ quantity: 'pm25', averaging: '24h', limit: 45 })]),
        },
      },
    });
  });
});

it('is pending of a day of which less than three quarters are there', () => {
  const driven = begin();
  for (let hour = 7; hour < 24; hour++) giveHour(driven, hour, { pm25: 20 });
  giveHour(driven, 24, {});
  expect(driven.of(hours(24))[0]?.data).toMatchObject({
    index: { scheme: 'VN_AQI-d', state: 'pending', since: '2026-11-22T17:00:00Z' },
    period: { completeness: 0.708 },
  });
  expect(driven.of(hours(24))[0]?.data).not.toHaveProperty('airQualityIndex');
});

it('keeps what it needs of the last days and no more', () => {
  const driven = begin({}, ['1h']);
  for (let hour = 0; hour < 100; hour++) {
    driven.step(sample(midnight + hours(hour), 20));
    driven.tick(midnight + hours(hour + 1) + 6000);
  }
  expect(driven.saved[1].size).toBeLessThanOrEqual(74);
  expect(driven.of(hours(1)).at(-1)?.data['airQualityIndex']).toBe(40);
});
