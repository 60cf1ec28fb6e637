/** What must be on the disk, not only in its cache; and the disk that is kept for a bad day. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { GatewayError, systemCode } from '../../core/errors.ts';

/** Of a file, or a folder: the names in it. */
export const syncFile = (file: string): void => {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** The names in a folder. */
export const syncFolder = (folder: string): void => syncFile(folder);

/** Makes the folder and those above it; each new one is known to its parent on the disk before this returns. */
export const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    // For this user alone: events tell where people are. Not recursive: below /proc that would never return.
    mkdirSync(folder, 0o700);
  } catch (cause) {
    if (systemCode(cause) === 'ENOSPC' || systemCode(cause) === 'EIO') throw cause;
    throw new GatewayError('config', `cannot make the folder ${folder}: ${systemCode(cause) ?? 'unknown error'}`, {
      advice: 'Make it for the user of the gateway, or name another one as "storage.folder".',
      path: ['storage', 'folder'],
      cause,
    });
  }
  syncFolder(parent);
};

const isForbidden = (cause: unknown): boolean => ['EACCES', 'EPERM'].includes(systemCode(cause) ?? '');

/**
 * What belongs to another user, as after `sudo haidang run`, is not damaged and must not be set aside. Throws `config`
 * where the folder is none, or where it or what lies in it may not be read and written.
 */
export const demandAccess = (folder: string): void => {
  if (!statSync(folder).isDirectory()) {
    throw new GatewayError('config', `${folder} is no folder`, {
      advice: 'Name another place as "storage.folder".',
      path: ['storage', 'folder'],
    });
  }
  const demand = (place: string): void => {
    try {
      accessSync(place, constants.R_OK | constants.W_OK);
    } catch (cause) {
      // A disk that fails or is mounted read-only says so in its own words.
      if (!isForbidden(cause)) return;
      throw new GatewayError('config', `this user may not read and write ${place}`, {
        advice: 'Run it as the user of the gateway (sudo -u haidang …), or give that user the folder (chown -R).',
        path: ['storage', 'folder'],
        cause,
      });
    }
  };
  demand(folder);
  for (const name of readdirSync(folder)) demand(path.join(folder, name));
};

export const writeSynced = (file: string, bytes: Uint8Array): void => {
  const handle = openSync(file, 'w', 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
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

/** Undefined when it is not there, or the disk does not say. */
const sizeOf = (file: string): number | undefined => {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
};

const discard = (file: string): void => {
  try {
    rmSync(file, { force: true });
  } catch {
    // A disk that cannot delete has other things to say by itself.
  }
};

export interface Reserve {
  /** The disk is nearly full: the outbox must live with what it has. */
  isTight(): boolean;
  /** Gives the reserved space back to the disk. */
  giveUp(): void;
  /** Begins to take the space when there is plenty, unless it is taken already; never holds up the caller. */
  take(): void;
}

export const createReserve = (folder: string): Reserve => {
  const file = path.join(folder, 'reserve');
  let taking: AbortController | undefined;

  const write = async ({ signal }: AbortController): Promise<void> => {
    const handle = await open(file, 'w', 0o600);
    try {
      const block = Buffer.alloc(mebibyte);
      for (let written = 0; written < reserveBytes && !signal.aborted; written += mebibyte) await handle.write(block);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };

  return {
    isTight: () => (freeBytes(folder) ?? Number.POSITIVE_INFINITY) < leastFreeBytes,
    giveUp: () => {
      taking?.abort();
      discard(file);
    },
    take: () => {
      if (taking !== undefined || sizeOf(file) === reserveBytes) return;
      if ((freeBytes(folder) ?? 0) < reserveBytes + leastFreeBytes) return;
      taking = new AbortController();
      write(taking)
        // A disk that has no room for it gets another chance later.
        .catch(() => discard(file))
        .finally(() => {
          taking = undefined;
        });
    },
  };
};
