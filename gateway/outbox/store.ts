/**
 * The outbox's database: one table for each stream, whose key is the stream's number, so that what a sink has settled
 * and what may be deleted are ranges at the head of a table. Synchronous, and used by one thread only.
 *
 * Rows, bytes and next numbers are counters kept in the same transaction as the rows; nothing here counts by scanning.
 */
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { GatewayError } from '../../core/errors.ts';
import { type Lane, lanes } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';
import type { LaneStatus } from '../runtime/status.ts';
import type { Reserve } from './disk.ts';
import { parseEpoch } from './epoch.ts';
import type { Predecessor, ShedReason } from './notice.ts';
import type { MediaRow } from './outbox.ts';
import type { Group, GroupTopic } from './protocol.ts';
import {
  addRange,
  coarsen,
  firstMissing,
  formatRanges,
  missingFrom,
  parseRanges,
  type Range,
  type Ranges,
} from './ranges.ts';
import { isFull, toStoreError } from './store-error.ts';

export const databaseName = 'outbox.db';

/** Disk of a row beside its topic and body, about. */
const rowBytes = 48;
/** Rows deleted in one transaction: a longer one would hold up what waits to be accepted. */
const trimRows = 10_000;
const deadLettersKept = 1000;
/** Of a stream and reason. */
const shedRangesKept = 200;

const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE stream (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, lane TEXT NOT NULL,
    first INTEGER NOT NULL, next INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL
  );
  CREATE TABLE settled (sink TEXT, stream TEXT, ranges TEXT NOT NULL, PRIMARY KEY (sink, stream)) WITHOUT ROWID;
  CREATE TABLE shed (
    sink TEXT, stream TEXT, reason TEXT, low INTEGER, high INTEGER NOT NULL, PRIMARY KEY (sink, stream, reason, low)
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

/** Files that wait, each once however many events name it. */
export const mediaTotalsQuery = `
  SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM (SELECT max(bytes) AS bytes FROM media GROUP BY sha256)
`;

export interface StoredEvent {
  readonly number: number;
  readonly topic: string;
  readonly body: Uint8Array;
}

export interface ReadEvents {
  readonly events: readonly StoredEvent[];
  /** Everything up to this number was looked at. */
  readonly through: number;
}

/** Accepted events that are gone before a sink delivered them. */
export interface ShedRange {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface StreamState {
  readonly name: string;
  readonly lane: Lane;
  /** Nothing below it is in the table. */
  readonly first: number;
  /** The number that the next accepted event gets. */
  readonly next: number;
}

interface Stream extends StreamState {
  first: number;
  next: number;
  rows: number;
  bytes: number;
  readonly insert: StatementSync;
  readonly read: StatementSync;
  readonly measure: StatementSync;
  readonly sizes: StatementSync;
  readonly remove: StatementSync;
  readonly update: StatementSync;
}

/** Told of every removal of undelivered events, in the order of the removals. */
export type OnShed = (shed: {
  readonly stream: string;
  readonly lane: Lane;
  readonly low: number;
  readonly high: number;
  readonly reason: ShedReason;
  readonly count: number;
}) => void;

export interface StoreOptions {
  readonly folder: string;
  /** Names of the sinks that every event must reach. */
  readonly sinks: readonly string[];
  readonly budgetBytes: number;
  readonly reserve: Reserve;
  readonly now: () => Instant;
  readonly onShed: OnShed;
}

export interface Store extends Disposable {
  readonly epoch: string;
  /** The store that this one was made after, when one was lost. */
  readonly predecessor: Predecessor | undefined;
  streams(): readonly StreamState[];
  /**
   * One transaction. Returns the number of each event. Throws `exhausted` when there is no room for it, `damaged` when
   * the file cannot be trusted any more; nothing was accepted then.
   */
  append(group: Group): readonly number[];
  /** Rows from `low` to `high` in order, until there are `limit` or they exceed `bytes`. Unreadable ones are shed. */
  read(stream: string, low: number, high: number, limit: number, bytes: number): ReadEvents;
  /** What `sink` has delivered or lost of `stream`; the array is the store's own, changed in place by `settle`. */
  settled(sink: string, stream: string): readonly Range[];
  /** Written with the next transaction, `tidy` at the latest. */
  settle(sink: string, stream: string, number: number): void;
  /**
   * What was given up, in few more than `most` ranges: where there are more, close ones are told as one, since what is
   * told too much explains a hole that is not there, and what is told too little makes a loss of it.
   */
  shedRanges(sink: string, stream: string, most: number): readonly ShedRange[];
  timeOf(stream: string, number: number): Instant | undefined;
  saved(owner: string): ReadonlyMap<string, Uint8Array>;
  /** `undefined` marks the topic as to be cleared. */
  retain(topic: string, body: string | undefined): void;
  /** Undefined bodies are to be cleared. */
  retained(): ReadonlyMap<string, string | undefined>;
  /** The topic was cleared at every sink. */
  forget(topic: string): void;
  pendingMedia(limit: number, sha256?: string): readonly MediaRow[];
  /** Writes what is settled, deletes what every sink has, and what expired: at most 10 000 rows. True: there is more. */
  tidy(): boolean;
  lanes(): readonly LaneStatus[];
  mediaTotals(): { readonly files: number; readonly bytes: number };
  accepted(): number;
  /** Gives the file's empty pages back to the disk when they are nearly all of it. */
  compact(): void;
}

const sizeOfRow = (topic: string, bodyBytes: number): number => topic.length + bodyBytes + rowBytes;

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

/** A new, empty database. The caller sees to it that none is there. */
export const createDatabase = (folder: string, epoch: string, predecessor: Predecessor | undefined): void => {
  using database = new DatabaseSync(path.join(folder, databaseName));
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
 * Opens the database of the folder. Throws what SQLite throws when the file is no good. Whatever a crash or a failed
 * fsync left in the log is brought into the file itself before anything is added.
 */
export const openStore = (options: StoreOptions): Store => {
  const { folder, sinks, budgetBytes, reserve, now, onShed } = options;
  const file = path.join(folder, databaseName);
  const database = new DatabaseSync(file);
  try {
    configure(database);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return useDatabase(database);
  } catch (failure) {
    database.close();
    throw failure;
  }

  function useDatabase(database: DatabaseSync): Store {
    const begin = database.prepare('BEGIN IMMEDIATE');
    const commit = database.prepare('COMMIT');
    const putSettled = database.prepare('INSERT OR REPLACE INTO settled VALUES (?, ?, ?)');
    const putSaved = database.prepare('INSERT OR REPLACE INTO saved VALUES (?, ?, ?)');
    const dropSaved = database.prepare('DELETE FROM saved WHERE owner = ? AND key = ?');
    const putDeadLetter = database.prepare(
      'INSERT INTO dead_letter (at, pipeline, stage, device, reason, item) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const cutDeadLetters = database.prepare('DELETE FROM dead_letter WHERE id <= ?');
    const putMedia = database.prepare(
      `INSERT OR IGNORE INTO media (key, sha256, media_type, bytes, device, correlation, expires)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    const dropMedia = database.prepare('DELETE FROM media WHERE key = ? AND correlation = ? RETURNING sha256, bytes');
    const countMedia = database.prepare('SELECT count(*) AS rows FROM media WHERE sha256 = ?');
    const putShed = database.prepare('INSERT OR REPLACE INTO shed VALUES (?, ?, ?, ?, ?)');
    const dropShed = database.prepare('DELETE FROM shed WHERE sink = ? AND stream = ? AND reason = ?');
    const putShedCount = database.prepare('INSERT OR REPLACE INTO shed_count VALUES (?, ?, ?)');

    const meta = new Map<string, string>();
    for (const row of database.prepare('SELECT key, value FROM meta').iterate()) {
      meta.set(text(row['key']), text(row['value']));
    }
    const epoch = meta.get('epoch');
    if (epoch === undefined || meta.get('format') !== '1') {
      throw new GatewayError('damaged', `${file} is no outbox of this version`);
    }

    const streams = new Map<string, Stream>();
    const settled = new Map<string, Map<string, Ranges>>(sinks.map(sink => [sink, new Map()]));
    const dirty = new Map<string, Set<string>>(sinks.map(sink => [sink, new Set()]));
    const shedCounts = new Map<Lane, Map<string, number>>(lanes.map(lane => [lane, new Map()]));
    const media = { files: 0, bytes: 0 };
    /** Undelivered rows that a transaction removed; told when it is committed. */
    let removed: Parameters<OnShed>[0][] = [];
    /** Puts back what a transaction marked as settled that was rolled back. */
    let undo: (() => void)[] = [];

    const addStream = (id: number, name: string, lane: Lane, counters: readonly [number, number, number, number]) => {
      const table = `stream_${id}`;
      database.exec(
        `CREATE TABLE IF NOT EXISTS ${table} (
          number INTEGER PRIMARY KEY, time INTEGER, expires INTEGER, topic TEXT NOT NULL, body BLOB NOT NULL, crc INTEGER
        )`,
      );
      const [first, next, rows, bytes] = counters;
      const size = `length(topic) + length(body) + ${rowBytes}`;
      const stream: Stream = {
        name,
        lane,
        first,
        next,
        rows,
        bytes,
        insert: database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`),
        read: database.prepare(
          `SELECT number, time, expires, topic, body, crc FROM ${table} WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?`,
        ),
        measure: database.prepare(
          `SELECT count(*) AS rows, coalesce(sum(${size}), 0) AS bytes FROM ${table} WHERE number BETWEEN ? AND ?`,
        ),
        sizes: database.prepare(
          `SELECT number, ${size} AS bytes, expires FROM ${table} WHERE number >= ? ORDER BY number LIMIT ?`,
        ),
        remove: database.prepare(`DELETE FROM ${table} WHERE number BETWEEN ? AND ?`),
        update: database.prepare('UPDATE stream SET first = ?, next = ?, rows = ?, bytes = ? WHERE id = ?'),
      };
      streams.set(name, stream);
      return stream;
    };
    const ids = new Map<string, number>();

    /** Counters and sets as they are in the file: at the start, and after a transaction that failed. */
    const load = (): void => {
      removed = [];
      for (const restore of undo.splice(0).reverse()) restore();
      ids.clear();
      const known = database.prepare('SELECT id, name, lane, first, next, rows, bytes FROM stream').all();
      const names = new Set(known.map(row => text(row['name'])));
      for (const name of [...streams.keys()]) if (!names.has(name)) streams.delete(name);
      for (const row of known) {
        const name = text(row['name']);
        const lane = lanes.find(one => one === row['lane']);
        if (lane === undefined) throw new GatewayError('damaged', `${file} names a lane that there is not`);
        const counters = [int(row['first']), int(row['next']), int(row['rows']), int(row['bytes'])] as const;
        ids.set(name, int(row['id']));
        const stream = streams.get(name);
        if (stream === undefined) addStream(int(row['id']), name, lane, counters);
        else [stream.first, stream.next, stream.rows, stream.bytes] = counters;
      }
      for (const counts of shedCounts.values()) counts.clear();
      for (const row of database.prepare('SELECT lane, reason, count FROM shed_count').iterate()) {
        const lane = lanes.find(one => one === row['lane']);
        if (lane !== undefined) shedCounts.get(lane)?.set(text(row['reason']), int(row['count']));
      }
      const totals = database.prepare(mediaTotalsQuery).get();
      media.files = int(totals?.['files']);
      media.bytes = int(totals?.['bytes']);
    };

    const loadSettled = (): void => {
      const known = database.prepare('SELECT sink, stream, ranges FROM settled').all();
      for (const row of known) {
        const ranges = settled.get(text(row['sink']));
        ranges?.set(text(row['stream']), parseRanges(text(row['ranges'])));
      }
    };

    const settledOf = (sink: string, name: string): Ranges => {
      const bySink = settled.get(sink);
      if (bySink === undefined) throw new GatewayError('defect', `no sink is named ${sink}`);
      let ranges = bySink.get(name);
      if (ranges === undefined) {
        // What was deleted before this sink came is none of its business.
        const first = streams.get(name)?.first ?? 1;
        ranges = first > 1 ? [[1, first - 1]] : [];
        bySink.set(name, ranges);
      }
      return ranges;
    };

    const markSettled = (sink: string, name: string, low: number, high: number): void => {
      addRange(settledOf(sink, name), low, high);
      dirty.get(sink)?.add(name);
    };

    const writeSettled = (): void => {
      for (const [sink, names] of dirty) {
        for (const name of names) putSettled.run(sink, name, formatRanges(settledOf(sink, name)));
      }
    };

    const writeCounters = (stream: Stream): void => {
      stream.update.run(stream.first, stream.next, stream.rows, stream.bytes, ids.get(stream.name) ?? 0);
    };

    const transact = <T>(work: () => T): T => {
      begin.run();
      try {
        const result = work();
        writeSettled();
        commit.run();
        undo = [];
        for (const names of dirty.values()) names.clear();
        for (const shed of removed.splice(0)) onShed(shed);
        return result;
      } catch (failure) {
        // After SQLITE_FULL and IOERR SQLite has rolled back by itself.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw failure;
      }
    };

    const openStream = (topic: GroupTopic): Stream => {
      const known = streams.get(topic.stream);
      if (known !== undefined) return known;
      const id = (ids.size === 0 ? 0 : Math.max(...ids.values())) + 1;
      database.prepare('INSERT INTO stream VALUES (?, ?, ?, 1, 1, 0, 0)').run(id, topic.stream, topic.lane);
      ids.set(topic.stream, id);
      return addStream(id, topic.stream, topic.lane, [1, 1, 0, 0]);
    };

    /** Deletes rows; those that a sink had not delivered are recorded as shed. */
    const remove = (stream: Stream, low: number, high: number, reason: ShedReason | undefined): void => {
      const total = stream.measure.get(low, high);
      stream.remove.run(low, high);
      stream.rows -= int(total?.['rows']);
      stream.bytes -= int(total?.['bytes']);
      if (low <= stream.first) stream.first = Math.max(stream.first, high + 1);
      writeCounters(stream);
      if (reason === undefined) return;
      const undelivered: Ranges = [];
      for (const sink of sinks) {
        for (const [from, to] of missingFrom(settledOf(sink, stream.name), low, high)) {
          recordShed(sink, stream.name, reason, from, to);
          addRange(undelivered, from, to);
        }
        const ranges = settledOf(sink, stream.name);
        const before = [...ranges];
        undo.push(() => ranges.splice(0, ranges.length, ...before));
        markSettled(sink, stream.name, low, high);
      }
      const count = undelivered.reduce((sum, [from, to]) => sum + to - from + 1, 0);
      if (count === 0) return;
      const counts = shedCounts.get(stream.lane);
      const sum = (counts?.get(reason) ?? 0) + count;
      counts?.set(reason, sum);
      putShedCount.run(stream.lane, reason, sum);
      removed.push({ stream: stream.name, lane: stream.lane, low, high, reason, count });
    };

    const recordShed = (sink: string, name: string, reason: ShedReason, low: number, high: number): void => {
      const known: Ranges = database
        .prepare('SELECT low, high FROM shed WHERE sink = ? AND stream = ? AND reason = ? ORDER BY low')
        .all(sink, name, reason)
        .map((row): Range => [int(row['low']), int(row['high'])]);
      const adjacent = known.find(([, to]) => to + 1 === low);
      putShed.run(sink, name, reason, adjacent?.[0] ?? low, high);
      if (adjacent !== undefined || known.length < shedRangesKept) return;
      addRange(known, low, high);
      dropShed.run(sink, name, reason);
      for (const range of coarsen(known, shedRangesKept / 2)) putShed.run(sink, name, reason, ...range);
    };

    const usedBytes = (): number => {
      let sum = 0;
      for (const stream of streams.values()) sum += stream.bytes;
      return sum;
    };

    /** Removes the oldest rows of a lane until `wanted` bytes are gone; returns how many bytes went. */
    const shedOldest = (lane: Lane, wanted: number): number => {
      let gone = 0;
      while (gone < wanted) {
        const candidates = [...streams.values()].filter(stream => stream.lane === lane && stream.rows > 0);
        const [stream] = candidates.toSorted((a, b) => oldestTime(a) - oldestTime(b));
        if (stream === undefined) break;
        let upTo: number | undefined;
        let bytes = 0;
        for (const row of stream.sizes.iterate(stream.first, 1000)) {
          upTo = int(row['number']);
          bytes += int(row['bytes']);
          if (gone + bytes >= wanted) break;
        }
        if (upTo === undefined) {
          // Counters that promise rows which are not there belong to a damaged file.
          throw new GatewayError('damaged', `${file} does not hold the rows that it counts`);
        }
        remove(stream, stream.first, upTo, 'budget');
        gone += bytes;
      }
      return gone;
    };

    const oldestTime = (stream: Stream): number => {
      const [row] = stream.read.all(stream.first, stream.next, 1);
      return row === undefined ? Number.POSITIVE_INFINITY : int(row['time']);
    };

    let tightBytes: number | undefined;
    let lookedAt = Number.NEGATIVE_INFINITY;
    /** The budget, or what is used now while the disk is nearly full. */
    const allowedBytes = (): number => {
      const moment = performance.now();
      if (moment - lookedAt > 1000) {
        lookedAt = moment;
        if (!reserve.isTight()) tightBytes = undefined;
        else tightBytes ??= usedBytes();
      }
      return Math.min(budgetBytes, tightBytes ?? budgetBytes);
    };

    /** Sheds lower lanes first, then the own one; never a higher one. */
    const makeRoom = (group: Group, bytes: number): void => {
      let missing = usedBytes() + bytes - allowedBytes();
      if (missing <= 0) return;
      const highest = lanes.find(lane => group.topics.some(topic => topic.lane === lane));
      // A little more than is missing, so that a full outbox does not shed at every append.
      missing += Math.min(budgetBytes / 100, 2 ** 20);
      for (const lane of lanes.toReversed()) {
        missing -= shedOldest(lane, missing);
        if (missing <= 0 || lane === highest) break;
      }
      if (usedBytes() + bytes <= allowedBytes()) return;
      throw new GatewayError('exhausted', 'the outbox is full of what is more important', {
        advice: 'Mend the uplink, or give the outbox more room ("storage.outbox").',
      });
    };

    const insertEvents = (group: Group): number[] => {
      const { topics, topicOf, times, expires, ends, bodies } = group;
      const numbers: number[] = new Array(topicOf.length).fill(0);
      const opened = topics.map(openStream);
      const touched = new Set(opened);
      let start = 0;
      for (let index = 0; index < topicOf.length; index++) {
        const which = topicOf[index] ?? 0;
        const topic = topics[which]?.topic ?? '';
        const stream = opened[which];
        if (stream === undefined) throw new GatewayError('defect', 'an event of a group has no topic');
        const end = ends[index] ?? start;
        const body = bodies.subarray(start, end);
        const number = stream.next++;
        const expiry = expires[index] ?? Number.NaN;
        stream.insert.run(number, times[index] ?? 0, Number.isNaN(expiry) ? null : expiry, topic, body, crc32(body));
        stream.rows++;
        stream.bytes += sizeOfRow(topic, end - start);
        numbers[index] = number;
        start = end;
      }
      for (const stream of touched) writeCounters(stream);
      return numbers;
    };

    const insertRest = (group: Group): void => {
      for (const [index, owner] of group.savedOwners.entries()) {
        const key = group.savedKeys[index] ?? '';
        const value = group.savedValues[index];
        if (value === undefined) dropSaved.run(owner, key);
        else putSaved.run(owner, key, value);
      }
      let newest = 0;
      for (const { at, pipeline, stage, device, reason, item } of group.deadLetters) {
        newest = Number(putDeadLetter.run(at, pipeline, stage, device, reason, item).lastInsertRowid);
      }
      if (newest > deadLettersKept) cutDeadLetters.run(newest - deadLettersKept);
      for (const row of group.media) {
        const { changes } = putMedia.run(
          row.key,
          row.sha256,
          row.mediaType,
          row.bytes,
          row.device,
          row.correlation,
          row.expires,
        );
        if (Number(changes) === 0 || int(countMedia.get(row.sha256)?.['rows']) > 1) continue;
        media.files++;
        media.bytes += row.bytes;
      }
      for (const { key, correlation } of group.mediaSettled) {
        const dropped = dropMedia.get(key, correlation);
        if (dropped === undefined || int(countMedia.get(text(dropped['sha256']))?.['rows']) > 0) continue;
        media.files--;
        media.bytes -= int(dropped['bytes']);
      }
    };

    /** Rows below it are settled by every sink. */
    const floorOf = (stream: Stream): number => {
      let floor = stream.next;
      for (const sink of sinks) floor = Math.min(floor, firstMissing(settledOf(sink, stream.name), stream.first));
      return floor;
    };

    /** Deletes up to `limit` rows that every sink has; returns how many. */
    const trim = (limit: number): number => {
      let left = limit;
      for (const stream of streams.values()) {
        if (left <= 0) break;
        const high = Math.min(floorOf(stream) - 1, stream.first + left - 1);
        if (high < stream.first) continue;
        left -= high - stream.first + 1;
        remove(stream, stream.first, high, undefined);
      }
      return limit - left;
    };

    /** The expired rows at the head of each stream. */
    const expire = (limit: number): number => {
      const moment = now();
      let left = limit;
      for (const stream of streams.values()) {
        let upTo: number | undefined;
        for (const row of stream.sizes.iterate(stream.first, Math.min(left, 1000))) {
          const expires = row['expires'];
          if (typeof expires !== 'number' || expires > moment) break;
          upTo = int(row['number']);
        }
        if (upTo === undefined) continue;
        left -= upTo - stream.first + 1;
        remove(stream, stream.first, upTo, 'expired');
        if (left <= 0) break;
      }
      return limit - left;
    };

    const appendOnce = (group: Group): readonly number[] =>
      transact(() => {
        let bytes = group.bodies.length;
        for (const which of group.topicOf) bytes += (group.topics[which]?.topic.length ?? 0) + rowBytes;
        if (group.topicOf.length > 0) makeRoom(group, bytes);
        const numbers = insertEvents(group);
        insertRest(group);
        // Deleting keeps pace with inserting, inside a transaction that is paid for anyway.
        trim(Math.min(trimRows, 2 * numbers.length + 100));
        return numbers;
      });

    /** Space for DELETE and checkpoint comes from the reserve; then the least important rows go. */
    const recover = (group: Group): void => {
      reserve.giveUp();
      transact(() => {
        let wanted = 4 * 2 ** 20 + group.bodies.length;
        const highest = lanes.find(lane => group.topics.some(topic => topic.lane === lane));
        for (const lane of lanes.toReversed()) {
          wanted -= shedOldest(lane, wanted);
          if (wanted <= 0 || lane === highest) break;
        }
      });
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    };

    load();
    loadSettled();
    const dropForeign = database.prepare('DELETE FROM settled WHERE sink = ?');
    const dropForeignShed = database.prepare('DELETE FROM shed WHERE sink = ?');
    for (const row of database.prepare('SELECT DISTINCT sink FROM settled').all()) {
      const sink = text(row['sink']);
      if (sinks.includes(sink)) continue;
      dropForeign.run(sink);
      dropForeignShed.run(sink);
    }

    const attempt = <T>(work: () => T): T => {
      try {
        return work();
      } catch (failure) {
        try {
          load();
        } catch (second) {
          throw toStoreError(second, file);
        }
        throw failure instanceof GatewayError ? failure : toStoreError(failure, file);
      }
    };

    return {
      epoch,
      predecessor: parseEpoch(meta.get('predecessor')),
      streams: () => [...streams.values()],
      append: group => {
        try {
          return appendOnce(group);
        } catch (failure) {
          if (!isFull(failure))
            return attempt(() => {
              throw failure;
            });
        }
        return attempt(() => {
          load();
          recover(group);
          return appendOnce(group);
        });
      },
      read: (name, low, high, limit, bytes) =>
        attempt(() => {
          const stream = streams.get(name);
          if (stream === undefined) return { events: [], through: high };
          const moment = now();
          const rows: StoredEvent[] = [];
          const bad: [number: number, reason: ShedReason][] = [];
          let size = 0;
          let seen = 0;
          let through = high;
          for (const row of stream.read.iterate(low, high, limit)) {
            const number = int(row['number']);
            const { body, expires } = row;
            if (!(body instanceof Uint8Array) || crc32(body) !== row['crc']) bad.push([number, 'damaged']);
            else if (typeof expires === 'number' && expires <= moment) bad.push([number, 'expired']);
            else {
              rows.push({ number, topic: text(row['topic']), body });
              size += body.length;
            }
            seen++;
            if (seen < limit && size < bytes) continue;
            through = number;
            break;
          }
          if (bad.length > 0)
            transact(() => {
              for (const [number, reason] of bad) remove(stream, number, number, reason);
            });
          return { events: rows, through };
        }),
      settled: settledOf,
      settle: (sink, name, number) => markSettled(sink, name, number, number),
      shedRanges: (sink, name, most) => {
        const rows = database
          .prepare('SELECT low, high, reason FROM shed WHERE sink = ? AND stream = ? ORDER BY low')
          .all(sink, name);
        const reasons = Map.groupBy(rows, row => text(row['reason']));
        return [...reasons].flatMap(([reason, own]) => {
          const ranges = own.map((row): Range => [int(row['low']), int(row['high'])]);
          return coarsen(ranges, Math.floor(most / reasons.size)).map(([from, to]) => ({ from, to, reason }));
        });
      },
      timeOf: (name, number) => {
        const row = streams.get(name)?.read.get(number, number, 1);
        return row && int(row['time']);
      },
      saved: owner => {
        const found = new Map<string, Uint8Array>();
        for (const { key, value } of database.prepare('SELECT key, value FROM saved WHERE owner = ?').iterate(owner)) {
          if (value instanceof Uint8Array) found.set(text(key), value);
        }
        return found;
      },
      retain: (topic, body) =>
        attempt(() =>
          transact(() => {
            database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?)').run(topic, body ?? null);
          }),
        ),
      retained: () =>
        new Map(
          database
            .prepare('SELECT topic, body FROM state')
            .all()
            .map(({ topic, body }): [string, string | undefined] => [
              text(topic),
              typeof body === 'string' ? body : undefined,
            ]),
        ),
      forget: topic =>
        attempt(() =>
          transact(() => {
            database.prepare('DELETE FROM state WHERE topic = ? AND body IS NULL').run(topic);
          }),
        ),
      pendingMedia: (limit, sha256) =>
        database
          .prepare(
            `SELECT key, sha256, media_type, bytes, device, correlation, expires FROM media
             WHERE ?1 IS NULL OR sha256 = ?1 ORDER BY id LIMIT ?2`,
          )
          .all(sha256 ?? null, limit)
          .map(row => ({
            key: text(row['key']),
            sha256: text(row['sha256']),
            mediaType: text(row['media_type']),
            bytes: int(row['bytes']),
            device: text(row['device']),
            correlation: text(row['correlation']),
            expires: int(row['expires']),
          })),
      tidy: () =>
        attempt(() => {
          const hasWork =
            [...dirty.values()].some(names => names.size > 0) || [...streams.values()].some(stream => stream.rows > 0);
          if (!hasWork) return false;
          return transact(() => {
            const trimmed = trim(trimRows / 2);
            const expired = expire(trimRows / 2);
            return trimmed + expired >= trimRows / 2;
          });
        }),
      lanes: () =>
        lanes.map(lane => {
          const own = [...streams.values()].filter(stream => stream.lane === lane);
          const oldest = Math.min(...own.filter(stream => stream.rows > 0).map(oldestTime));
          return {
            lane,
            rows: own.reduce((sum, stream) => sum + stream.rows, 0),
            bytes: own.reduce((sum, stream) => sum + stream.bytes, 0),
            ...(Number.isFinite(oldest) && { oldest }),
            shed: Object.fromEntries(shedCounts.get(lane) ?? []),
          };
        }),
      mediaTotals: () => ({ ...media }),
      accepted: () => [...streams.values()].reduce((sum, stream) => sum + stream.next - 1, 0),
      compact: () => {
        const pragma = (name: string): number => int(database.prepare(`PRAGMA ${name}`).get()?.[name]);
        const pages = pragma('page_count');
        const live = pages - pragma('freelist_count');
        if (pages * pragma('page_size') > 64 * 2 ** 20 && live < pages / 10) {
          database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
        }
      },
      [Symbol.dispose]: () => {
        if (database.isOpen) database.close();
      },
    };
  }
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const int = (value: unknown): number => (typeof value === 'number' ? value : 0);
