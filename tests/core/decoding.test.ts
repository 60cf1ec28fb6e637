import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Chunk } from '../../core/chunk.ts';
import { decoding, decodingMessages } from '../../core/decoding.ts';
import type { Decoded, Decoder } from '../../core/driver.ts';
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
