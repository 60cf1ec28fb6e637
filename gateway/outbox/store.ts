/**
 * The outbox's database: one table for each stream, whose key is the stream's number, so that what a sink has settled
 * and what may be deleted are ranges at the head of a table. Synchronous, and used by one thread only.
 *
 * Rows, bytes and next numbers are counters kept in the same transaction as the rows; nothing here counts by scanning.
 */
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { type Lane, lanes } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';
import { isWanted, type Wanted } from '../../core/wanted.ts';
import type { HistoryStatus, LaneStatus, SetAside } from '../runtime/status.ts';
import { openCursors } from './cursors.ts';
import { compact, databaseName, openDatabase, readMeta } from './database.ts';
import type { Reserve } from './disk.ts';
import { parseEpoch } from './epoch.ts';
import { type HistoryBudget, openHistory } from './history.ts';
import { copyDatabase, watchPlace } from './in-place.ts';
import { openKeepsakes } from './keepsakes.ts';
import { type MediaTotals, openMediaRows } from './media-rows.ts';
import type { Predecessor, ShedReason } from './notice.ts';
import type { MediaFilter, MediaRow } from './outbox.ts';
import type { Group } from './protocol.ts';
import { addRange, firstMissing, includes, missingFrom, type Range, type Ranges, sizeOf } from './ranges.ts';
import { openRefusedEvents } from './refused-events.ts';
import type { Restamped, StoreMark } from './restamp.ts';
import { createRoom } from './room.ts';
import { int, intactRow, text } from './row-values.ts';
import { openShedLedger, type ShedRange } from './shed-ledger.ts';
import { isFull, toStoreError } from './store-error.ts';
import { openStreams, type Stream, type StreamState } from './streams.ts';

/** Rows deleted in one transaction: a longer one would hold up what waits to be accepted. */
const trimRows = 10_000;
/** Numbers looked at in one question for what is there. */
const presentNumbers = 10_000;
/** Rows that are dated again in one transaction. */
const restampRows = 500;

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
  /** The sinks that do not get them. */
  readonly sinks: readonly string[];
  readonly ranges: readonly Range[];
  readonly reason: ShedReason;
  readonly count: number;
}) => void;

/** A sink that events must reach. */
export interface StoreSink {
  readonly name: string;
  /** The streams that it takes: all when absent. */
  readonly wanted?: Wanted;
  /** `center` when absent; what only sinks `aside` still wait for is given up before anything else. */
  readonly standing?: 'center' | 'aside';
}

export interface StoreOptions {
  readonly folder: string;
  readonly sinks: readonly StoreSink[];
  /** What may wait. */
  readonly budgetBytes: number;
  /** What may be kept beside it of what every sink has. */
  readonly history: HistoryBudget;
  readonly reserve: Reserve;
  readonly now: () => Instant;
  /** By what things expire and grow old; undefined while no clock can be trusted: then nothing does. */
  readonly trustedNow: () => Instant | undefined;
  readonly onShed: OnShed;
}

export interface Store extends Disposable {
  readonly epoch: string;
  /** The store that this one was made after, when one was lost. */
  readonly predecessor: Predecessor | undefined;
  streams(): readonly StreamState[];
  /** Whether `stream` is one of those that the sink takes. */
  takes(sink: string, stream: string): boolean;
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
   * One transaction: nothing more is done for this event at `sink`; its row is kept for a person. False when there is
   * no such row.
   */
  setAside(sink: string, stream: string, number: number, reason: string): boolean;
  /** The numbers from `low` to `high` whose rows are there, as ranges; 10 000 numbers at most are looked at. */
  present(stream: string, low: number, high: number): { readonly ranges: readonly Range[]; readonly through: number };
  /** What was given up, in few more than `most` ranges: where there are more, neighbors are joined and counted. */
  shedRanges(sink: string, stream: string, most: number): readonly ShedRange[];
  /** How many events the sink does not get, by reason. */
  lost(sink: string): Readonly<Record<string, number>>;
  timeOf(stream: string, number: number): Instant | undefined;
  saved(owner: string): ReadonlyMap<string, Uint8Array>;
  save(owner: string, key: string, value: Uint8Array): void;
  mark(): StoreMark;
  /**
   * One transaction: puts what `change` makes of a body in its place, where it makes something of it. Looks at a bounded
   * number of rows; returns up to which number, and how many it changed.
   */
  restamp(
    stream: string,
    low: number,
    high: number,
    change: (body: string) => Restamped | undefined,
  ): { readonly through: number; readonly changed: number };
  /** One transaction: when the pictures after row `after` expire; undefined leaves a picture as it is. */
  restampMedia(after: number, change: (expires: Instant) => Instant | undefined): void;
  /** `undefined` marks the topic as to be cleared. */
  retain(topic: string, body: string | undefined): void;
  /** Undefined bodies are to be cleared. */
  retained(): ReadonlyMap<string, string | undefined>;
  /** The topic was cleared at every sink. */
  forget(topic: string): void;
  pendingMedia(limit: number, only?: MediaFilter): readonly MediaRow[];
  /** Writes what is settled, deletes what every sink has, and what expired: at most 10 000 rows. True: there is more. */
  tidy(): boolean;
  lanes(): readonly LaneStatus[];
  mediaTotals(): MediaTotals;
  clipTotals(): MediaTotals;
  history(): HistoryStatus;
  /** The newest events that were set aside. */
  refused(): readonly SetAside[];
  accepted(): number;
  /** The file and its log are where their names lead to: nobody deleted or replaced them. */
  isInPlace(): boolean;
  /** Writes all that is committed into a new file beside it, for `takeCopy`. */
  copy(): void;
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
  const { sinks, budgetBytes, reserve, now, trustedNow, onShed } = options;
  const { epoch, predecessor } = readMeta(database, file);
  const isInPlace = watchPlace(file);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const streams = openStreams(database, file);
  const shedLedger = openShedLedger(database);
  const history = openHistory(database, streams, options.history);
  const media = openMediaRows(database);
  const refused = openRefusedEvents(database);
  const keepsakes = openKeepsakes(database);
  /** Undelivered rows that a transaction removed; told when it is committed. */
  let removed: Parameters<OnShed>[0][] = [];

  const loadCounters = (): void => {
    removed = [];
    streams.load();
    history.load();
    shedLedger.load();
    media.load();
    refused.load();
  };
  loadCounters();
  const takers = new Map<string, readonly StoreSink[]>();
  const takersOf = (stream: string): readonly StoreSink[] => {
    const known = takers.get(stream) ?? sinks.filter(({ wanted = {} }) => isWanted(wanted, stream));
    takers.set(stream, known);
    return known;
  };
  const cursors = openCursors(database, sinks, name => streams.get(name)?.floor ?? 1);

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

  /** The lowest number that a sink has not settled. */
  const lowestUnsettled = (sink: string, { name }: StreamState): number => firstMissing(cursors.of(sink, name), 1);

  /** Records as shed what sinks had not delivered of the given ranges. */
  const giveUp = (by: readonly string[], stream: Stream, ranges: readonly Range[], reason: ShedReason): void => {
    const { name, lane } = stream;
    const undelivered: Ranges = [];
    const losing: string[] = [];
    for (const sink of by) {
      const lost = ranges.flatMap(([low, high]) => missingFrom(cursors.of(sink, name), low, high));
      for (const [low, high] of lost) addRange(undelivered, low, high);
      for (const [low, high] of ranges) cursors.markInTransaction(sink, name, low, high);
      shedLedger.record(sink, name, reason, lost, lowestUnsettled(sink, stream));
      if (lost.length > 0) losing.push(sink);
    }
    const count = sizeOf(undelivered);
    if (count === 0) return;
    shedLedger.count(lane, reason, count);
    removed.push({ stream: name, lane, sinks: losing, ranges: undelivered, reason, count });
  };

  /** Deletes rows; those that a sink had not delivered are recorded as shed. */
  const shed = (stream: Stream, ranges: readonly Range[], reason: ShedReason): void => {
    for (const [low, high] of ranges) {
      const { floor } = stream;
      const gone = streams.remove(stream, low, high);
      if (low < floor) history.lost(stream, low, high, gone);
    }
    giveUp(
      takersOf(stream.name).map(({ name }) => name),
      stream,
      ranges,
      reason,
    );
  };

  /** Rows below it are settled by all of these sinks. */
  const settledBelow = (by: readonly StoreSink[], stream: Stream): number => {
    let floor = stream.next;
    for (const { name } of by) floor = Math.min(floor, firstMissing(cursors.of(name, stream.name), stream.floor));
    return floor;
  };

  const room = createRoom({
    file,
    budgetBytes,
    reserve,
    streams,
    history,
    spareBelow: stream => {
      const center = takersOf(stream.name).filter(({ standing }) => standing !== 'aside');
      return center.length === 0 ? stream.floor : settledBelow(center, stream);
    },
    remove: (stream, low, high, reason) => shed(stream, [[low, high]], reason),
  });

  /** Takes up to `limit` rows that every sink has into the history, and out of it what it has no room for. */
  const trim = (limit: number): number => {
    const moment = trustedNow();
    let left = limit;
    for (const stream of streams.all()) {
      const floor = settledBelow(takersOf(stream.name), stream);
      for (let taken = 1; taken > 0 && left > 0; left -= taken) taken = history.keep(stream, floor, left, moment);
    }
    return Math.max(limit - left, history.trim(limit, moment));
  };

  /** The expired rows at the head of each stream. */
  const expire = (limit: number): number => {
    const moment = trustedNow();
    if (moment === undefined) return 0;
    let left = limit;
    for (const stream of streams.all()) {
      let upTo: number | undefined;
      for (const row of stream.sizes.iterate(stream.floor, Math.min(left, 1000))) {
        const expires = row['expires'];
        if (typeof expires !== 'number' || expires > moment) break;
        upTo = int(row['number']);
      }
      if (upTo === undefined) continue;
      const low = stream.floor;
      left -= upTo - low + 1;
      shed(stream, [[low, upTo]], 'expired');
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
    takes: (sink, name) => takersOf(name).some(taker => taker.name === sink),
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
        const moment = trustedNow() ?? Number.NEGATIVE_INFINITY;
        const rows: StoredEvent[] = [];
        const damaged: Ranges = [];
        const expired: Ranges = [];
        let size = 0;
        let seen = 0;
        let through = high;
        let due = low;
        for (const row of stream.read.iterate(low, high, limit)) {
          const number = int(row['number']);
          // Only what is settled is ever deleted: a number that is not there was lost with its page.
          if (number > due) addRange(damaged, due, number - 1);
          due = number + 1;
          const { expires } = row;
          const event = intactRow(row);
          if (event === undefined) addRange(damaged, number, number);
          else if (typeof expires === 'number' && expires <= moment) addRange(expired, number, number);
          else {
            rows.push(event);
            size += event.body.length;
          }
          seen++;
          if (seen < limit && size < bytes) continue;
          through = number;
          break;
        }
        if (due <= through) addRange(damaged, due, through);
        if (damaged.length + expired.length > 0)
          transact(() => {
            shed(stream, damaged, 'damaged');
            shed(stream, expired, 'expired');
          });
        return { events: rows, through };
      }),
    settled: cursors.of,
    settle: (sink, name, number) => cursors.mark(sink, name, number, number),
    setAside: (sink, name, number, reason) =>
      attempt(() => {
        const stream = streams.get(name);
        const row = stream?.read.get(number, number, 1);
        if (stream === undefined || !(row?.['body'] instanceof Uint8Array)) return false;
        const event = {
          at: now(),
          uplink: sink,
          stream: name,
          number,
          topic: text(row['topic']),
          reason,
          body: row['body'],
        };
        transact(() => {
          refused.keep(event);
          giveUp([sink], stream, [[number, number]], 'refused');
        });
        return true;
      }),
    present: (name, low, high) =>
      attempt(() => {
        const through = Math.min(high, low + presentNumbers - 1);
        const ranges: Ranges = [];
        for (const row of streams.get(name)?.numbers.iterate(low, through) ?? []) {
          const number = int(row['number']);
          addRange(ranges, number, number);
        }
        return { ranges, through };
      }),
    shedRanges: (sink, name, most) => {
      const stream = streams.get(name);
      return stream === undefined ? [] : shedLedger.ranges(sink, name, most, lowestUnsettled(sink, stream));
    },
    lost: shedLedger.lost,
    timeOf: (name, number) => {
      const row = streams.get(name)?.read.get(number, number, 1);
      return row && int(row['time']);
    },
    saved: keepsakes.saved,
    save: (owner, key, value) =>
      attempt(() => transact(() => keepsakes.save({ savedOwners: [owner], savedKeys: [key], savedValues: [value] }))),
    mark: () => ({
      epoch,
      streams: Object.fromEntries([...streams.all()].map(({ name, next }) => [name, next])),
      media: media.newest(),
    }),
    restamp: (name, low, high, change) =>
      attempt(() => {
        const stream = streams.get(name);
        if (stream === undefined) return { through: high, changed: 0 };
        const own = takersOf(name);
        // What went out is history: it is offered again as it went.
        const hasGone = (number: number): boolean =>
          own.length > 0 && own.every(sink => includes(cursors.of(sink.name, name), number));
        const from = Math.max(low, stream.floor);
        if (from > high) return { through: high, changed: 0 };
        return transact(() =>
          streams.rewrite(stream, from, high, restampRows, (body, number) =>
            hasGone(number) ? undefined : change(body),
          ),
        );
      }),
    restampMedia: (after, change) => attempt(() => transact(() => media.restamp(after, change))),
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
        const waiting = own.filter(({ rows, keptRows }) => rows > keptRows);
        const oldest = Math.min(...waiting.map(streams.oldestTime));
        return {
          lane,
          rows: own.reduce((sum, stream) => sum + stream.rows - stream.keptRows, 0),
          bytes: own.reduce((sum, stream) => sum + stream.bytes - stream.keptBytes, 0),
          ...(Number.isFinite(oldest) && { oldest }),
          shed: shedLedger.counts(lane),
        };
      }),
    mediaTotals: media.totals,
    clipTotals: media.clipTotals,
    history: () => {
      const oldest = history.oldest();
      return { rows: history.rows, bytes: history.bytes, ...(oldest !== undefined && { oldest }) };
    },
    refused: refused.newest,
    accepted: () => [...streams.all()].reduce((sum, stream) => sum + stream.next - 1, 0),
    isInPlace,
    copy: () => attempt(() => copyDatabase(database, options.folder)),
    compact: () => compact(database),
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close();
    },
  };
};
