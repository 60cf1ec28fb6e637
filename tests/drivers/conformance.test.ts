/**
 * What every driver must do, for every driver of the registry. A driver joins by its folder alone: its fixtures and how
 * it meets its simulator stand in `fixtures/`, and so does the reason for whatever it is spared. Where it meets its
 * simulator, that is told in `meetings/`.
 */
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Chunk } from '../../core/chunk.ts';
import type { Decoded, Decoder } from '../../core/driver.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { simulators } from '../../simulators/registry.generated.ts';
import { createRandom } from '../../simulators/world/random.ts';
import { projectFile } from '../support/resources.ts';
import { decodeAll, type Fixture, fixtureDevice, normalized, readFixtures, rechunked } from './support/fixtures.ts';
import { meetings } from './support/meeting.ts';
import { readRigs } from './support/rigs.ts';

type RegisteredDriver = (typeof drivers)[number];

const seed = 20_261_125;
const subjects = await Promise.all(
  drivers.map(async driver => ({
    driver,
    fixtures: await readFixtures(driver.family, driver.name),
    rigs: await readRigs(driver.family, driver.name),
  })),
);
const visited = new Set<string>();

const observationsIn = (decoded: readonly Decoded[]): readonly unknown[] =>
  decoded.flatMap(piece => (piece.kind === 'observation' ? [normalized(piece.observation)] : []));

const reasonsIn = (decoded: readonly Decoded[], kind: 'ignored' | 'malformed'): readonly string[] =>
  decoded.flatMap(piece => (piece.kind === kind && 'reason' in piece ? [piece.reason] : []));

const decoderFor = (driver: RegisteredDriver, fixture: Fixture): Decoder => {
  const decoder = driver.bind(fixtureDevice, fixture.config).createDecoder();
  if (decoder === undefined) throw new Error(`${driver.name} has fixtures but no decoder`);
  return decoder;
};

const noise = (random: () => number, length: number): Uint8Array =>
  new Uint8Array(length).map(() => Math.floor(random() * 256));

/** One byte changed, one left out or one too many, at a random place. */
const mutated = (chunk: Chunk, random: () => number): Chunk => {
  const bytes = [...chunk.bytes];
  const at = Math.floor(random() * bytes.length);
  const kind = random();
  if (kind < 0.5) bytes[at] = Math.floor(random() * 256);
  else if (kind < 0.75) bytes.splice(at, 1);
  else bytes.splice(at, 0, Math.floor(random() * 256));
  return { ...chunk, bytes: Uint8Array.from(bytes) };
};

/** The chunks with what the network or the wire may do to them; messages stay whole, only their content suffers. */
const spoiled = (fixture: Fixture, random: () => number): readonly Chunk[] =>
  rechunked(fixture, random).map(chunk => (random() < 0.3 && chunk.bytes.length > 0 ? mutated(chunk, random) : chunk));

/** The chunks up to a random byte. */
const truncated = (fixture: Fixture, random: () => number): readonly Chunk[] => {
  const total = fixture.chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let left = Math.floor(random() * total);
  const chunks: Chunk[] = [];
  for (const chunk of fixture.chunks) {
    if (left <= 0) break;
    chunks.push({ ...chunk, bytes: chunk.bytes.subarray(0, left) });
    left -= chunk.bytes.length;
  }
  return chunks;
};

const endsWith = (whole: readonly unknown[], tail: readonly unknown[]): void =>
  expect(whole.slice(whole.length - tail.length)).toEqual(tail);

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');
const heapUsed = (): number => {
  // What one collection releases may hold on to buffers that only the next one frees.
  for (let round = 0; round < 2; round++) if (typeof collectGarbage === 'function') collectGarbage();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
};

describe('the registry of drivers', () => {
  it('holds every driver folder, and this suite visits each', async () => {
    const folders: string[] = [];
    for (const family of await readdir(projectFile('drivers'))) {
      if (family === 'transports' || family === 'protocols' || family.endsWith('.ts')) continue;
      for (const name of await readdir(projectFile('drivers', family))) {
        const file = projectFile('drivers', family, name, 'driver.ts');
        if (
          await access(file).then(
            () => true,
            () => false,
          )
        )
          folders.push(`${family}/${name}`);
      }
    }
    const registered = drivers.map(({ family, name }) => `${family}/${name}`);
    expect(registered.toSorted()).toEqual(folders.toSorted());
    expect([...visited].toSorted()).toEqual(folders.toSorted());
  });

  it('lets each driver meet its simulator in one of the files of `meetings`', async () => {
    const files = (await readdir(projectFile('tests', 'drivers', 'meetings'))).toSorted();
    expect(Object.keys(meetings).map(name => `${name}.test.ts`)).toEqual(files);
    for (const driver of drivers) expect(Object.values(meetings).filter(belongs => belongs(driver))).toHaveLength(1);
  });
});

for (const { driver, fixtures, rigs } of subjects) {
  visited.add(`${driver.family}/${driver.name}`);

  describe(`${driver.name}: definition`, () => {
    it('is named as its folder and says what it is in one sentence', () => {
      expect(driver.name).toMatch(/^[a-z0-9-]{1,32}$/);
      expect(driver.summary).toMatch(/^[^\n]{20,200}\.$/);
    });

    it('emits something, and is called silent after a while', () => {
      expect(driver.emits.length).toBeGreaterThan(0);
      expect(driver.silence).toBeGreaterThan(0);
    });

    it('describes every field of its configuration', () => {
      const schema = z.toJSONSchema(driver.schema, { io: 'input', unrepresentable: 'any' });
      const undescribed = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
        typeof field === 'object' && field.description !== undefined ? [] : [name],
      );
      expect(undescribed).toEqual([]);
    });

    it('refuses unknown fields', () => {
      const result = driver.schema.safeParse({ surelyNoField: 1 });
      expect(JSON.stringify(result.error?.issues)).toContain('surelyNoField');
    });

    it('has a README, fixtures and a simulator, or a written reason why not', async () => {
      await access(path.join(projectFile('drivers', driver.family, driver.name), 'README.md'));
      expect(fixtures.length > 0 || rigs.exempt.fixtures !== undefined).toBe(true);
      const isSimulated = simulators.some(({ name }) => name === driver.name) && rigs.rigs.length > 0;
      expect(isSimulated || rigs.exempt.simulator !== undefined).toBe(true);
    });
  });

  for (const fixture of fixtures) {
    describe(`${driver.name}: ${fixture.name}`, () => {
      const good = () => observationsIn(decodeAll(decoderFor(driver, fixture), fixture.chunks));

      it('gives what is expected', () => {
        const decoded = decodeAll(decoderFor(driver, fixture), fixture.chunks);
        expect(normalized(decoded)).toEqual(normalized(fixture.expected));
      });

      it('gives only what the driver declares', () => {
        const kinds = decodeAll(decoderFor(driver, fixture), fixture.chunks).flatMap(piece =>
          piece.kind === 'observation' ? [piece.observation.kind] : [],
        );
        expect(driver.emits).toEqual(expect.arrayContaining([...new Set(kinds)]));
      });

      it('gives the same in whatever pieces the bytes come', () => {
        const whole = decodeAll(decoderFor(driver, fixture), fixture.chunks);
        for (let round = 0; round < 30; round++) {
          const random = createRandom(seed, driver.name, fixture.name, 'pieces', round);
          const decoded = decodeAll(decoderFor(driver, fixture), rechunked(fixture, random));
          expect(observationsIn(decoded)).toEqual(observationsIn(whole));
          expect(reasonsIn(decoded, 'ignored')).toEqual(reasonsIn(whole, 'ignored'));
          // Noise may be given up in more pieces, for the same reasons.
          expect(new Set(reasonsIn(decoded, 'malformed'))).toEqual(new Set(reasonsIn(whole, 'malformed')));
        }
      });

      it('is read again after noise', () => {
        const expected = good();
        for (let round = 0; round < 30; round++) {
          const random = createRandom(seed, driver.name, fixture.name, 'noise', round);
          const [first] = fixture.chunks;
          const decoder = decoderFor(driver, fixture);
          if (first !== undefined) decoder({ ...first, bytes: noise(random, 1 + Math.floor(random() * 300)) });
          decodeAll(decoder, fixture.chunks);
          endsWith(observationsIn(decodeAll(decoder, fixture.chunks)), expected);
        }
      });

      it('is read again after it broke off anywhere', () => {
        const expected = good();
        for (let round = 0; round < 60; round++) {
          const random = createRandom(seed, driver.name, fixture.name, 'broken off', round);
          const decoder = decoderFor(driver, fixture);
          decodeAll(decoder, truncated(fixture, random));
          decodeAll(decoder, fixture.chunks);
          endsWith(observationsIn(decodeAll(decoder, fixture.chunks)), expected);
        }
      });

      it('does no harm when its bytes are changed at random', () => {
        for (let round = 0; round < 200; round++) {
          const random = createRandom(seed, driver.name, fixture.name, 'spoiled', round);
          for (const piece of decodeAll(decoderFor(driver, fixture), spoiled(fixture, random))) {
            if (piece.kind === 'observation') expect(driver.emits).toContain(piece.observation.kind);
            else expect(piece.reason).toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/);
          }
        }
      });
    });
  }

  const [sample] = fixtures;
  it.skipIf(sample === undefined)(
    `${driver.name}: holds no more memory after 10 MB of noise than after the first`,
    () => {
      if (sample === undefined) return;
      const random = createRandom(seed, driver.name, 'memory');
      const decoder = decoderFor(driver, sample);
      const [
        {
          channel,
          bytes: [...bytes],
        } = { bytes: [] },
      ] = sample.chunks;
      const letters = new Uint8Array(32 * 1024).fill(0x41);
      const starts = Uint8Array.from({ length: 32 * 1024 }, (_, index) => bytes[index % 3] ?? 0);
      // More senders than any decoder may keep apart, each with something unfinished.
      const feed = (sender: number): void => {
        for (const part of [noise(random, 16 * 1024), letters, starts]) {
          decoder({ bytes: part, channel: `${channel ?? 'sender'}/${sender}`, receivedAt: Date.now() });
        }
      };
      for (let sender = 0; sender < 128; sender++) feed(sender);
      const before = heapUsed();
      for (let sender = 128; sender < 256; sender++) feed(sender);
      expect(heapUsed() - before).toBeLessThan(4_000_000);
    },
  );
}
