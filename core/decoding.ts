import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from './batch.ts';
import type { Chunk } from './chunk.ts';
import type { DocumentOutcome, Documents, DocumentTally } from './document.ts';
import type { Context, Decoded, Decoder } from './driver.ts';
import type { GatewayError } from './errors.ts';
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

/** Records of a document between two turns of the event loop. */
const recordsAtOnce = 500;

/** A document's records one after the other, so that the last need not be looked at before the first is taken. */
export type DocumentDecoder = (chunk: Chunk) => Iterable<Decoded>;

/**
 * Whole documents through a codec, as batches of up to 500 observations. A document is settled when its last batch is;
 * one in which nothing was well formed is settled at once and is no proof of life.
 */
export async function* decodingDocuments(
  documents: Documents,
  decode: DocumentDecoder,
  count: Context['count'],
): AsyncGenerator<Batch<Observation>, void> {
  for await (const document of documents) {
    if (document === undefined) {
      yield { items: [] };
      continue;
    }
    const reasons = new Map<string, number>();
    let accepted = 0;
    let newest = Number.NEGATIVE_INFINITY;
    let alive = false;
    let failure: GatewayError | undefined;
    const note = (failed: GatewayError | undefined): void => {
      failure ??= failed;
    };
    let items: Observation[] = [];
    let records = 0;
    for (const decoded of decode(document)) {
      if (decoded.kind !== 'malformed') alive = true;
      if (decoded.kind === 'observation') {
        items.push(decoded.observation);
        accepted++;
        newest = Math.max(newest, decoded.observation.time);
      } else {
        const reason = `${decoded.kind}.${decoded.reason}`;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        count(reason);
      }
      if (++records % recordsAtOnce > 0) continue;
      if (items.length > 0) {
        const full = items;
        items = [];
        yield { items: full, settle: note };
      } else await nextTurn();
    }
    const tally: DocumentTally = { accepted, reasons, ...(accepted > 0 && { newest }) };
    if (alive) yield { items, settle: failed => document.settle(outcomeOf(failure ?? failed, tally)) };
    else document.settle({ kind: 'unreadable', tally });
  }
}

const outcomeOf = (failure: GatewayError | undefined, tally: DocumentTally): DocumentOutcome =>
  failure === undefined ? { kind: 'taken', tally } : { kind: 'failed', failure };

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
