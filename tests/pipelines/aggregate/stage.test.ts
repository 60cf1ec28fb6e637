import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Measurement } from '../../../core/observation.ts';
import { isQuantity, type QuantityName, quantities } from '../../../core/quantity.ts';
import { stage } from '../../../pipelines/aggregate/stage.ts';
import { drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const second = 1000;
const minute = 60 * second;

const sample = (
  time: number,
  value: number,
  changes: Partial<Measurement> & { quantity?: QuantityName } = {},
): Measurement => ({
  kind: 'measurement',
  device: 'aq-kimlong',
  time,
  timeFrom: 'device',
  quantity: 'pm25',
  value,
  ...changes,
});

/** The stage a second after the gateway started. */
const begin = (config: object = {}): ReturnType<typeof drive> => {
  const driven = drive(stage, { periods: ['1m'], ...config });
  driven.tick(start);
  return driven;
};

const totalSamples = (driven: ReturnType<typeof drive>): number =>
  driven.conclusions
    .map(({ data }) => z.looseObject({ samples: z.record(z.string(), z.number()) }).parse(data).samples)
    .flatMap(samples => Object.values(samples))
    .reduce((sum, count) => sum + count, 0);

describe('a period', () => {
  it('becomes one event at its end, with what a Smart Data Model asks for', () => {
    const driven = begin();
    driven.step(sample(start, 10), sample(start + 30 * second, 20), sample(start + 59_999, 30));
    driven.tick(start + minute + 5 * second);
    expect(driven.conclusions).toEqual([
      {
        kind: 'conclusion',
        event: 'environment.air-quality.observed',
        source: 'aq-kimlong',
        device: 'aq-kimlong',
        subject: 'station/aq-kimlong',
        time: start + minute,
        key: `${start}/${minute}`,
        data: {
          id: 'urn:ngsi-ld:AirQualityObserved:hue-gw-017-aq-kimlong-20261123T010100Z',
          type: 'AirQualityObserved',
          dateObserved: '2026-11-23T01:01:00Z',
          period: { start: '2026-11-23T01:00:00Z', end: '2026-11-23T01:01:00Z' },
          location: { type: 'Point', coordinates: [107.5508, 16.4637] },
          pm25: 20,
          units: { pm25: 'ug/m3' },
          samples: { pm25: 3 },
          method: { pm25: 'arithmetic-mean' },
          assurance: 'indicative',
          refDevice: 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong',
        },
      },
    ]);
  });

  it('stays open for late samples as long as the configuration says', () => {
    const driven = begin({ lateness: '10s' });
    driven.step(sample(start, 10));
    driven.tick(start + minute + 9 * second);
    expect(driven.conclusions).toEqual([]);
    driven.step(sample(start + second, 20));
    driven.tick(start + minute + 10 * second);
    expect(driven.conclusions).toEqual([]);
    driven.tick(start + minute + 19 * second);
    expect(driven.conclusions).toMatchObject([{ data: { pm25: 15 } }]);
  });

  it('of each device is its own', () => {
    const driven = begin();
    driven.step(sample(start, 10), sample(start, 50, { device: 'ais-1' }));
    driven.tick(start + 2 * minute);
    expect(driven.conclusions).toMatchObject([
      { source: 'aq-kimlong', data: { pm25: 10 } },
      { source: 'ais-1', data: { pm25: 50 } },
    ]);
  });

  it('tells how complete it is where the interval of the samples is known', () => {
    const driven = begin({ interval: '1s' });
    for (let at = 0; at < 57; at++) driven.step(sample(start + at * second, 10));
    driven.step(sample(start, 3, { quantity: 'pm10' }));
    driven.tick(start + 2 * minute);
    expect(driven.conclusions).toMatchObject([{ data: { period: { completeness: 0.017 } } }]);
  });

  it('must divide a day', () => {
    expect(() => drive(stage, { periods: ['7s'] })).toThrow(/whole number of periods/);
  });
});

describe('the value of a period', () => {
  it.each([
    ['windDirection', [170, -170], 180, 'vector-mean'],
    ['windDirection', [-10, 30], 10, 'vector-mean'],
    ['LAeq', [60, 60, 70], 66.0206, 'energy-mean'],
    ['precipitation', [0.2, 0.4, 0.2], 0.8, 'sum'],
    ['temperature', [20, 21], 20.5, 'arithmetic-mean'],
    ['gustSpeed', [4, 9, 7], 9, 'maximum'],
  ] as const)('of %s %j is %d by %s', (quantity, values, expected, method) => {
    const driven = begin();
    driven.step(...values.map((value, index) => sample(start + index * second, value, { quantity })));
    driven.tick(start + 2 * minute);
    const data = z.looseObject({ [quantity]: z.number(), method: z.unknown() }).parse(driven.conclusions[0]?.data);
    expect(data[quantity]).toBeCloseTo(expected, 4);
    expect(data['method']).toEqual({ [quantity]: method });
  });

  it('leaves suspect samples out where others passed, and says how many', () => {
    const driven = begin();
    driven.step(
      sample(start, 10, { quality: 'pass' }),
      sample(start + second, 5000, { quality: 'suspect' }),
      sample(start + 2 * second, 20, { quality: 'pass' }),
    );
    driven.tick(start + 2 * minute);
    expect(driven.conclusions[0]?.data).toMatchObject({
      pm25: 15,
      quality: { pm25: 'pass' },
      samples: { pm25: 2 },
      setAside: { pm25: 1 },
    });
  });

  it('is that of the suspect samples where none passed, and says so', () => {
    const driven = begin();
    driven.step(sample(start, 5000, { quality: 'suspect' }));
    driven.tick(start + 2 * minute);
    expect(driven.conclusions[0]?.data).toMatchObject({
      pm25: 5000,
      quality: { pm25: 'suspect' },
      samples: { pm25: 1 },
    });
    expect(driven.conclusions[0]?.data).not.toHaveProperty('setAside');
  });
});

describe('quantities', () => {
  const eventsOf = (...names: QuantityName[]) => {
    const driven = begin();
    driven.step(...names.map(quantity => sample(start, 0.5, { quantity })));
    driven.tick(start + 2 * minute);
    return driven.conclusions.map(({ event, data }) => [event, Object.keys(Object(data['units']))]);
  };

  it('of air and of its temperature and humidity are one event', () => {
    expect(eventsOf('pm25', 'temperature', 'relativeHumidity')).toEqual([
      ['environment.air-quality.observed', ['pm25', 'temperature', 'relativeHumidity']],
    ]);
  });

  it('of a weather station with an air sensor are two', () => {
    expect(eventsOf('temperature', 'windSpeed', 'pm25')).toEqual([
      ['environment.weather.observed', ['temperature', 'windSpeed']],
      ['environment.air-quality.observed', ['pm25', 'temperature']],
    ]);
  });

  it('of each model have their own event', () => {
    expect(eventsOf('LAeq', 'waterLevel', 'batteryLevel', 'rssi')).toEqual([
      ['environment.noise-level.observed', ['LAeq']],
      ['environment.water-level.observed', ['waterLevel']],
      ['environment.device-measurement.observed', ['batteryLevel', 'rssi']],
    ]);
  });
});

describe('a sample that comes again', () => {
  it('with the same device time is counted once', () => {
    const driven = begin();
    driven.step(sample(start, 10), sample(start + second, 20));
    driven.step(sample(start, 10), sample(start + second, 20), sample(start + 2 * second, 30));
    driven.tick(start + 2 * minute);
    expect(driven.conclusions).toMatchObject([{ data: { pm25: 20, samples: { pm25: 3 } } }]);
    expect(driven.dropped).toEqual({ repeated: 2 });
  });

  it('is recognized after a restart and after its period was told', () => {
    const driven = begin();
    driven.step(...Array.from({ length: 300 }, (_, index) => sample(start + index * 100, index)));
    driven.tick(start + minute + 5 * second);
    driven.restart();
    driven.tick(start + minute + 6 * second);
    driven.step(...Array.from({ length: 300 }, (_, index) => sample(start + index * 100, index)));
    driven.tick(start + 5 * minute);
    expect(driven.conclusions).toHaveLength(1);
    expect(driven.dropped).toEqual({ repeated: 300 });
  });

  it('of another quantity or another device is another sample', () => {
    const driven = begin();
    driven.step(sample(start, 1), sample(start, 1, { quantity: 'pm10' }), sample(start, 1, { device: 'ais-1' }));
    driven.tick(start + 2 * minute);
    expect(totalSamples(driven)).toBe(3);
  });

  it('with a gateway time is another sample: nothing tells them apart', () => {
    const driven = begin();
    const untimed = sample(start, 10, { timeFrom: 'gateway' });
    driven.step(untimed, untimed);
    driven.tick(start + 2 * minute);
    expect(driven.conclusions).toMatchObject([{ data: { samples: { pm25: 2 } } }]);
  });

  it('is forgotten after a while but for the newest, so that the memory stays bounded', () => {
    const driven = begin();
    driven.step(...Array.from({ length: 1000 }, (_, index) => sample(start + index, index)));
    driven.tick(start + 2 * minute);
    expect([...driven.saved.keys()].filter(key => key.startsWith('seen/'))).toHaveLength(16);
    driven.tick(start + 20 * minute);
    const kept = ['seen/aq-kimlong/15', 'seen/aq-kimlong/16', 'until/aq-kimlong'];
    expect([...driven.saved.keys()].toSorted()).toEqual(kept);
    driven.step(sample(start + 999, 999), sample(start + 900, 900));
    expect(driven.dropped).toEqual({ repeated: 2 });
  });

  it('of a message that measures more later is told apart by its quantity, also after a restart', () => {
    const driven = begin();
    driven.step(sample(start, 1), sample(start + second, 2));
    driven.step(sample(start, 3, { quantity: 'pm10' }));
    driven.restart();
    driven.step(
      sample(start, 3, { quantity: 'pm10' }),
      sample(start, 1),
      sample(start + second, 4, { quantity: 'pm1' }),
    );
    expect(driven.dropped).toEqual({ repeated: 2 });
  });

  it('of any quantity is told from all others of the same moment', () => {
    const driven = begin();
    const names = Object.keys(quantities).filter(isQuantity);
    for (const quantity of names) driven.step(sample(start, 1, { quantity }));
    expect(driven.dropped).toEqual({});
    driven.restart();
    for (const quantity of names) driven.step(sample(start, 1, { quantity }));
    expect(driven.dropped).toEqual({ repeated: names.length });
  });

  it('of a flood is remembered for the newest thirty thousand messages', () => {
    const driven = begin();
    for (let at = 0; at < 40; at++)
      driven.step(...Array.from({ length: 1000 }, (_, index) => sample(start + at * 1000 + index, index)));
    expect([...driven.saved.keys()].filter(key => key.startsWith('seen/'))).toHaveLength(512);
    driven.step(sample(start + 39_999, 999));
    expect(driven.dropped).toEqual({ repeated: 1 });
  });
});

describe('samples for a period that was told already', () => {
  it('are told apart, under an id of their own', () => {
    const driven = begin();
    driven.step(sample(start, 10));
    driven.tick(start + minute + 5 * second);
    driven.step(sample(start + second, 20), sample(start + 2 * second, 40));
    driven.tick(start + minute + 6 * second);
    driven.tick(start + minute + 12 * second);
    expect(driven.conclusions).toMatchObject([
      { key: `${start}/${minute}`, data: { pm25: 10 } },
      { key: `${start}/${minute}/${start + second}`, data: { pm25: 30, part: 'supplement', samples: { pm25: 2 } } },
    ]);
  });

  it('are told apart also after a restart', () => {
    const driven = begin();
    driven.step(sample(start, 10));
    driven.tick(start + minute + 5 * second);
    driven.restart();
    driven.tick(start + minute + 6 * second);
    driven.step(sample(start + second, 20));
    driven.tick(start + 2 * minute);
    expect(driven.conclusions).toMatchObject([{ data: {} }, { data: { part: 'supplement' } }]);
  });
});

describe('clocks', () => {
  it('of a device that runs ahead fill periods that are told when it falls silent, apart from the true ones', () => {
    const driven = begin();
    const ahead = start + 120 * minute;
    driven.step(sample(ahead, 10));
    driven.tick(start + second);
    driven.tick(start + minute + 6 * second);
    expect(driven.conclusions).toMatchObject([{ time: ahead + minute, data: { part: 'supplement' } }]);
    driven.tick(ahead);
    driven.step(sample(ahead + second, 20));
    driven.tick(ahead + 2 * minute);
    expect(driven.conclusions[1]).toMatchObject({ key: `${ahead}/${minute}`, data: { pm25: 20 } });
  });

  it('that are set back do not keep periods open', () => {
    const driven = drive(stage, { periods: ['1m'] });
    driven.step(sample(start, 10));
    driven.tick(start + second, second);
    const before = start - 24 * 60 * minute;
    driven.tick(before, 2 * second);
    driven.tick(before + minute + 6 * second, minute + 8 * second);
    expect(driven.conclusions).toHaveLength(1);
  });

  it.each([
    ['an hour back', -60 * minute],
    ['an hour forward', 60 * minute],
    ['a day back', -24 * 60 * minute],
    ['a day forward', 24 * 60 * minute],
  ])('that are set %s lose no sample, and tell no period under two names or two periods under one', (_, by) => {
    const driven = drive(stage, { periods: ['1m'] });
    let given = 0;
    for (let steady = 0; steady < 4 * 60; steady++) {
      // In the middle of a minute; what was on its way then still has the old time.
      const now = start + steady * second + (steady < 90 ? 0 : by);
      const time = start + steady * second + (steady < 92 ? 0 : by);
      driven.tick(now, steady * second);
      driven.step(sample(time, steady, { timeFrom: 'gateway' }));
      given++;
    }
    driven.tick(start + by + 6 * minute, 6 * minute);
    expect(totalSamples(driven)).toBe(given);
    const keys = driven.conclusions.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    // Five minutes, one of them in two parts.
    expect(keys.length).toBeLessThanOrEqual(6);
  });

  it('that were set back and live through a time again tell of it apart, and after it as ever', () => {
    const driven = drive(stage, { periods: ['1m'] });
    const untimed = (time: number) => sample(time, 10, { timeFrom: 'gateway' });
    const pass = (from: number, minutes: number, steadyFrom: number): void => {
      for (let passed = 0; passed < minutes; passed++) {
        driven.tick(from + passed * minute, steadyFrom + passed * minute);
        driven.step(untimed(from + passed * minute + second));
      }
    };
    const days = 48 * 60;
    pass(start + days * minute, 3, 0);
    pass(start, days + 5, 10 * minute);
    driven.tick(start + (days + 7) * minute, (days + 30) * minute);
    const keys = driven.conclusions.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(totalSamples(driven)).toBe(days + 8);
    expect(driven.conclusions.filter(({ data }) => data['part'] === 'supplement')).toHaveLength(3);
  });

  it('that were years ahead make no supplements of the periods after they were set right', () => {
    const driven = drive(stage, { periods: ['1m'] });
    const wrong = start + 3 * 365 * 24 * 60 * minute;
    const untimed = (time: number) => sample(time, 10, { timeFrom: 'gateway' });
    driven.tick(wrong, 0);
    driven.step(untimed(wrong));
    driven.tick(wrong + minute + 5 * second, 65 * second);
    driven.tick(start + second, 66 * second);
    driven.step(untimed(start + second));
    driven.tick(start + 10 * minute, 10 * minute);
    driven.step(untimed(start + 10 * minute));
    driven.tick(start + 12 * minute, 12 * minute);
    expect(driven.conclusions.map(({ key }) => key)).toEqual([
      `${wrong}/${minute}`,
      `${start}/${minute}`,
      `${start + 10 * minute}/${minute}`,
    ]);
  });

  it('that are wild cannot open periods without end, and lose nothing', () => {
    const driven = begin();
    driven.step(...Array.from({ length: 1000 }, (_, index) => sample(start - index * 7 * minute, index)));
    expect([...driven.saved.keys()].filter(key => key.startsWith('window/'))).toHaveLength(256);
    driven.tick(start + 10 * minute);
    driven.tick(start + 20 * minute);
    expect(totalSamples(driven)).toBe(1000);
    const keys = driven.conclusions.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('a restart', () => {
  it('goes on with the period that was open, whole', () => {
    const driven = begin();
    driven.step(sample(start, 10), sample(start + second, 20));
    driven.restart();
    driven.tick(start + 10 * second);
    driven.step(sample(start + 11 * second, 60));
    driven.tick(start + minute + 5 * second);
    driven.tick(start + minute + 10 * second);
    expect(driven.conclusions).toMatchObject([{ data: { pm25: 30, samples: { pm25: 3 } } }]);
  });

  it('with another period tells what is open over the old one', () => {
    const driven = begin({ periods: ['1m'] });
    driven.step(sample(start, 10));
    driven.restart({ periods: ['10s'] });
    driven.tick(start + 20 * second);
    driven.step(sample(start + 20 * second, 30));
    driven.tick(start + 2 * minute);
    expect(driven.conclusions.map(({ key }) => key)).toEqual([`${start}/60000`, `${start + 20 * second}/10000`]);
    expect(totalSamples(driven)).toBe(2);
  });

  it('saves with each step what the step swallowed, and little else', () => {
    const driven = begin();
    for (let at = 0; at < 50; at++) driven.step(sample(start + at * second, at));
    const bytes = [...driven.saved.values()].reduce((sum, value) => sum + value.length, 0);
    expect([...driven.saved.keys()].toSorted()).toEqual(['seen/aq-kimlong/1', 'window/aq-kimlong/1795395600000']);
    expect(bytes).toBeLessThan(1200);
  });
});
