/** The file of the outbox: where it lies, how it is opened and which tables are in it. */
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { syncFolder } from './disk.ts';
import type { Predecessor } from './notice.ts';
import { text } from './row-values.ts';

export const databaseName = 'outbox.db';

const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE stream (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, lane TEXT NOT NULL,
    first INTEGER NOT NULL, next INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL
  );
  CREATE TABLE settled (sink TEXT, stream TEXT, ranges TEXT NOT NULL, PRIMARY KEY (sink, stream)) WITHOUT ROWID;
  CREATE TABLE shed (
    sink TEXT, stream TEXT, reason TEXT, low INTEGER, high INTEGER NOT NULL, count INTEGER,
    PRIMARY KEY (sink, stream, reason, low)
  ) WITHOUT ROWID;
  CREATE TABLE shed_count (lane TEXT, reason TEXT, count INTEGER NOT NULL, PRIMARY KEY (lane, reason)) WITHOUT ROWID;
  CREATE TABLE saved (owner TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (owner, key)) WITHOUT ROWID;
  CREATE TABLE state (topic TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
  CREATE TABLE dead_letter (
    id INTEGER PRIMARY KEY, at INTEGER, pipeline TEXT, stage TEXT, device TEXT, reason TEXT, item TEXT
  );
  CREATE TABLE media (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL, device TEXT NOT NULL, correlation TEXT NOT NULL, expires INTEGER NOT NULL,
    UNIQUE (key, correlation)
  );
  CREATE INDEX media_sha256 ON media (sha256);
`;

/** What came after the first version; an outbox of that one gets it when it is opened. */
const additions = `
  CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER
  );
  CREATE TABLE IF NOT EXISTS refused_event (
    id INTEGER PRIMARY KEY, at INTEGER, sink TEXT, stream TEXT, number INTEGER, topic TEXT, reason TEXT, body BLOB
  );
`;

const extend = (database: DatabaseSync): void => {
  const columns = database.prepare("SELECT name FROM pragma_table_info('shed')").all();
  if (columns.length > 0 && !columns.some(({ name }) => name === 'count')) {
    database.exec('ALTER TABLE shed ADD COLUMN count INTEGER');
  }
  database.exec(additions);
};

const configure = (database: DatabaseSync): void => {
  // Exclusive: nobody else opens the live file, and a second gateway on the same folder is refused.
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY;
  `);
};

/**
 * A new, empty database. The caller sees to it that none is there. It comes under its name when it is whole, since what
 * ends half-way would else be opened as a database without tables.
 */
export const createDatabase = (folder: string, epoch: string, predecessor: Predecessor | undefined): void => {
  const file = path.join(folder, databaseName);
  const unfinished = `${file}.new`;
  // A log of a database that is gone would be taken for one of this.
  for (const stale of [unfinished, `${unfinished}-wal`, `${unfinished}-journal`, `${file}-wal`, `${file}-journal`]) {
    rmSync(stale, { force: true });
  }
  syncFolder(folder);
  fillDatabase(unfinished, epoch, predecessor);
  renameSync(unfinished, file);
  syncFolder(folder);
};

const fillDatabase = (file: string, epoch: string, predecessor: Predecessor | undefined): void => {
  using database = new DatabaseSync(file);
  // Rows of about a kilobyte: larger pages write less of the log, smaller ones less for a commit of one row.
  database.exec('PRAGMA page_size = 8192');
  configure(database);
  database.exec(`BEGIN; ${schema}`);
  const put = database.prepare('INSERT INTO meta VALUES (?, ?)');
  put.run('format', '1');
  put.run('epoch', epoch);
  if (predecessor !== undefined) put.run('predecessor', JSON.stringify(predecessor));
  database.exec('COMMIT');
};

/**
 * Whatever a crash or a failed fsync left in the log is brought into the file itself before anything is added. Throws
 * what SQLite throws when the file is no good, `damaged` when it holds nothing of an outbox, as one that was cut to
 * nothing.
 */
export const openDatabase = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file);
  try {
    configure(database);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() === undefined) {
      throw new GatewayError('damaged', `${file} holds no outbox`);
    }
    extend(database);
    return database;
  } catch (failure) {
    database.close();
    throw failure;
  }
};

/** What is noted of the database as a whole. Throws `damaged` when it is none of this version. */
export const readMeta = (database: DatabaseSync, file: string): { epoch: string; predecessor: string | undefined } => {
  const meta = new Map<string, string>();
  for (const row of database.prepare('SELECT key, value FROM meta').iterate()) {
    meta.set(text(row['key']), text(row['value']));
  }
  const epoch = meta.get('epoch');
  if (epoch === undefined || meta.get('format') !== '1') {
    throw new GatewayError('damaged', `${file} is no outbox of this version`);
  }
  return { epoch, predecessor: meta.get('predecessor') };
};

/** Gives the file's empty pages back to the disk when they are nearly all of it. */
export const compact = (database: DatabaseSync): void => {
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  const pages = pragma('page_count');
  const live = pages - pragma('freelist_count');
  if (pages * pragma('page_size') > 64 * 2 ** 20 && live < pages / 10) {
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }
};
