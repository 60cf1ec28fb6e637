/** What must be on the disk, not only in its cache; and the disk that is kept for a bad day. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** Makes the folder and those above it; each new one is known to its parent on the disk before this returns. */
export const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  mkdirSync(folder, { recursive: true });
  syncFolder(parent);
};

/** `bytes`, `times` over. */
export const writeSynced = (file: string, bytes: Uint8Array, times = 1): void => {
  const handle = openSync(file, 'w', 0o600);
  try {
    for (let time = 0; time < times; time++) {
      for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

const mebibyte = 2 ** 20;
/** DELETE and checkpoint need space too, when there is none left. */
const reserveBytes = 32 * mebibyte;
/** Below this the outbox takes no more of the disk. */
const leastFreeBytes = 64 * mebibyte;

/** Bytes that may still be written to the folder's disk; undefined where the system does not say. */
export const freeBytes = (folder: string): number | undefined => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
};

export interface Reserve {
  /** The disk is nearly full: the outbox must live with what it has. */
  isTight(): boolean;
  /** Gives the reserved space back to the disk. Returns false when it was given up before. */
  giveUp(): boolean;
  /** Takes the space when there is plenty, unless it is taken already. */
  take(): void;
}

export const createReserve = (folder: string): Reserve => {
  const file = path.join(folder, 'reserve');
  const isThere = (): boolean => existsSync(file) && statSync(file).size === reserveBytes;
  const take = (): void => {
    if (isThere() || (freeBytes(folder) ?? 0) < reserveBytes + leastFreeBytes) return;
    try {
      writeSynced(file, Buffer.alloc(mebibyte), reserveBytes / mebibyte);
      syncFolder(folder);
    } catch {
      rmSync(file, { force: true });
    }
  };
  return {
    isTight: () => (freeBytes(folder) ?? Number.POSITIVE_INFINITY) < leastFreeBytes,
    giveUp: () => {
      if (!existsSync(file)) return false;
      rmSync(file, { force: true });
      return true;
    },
    take,
  };
};
