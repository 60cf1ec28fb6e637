import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDecoder, encode, request } from '../../../../drivers/sensors/vaisala-wxt/codec.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const decode = (bytes: Uint8Array) => createDecoder('wxt-1', '0')({ bytes, receivedAt: 0 });

const valuesOf = (bytes: Uint8Array): Readonly<Record<string, number>> =>
  Object.fromEntries(
    decode(bytes).flatMap(piece =>
      piece.kind === 'observation' && piece.observation.kind === 'measurement'
        ? [[piece.observation.quantity, piece.observation.value]]
        : [],
    ),
  );

describe.skipIf(missingData() !== undefined)('lines of real transmitters', async () => {
  const vector = z.looseObject({ line: z.string(), expected: z.record(z.string(), z.unknown()) });
  const vectors =
    missingData() === undefined ? vector.array().parse(await readJsonLines(dataFile('sensors/vaisala-wxt.jsonl'))) : [];

  it('give what another reader of them found, and nothing that is marked as invalid', () => {
    expect(vectors).toHaveLength(3);
    for (const { line, expected } of vectors) {
      const values = valuesOf(Buffer.from(`${line}\r\n`));
      expect(values['temperature'], line).toBe(expected['tempC']);
      expect(values['windSpeed'], line).toBe(expected['windSpeedAvg_ms'] ?? undefined);
      const direction = expected['windDirAvg'];
      expect(values['windDirection'], line).toBe(typeof direction === 'number' ? direction - 360 : undefined);
      expect(values['atmosphericPressure'], line).toBe(expected['pressureHpa']);
      if (expected['rhPct'] !== undefined)
        expect(values['relativeHumidity'], line).toBeCloseTo(Number(expected['rhPct']) / 100, 9);
    }
  });
});

it('reads each unit that the transmitter can be set to', () => {
  expect(valuesOf(encode('0', true, 'Sm=36.0K,Sx=10.0N,Ta=77.0F,Pa=29.92I,Rc=0.5I'))).toEqual({
    windSpeed: expect.closeTo(10, 9),
    gustSpeed: expect.closeTo(5.1444, 3),
    temperature: expect.closeTo(25, 9),
    atmosphericPressure: expect.closeTo(1013.21, 2),
    precipitationTotal: expect.closeTo(12.7, 9),
  });
});

it('never gives a value of a checked line in which one character changed', () => {
  const good = encode('0', true, 'Dm=027D,Sm=0.1M,Ta=22.7C');
  for (let at = 0; at < good.length - 2; at++) {
    const changed = Uint8Array.from(good);
    changed[at] = (changed[at] ?? 0) ^ 0x03;
    expect(valuesOf(changed), `character ${at}`).toEqual({});
  }
});

it('asks as the user guide says', () => {
  expect(Buffer.from(request('0', false)).toString()).toBe('0R0\r\n');
  expect(Buffer.from(request('0', true)).toString()).toMatch(/^0r0[@-\x7f]{3}\r\n$/);
});
