import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from './batch.ts';
import type { Chunk } from './chunk.ts';
import type { Context, Decoder } from './driver.ts';
import type { MessageBatch } from './message.ts';
import type { Observation } from './observation.ts';

/**
 * Bytes taken at once. A device that sends as fast as it can fills every chunk; the others have a turn of the event loop
 * between its pieces.
 */
const largestPiece = 4 * 1024;

/**
 * Chunks from a transport through a codec, as batches. Ignored and malformed pieces are counted by reason. A chunk
 * that held anything well formed is proof of life, even when nothing of it is reported; pure noise is not.
 */
export async function* decoding(
  chunks: AsyncIterable<Chunk>,
  decode: Decoder,
  count: Context['count'],
): AsyncGenerator<Batch<Observation>, void> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.bytes.length; at += largestPiece) {
      if (at > 0) await nextTurn();
      const items: Observation[] = [];
      const piece = { ...chunk, bytes: chunk.bytes.subarray(at, at + largestPiece) };
      if (decodeInto(items, piece, decode, count)) yield { items };
    }
  }
}

/** The same for messages of a broker, which are acknowledged also when nothing in them was well formed. */
export async function* decodingMessages(
  batches: AsyncIterable<MessageBatch>,
  decode: Decoder,
  count: Context['count'],
): AsyncGenerator<Batch<Observation>, void> {
  for await (const { messages, settle } of batches) {
    const items: Observation[] = [];
    // Without any message: what the device said was read by somebody else.
    let alive = messages.length === 0;
    for (const message of messages) if (decodeInto(items, message, decode, count)) alive = true;
    if (alive) yield { items, settle };
    else settle();
  }
}

/** Returns whether anything of the chunk was well formed. */
const decodeInto = (items: Observation[], chunk: Chunk, decode: Decoder, count: Context['count']): boolean => {
  let alive = false;
  for (const decoded of decode(chunk)) {
    if (decoded.kind === 'observation') items.push(decoded.observation);
    else count(`${decoded.kind}.${decoded.reason}`);
    if (decoded.kind !== 'malformed') alive = true;
  }
  return alive;
};
