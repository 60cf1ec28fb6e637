/** Real frames of nine sensors, each by the driver that reads it; one that none reads is named with the reason. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { drivers } from '../../../drivers/registry.generated.ts';
import { dataFile, missingData, readJsonLines } from '../../support/resources.ts';

const connection = { transport: 'serial', path: '/dev/serial/by-path/fixture' };

const readers: Readonly<Record<string, { readonly driver: string; readonly config: object }>> = {
  PMSx003: { driver: 'pms5003', config: {} },
  PMS3003: { driver: 'pms5003', config: { model: 'pms3003' } },
  PMS5003T: { driver: 'pms5003', config: { model: 'pms5003t' } },
  SDS01x: { driver: 'sds011', config: {} },
  SDS198: { driver: 'sds011', config: { model: 'sds198' } },
  SPS30: { driver: 'sps30', config: {} },
  MHZ19B: { driver: 'mh-z19', config: {} },
  HPMA115C0: { driver: 'hpma115', config: { model: 'compact', mode: 'request' } },
};
const unread: Readonly<Record<string, string>> = {
  MCU680: 'a hobby board around a BME680, of which no station has one',
};

/** The other reader's name, and by how much its unit is larger than ours. */
const names: Readonly<Record<string, readonly [string, number]>> = {
  pm01: ['pm1', 1],
  pm25: ['pm25', 1],
  pm04: ['pm4', 1],
  pm10: ['pm10', 1],
  pm100: ['tsp', 1],
  CO2: ['co2', 1],
  temp: ['temperature', 1],
  rhum: ['relativeHumidity', 0.01],
  diam: ['typicalParticleSize', 1],
};
const counts: Readonly<Record<string, string>> = {
  n0_3: 'particles03',
  n0_5: 'particles05',
  n1_0: 'particles1',
  n2_5: 'particles25',
  n5_0: 'particles5',
  n10_0: 'particles10',
};
const numbers: Readonly<Record<string, string>> = {
  n0_5: 'particlesTo05',
  n1_0: 'particlesTo1',
  n2_5: 'particlesTo25',
  n4_0: 'particlesTo4',
  n10_0: 'particlesTo10',
};

const frame = z.looseObject({
  id: z.string(),
  sensor: z.string(),
  frame_hex: z.string(),
  expected: z.record(z.string(), z.number()),
});

describe.skipIf(missingData() !== undefined)('captured frames', () => {
  it('give the values that another reader found', async () => {
    const frames = frame.array().parse(await readJsonLines(dataFile('sensors/pm-co2.jsonl')));
    expect(frames.length).toBe(43);
    let read = 0;
    for (const { id, sensor, frame_hex, expected } of frames) {
      if (unread[sensor] !== undefined) continue;
      const reader = readers[sensor];
      const decode = drivers
        .find(({ name }) => name === reader?.driver)
        ?.bind('d', { connection, ...reader?.config })
        .createDecoder();
      const values = new Map<string, number>();
      for (const piece of decode?.({ bytes: Buffer.from(frame_hex, 'hex'), receivedAt: 0 }) ?? [])
        if (piece.kind === 'observation' && piece.observation.kind === 'measurement')
          values.set(piece.observation.quantity, piece.observation.value);
      for (const [name, value] of Object.entries(expected)) {
        if (name.startsWith('raw')) continue;
        const [quantity, factor] = names[name] ?? (sensor === 'SPS30' ? [numbers[name], 1] : [counts[name], 100]);
        expect(
          Math.abs((values.get(quantity ?? '') ?? Number.NaN) / factor - value),
          `${id} ${name}`,
        ).toBeLessThanOrEqual(0.051);
      }
      read++;
    }
    expect(read).toBe(38);
  });
});
