import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decoded } from '../../../../core/driver.ts';
import { type Choice, createDecoder, encode } from '../../../../drivers/sensors/nmea-weather/codec.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const receivedAt = Date.parse('2026-11-25T00:00:00Z');
const choice: Choice = { windFrom: 'MWV-R', windZeroAt: 0, depthFrom: 'DBT', transducers: {} };

const decode = (text: string, own: Partial<Choice> = {}): readonly Decoded[] =>
  createDecoder('weather-1', { ...choice, ...own })({ bytes: Buffer.from(text), receivedAt });

const valuesOf = (decoded: readonly Decoded[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    decoded.flatMap(piece =>
      piece.kind === 'observation' && piece.observation.kind === 'measurement'
        ? [[piece.observation.quantity, piece.observation.value]]
        : [],
    ),
  );

const reasonsOf = (decoded: readonly Decoded[]): readonly string[] =>
  decoded.flatMap(piece => (piece.kind === 'observation' ? [] : [`${piece.kind}.${piece.reason}`]));

describe.skipIf(missingData() !== undefined)('sentences of real stations', async () => {
  const vector = z.looseObject({
    sentence: z.string(),
    checksum_ok: z.boolean(),
    expected: z.record(z.string(), z.unknown()).nullable(),
  });
  const vectors =
    missingData() === undefined
      ? vector.array().parse(await readJsonLines(dataFile('sensors/nmea-weather.jsonl')))
      : [];

  it('of MDA give what another reader of them found', () => {
    const own = vectors.filter(({ sentence }) => sentence.includes('MDA'));
    expect(own).toHaveLength(3);
    for (const { sentence, expected } of own) {
      const values = valuesOf(decode(`${sentence}\r\n`, { windFrom: 'MDA' }));
      expect(values['atmosphericPressure'], sentence).toBeCloseTo(Number(expected?.['pressure_bar']) * 1000, 6);
      expect(values['temperature'], sentence).toBe(expected?.['air_temp_c']);
      expect(values['dewPoint'], sentence).toBe(expected?.['dew_point_c']);
      expect(values['waterTemperature'], sentence).toBeUndefined();
      if (expected?.['rh_pct'] !== undefined)
        expect(values['relativeHumidity']).toBeCloseTo(Number(expected['rh_pct']) / 100, 9);
      if (expected?.['wind_speed_ms'] !== undefined) expect(values['windSpeed']).toBe(expected['wind_speed_ms']);
    }
  });

  it('of MWV give the wind from relative angles, and nothing where there is none', () => {
    const [full, empty] = vectors.filter(({ sentence, checksum_ok }) => sentence.includes('MWV') && checksum_ok);
    const values = valuesOf(decode(`${full?.sentence}\r\n`));
    expect(values['windSpeed']).toBeCloseTo(Number(full?.expected?.['wind_speed_ms']), 3);
    expect(values['windDirection']).toBeCloseTo((Number(full?.expected?.['wind_angle_signed_rad']) * 180) / Math.PI, 6);
    expect(reasonsOf(decode(`${empty?.sentence}\r\n`))).toEqual(['ignored.empty']);
  });

  it('with a wrong checksum or number are refused whole', () => {
    const names = { transducers: { WTHI: 'temperature', '': 'temperature' } } as const;
    const refused = vectors.filter(
      ({ sentence, expected, checksum_ok }) => !checksum_ok || (expected === null && sentence.includes('XDR')),
    );
    expect(refused).toHaveLength(3);
    for (const { sentence, checksum_ok } of refused)
      expect(reasonsOf(decode(`${sentence}\r\n`, names)), sentence).toEqual([
        checksum_ok ? 'malformed.bad-number' : 'malformed.bad-checksum',
      ]);
  });

  it('with hectopascal that are called bar are not believed', () => {
    const mislabeled = vectors.find(({ sentence }) => sentence.includes('1008.8,B'))?.sentence;
    expect(reasonsOf(decode(`${mislabeled}\r\n`, { transducers: { '3': 'atmosphericPressure' } }))).toEqual([
      'malformed.implausible',
    ]);
  });
});

it('turns the wind by where the zero mark points', () => {
  const sentence = encode('WIMWV,350.0,R,5.0,M,A');
  expect(valuesOf(decode(sentence, { windZeroAt: 30 }))).toEqual({ windDirection: 20, windSpeed: 5 });
});

it.each([
  ['MDA', -90, 2],
  ['MWV-R', 10, 3],
  ['MWV-T', 45, 4],
] as const)('takes the wind of %s alone', (windFrom, windDirection, windSpeed) => {
  const all = ['WIMDA,,I,,B,,C,,C,,,,C,270.0,T,,M,,N,2.0,M', 'WIMWV,10,R,3,M,A', 'WIMWV,45,T,4,M,A'];
  const sentences = all.map(encode).join('');
  expect(valuesOf(decode(sentences, { windFrom }))).toEqual({ windDirection, windSpeed });
});

it('reports no wind that the station marks as invalid', () => {
  expect(reasonsOf(decode(encode('WIMWV,10,R,3,M,V')))).toEqual(['ignored.marked-invalid']);
});

it('adds the offset to the surface, but none to the keel', () => {
  const deep = (offset: string) => valuesOf(decode(encode(`SDDPT,2.5,${offset},`), { depthFrom: 'DPT' }));
  expect(deep('0.5')).toEqual({ waterDepth: 3 });
  expect(deep('-1.5')).toEqual({ waterDepth: 2.5 });
  expect(deep('')).toEqual({ waterDepth: 2.5 });
});

it('takes the time of the device for two minutes after it said it, and never one that cannot be', () => {
  const decoder = createDecoder('weather-1', choice);
  const timesAfter = (body: string, later: number) =>
    decoder({ bytes: Buffer.from(encode(body)), receivedAt: receivedAt + later }).flatMap(piece =>
      piece.kind === 'observation' ? [[piece.observation.time, piece.observation.timeFrom]] : [],
    );
  timesAfter('WIZDA,000001.50,25,11,2026,00,00', 0);
  expect(timesAfter('INMTW,17.9,C', 1000)).toEqual([[receivedAt + 2500, 'device']]);
  expect(timesAfter('INMTW,17.9,C', 121_000)).toEqual([[receivedAt + 121_000, 'gateway']]);
  timesAfter('WIZDA,000001.50,31,02,2026,00,00', 130_000);
  expect(timesAfter('INMTW,17.9,C', 131_000)).toEqual([[receivedAt + 131_000, 'gateway']]);
});
