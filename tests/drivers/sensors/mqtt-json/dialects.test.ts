import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decoded } from '../../../../core/driver.ts';
import { createJsonDecoder } from '../../../../drivers/sensors/mqtt-json/codec.ts';
import { mqttJsonConfig, presenceOf, topicsOf } from '../../../../drivers/sensors/mqtt-json/config.ts';
import { createCopies } from '../../../../drivers/sensors/mqtt-json/copies.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const receivedAt = Date.UTC(2026, 10, 23, 1);

type Config = z.input<typeof mqttJsonConfig>;

const decoderOf = (config: Config) => {
  const decode = createJsonDecoder(mqttJsonConfig.parse(config), 'device-1', createCopies());
  return (channel: string, payload: unknown, retained = false): readonly Decoded[] =>
    decode({
      bytes: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      channel,
      receivedAt,
      retained,
    });
};

/** Values by quantity, and what was counted. */
const told = (decoded: readonly Decoded[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    decoded.map(piece => {
      if (piece.kind !== 'observation') return [piece.reason, piece.kind];
      const { observation } = piece;
      return observation.kind === 'measurement' ? [observation.quantity, Number(observation.value.toFixed(6))] : [];
    }),
  );

const times = (decoded: readonly Decoded[]): readonly unknown[] => [
  ...new Set(decoded.map(piece => (piece.kind === 'observation' ? piece.observation.time : piece.reason))),
];

const line = z.looseObject({ topic: z.string(), payload: z.unknown() });

describe.skipIf(missingData() !== undefined)('real messages, by dialect alone', () => {
  it('give the values of Tasmota and Shelly', async () => {
    const lines = z.array(line).parse(await readJsonLines(dataFile('sensors', 'mqtt-json.jsonl')));
    const configs: readonly Config[] = [
      { dialect: 'tasmota', topicName: 'node_mcu_terrace', time: { path: 'Time', zone: 'Europe/Berlin' } },
      { dialect: 'tasmota', topicName: 'zbe1/09CF' },
      { dialect: 'shelly', topicName: 'shellyht-livingroom' },
      { dialect: 'shelly', topicName: 'shelly1minig3-54320464f17c' },
    ];
    expect(lines.map(({ topic, payload }, index) => told(decoderOf(configs[index] ?? {})(topic, payload)))).toEqual([
      { temperature: 20.5, dewPoint: 10.6, relativeHumidity: 0.531, atmosphericPressure: 977, pm25: 11.8, pm10: 5.8 },
      { temperature: 20, relativeHumidity: 0.35 },
      { relativeHumidity: 0.57 },
      { 'no-value': 'ignored' },
    ]);
  });

  it('give what ChirpStack and The Things Stack decoded, also where numbers are texts', async () => {
    const [dragino, things, repository] = z
      .array(z.looseObject({ payload: z.unknown().optional(), bytes_hex: z.string().optional() }))
      .parse(await readJsonLines(dataFile('sensors', 'lorawan-decoded.jsonl')));
    const soil = decoderOf({
      dialect: 'chirpstack',
      topicName: 'a8404187d187106e',
      values: [
        { quantity: 'soilTemperature', path: 'temp_SOIL' },
        { quantity: 'soilMoisture', path: 'water_SOIL_f', unit: '%' },
        { quantity: 'soilConductivity', path: 'conduct_SOIL' },
        { quantity: 'batteryVoltage', path: 'BatV' },
      ],
    })('application/5bb92de6-49b3-49af-a366-34667f2230be/device/a8404187d187106e/event/up', dragino?.payload);
    expect(told(soil)).toEqual({
      soilTemperature: 13.25,
      soilMoisture: 0.1374,
      soilConductivity: 35,
      batteryVoltage: 3.301,
    });
    expect(times(soil)).toEqual([Date.UTC(2024, 5, 20, 8, 48, 38, 863)]);

    const { data } = z.object({ data: z.unknown() }).parse(things?.payload);
    const room = decoderOf({
      dialect: 'the-things-stack',
      topicName: 'rs261-erik-internal',
      values: [{ quantity: 'temperature', path: 'Temperature' }],
    })('v3/thingsboard-ttn-demo@ttn/devices/rs261-erik-internal/up', data);
    expect(told(room)).toEqual({ temperature: 21.83, rssi: -69, snr: 8.25 });
    expect(times(room)).toEqual([Date.UTC(2025, 10, 7, 8, 52, 14, 742)]);

    const payload = Buffer.from(repository?.bytes_hex ?? '', 'hex').toString('base64');
    const bytes = decoderOf({
      dialect: 'chirpstack',
      topicName: 'a84041',
      bytes: [
        { quantity: 'batteryVoltage', port: 2, offset: 0, type: 'u16', mask: 0x3fff, scale: 0.001 },
        { quantity: 'temperature', port: 2, offset: 2, type: 'i16', scale: 0.01, absent: [0x7fff] },
        { quantity: 'relativeHumidity', port: 2, offset: 4, type: 'u16', scale: 0.1, unit: '%' },
        { quantity: 'waterTemperature', port: 2, offset: 7, type: 'i16', scale: 0.01, absent: [0x7fff] },
      ],
    })('application/1/device/a84041/event/up', { fCnt: 1, fPort: 2, data: payload });
    expect(told(bytes)).toEqual({
      batteryVoltage: 3.062,
      temperature: 28.29,
      relativeHumidity: 0.886,
      waterTemperature: 27.81,
    });
  });

  it('of 95 uplinks of network servers give the time, the best link, and never anything but finite numbers', async () => {
    const uplinks = z
      .array(z.object({ ns: z.string(), payload: z.looseObject({}) }))
      .parse(await readJsonLines(dataFile('sensors', 'lorawan-uplinks.jsonl')));
    const servers = new Map([
      ['ThingsStackCommunity', 'the-things-stack'],
      ['ThingsStackIndustries', 'the-things-stack'],
      ['ChirpStack', 'chirpstack'],
    ] as const);
    let read = 0;
    for (const { ns, payload } of uplinks) {
      const dialect = servers.get(ns as 'ChirpStack');
      // With `objectJSON` it is ChirpStack 3.
      if (dialect === undefined || 'objectJSON' in payload) continue;
      const topic = dialect === 'chirpstack' ? 'application/1/device/d/event/up' : 'v3/a@t/devices/d/up';
      const decode = decoderOf({
        dialect,
        topicName: 'd',
        bytes: [{ quantity: 'temperature', offset: 0, type: 'u8' }],
      });
      const decoded = decode(topic, payload);
      const { temperature, rssi } = z
        .object({ temperature: z.number(), rssi: z.number().negative() })
        .parse(told(decoded));
      expect([temperature, rssi].every(Number.isFinite)).toBe(true);
      for (const piece of decoded) expect(piece).toMatchObject({ observation: { timeFrom: 'device' } });
      expect(decode(topic, payload)).toEqual([{ kind: 'ignored', reason: 'duplicate' }]);
      read++;
    }
    expect(read).toBe(95);
  });
});

describe('a dialect', () => {
  it('reads units by the words of Tasmota, and refuses words that it does not know', () => {
    const decode = decoderOf({ dialect: 'tasmota', topicName: 'kim-long' });
    const sensor = { AM2301: { Temperature: 77, Humidity: 80 } };
    expect(told(decode('tele/kim-long/SENSOR', { ...sensor, TempUnit: 'F' }))).toEqual({
      temperature: 25,
      relativeHumidity: 0.8,
    });
    expect(told(decode('tele/kim-long/SENSOR', { ...sensor, TempUnit: 'R' }))).toEqual({
      'not-a-number': 'malformed',
      relativeHumidity: 0.8,
    });
  });

  it('takes the first of two sensors of Tasmota that measure the same', () => {
    const decode = decoderOf({ dialect: 'tasmota', topicName: 'a' });
    const payload = { 'DS18B20-1': { Id: '3C01', Temperature: 20 }, 'DS18B20-2': { Id: '3C02', Temperature: 30 } };
    expect(told(decode('tele/a/SENSOR', payload))).toEqual({ temperature: 20 });
    const broken = { ...payload, 'DS18B20-1': { Id: '3C01', Temperature: null } };
    expect(told(decode('tele/a/SENSOR', broken))).toEqual({ 'no-value': 'ignored' });
  });

  it.each([
    ['tasmota', 'tele/a/LWT', 'Online', 'Offline'],
    ['zigbee2mqtt', 'zigbee2mqtt/a/availability', '{"state":"online"}', '{"state":"offline"}'],
    ['shelly', 'a/online', 'true', 'false'],
    ['shelly-gen1', 'shellies/a/online', 'true', 'false'],
  ] as const)('of %s takes only "online" for a sign of life', (dialect, topic, online, offline) => {
    const decode = decoderOf({ dialect, topicName: 'a' });
    expect(presenceOf(mqttJsonConfig.parse({ dialect, topicName: 'a' }))).toEqual([topic]);
    expect(decode(topic, online, true)).toEqual([{ kind: 'ignored', reason: 'online' }]);
    expect(decode(topic, offline)).toEqual([]);
  });

  it('reads Shelly of the first generation, one number a topic', () => {
    const decode = decoderOf({ dialect: 'shelly-gen1', topicName: 'shellyht-A1' });
    expect(told(decode('shellies/shellyht-A1/sensor/temperature', '27.5'))).toEqual({ temperature: 27.5 });
    expect(told(decode('shellies/shellyht-A1/sensor/battery', '88'))).toEqual({ batteryLevel: 0.88 });
  });

  it('counts what Shelly repeats under "status" once it was told with its time', () => {
    const decode = decoderOf({ dialect: 'shelly', topicName: 's' });
    const rpc = {
      method: 'NotifyStatus',
      params: { ts: 1795392000.5, 'temperature:0': { id: 0, tC: 27.6, tF: 81.7 } },
    };
    expect(told(decode('s/status/temperature:0', { id: 0, tC: 27.5 }))).toEqual({ temperature: 27.5 });
    expect(times(decode('s/events/rpc', rpc))).toEqual([1795392000500]);
    expect(told(decode('s/status/temperature:0', { id: 0, tC: 27.6 }))).toEqual({ repeated: 'ignored' });
  });

  it('takes a retained message only with its own time', () => {
    const decode = decoderOf({ dialect: 'zigbee2mqtt', topicName: 'shed' });
    expect(told(decode('zigbee2mqtt/shed', { temperature: 26 }, true))).toEqual({ retained: 'ignored' });
    expect(told(decode('zigbee2mqtt/shed', { temperature: 26 }))).toEqual({ temperature: 26 });
    const timed = decode('zigbee2mqtt/shed', { temperature: 25, last_seen: '2026-11-23T07:00:00+07:00' }, true);
    expect([told(timed), times(timed)]).toEqual([{ temperature: 25 }, [Date.UTC(2026, 10, 23)]]);
    const counted = decode('zigbee2mqtt/shed', { temperature: 24, last_seen: Date.UTC(2026, 10, 22) });
    expect(times(counted)).toEqual([Date.UTC(2026, 10, 22)]);
  });

  it('takes a frame once, whatever comes between, and the same counter again with other values', () => {
    const decode = decoderOf({
      dialect: 'chirpstack',
      topicName: 'd',
      bytes: [{ quantity: 'co2', offset: 0, type: 'u16', order: 'little', absent: [0xffff] }],
    });
    const frame = (fCnt: number, hex: string) =>
      told(
        decode('application/1/device/d/event/up', {
          devAddr: '01',
          fCnt,
          fPort: 2,
          data: Buffer.from(hex, 'hex').toString('base64'),
        }),
      );
    expect([frame(7, '9001'), frame(6, '9101'), frame(7, '9001'), frame(7, '9201')]).toEqual([
      { co2: 400 },
      { co2: 401 },
      { duplicate: 'ignored' },
      { co2: 402 },
    ]);
    expect([frame(8, 'ffff'), frame(9, '01')]).toEqual([{ 'no-value': 'ignored' }, { 'too-short': 'malformed' }]);
  });

  it('remembers the last 256 frames, not more', () => {
    const copies = createCopies();
    for (let frame = 0; frame <= 256; frame++) expect(copies.isCopy(String(frame))).toBe(false);
    expect([copies.isCopy('256'), copies.isCopy('1'), copies.isCopy('0')]).toEqual([true, true, false]);
  });

  it('never gives a value that is no finite number', () => {
    const decode = decoderOf({ dialect: 'zigbee2mqtt', topicName: 'a' });
    expect(decode('zigbee2mqtt/a', '{"temperature":1e999}')).toEqual([{ kind: 'malformed', reason: 'not-a-number' }]);
    expect(decode('zigbee2mqtt/a', '{"temperature":NaN}')).toEqual([{ kind: 'malformed', reason: 'not-json' }]);
    expect(told(decode('zigbee2mqtt/a', { temperature: 'NaN', humidity: '50' }))).toEqual({
      'not-a-number': 'malformed',
      relativeHumidity: 0.5,
    });
  });

  it('reads under the topics of the configuration where it has some', () => {
    const config = { dialect: 'zigbee2mqtt', topicName: 'a' } as const;
    expect(topicsOf(mqttJsonConfig.parse(config))).toEqual(['zigbee2mqtt/a']);
    expect(topicsOf(mqttJsonConfig.parse({ ...config, topics: ['z2m/a'] }))).toEqual(['z2m/a']);
  });

  it.each([
    ['no name', { dialect: 'tasmota' }, 'topicName'],
    ['a name with a wildcard', { dialect: 'tasmota', topicName: '+' }, 'topicName'],
    ['a name without a dialect', { topicName: 'a', topics: ['a'], values: [{ quantity: 'co2' }] }, 'topicName'],
    ['no values of a frame', { dialect: 'chirpstack', topicName: 'a' }, 'values'],
    [
      'a byte map of JSON',
      { dialect: 'tasmota', topicName: 'a', bytes: [{ quantity: 'co2', offset: 0, type: 'u8' }] },
      'bytes',
    ],
    [
      'a mask of a signed number',
      { dialect: 'chirpstack', topicName: 'a', bytes: [{ quantity: 'co2', offset: 0, type: 'i8', mask: 1 }] },
      'bytes.0.mask',
    ],
  ])('refuses %s, and says where', (_, config, path) => {
    const issues = mqttJsonConfig.safeParse(config).error?.issues ?? [];
    expect(issues.map(issue => issue.path.join('.'))).toEqual([path]);
  });
});
