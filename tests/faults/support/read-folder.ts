import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { parseRanges, type Range } from '../../../gateway/outbox/ranges.ts';
import { openOrReplaceStore, type StoreReplaced } from '../../../gateway/outbox/replace-store.ts';
import { int, intactRow, text } from '../../../gateway/outbox/row-values.ts';
import type { Found, FoundStream } from './ledger.ts';
import { type Identity, readIdentity } from './patterns.ts';

export interface ReadFolder extends Found {
  /** Set when the store did not trust the file and began another. */
  readonly replaced: StoreReplaced | undefined;
}

const databaseName = 'outbox.db';

/** Nothing is removed while it is looked at. */
const asFound = {
  budgetBytes: 2 ** 30,
  history: { bytes: 2 ** 30, age: Number.POSITIVE_INFINITY },
  now: () => 0,
  trustedNow: () => undefined,
  onShed: () => {},
};

/** Without the file that only takes up room. */
export const copyFolder = (from: string, to: string): void => {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile() && entry.name !== 'reserve')
      copyFileSync(path.join(from, entry.name), path.join(to, entry.name));
  }
};

/** Opens the store of a folder as the gateway does at its start, closes it, and reads all that is in it. */
export const readFolder = (folder: string, sink: string): ReadFolder => {
  const { store, replaced } = openOrReplaceStore({
    ...asFound,
    folder,
    sinks: [{ name: sink }],
    reserve: createReserve(folder),
  });
  const totals = store.mediaTotals();
  const { epoch } = store;
  store[Symbol.dispose]();
  const faults: string[] = [];
  if (replaced !== undefined) faults.push(`the store was replaced: ${replaced.reason}`);
  if (existsSync(path.join(folder, `${databaseName}-wal`))) faults.push('the log is there after the store was closed');

  using database = new DatabaseSync(path.join(folder, databaseName), { readOnly: true });
  const all = (query: string, ...values: (string | number)[]): Record<string, unknown>[] =>
    database.prepare(query).all(...values);
  const check = all('PRAGMA integrity_check').map(row => text(row['integrity_check']));
  if (check.join() !== 'ok') faults.push(`SQLite says: ${check.join('; ').slice(0, 300)}`);

  const streams = all('SELECT id, name, first, next, rows, bytes FROM stream').map((row): FoundStream => {
    const name = text(row['name']);
    const table = `stream_${int(row['id'])}`;
    const numbers = new Map<number, Identity>();
    for (const stored of database.prepare(`SELECT number, topic, body, crc FROM ${table}`).iterate()) {
      const intact = intactRow(stored);
      if (intact === undefined) faults.push(`${name} ${stored['number']} is damaged`);
      else numbers.set(intact.number, readIdentity(intact.body));
    }
    const [scanned] = all(
      `SELECT count(*) AS rows, coalesce(sum(length(topic) + length(body) + 48), 0) AS bytes FROM ${table}`,
    );
    const [settled] = all('SELECT ranges FROM settled WHERE sink = ? AND stream = ?', sink, name);
    return {
      name,
      first: int(row['first']),
      next: int(row['next']),
      rows: int(row['rows']),
      bytes: int(row['bytes']),
      scannedRows: int(scanned?.['rows']),
      scannedBytes: int(scanned?.['bytes']),
      numbers,
      shed: all('SELECT low, high FROM shed WHERE sink = ? AND stream = ?', sink, name).map(
        ({ low, high }): Range => [int(low), int(high)],
      ),
      settled: parseRanges(text(settled?.['ranges'])),
    };
  });
  const media = all('SELECT key, sha256, bytes FROM media');
  const files = new Map(media.map(({ sha256, bytes }) => [text(sha256), int(bytes)]));
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  if (totals.files !== files.size || totals.bytes !== bytes) {
    faults.push(`media count ${totals.files} files of ${totals.bytes} bytes and are ${files.size} of ${bytes}`);
  }
  return {
    epoch,
    replaced,
    faults,
    streams,
    media: new Set(media.map(({ key }) => text(key))),
    saved: new Map(
      all("SELECT key, value FROM saved WHERE owner = 'stage'").map(({ key, value }) => [
        text(key),
        value instanceof Uint8Array ? Number(Buffer.from(value).toString()) : Number.NaN,
      ]),
    ),
    states: new Map(all('SELECT topic, body FROM state').map(({ topic, body }) => [text(topic), Number(body)])),
  };
};
