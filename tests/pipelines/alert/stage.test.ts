import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import type { Measurement } from '../../../core/observation.ts';
import { hours, minutes } from '../../../core/time.ts';
import vnAqi from '../../../pipelines/air-quality/vn-aqi.json' with { type: 'json' };
import { airQualityLevels } from '../../../pipelines/alert/built-in.ts';
import { stage } from '../../../pipelines/alert/stage.ts';
import { drive, toWire } from '../../support/events.ts';

/** 20:00 in Vietnam. */
const evening = Date.UTC(2026, 9, 27, 13);

const device = 'aq-kimlong';

/** What `aggregate` concludes of a period that ends at `time`. */
const mean = (
  event: Conclusion['event'],
  time: number,
  values: Readonly<Record<string, number>>,
  more: Readonly<Record<string, unknown>> = {},
  length = minutes(1),
): Conclusion => ({
  kind: 'conclusion',
  event,
  source: device,
  device,
  subject: `station/${device}`,
  time,
  key: `${time - length}/${length}`,
  data: {
    ...baseOf(event, time, length),
    ...values,
    units: {},
    samples: Object.fromEntries(Object.keys(values).map(name => [name, 60])),
    method: {},
    refDevice: 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong',
    ...more,
  },
});

const models: Readonly<Record<string, string>> = {
  'environment.water-level.observed': 'FloodMonitoring',
  'environment.weather.observed': 'WeatherObserved',
  'environment.air-quality.observed': 'AirQualityObserved',
  'environment.noise-level.observed': 'NoiseLevelObserved',
};
const second = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
const baseOf = (event: string, time: number, length: number): object => {
  const type = models[event] ?? '';
  const dates =
    type === 'NoiseLevelObserved'
      ? { dateObservedFrom: second(time - length), dateObservedTo: second(time) }
      : { dateObserved: second(time) };
  return {
    id: `urn:ngsi-ld:${type}:hue-gw-017-aq-kimlong-1`,
    type,
    ...dates,
    period: { start: second(time - length), end: second(time) },
  };
};

const level = (time: number, metres: number, more: Readonly<Record<string, unknown>> = {}): Conclusion =>
  mean('environment.water-level.observed', time, { waterLevel: metres }, more);

const kimLong = { gauges: [{ device, station: 'kim-long', zeroMetres: -0.5 }] };

const driven = (config: object) => {
  const running = drive(stage, config);
  const warnings = (): readonly Conclusion[] => running.conclusions.filter(({ event }) => event.startsWith('warning.'));
  return {
    ...running,
    warnings,
    said: () =>
      warnings().map(({ event, data }) => [event.split('.')[2], levelOf(data), data['change'] ?? data['reason']]),
    /** A mean of each minute, or of one in several, from `from` for `count` minutes. */
    water: (from: number, count: number, metres: (minute: number) => number, every = 1) => {
      for (let minute = every; minute <= count; minute += every) {
        const time = from + minutes(minute);
        running.step(level(time, metres(minute)));
        running.tick(time);
      }
    },
  };
};

const levelOf = (data: Readonly<Record<string, unknown>>): unknown => (data['level'] as { number: number }).number;

describe('the alarm stages of a river', () => {
  it('are one condition, raised after five minutes and updated from stage to stage, in the datum of the station', () => {
    const running = driven(kimLong);
    running.water(evening, 10, () => 1.4);
    expect(running.said()).toEqual([]);
    running.water(evening + minutes(10), 10, () => 1.52);
    expect(running.said()).toEqual([['raised', 1, undefined]]);
    running.water(evening + minutes(20), 10, () => 2.6);
    running.water(evening + minutes(30), 10, () => 4.12);
    expect(running.said()).toEqual([
      ['raised', 1, undefined],
      ['updated', 2, 'up'],
      ['updated', 3, 'up'],
    ]);
    const [raised, , third] = running.warnings();
    expect(raised).toMatchObject({
      time: evening + minutes(15),
      severity: 'MEDIUM',
      data: {
        value: 1.02,
        since: new Date(evening + minutes(10)).toISOString(),
        method: 'QD-05-2020-QD-TTg',
        station: { id: 'kim-long', river: 'Hương', zeroMetres: -0.5 },
        limits: { threshold: 1, clear: 0.95 },
      },
    });
    expect(third).toMatchObject({ severity: 'CRITICAL', data: { value: 3.62, number: 2, peak: { value: 3.62 } } });
    expect(new Set(running.warnings().map(({ correlation }) => correlation)).size).toBe(1);
    expect(new Set(running.warnings().map(({ key }) => key)).size).toBe(3);
  });

  it('tell how fast it rises, where and when, in both languages', () => {
    const running = driven(kimLong);
    running.water(evening, 40, minute => 1 + minute / 60);
    const [raised] = running.warnings();
    expect(raised && toWire(raised)).toMatchObject({
      type: 'vn.ioc.warning.threshold.raised.v1',
      services: 'warning,environment',
      data: {
        headline: {
          vi: 'Lũ sông Hương tại Trạm không khí Kim Long: mực nước 1,07 m, trên báo động I (1,00 m), đang lên 1,00 m/giờ (lúc 20:34 ngày 27/10)',
          en: 'Flood of the Hương river at Trạm không khí Kim Long: water level 1.07 m, at alarm stage I (1.00 m), rising 1.00 m/h (at 20:34 on 27 Oct)',
        },
      },
    });
  });

  it('are told again with each half meter above the highest, when it stays, and not between them', () => {
    const running = driven(kimLong);
    running.water(evening, 10, () => 4.1);
    running.water(evening + minutes(10), 20, minute => 4.1 + minute * 0.02);
    running.water(evening + minutes(30), 3, () => 4.9);
    running.water(evening + minutes(33), 20, () => 4.5);
    expect(running.said()).toEqual([['raised', 3, undefined]]);
    running.water(evening + minutes(53), 10, () => 4.62);
    running.restart();
    running.water(evening + minutes(63), 20, () => 5.0);
    expect(running.said()).toEqual([
      ['raised', 3, undefined],
      ['updated', 3, 'worse'],
    ]);
    const [, worse] = running.warnings();
    expect(worse).toMatchObject({ severity: 'CRITICAL', data: { value: 4.12, peak: { value: 4.4 } } });
    expect(toWire(worse as Conclusion)).toMatchObject({
      data: { headline: { vi: expect.stringContaining('nghiêm trọng hơn: mực nước 4,12 m') } },
    });
    // It falls within the stage and rises again: that was told.
    running.water(evening + minutes(83), 60, () => 4.2);
    running.water(evening + minutes(143), 20, () => 5.0);
    expect(running.said()).toHaveLength(2);
    running.water(evening + minutes(163), 20, () => 5.2);
    expect(running.said()).toHaveLength(3);
  });

  it('are reached at their very level, and left five centimeters below it for half an hour, not by a dip', () => {
    const running = driven(kimLong);
    running.water(evening, 6, () => 2.5);
    expect(running.said()).toEqual([['raised', 2, undefined]]);
    const lower = driven({ gauges: [{ device, station: 'kim-long', zeroMetres: -0.3 }] });
    lower.water(evening, 6, () => 2.3);
    expect(lower.said()).toEqual([['raised', 2, undefined]]);
    running.water(evening + minutes(6), 60, () => 2.47, 6);
    running.water(evening + minutes(66), 29, () => 2.4, 29);
    running.water(evening + minutes(95), 1, () => 2.5);
    expect(running.said()).toHaveLength(1);
    running.water(evening + minutes(96), 30, () => 2.4, 5);
    running.water(evening + minutes(126), 40, () => 1.2, 5);
    expect(running.said()).toEqual([
      ['raised', 2, undefined],
      ['updated', 1, 'down'],
      ['cleared', 1, 'recovered'],
    ]);
    expect(running.warnings().at(-1)).toMatchObject({ severity: 'INFORMATIONAL', data: { peak: { value: 2 } } });
  });

  it('say nothing of a gauge that stands at no station, nor of a wave', () => {
    const elsewhere = driven({ gauges: [{ device: 'wl-other', station: 'kim-long', zeroMetres: 0 }] });
    elsewhere.water(evening, 10, () => 5);
    const wave = driven(kimLong);
    wave.water(evening, 60, minute => (minute % 4 === 0 ? 1 : 5));
    expect([...elsewhere.said(), ...wave.said()]).toEqual([]);
  });

  it('go on over a restart, with what was about to be told', () => {
    const running = driven(kimLong);
    running.water(evening, 4, () => 1.6);
    running.checkpoint();
    running.restart();
    running.water(evening + minutes(4), 2, () => 1.6);
    running.restart();
    running.water(evening + minutes(6), 6, () => 2.6);
    expect(running.said()).toEqual([
      ['raised', 1, undefined],
      ['updated', 2, 'up'],
    ]);
    expect(running.warnings()[0]?.time).toBe(evening + minutes(5));
  });

  it('that nobody measures any more are no flood that is over: the warning keeps its severity', () => {
    const running = driven(kimLong);
    running.water(evening, 6, () => 4.2);
    running.tick(evening + minutes(36));
    expect(running.said()).toHaveLength(1);
    running.tick(evening + minutes(37));
    const [raised, lost] = running.warnings();
    expect(lost).toMatchObject({
      event: 'warning.threshold.cleared',
      severity: 'CRITICAL',
      cause: { event: raised?.event, key: raised?.key },
      data: { reason: 'source-lost', value: 3.7 },
    });
    expect(lost && toWire(lost)['causationid']).toBe(raised && toWire(raised)['id']);
    running.water(evening + minutes(37), 6, () => 4.2);
    expect(running.said().at(-1)).toEqual(['raised', 3, undefined]);
    expect(running.warnings()[2]?.correlation).not.toBe(raised?.correlation);
  });

  it('are cleared when their gauge is configured no more, and only then', () => {
    const running = driven(kimLong);
    running.water(evening, 6, () => 4.2);
    running.restart();
    running.tick(evening + minutes(6));
    expect(running.said()).toHaveLength(1);
    running.restart({});
    running.tick(evening + minutes(7));
    expect(running.said().at(-1)).toEqual(['cleared', 3, 'config-removed']);
    running.restart({});
    running.tick(evening + minutes(8));
    expect(running.said()).toHaveLength(2);
    expect(running.saved.size).toBe(0);
  });
});

describe('a warning', () => {
  it('names the event of the value that caused it', () => {
    const running = driven(kimLong);
    running.water(evening, 5, () => 1.6);
    const [value, warning] = running.conclusions.slice(-2);
    expect(warning?.event).toBe('warning.threshold.raised');
    expect(warning && toWire(warning)['causationid']).toBe(value && toWire(value)['id']);
  });

  it('is not made of values that failed, came too late or of hours that are not whole', () => {
    const own = { id: 'hot', name: { vi: 'Nóng', en: 'Hot' }, quantity: 'temperature', over: '1h', above: 30 };
    const running = driven({ ...kimLong, rules: [own] });
    running.water(evening, 3, () => 1);
    for (let minute = 4; minute < 30; minute++)
      running.step(level(evening + minutes(minute), 5, { part: 'supplement' }));
    const hour = (completeness: number) =>
      mean(
        'environment.weather.observed',
        evening + hours(1),
        { temperature: 35 },
        {
          period: { start: second(evening), end: second(evening + hours(1)), completeness },
        },
        hours(1),
      );
    running.step(hour(0.74));
    expect(running.said()).toEqual([]);
    running.step(hour(0.75));
    expect(running.said()).toHaveLength(1);
  });

  it('tells that a value is suspect: a flood that rises fast is flagged so', () => {
    const running = driven(kimLong);
    for (let minute = 1; minute <= 5; minute++)
      running.step(level(evening + minutes(minute), 5, { quality: { waterLevel: 'suspect' } }));
    expect(running.warnings()[0]?.data).toMatchObject({ quality: 'suspect' });
  });
});

describe('the other built-in rules', () => {
  const hourly = (values: Readonly<Record<string, number>>, time: number) =>
    mean('environment.noise-level.observed', time, values, {}, hours(1));

  it('hold the noise of an hour against the limit of that hour, 70 dBA from six on and 55 from 21', () => {
    const running = driven({});
    /** Of the hour that ends at this local one. */
    const noise = (hour: number, LAeq: number) => running.step(hourly({ LAeq }, evening + hours(hour - 20)));
    noise(20, 70);
    noise(21, 70.1);
    noise(22, 54);
    noise(23, 55.1);
    noise(24 + 5, 53.9);
    noise(24 + 7, 69);
    expect(running.said()).toEqual([
      ['raised', 1, undefined],
      ['cleared', 1, 'recovered'],
      ['raised', 1, undefined],
      ['cleared', 1, 'recovered'],
    ]);
    expect(running.warnings().map(({ data }) => (data['limits'] as { threshold: number }).threshold)).toEqual([
      70, 55, 55, 55,
    ]);
    const special = driven({ noise: { area: 'special' } });
    special.step(hourly({ LAeq: 56 }, evening));
    const own = driven({
      noise: {
        limits: [
          { fromHour: 6, limit: 65 },
          { fromHour: 18, limit: 60 },
        ],
      },
    });
    own.step(hourly({ LAeq: 61 }, evening));
    expect([special.said(), own.said()]).toEqual([[['raised', 1, undefined]], [['raised', 1, undefined]]]);
  });

  it('follow the levels of VN_AQI, which are those of the decision, and say that they are indicative', () => {
    const [scale] = vnAqi;
    const named = scale?.levels.map(({ to, name }) => [to, name]) ?? [];
    expect(airQualityLevels.map(({ threshold, name }) => [threshold, name.vi])).toEqual(
      named.slice(1, -1).map(([to], index) => [to, named[index + 2]?.[1]]),
    );
    const running = driven({});
    const index = (hour: number, airQualityIndex: number) =>
      running.step(
        mean(
          'environment.air-quality.observed',
          evening + hours(hour),
          { pm25: 60 },
          {
            airQualityIndex,
            assurance: 'indicative',
          },
          hours(1),
        ),
      );
    for (const [hour, value] of [100, 101, 160, 310, 240, 96, 95].entries()) index(hour, value);
    expect(running.said()).toEqual([
      ['raised', 1, undefined],
      ['updated', 2, 'up'],
      ['updated', 4, 'up'],
      ['updated', 3, 'down'],
      ['updated', 1, 'down'],
      ['cleared', 1, 'recovered'],
    ]);
    expect(running.warnings()[0]?.data).toMatchObject({
      assurance: 'indicative',
      figure: 'airQualityIndex',
      value: 101,
    });
  });

  it('follow each gas that the law limits for an hour or eight by itself', () => {
    const running = driven({});
    const limit = (quantity: string, averaging: string, value: number, limited: number) => ({
      quantity,
      averaging,
      mean: value,
      limit: limited,
      exceeds: value > limited,
    });
    running.step(
      mean(
        'environment.air-quality.observed',
        evening,
        { no2: 210, co: 9000 },
        {
          exceedsQcvn: true,
          qcvn: {
            regulation: 'QCVN 05:2023/BTNMT',
            limits: [limit('no2', '1h', 210, 200), limit('co', '1h', 9000, 30_000), limit('co', '8h', 10_100, 10_000)],
          },
        },
        hours(1),
      ),
    );
    expect(running.warnings().map(({ correlation }) => correlation)).toEqual([
      'threshold/gas/aq-kimlong/no2-1h/20261027T130000000Z',
      'threshold/gas/aq-kimlong/co-8h/20261027T130000000Z',
    ]);
    expect(running.warnings().map(({ data }) => (data['text'] as { vi: string }).vi)).toEqual([
      'trung bình 1 giờ 210 µg/m³, giới hạn 200 µg/m³',
      'trung bình 8 giờ 10100 µg/m³, giới hạn 10000 µg/m³',
    ]);
  });

  it('judge heat by what it feels like, and are left out on demand', () => {
    const hot = (config: object) => {
      const running = driven(config);
      for (let minute = 1; minute <= 10; minute++)
        running.step(
          mean(
            'environment.weather.observed',
            evening + minutes(minute),
            { temperature: 34, relativeHumidity: 0.7 },
            { quality: { temperature: 'pass', relativeHumidity: 'suspect' } },
          ),
        );
      return running.warnings();
    };
    const [warning, ...more] = hot({});
    expect(warning).toMatchObject({
      data: { figure: 'heatIndex', quality: 'suspect', method: 'NWS-SR-90-23', level: { number: 1, of: 2 } },
    });
    expect(Number(warning?.data['value'])).toBeCloseTo(46.8, 1);
    expect([...more, ...hot({ without: ['heat'] })]).toEqual([]);
  });
});

describe('rules of your own', () => {
  const cold = {
    id: 'cold-store',
    name: { vi: 'Kho lạnh', en: 'Cold store' },
    quantity: 'temperature',
    over: 'sample',
    below: -20,
    clearAbove: -18,
    for: '1m',
    clearFor: '1m',
    severity: 'HIGH',
    text: { vi: 'chỉ còn {value}, dưới {limit}', en: 'only {value}, below {limit}' },
  };
  const sample = (time: number, value: number, more: Partial<Measurement> = {}): Measurement => ({
    kind: 'measurement',
    device,
    time,
    timeFrom: 'device',
    quantity: 'temperature',
    value,
    ...more,
  });

  it('judge single values before aggregate, below a limit too, and let them pass', () => {
    const running = driven({ rules: [cold] });
    for (const [index, value] of [-21, -22, -21, -19, -17, -17, -17].entries())
      running.step(sample(evening + index * 30_000, value));
    expect(running.said()).toEqual([
      ['raised', 1, undefined],
      ['cleared', 1, 'recovered'],
    ]);
    expect(running.items).toHaveLength(7);
    expect(running.warnings()[0]).toMatchObject({
      severity: 'HIGH',
      data: {
        text: { vi: 'chỉ còn -21 °C, dưới -20 °C', en: 'only -21 °C, below -20 °C' },
        peak: { value: -21 },
        periodSeconds: 0,
      },
    });
    expect(running.warnings()[0]).not.toHaveProperty('cause');
  });

  it('take no value that failed or is missing', () => {
    const running = driven({ rules: [{ ...cold, for: '0s' }] });
    running.step(sample(evening, -90, { quality: 'fail' }), sample(evening + 1, Number.NaN, { quality: 'missing' }));
    expect(running.said()).toEqual([]);
    running.step(sample(evening + 2, -90, { quality: 'pass' }));
    expect(running.said()).toHaveLength(1);
  });

  it('begin anew after a pause in which nobody knows what was', () => {
    const running = driven({ rules: [{ ...cold, for: '10m' }] });
    running.step(sample(evening, -21));
    running.step(sample(evening + minutes(16), -21));
    expect(running.said()).toEqual([]);
    running.step(sample(evening + minutes(26), -21));
    expect(running.said()).toHaveLength(1);
  });

  it('are not fooled by values that come again or out of order, and follow a clock that is set back', () => {
    const running = driven({ rules: [{ ...cold, for: '0s' }] });
    running.step(sample(evening, 5), sample(evening - 1000, -30), sample(evening, -30));
    expect(running.said()).toEqual([]);
    running.step(sample(evening - hours(1), -30));
    expect(running.said()).toHaveLength(1);
  });

  it('go on at once when the clock of the gateway was set back', () => {
    const running = driven({ rules: [{ ...cold, for: '0s', clearFor: '0s' }] });
    running.step(sample(evening, -30, { timeFrom: 'gateway' }));
    running.shift({ from: evening - hours(1), to: evening, by: -minutes(10) });
    running.step(sample(evening - minutes(9), -15, { timeFrom: 'gateway' }));
    expect(running.said()).toEqual([
      ['raised', 1, undefined],
      ['cleared', 1, 'recovered'],
    ]);
  });

  it('tell since when by the clock that is right, under the name they were given, when it is set', () => {
    const woken = Date.UTC(2024, 0, 1);
    const rule = { ...cold, over: '1h', for: '0s', clearFor: '0s' };
    const running = driven({ rules: [rule] });
    // The machine started at 00:20, in the middle of the first hour.
    running.step(mean('environment.weather.observed', woken + hours(1), { temperature: -30 }, {}, hours(1)));
    running.tick(woken + hours(1), 0);
    running.shift({ from: woken + minutes(20), to: woken + hours(1.2), by: evening - woken });
    running.checkpoint();
    running.restart();
    running.tick(evening + hours(1.2), minutes(12));
    running.tick(evening + hours(9), hours(9));
    const [raised, cleared] = running.warnings();
    expect(raised?.data['since']).toBe('2024-01-01T00:00:00.000Z');
    expect(cleared?.correlation).toBe(raised?.correlation);
    expect(cleared?.data).toMatchObject({
      reason: 'source-lost',
      id: raised?.data['id'],
      since: new Date(evening).toISOString(),
      observedAt: new Date(evening + hours(1)).toISOString(),
      previousAt: new Date(evening + hours(1)).toISOString(),
      peak: { time: new Date(evening + hours(1)).toISOString() },
    });
  });

  it('apply to their devices only', () => {
    const running = driven({ rules: [{ ...cold, for: '0s', devices: ['cam-3'] }] });
    running.step(sample(evening, -30), sample(evening, -30, { device: 'cam-3' }));
    expect(running.warnings().map(({ source }) => source)).toEqual(['cam-3']);
  });

  const refusal = (config: object): string => stage.schema.safeParse(config).error?.issues[0]?.message ?? 'accepted';
  const { below, clearAbove, ...open } = cold;

  it.each([
    ['two limits', { rules: [{ ...cold, above: 3 }] }, 'write either above or below'],
    ['none', { rules: [open] }, 'write either above or below'],
    ['a limit that is left before it is reached', { rules: [{ ...cold, clearAbove: -25 }] }, 'is not lower'],
    ['the way back of the other kind', { rules: [{ ...cold, clearBelow: -25 }] }, 'it belongs to "above"'],
    ['words that nobody fills in', { rules: [{ ...cold, text: { vi: '{x}', en: '' } }] }, 'Too small'],
    ['a placeholder that is none', { rules: [{ ...cold, text: { vi: '{x}', en: 'x' } }] }, 'in braces only {value}'],
    ['the name of a built-in rule', { rules: [{ ...cold, id: 'heat' }] }, 'there is a rule heat already'],
    ['a rule twice', { rules: [cold, cold] }, 'there is a rule cold-store already'],
    ['a station that is in no table', { gauges: [{ device, station: 'x', zeroMetres: 0 }] }, 'Invalid option'],
    ['a gauge twice', { gauges: [...kimLong.gauges, ...kimLong.gauges] }, 'stands there twice'],
    ['a gauge without its zero', { gauges: [{ device, station: 'kim-long' }] }, 'expected number'],
    [
      'more rules than anybody reads',
      { rules: Array.from({ length: 65 }, (_, n) => ({ ...cold, id: `r${n}` })) },
      'Too big',
    ],
  ])('are refused with %s', (_, config, message) => {
    expect(below).toBe(-20);
    expect(clearAbove).toBe(-18);
    expect(refusal(config)).toContain(message);
  });
});
