import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decoded } from '../../../../core/driver.ts';
import { createJsonDecoder, encodeJson } from '../../../../drivers/sensors/mqtt-json/codec.ts';
import { mqttJsonConfig } from '../../../../drivers/sensors/mqtt-json/config.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const receivedAt = Date.UTC(2026, 10, 23, 1);

const captured = z.object({
  topic: z.string(),
  payload: z.unknown(),
  expected: z.record(z.string(), z.unknown()),
});

/** How a site would configure each of the real devices. */
const configurations: readonly z.input<typeof mqttJsonConfig>[] = [
  {
    topics: ['tele/{device}/SENSOR'],
    values: [
      { quantity: 'temperature', path: 'BME280.Temperature' },
      { quantity: 'relativeHumidity', path: 'BME280.Humidity', unit: '%' },
      { quantity: 'atmosphericPressure', path: 'BME280.Pressure' },
      { quantity: 'pm25', path: 'SDS0X1["PM2.5"]' },
      { quantity: 'pm10', path: 'SDS0X1.PM10' },
    ],
    time: { path: 'Time', zone: 'Europe/Berlin' },
  },
  {
    topics: ['tele/zbe1/+/SENSOR'],
    values: [
      { quantity: 'temperature', path: 'ZbReceived["TH-PTA1"].Temperature' },
      { quantity: 'relativeHumidity', path: 'ZbReceived["TH-PTA1"].Humidity', unit: '%' },
    ],
  },
  {
    topics: ['shellyht-livingroom/status/{component}'],
    values: [{ quantity: 'relativeHumidity', path: 'rh', unit: '%', where: { component: 'humidity:0' } }],
  },
  {
    topics: ['shelly1minig3-54320464f17c/events/rpc'],
    values: [{ quantity: 'temperature', path: 'params["switch:0"].temperature.tC' }],
    time: { path: 'params.ts', format: 'epoch-s' },
  },
];

/** The names of the captures' own table for what we call a quantity. */
const names = new Map([
  ['temperature', 'temperature_c'],
  ['relativeHumidity', 'humidity_pct'],
  ['atmosphericPressure', 'pressure_hpa'],
  ['pm25', 'pm25'],
  ['pm10', 'pm10'],
]);

const valuesIn = (decoded: readonly Decoded[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    decoded.flatMap(piece => {
      if (piece.kind !== 'observation' || piece.observation.kind !== 'measurement') return [];
      const { quantity, value } = piece.observation;
      const given = quantity === 'relativeHumidity' ? value * 100 : value;
      return [[names.get(quantity) ?? quantity, Number(given.toFixed(6))]];
    }),
  );

describe.skipIf(missingData() !== undefined)('real payloads', () => {
  it('give the values that were read from them by others', async () => {
    const lines = z.array(captured).parse(await readJsonLines(dataFile('sensors', 'mqtt-json.jsonl')));
    const known = new Set(names.values());
    let compared = 0;
    for (const [index, { topic, payload, expected }] of lines.entries()) {
      const config = mqttJsonConfig.parse(configurations[index]);
      const bytes = Buffer.from(JSON.stringify(payload));
      const decoded = createJsonDecoder(config, 'device-1')({ bytes, channel: topic, receivedAt });
      const wanted = Object.fromEntries(Object.entries(expected).filter(([name]) => known.has(name)));
      expect(valuesIn(decoded), topic).toEqual(wanted);
      compared += Object.keys(wanted).length;
    }
    expect(lines).toHaveLength(configurations.length);
    expect(compared).toBe(8);
  });
});

describe('encoded payloads', () => {
  it('are decoded to the values they were made of', () => {
    const config = mqttJsonConfig.parse({
      topics: ['a'],
      values: [
        { quantity: 'temperature', path: 'BME280.Temperature' },
        { quantity: 'pm25', path: 'SDS0X1["PM2.5"]' },
      ],
      time: { path: 'Time' },
    });
    const bytes = encodeJson([
      { path: 'Time', value: '2026-11-23T00:59:00Z' },
      { path: 'BME280.Temperature', value: 24.1 },
      { path: 'SDS0X1["PM2.5"]', value: 20.6 },
    ]);
    const decoded = createJsonDecoder(config, 'device-1')({ bytes, channel: 'a', receivedAt });
    expect(decoded.map(piece => (piece.kind === 'observation' ? piece.observation : piece))).toMatchObject([
      { quantity: 'temperature', value: 24.1, time: Date.UTC(2026, 10, 23, 0, 59), timeFrom: 'device' },
      { quantity: 'pm25', value: 20.6 },
    ]);
  });

  it('may be a bare number', () => {
    expect(Buffer.from(encodeJson([{ value: 58.3 }])).toString()).toBe('58.3');
  });
});

describe('the configuration', () => {
  const problems = (config: unknown): readonly string[] =>
    (mqttJsonConfig.safeParse(config).error?.issues ?? []).map(({ path }) => path.join('.'));
  const values = [{ quantity: 'temperature', path: 't' }];

  it.each([
    ['a topic with a wildcard inside a level', { topics: ['a+/b'], values }, 'topics.0'],
    ['a brace that is no variable', { topics: ['a/{x'], values }, 'topics.0'],
    [
      'a unit of another quantity',
      { topics: ['a'], values: [{ quantity: 'temperature', path: 't', unit: 'hPa' }] },
      'values.0.unit',
    ],
    ['a broken path', { topics: ['a'], values: [{ quantity: 'temperature', path: 't[' }] }, 'values.0.path'],
    [
      'a variable that no topic has',
      { topics: ['a/{x}'], values: [{ ...values[0], where: { y: '1' } }] },
      'values.0.where.y',
    ],
    ['a time zone that does not exist', { topics: ['a'], values, time: { path: 'T', zone: 'Asia/Hue' } }, 'time.zone'],
    ['no values', { topics: ['a'], values: [] }, 'values'],
    ['no topics', { topics: [], values }, 'topics'],
  ])('refuses %s, and says where', (_, config, path) => {
    expect(problems(config)).toEqual([path]);
  });
});
