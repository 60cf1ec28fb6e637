import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../core/chunk.ts';
import { decoding, decodingDocuments, decodingMessages } from '../../core/decoding.ts';
import type { DocumentOutcome, Documents } from '../../core/document.ts';
import type { Decoded, Decoder } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import type { MessageBatch } from '../../core/message.ts';

/** Reads one letter a piece: `v` is a value, `i` is ignored, everything else is malformed. */
const decode: Decoder = ({ bytes, receivedAt }) =>
  [...Buffer.from(bytes).toString()].map((letter): Decoded => {
    if (letter === 'i') return { kind: 'ignored', reason: 'foreign' };
    if (letter !== 'v') return { kind: 'malformed', reason: 'noise' };
    return {
      kind: 'observation',
      observation: {
        kind: 'measurement',
        device: 'd',
        time: receivedAt,
        timeFrom: 'gateway',
        quantity: 'pm25',
        value: 1,
      },
    };
  });

const counter = () => {
  const counts: Record<string, number> = {};
  const count = (reason: string, by = 1): void => {
    counts[reason] = (counts[reason] ?? 0) + by;
  };
  return { counts, count };
};

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Chunk, void> {
  for (const text of texts) yield { bytes: Buffer.from(text), receivedAt: 0 };
}

it('gives a batch for each chunk in which anything was well formed, also an empty one', async () => {
  const { counts, count } = counter();
  const sizes: number[] = [];
  for await (const { items } of decoding(chunksOf('vv', 'xx', 'ix', 'v'), decode, count)) sizes.push(items.length);
  expect(sizes).toEqual([2, 0, 1]);
  expect(counts).toEqual({ 'malformed.noise': 3, 'ignored.foreign': 1 });
});

it('acknowledges messages in which nothing was well formed, and leaves the others to the reader', async () => {
  const settled: string[] = [];
  async function* batches(): AsyncGenerator<MessageBatch, void> {
    for (const text of ['x', 'v', 'i']) {
      const message = { bytes: Buffer.from(text), receivedAt: 0, channel: 't', retained: false };
      yield { messages: [message], settle: () => void settled.push(text) };
    }
  }
  const seen: number[] = [];
  for await (const { items } of decodingMessages(batches(), decode, counter().count)) seen.push(items.length);
  expect(seen).toEqual([1, 0]);
  expect(settled).toEqual(['x']);
});

it('takes a large chunk in pieces, with a turn of the others in between', async () => {
  let turns = 0;
  const ending = new AbortController();
  const counting = (async () => {
    while (!ending.signal.aborted) {
      await nextTurn();
      turns++;
    }
  })();
  const seen: { readonly items: number; readonly turn: number }[] = [];
  for await (const { items } of decoding(chunksOf('v'.repeat(10_000)), decode, counter().count)) {
    seen.push({ items: items.length, turn: turns });
  }
  ending.abort();
  await counting;
  expect(seen.reduce((sum, { items }) => sum + items, 0)).toBe(10_000);
  expect(new Set(seen.map(({ turn }) => turn)).size).toBe(3);
});

describe('documents', () => {
  async function* documentsOf(outcomes: DocumentOutcome[], ...texts: readonly (string | undefined)[]): Documents {
    for (const text of texts) {
      yield text === undefined
        ? undefined
        : { bytes: Buffer.from(text), receivedAt: 7, settle: outcome => void outcomes.push(outcome) };
    }
  }

  it('are settled with what became of their records; one without any that is well formed at once', async () => {
    const { counts, count } = counter();
    const outcomes: DocumentOutcome[] = [];
    const settles: (((failure?: GatewayError) => void) | undefined)[] = [];
    const sizes: number[] = [];
    for await (const { items, settle } of decodingDocuments(
      documentsOf(outcomes, 'vvxi', undefined, 'xx', 'i'),
      decode,
      count,
    )) {
      sizes.push(items.length);
      settles.push(settle);
    }
    expect(sizes).toEqual([2, 0, 0]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['unreadable']);
    for (const settle of settles) settle?.();
    expect(settles.map(settle => settle !== undefined)).toEqual([true, false, true]);
    expect(outcomes.slice(1)).toEqual([
      {
        kind: 'taken',
        tally: {
          accepted: 2,
          newest: 7,
          reasons: new Map([
            ['malformed.noise', 1],
            ['ignored.foreign', 1],
          ]),
        },
      },
      { kind: 'taken', tally: { accepted: 0, reasons: new Map([['ignored.foreign', 1]]) } },
    ]);
    expect(counts).toEqual({ 'malformed.noise': 3, 'ignored.foreign': 2 });
  });

  it('come in batches of 500, and fail as a whole when any of them does', async () => {
    const failure = new GatewayError('exhausted', 'the disk is full');
    for (const failing of [undefined, 0, 1, 2]) {
      const outcomes: DocumentOutcome[] = [];
      const sizes: number[] = [];
      for await (const { items, settle } of decodingDocuments(
        documentsOf(outcomes, 'v'.repeat(1200)),
        decode,
        counter().count,
      )) {
        expect(outcomes).toEqual([]);
        settle?.(sizes.length === failing ? failure : undefined);
        sizes.push(items.length);
      }
      expect(sizes).toEqual([500, 500, 200]);
      expect(outcomes).toMatchObject([
        failing === undefined ? { kind: 'taken', tally: { accepted: 1200 } } : { kind: 'failed', failure },
      ]);
    }
  });
});
