/**
 * Whether the open database still is what its name leads to. One whose file or log was deleted works on in files that
 * nobody finds again: what is accepted would be gone with the process.
 */
import { renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { databaseName } from './database.ts';
import { makeFolder, syncFile, syncFolder } from './disk.ts';

const fileOf = (name: string): number | undefined => statSync(name, { throwIfNoEntry: false })?.ino;

/** To be called when the database was just opened. */
export const watchPlace = (file: string): (() => boolean) => {
  const opened = fileOf(file);
  let log = fileOf(`${file}-wal`);
  return () => {
    // The log comes with the first write, and stays while the database is open.
    log ??= fileOf(`${file}-wal`);
    return fileOf(file) === opened && fileOf(`${file}-wal`) === log;
  };
};

const copyOf = (folder: string): string => path.join(folder, `${databaseName}.copy`);

/** Writes all that is committed into a new file. Throws what SQLite throws where there is no room for it. */
export const copyDatabase = (database: DatabaseSync, folder: string): void => {
  makeFolder(folder);
  const copy = copyOf(folder);
  rmSync(copy, { force: true });
  database.prepare('VACUUM INTO ?').run(copy);
  syncFile(copy);
};

/** Puts the copy in the place of the database, which must be closed. */
export const takeCopy = (folder: string): void => {
  const file = path.join(folder, databaseName);
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  renameSync(copyOf(folder), file);
  syncFolder(folder);
};
