/**
 * The outbox's database: one table for each stream, whose key is the stream's number, so that what a sink has settled
 * and what may be deleted are ranges at the head of a table. Synchronous, and used by one thread only.
 *
 * Rows, bytes and next numbers are counters kept in the same transaction as the rows; nothing here counts by scanning.
 */
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { GatewayError } from '../../core/errors.ts';
import { type Lane, lanes } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';
import type { LaneStatus } from '../runtime/status.ts';
import { openCursors } from './cursors.ts';
import { compact, databaseName, openDatabase, readMeta } from './database.ts';
import type { Reserve } from './disk.ts';
import { parseEpoch } from './epoch.ts';
import { openKeepsakes } from './keepsakes.ts';
import { openMediaRows } from './media-rows.ts';
import type { Predecessor, ShedReason } from './notice.ts';
import type { MediaRow } from './outbox.ts';
import type { Group } from './protocol.ts';
import { addRange, firstMissing, missingFrom, type Range, type Ranges } from './ranges.ts';
import { createRoom } from './room.ts';
import { int, text } from './row-values.ts';
import { openShedLedger, type ShedRange } from './shed-ledger.ts';
import { isFull, toStoreError } from './store-error.ts';
import { openStreams, type Stream, type StreamState } from './streams.ts';

/** Rows deleted in one transaction: a longer one would hold up what waits to be accepted. */
const trimRows = 10_000;

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

/** Opens the database of the folder. Throws what SQLite throws when the file is no good. */
export const openStore = (options: StoreOptions): Store => {
  const file = path.join(options.folder, databaseName);
  const database = openDatabase(file);
  try {
    return useDatabase(database, file, options);
  } catch (failure) {
    database.close();
    throw failure;
  }
};

const useDatabase = (database: DatabaseSync, file: string, options: StoreOptions): Store => {
  const { sinks, budgetBytes, reserve, now, onShed } = options;
  const { epoch, predecessor } = readMeta(database, file);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const streams = openStreams(database, file);
  const shedLedger = openShedLedger(database);
  const media = openMediaRows(database);
  const keepsakes = openKeepsakes(database);
  /** Undelivered rows that a transaction removed; told when it is committed. */
  let removed: Parameters<OnShed>[0][] = [];

  const loadCounters = (): void => {
    removed = [];
    streams.load();
    shedLedger.load();
    media.load();
  };
  loadCounters();
  const cursors = openCursors(database, sinks, name => streams.get(name)?.first ?? 1);

  /** Everything in memory as it is in the file, after a transaction that failed. */
  const reload = (): void => {
    cursors.rolledBack();
    loadCounters();
  };

  const transact = <T>(work: () => T): T => {
    begin.run();
    try {
      const result = work();
      cursors.write();
      commit.run();
      cursors.committed();
      for (const shed of removed.splice(0)) onShed(shed);
      return result;
    } catch (failure) {
      // After SQLITE_FULL and IOERR SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw failure;
    }
  };

  /** Deletes rows; those that a sink had not delivered are recorded as shed. */
  const shed = (stream: Stream, low: number, high: number, reason: ShedReason): void => {
    const { name, lane } = stream;
    streams.remove(stream, low, high);
    const undelivered: Ranges = [];
    for (const sink of sinks) {
      for (const [from, to] of missingFrom(cursors.of(sink, name), low, high)) {
        shedLedger.record(sink, name, reason, from, to);
        addRange(undelivered, from, to);
      }
      cursors.markInTransaction(sink, name, low, high);
    }
    const count = undelivered.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    if (count === 0) return;
    shedLedger.count(lane, reason, count);
    removed.push({ stream: name, lane, low, high, reason, count });
  };

  const room = createRoom({ file, budgetBytes, reserve, streams, remove: shed });

  /** Rows below it are settled by every sink. */
  const floorOf = (stream: Stream): number => {
    let floor = stream.next;
    for (const sink of sinks) floor = Math.min(floor, firstMissing(cursors.of(sink, stream.name), stream.first));
    return floor;
  };

  /** Deletes up to `limit` rows that every sink has; returns how many. */
  const trim = (limit: number): number => {
    let left = limit;
    for (const stream of streams.all()) {
      if (left <= 0) break;
      const high = Math.min(floorOf(stream) - 1, stream.first + left - 1);
      if (high < stream.first) continue;
      left -= high - stream.first + 1;
      streams.remove(stream, stream.first, high);
    }
    return limit - left;
  };

  /** The expired rows at the head of each stream. */
  const expire = (limit: number): number => {
    const moment = now();
    let left = limit;
    for (const stream of streams.all()) {
      let upTo: number | undefined;
      for (const row of stream.sizes.iterate(stream.first, Math.min(left, 1000))) {
        const expires = row['expires'];
        if (typeof expires !== 'number' || expires > moment) break;
        upTo = int(row['number']);
      }
      if (upTo === undefined) continue;
      left -= upTo - stream.first + 1;
      shed(stream, stream.first, upTo, 'expired');
      if (left <= 0) break;
    }
    return limit - left;
  };

  const appendOnce = (group: Group): readonly number[] =>
    transact(() => {
      if (group.topicOf.length > 0) room.make(group);
      const numbers = streams.insert(group);
      keepsakes.save(group);
      keepsakes.bury(group.deadLetters);
      media.add(group.media);
      media.settle(group.mediaSettled);
      // Deleting keeps pace with inserting, inside a transaction that is paid for anyway.
      trim(Math.min(trimRows, 2 * numbers.length + 100));
      return numbers;
    });

  /** Space for DELETE and checkpoint comes from the reserve; then the least important rows go. */
  const recover = (group: Group): void => {
    reserve.giveUp();
    transact(() => room.recover(group));
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  };

  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (failure) {
      try {
        reload();
      } catch (second) {
        throw toStoreError(second, file);
      }
      throw failure instanceof GatewayError ? failure : toStoreError(failure, file);
    }
  };

  return {
    epoch,
    predecessor: parseEpoch(predecessor),
    streams: () => [...streams.all()],
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
        reload();
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
            for (const [number, reason] of bad) shed(stream, number, number, reason);
          });
        return { events: rows, through };
      }),
    settled: cursors.of,
    settle: (sink, name, number) => cursors.mark(sink, name, number, number),
    shedRanges: shedLedger.ranges,
    timeOf: (name, number) => {
      const row = streams.get(name)?.read.get(number, number, 1);
      return row && int(row['time']);
    },
    saved: keepsakes.saved,
    retain: (topic, body) => attempt(() => transact(() => keepsakes.retain(topic, body))),
    retained: keepsakes.retained,
    forget: topic => attempt(() => transact(() => keepsakes.forget(topic))),
    pendingMedia: media.pending,
    tidy: () =>
      attempt(() => {
        if (!cursors.isDirty() && [...streams.all()].every(stream => stream.rows === 0)) return false;
        return transact(() => {
          const trimmed = trim(trimRows / 2);
          const expired = expire(trimRows / 2);
          return trimmed + expired >= trimRows / 2;
        });
      }),
    lanes: () =>
      lanes.map(lane => {
        const own = [...streams.all()].filter(stream => stream.lane === lane);
        const oldest = Math.min(...own.filter(stream => stream.rows > 0).map(streams.oldestTime));
        return {
          lane,
          rows: own.reduce((sum, stream) => sum + stream.rows, 0),
          bytes: own.reduce((sum, stream) => sum + stream.bytes, 0),
          ...(Number.isFinite(oldest) && { oldest }),
          shed: shedLedger.counts(lane),
        };
      }),
    mediaTotals: media.totals,
    accepted: () => [...streams.all()].reduce((sum, stream) => sum + stream.next - 1, 0),
    compact: () => compact(database),
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close();
    },
  };
};
