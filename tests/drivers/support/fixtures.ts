/**
 * The fixtures of a driver: `drivers/<family>/<name>/fixtures/<case>/` with
 * - `case.yaml`: { config, source, licence, device?, firmware?, receivedAt? },
 * - one input: `input.hex` (a chunk a line, `#` begins a comment), `input.jsonl` (whole messages: { channel, text | hex, retained? }),
 *   or any other `input.*`, whose bytes are one chunk,
 * - `expected.jsonl`: what the decoder gives, one `Decoded` a line, for the device `fixture`.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Chunk } from '../../../core/chunk.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { projectFile, readJsonLines } from '../../support/resources.ts';

export interface Fixture {
  readonly name: string;
  readonly config: unknown;
  /** `messages`: chunks are whole and must stay so. `stream`: their borders mean nothing. */
  readonly kind: 'stream' | 'messages';
  readonly chunks: readonly Chunk[];
  readonly expected: readonly unknown[];
}

export const fixtureDevice = 'fixture';

const caseFile = z.strictObject({
  config: z.unknown(),
  source: z.string().min(1),
  licence: z.string().min(1),
  device: z.string().optional(),
  firmware: z.string().optional(),
  receivedAt: z.iso.datetime().default('2026-11-25T00:00:00Z'),
});

const messageLine = z.union([
  z.strictObject({ channel: z.string(), text: z.string(), retained: z.boolean().optional() }),
  z.strictObject({
    channel: z.string(),
    hex: z.string().regex(/^(?:[0-9a-f]{2})*$/i),
    retained: z.boolean().optional(),
  }),
]);

const readChunks = async (file: string, receivedAt: number): Promise<readonly Chunk[]> => {
  if (file.endsWith('.jsonl')) {
    const lines = z.array(messageLine).parse(await readJsonLines(file));
    return lines.map(line => ({
      channel: line.channel,
      bytes: 'text' in line ? Buffer.from(line.text) : Buffer.from(line.hex, 'hex'),
      receivedAt,
      ...(line.retained !== undefined && { retained: line.retained }),
    }));
  }
  if (!file.endsWith('.hex')) return [{ bytes: await readFile(file), receivedAt }];
  const lines = (await readFile(file, 'utf8')).split('\n').map(line => line.replace(/#.*/, '').replace(/\s+/g, ''));
  return lines.filter(line => line !== '').map(line => ({ bytes: Buffer.from(line, 'hex'), receivedAt }));
};

const readFixture = async (folder: string, name: string): Promise<Fixture> => {
  const about = caseFile.parse(parse(await readFile(path.join(folder, 'case.yaml'), 'utf8')));
  const inputs = (await readdir(folder)).filter(file => file.startsWith('input.'));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) throw new Error(`${folder} must hold one input, not ${inputs.length}`);
  return {
    name,
    config: about.config,
    kind: input.endsWith('.jsonl') ? 'messages' : 'stream',
    chunks: await readChunks(path.join(folder, input), Date.parse(about.receivedAt)),
    expected: await readJsonLines(path.join(folder, 'expected.jsonl')),
  };
};

export const readFixtures = async (family: string, driver: string): Promise<readonly Fixture[]> => {
  const folder = projectFile('drivers', family, driver, 'fixtures');
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const cases = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  return Promise.all(cases.sort().map(name => readFixture(path.join(folder, name), name)));
};

export const decodeAll = (decoder: Decoder, chunks: readonly Chunk[]): readonly Decoded[] =>
  chunks.flatMap(chunk => decoder(chunk));

/** As it would be read from a file: no undefined members, and numbers to nine digits. */
export const normalized = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    typeof member === 'number' ? Number(member.toPrecision(9)) : member,
  );

/** The same bytes in other pieces: channels stay apart, and messages whole. */
export const rechunked = (fixture: Fixture, random: () => number): readonly Chunk[] => {
  if (fixture.kind === 'messages') return fixture.chunks;
  const bytes = Buffer.concat(fixture.chunks.map(chunk => chunk.bytes));
  const receivedAt = fixture.chunks[0]?.receivedAt ?? 0;
  const longest = 1 + Math.floor(random() * 40);
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() * longest);
    chunks.push({ bytes: bytes.subarray(at, at + length), receivedAt });
    at += length;
  }
  return chunks;
};
