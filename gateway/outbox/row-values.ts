/** Columns of a row as they were written; what a damaged file gives instead is nothing, and no exception. */
import { crc32 } from 'node:zlib';

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const int = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Stored with each event: a changed topic or number is as bad as a changed body. */
export const checkOf = (number: number, topic: string, body: Uint8Array): number =>
  crc32(body, crc32(topic, number % 2 ** 32));

export interface EventRow {
  readonly number: number;
  readonly topic: string;
  readonly body: Uint8Array;
}

/** Undefined when the disk has changed something of it. */
export const intactRow = (row: Readonly<Record<string, unknown>>): EventRow | undefined => {
  const { number, topic, body, crc } = row;
  if (typeof number !== 'number' || typeof topic !== 'string' || !(body instanceof Uint8Array)) return undefined;
  // The first version of the outbox checked the body alone.
  return crc === checkOf(number, topic, body) || crc === crc32(body) ? { number, topic, body } : undefined;
};
