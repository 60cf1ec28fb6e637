import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decoded } from '../../../../core/driver.ts';
import { createDecoder, encode } from '../../../../drivers/sensors/pms5003/codec.ts';
import { createRandom } from '../../../../simulators/world/random.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const receivedAt = Date.parse('2026-11-25T00:00:00Z');
const decode = (...frames: readonly Uint8Array[]): readonly Decoded[] =>
  frames.flatMap(bytes => createDecoder('aq-1')({ bytes, receivedAt }));

const valuesOf = (decoded: readonly Decoded[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    decoded.flatMap(piece =>
      piece.kind === 'observation' && piece.observation.kind === 'measurement'
        ? [[piece.observation.quantity, piece.observation.value]]
        : [],
    ),
  );

describe.skipIf(missingData() !== undefined)('frames captured from real sensors', async () => {
  const frame = z.looseObject({
    id: z.string(),
    sensor: z.string(),
    frame_hex: z.string(),
    expected: z.record(z.string(), z.number()),
  });
  const frames =
    missingData() === undefined ? frame.array().parse(await readJsonLines(dataFile('sensors/pm-co2.jsonl'))) : [];

  it('of a PMS5003 give what another reader of them found', () => {
    const own = frames.filter(({ sensor }) => sensor === 'PMSx003');
    expect(own.length).toBeGreaterThan(3);
    for (const { id, frame_hex, expected } of own) {
      const values = valuesOf(decode(Buffer.from(frame_hex, 'hex')));
      // The other reader counts in a hundredth of our volume.
      const counts = ['n0_3', 'n0_5', 'n1_0', 'n2_5', 'n5_0', 'n10_0'].map(name =>
        Math.round((expected[name] ?? -1) * 100),
      );
      expect(values, id).toEqual({
        pm1: expected['pm01'],
        pm25: expected['pm25'],
        pm10: expected['pm10'],
        particles03: counts[0],
        particles05: counts[1],
        particles1: counts[2],
        particles25: counts[3],
        particles5: counts[4],
        particles10: counts[5],
      });
    }
  });

  it('of every other sensor give nothing', () => {
    const others = frames.filter(({ sensor }) => sensor !== 'PMSx003');
    expect(others.length).toBeGreaterThan(30);
    for (const { id, frame_hex } of others) {
      expect(valuesOf(decode(Buffer.from(frame_hex, 'hex'))), id).toEqual({});
    }
  });
});

it('decodes what it encodes', () => {
  const values = {
    pm1: 11,
    pm25: 17,
    pm10: 24,
    particles03: 3094,
    particles05: 884,
    particles1: 163,
    particles25: 15,
    particles5: 4,
    particles10: 2,
  };
  expect(valuesOf(decode(encode(values)))).toEqual(values);
});

it('encodes no more than 16 bits hold', () => {
  expect(valuesOf(decode(encode({ pm25: 1e9, pm10: -5 })))).toMatchObject({ pm25: 65_535, pm10: 0 });
});

it('finds the frame that begins inside a broken one', () => {
  const good = encode({ pm25: 17 });
  const decoded = decode(Buffer.concat([good.subarray(0, 11), good]));
  expect(decoded.map(piece => (piece.kind === 'observation' ? 'value' : piece.reason))).toEqual([
    'bad-checksum',
    ...Array.from({ length: 9 }, () => 'value'),
    'noise',
  ]);
});

it('never gives a value of a frame in which one byte changed', () => {
  const good = encode({ pm1: 11, pm25: 17, pm10: 24, particles03: 900, particles05: 300 });
  const random = createRandom('pms', 'byte');
  for (let at = 0; at < good.length; at++) {
    const changed = Uint8Array.from(good);
    changed[at] = ((changed[at] ?? 0) + 1 + Math.floor(random() * 255)) & 255;
    expect(valuesOf(decode(changed)), `byte ${at}`).toEqual({});
  }
});
