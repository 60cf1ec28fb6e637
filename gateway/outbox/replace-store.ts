/**
 * Finds the store of a folder, or begins a new one: the first, or one in the place of a store that is gone or cannot be
 * trusted. A store that was set aside keeps its file; what a person or `salvage` can still read of it is there.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createDatabase, databaseName } from './database.ts';
import { demandAccess, makeFolder, syncFolder } from './disk.ts';
import { firstEpoch, nextEpoch, readEpoch, writeEpochIfPossible } from './epoch.ts';
import type { Notice, Predecessor } from './notice.ts';
import { openStore, type Store, type StoreOptions } from './store.ts';
import { toStoreError } from './store-error.ts';

export type StoreReplaced = Extract<Notice, { kind: 'store-replaced' }>;

export interface OpenedStore {
  readonly store: Store;
  readonly replaced?: StoreReplaced;
}

/** Throws `config` when another program uses the folder or this user may not, `exhausted` and `damaged` when no store can be made either. */
export const openOrReplaceStore = (options: StoreOptions): OpenedStore => {
  const { folder } = options;
  const file = path.join(folder, databaseName);
  try {
    makeFolder(folder);
    demandAccess(folder);
    const known = readEpoch(folder);
    finishSettingAside(folder);
    if (!existsSync(file)) return beginStore(options, known, known === undefined ? undefined : 'missing', undefined);
    try {
      const store = openStore(options);
      if (!isOlder(store, known)) {
        writeEpochIfPossible(folder, { epoch: store.epoch, streams: lastNumbers(store) });
        return { store };
      }
      store[Symbol.dispose]();
    } catch (failure) {
      if (toStoreError(failure, file).kind !== 'damaged') throw failure;
    }
    return replaceStore(options);
  } catch (failure) {
    throw toStoreError(failure, file);
  }
};

/** Sets the file aside, which must be closed, and begins a new store. What was salvaged of earlier ones is removed. */
export const replaceStore = (options: StoreOptions): OpenedStore => {
  const { folder } = options;
  try {
    const known = readEpoch(folder) ?? { epoch: firstEpoch, streams: {} };
    // What lies here already is never written over, also where the epoch beside the database could not be kept.
    const setAside = `outbox-${newest([known.epoch, ...epochsBeside(folder).map(nextEpoch)])}.damaged`;
    for (const name of readdirSync(folder)) {
      if (salvagedPattern.test(name)) rmSync(path.join(folder, name), { force: true });
    }
    const file = path.join(folder, databaseName);
    const isThere = existsSync(file);
    if (isThere) renameSync(file, path.join(folder, setAside));
    // In this order also on the disk: a database without its log would be opened as a whole one.
    syncFolder(folder);
    finishSettingAside(folder);
    return beginStore(options, known, 'damaged', isThere ? setAside : undefined);
  } catch (failure) {
    throw toStoreError(failure, path.join(folder, databaseName));
  }
};

/** The log of a store that was set aside goes with it, also when a stop came in between. */
const finishSettingAside = (folder: string): void => {
  const setAside = findSetAside(folder).at(-1);
  const log = path.join(folder, `${databaseName}-wal`);
  if (setAside === undefined || existsSync(path.join(folder, databaseName)) || !existsSync(log)) return;
  renameSync(log, path.join(folder, `${setAside}-wal`));
  syncFolder(folder);
};

const salvagedPattern = /^outbox-\d{4}\.salvaged(?:-wal|-shm)?$/;

/** The stores that were set aside and whose events were not all accepted again yet, the oldest first. */
export const findSetAside = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter(name => /^outbox-\d{4}\.damaged$/.test(name))
    .toSorted();

/** Epochs of the stores that were set aside, as their names have them. */
const epochsBeside = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap(name => /^outbox-(\d{4})\.(?:damaged|salvaged)$/.exec(name)?.[1] ?? []);

const newest = (epochs: readonly string[]): string => epochs.toSorted().at(-1) ?? firstEpoch;

export const lastNumbers = (store: Store): Readonly<Record<string, number>> =>
  Object.fromEntries(store.streams().map(({ name, next }) => [name, next - 1]));

const beginStore = (
  options: StoreOptions,
  predecessor: Predecessor | undefined,
  reason: StoreReplaced['reason'] | undefined,
  setAside: string | undefined,
): OpenedStore => {
  const { folder } = options;
  const used = [...(predecessor === undefined ? [] : [predecessor.epoch]), ...epochsBeside(folder)];
  const epoch = used.length === 0 ? firstEpoch : nextEpoch(newest(used));
  createDatabase(folder, epoch, predecessor);
  writeEpochIfPossible(folder, { epoch, streams: {} });
  const store = openStore(options);
  if (reason === undefined) return { store };
  return {
    store,
    replaced: {
      kind: 'store-replaced',
      reason,
      epoch,
      ...(predecessor !== undefined && { predecessor }),
      ...(setAside !== undefined && { setAside }),
    },
  };
};

/** A copy from an earlier day would give numbers a second time. */
const isOlder = (store: Store, known: Predecessor | undefined): boolean => {
  if (known === undefined || known.epoch < store.epoch) return false;
  if (known.epoch > store.epoch) return true;
  const last = lastNumbers(store);
  return Object.entries(known.streams).some(([stream, number]) => number > (last[stream] ?? 0));
};
