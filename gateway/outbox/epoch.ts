/**
 * The number of the outbox's life, kept beside the database as well as in it: when the database is lost, its successor
 * still counts on from there and can say after which numbers the center misses something.
 */
import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../core/errors.ts';
import { syncFolder, writeSynced } from './disk.ts';
import type { Predecessor } from './notice.ts';

const fileName = 'epoch.json';

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

// By hand: a schema library would be loaded into the outbox's thread for this alone, and takes 10 MB there.
const toPredecessor = (value: unknown): Predecessor | undefined => {
  if (typeof value !== 'object' || value === null || !('epoch' in value && 'streams' in value)) return undefined;
  const { epoch, streams } = value;
  if (typeof epoch !== 'string' || !/^\d{4}$/.test(epoch)) return undefined;
  if (typeof streams !== 'object' || streams === null || Array.isArray(streams)) return undefined;
  const counts = Object.entries(streams).filter((entry): entry is [string, number] => isCount(entry[1]));
  return counts.length === Object.keys(streams).length ? { epoch, streams: Object.fromEntries(counts) } : undefined;
};

/** Undefined when there is none, or it cannot be read. */
export const readEpoch = (folder: string): Predecessor | undefined => {
  try {
    return parseEpoch(readFileSync(path.join(folder, fileName), 'utf8'));
  } catch {
    return undefined;
  }
};

/** Undefined when it is not what `writeEpoch` writes. */
export const parseEpoch = (text: string | undefined): Predecessor | undefined => {
  try {
    return toPredecessor(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
};

/** Numbers in it must be committed already. Throws what the file system throws. */
const writeEpoch = (folder: string, known: Predecessor): void => {
  const file = path.join(folder, fileName);
  writeSynced(`${file}.new`, Buffer.from(`${JSON.stringify(known)}\n`));
  renameSync(`${file}.new`, file);
  syncFolder(folder);
};

/** What the disk does not take now it takes some seconds later; the numbers in the database itself are the true ones. */
export const writeEpochIfPossible = (folder: string, known: Predecessor): void => {
  try {
    writeEpoch(folder, known);
  } catch (failure) {
    if (systemCode(failure) === undefined) throw failure;
  }
};

export const firstEpoch = '0001';

/** `0001` after `0000`; after 9999 it begins again, which no gateway lives to see. */
export const nextEpoch = (epoch: string): string => String((Number(epoch) % 9999) + 1).padStart(4, '0');
