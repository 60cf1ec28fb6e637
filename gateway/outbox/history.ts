/**
 * What every sink has settled and is kept all the same, for a center that asks again: the rows at the head of each
 * stream's table, in pieces that are noted in the order in which they left, so that the oldest goes first whatever any
 * clock said. A piece knows how much it holds; nothing is counted when it goes.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Duration, Instant } from '../../core/time.ts';
import { int } from './row-values.ts';
import type { Stream, Streams } from './streams.ts';

/** What may be kept of it. */
export interface HistoryBudget {
  readonly bytes: number;
  readonly age: Duration;
}

/** A piece grows to so many rows, for so long: the grain in which the history is trimmed. */
const pieceRows = 2000;
const pieceAge = 10 * 60_000;

interface Piece {
  readonly id: number;
  readonly stream: Stream;
  readonly low: number;
  high: number;
  rows: number;
  bytes: number;
  /** When its first row left; undefined while no clock can be trusted. */
  at: Instant | undefined;
}

export interface History {
  readonly bytes: number;
  readonly rows: number;
  /** When the oldest of it left, as far as that is known. */
  oldest(): Instant | undefined;
  /** Takes some rows below `floor` over, `limit` at most; returns how many numbers that were. */
  keep(stream: Stream, floor: number, limit: number, now: Instant | undefined): number;
  /** Deletes what is beyond the budget, `limit` rows or a little more; returns how many. */
  trim(limit: number, now: Instant | undefined): number;
  /** Deletes the oldest, whatever the budget says, until `bytes` are gone; returns how many went. */
  giveUp(bytes: number): number;
  /** Rows between `low` and `high` were deleted by somebody else. */
  lost(stream: Stream, low: number, high: number, gone: { readonly rows: number; readonly bytes: number }): void;
  load(): void;
}

export const openHistory = (database: DatabaseSync, streams: Streams, budget: HistoryBudget): History => {
  const find = database.prepare('SELECT id, stream, low, high, rows, bytes, at FROM history ORDER BY id');
  const put = database.prepare('INSERT INTO history (stream, low, high, rows, bytes, at) VALUES (?, ?, ?, ?, ?, ?)');
  const grow = database.prepare('UPDATE history SET high = ?, rows = ?, bytes = ? WHERE id = ?');
  const date = database.prepare('UPDATE history SET at = ? WHERE at IS NULL');
  const drop = database.prepare('DELETE FROM history WHERE id = ?');
  /** Oldest first. */
  let pieces: Piece[] = [];
  /** The newest piece of each stream, and when it was begun in this run (`performance.now()`). */
  const growing = new Map<Stream, { readonly piece: Piece; readonly begun: number }>();
  let rows = 0;
  let bytes = 0;
  /** Some piece left when no clock could be trusted. */
  let hasUndated = false;

  const change = (stream: Stream, byRows: number, byBytes: number): void => {
    rows += byRows;
    bytes += byBytes;
    stream.keptRows += byRows;
    stream.keptBytes += byBytes;
  };

  const isOld = ({ at }: Piece, now: Instant | undefined): boolean =>
    at !== undefined && now !== undefined && at + budget.age < now;

  /** Deletes the oldest pieces while `isDue`, until about `limit` rows are gone. */
  const dropWhile = (isDue: (oldest: Piece) => boolean, limit: number): number => {
    let gone = 0;
    let count = 0;
    for (const piece of pieces) {
      if (gone >= limit || !isDue(piece)) break;
      streams.removeCounted(piece.stream, piece.stream.first, piece.high, piece);
      drop.run(piece.id);
      change(piece.stream, -piece.rows, -piece.bytes);
      if (growing.get(piece.stream)?.piece === piece) growing.delete(piece.stream);
      gone += piece.rows;
      count++;
    }
    if (count > 0) pieces = pieces.slice(count);
    return gone;
  };

  return {
    get bytes() {
      return bytes;
    },
    get rows() {
      return rows;
    },
    oldest: () => pieces[0]?.at,
    keep: (stream, floor, limit, now) => {
      const low = stream.floor;
      const high = Math.min(floor - 1, low + Math.min(limit, pieceRows) - 1);
      if (high < low) return 0;
      if (budget.bytes === 0) {
        streams.remove(stream, low, high);
        return high - low + 1;
      }
      const taken = streams.measure(stream, low, high);
      stream.floor = high + 1;
      const newest = growing.get(stream);
      if (
        newest !== undefined &&
        newest.piece.rows + taken.rows <= pieceRows &&
        performance.now() - newest.begun < pieceAge
      ) {
        const { piece } = newest;
        piece.high = high;
        piece.rows += taken.rows;
        piece.bytes += taken.bytes;
        grow.run(piece.high, piece.rows, piece.bytes, piece.id);
      } else {
        const id = Number(put.run(stream.id, low, high, taken.rows, taken.bytes, now ?? null).lastInsertRowid);
        const piece: Piece = { id, stream, low, high, ...taken, at: now };
        hasUndated ||= now === undefined;
        pieces.push(piece);
        growing.set(stream, { piece, begun: performance.now() });
      }
      change(stream, taken.rows, taken.bytes);
      return high - low + 1;
    },
    trim: (limit, now) => {
      if (now !== undefined && hasUndated) {
        hasUndated = false;
        // From now on there is a clock by which they can grow old.
        date.run(now);
        for (const piece of pieces) piece.at ??= now;
      }
      return dropWhile(oldest => bytes > budget.bytes || isOld(oldest, now), limit);
    },
    giveUp: wanted => {
      const before = bytes;
      dropWhile(() => before - bytes < wanted, Number.POSITIVE_INFINITY);
      return before - bytes;
    },
    lost: (stream, low, high, gone) => {
      const piece = pieces.find(one => one.stream === stream && one.low <= low && high <= one.high);
      if (piece === undefined) return;
      piece.rows -= gone.rows;
      piece.bytes -= gone.bytes;
      grow.run(piece.high, piece.rows, piece.bytes, piece.id);
      change(stream, -gone.rows, -gone.bytes);
    },
    load: () => {
      pieces = [];
      growing.clear();
      rows = 0;
      bytes = 0;
      hasUndated = false;
      const byId = new Map<number, Stream>();
      for (const stream of streams.all()) {
        byId.set(stream.id, stream);
        stream.floor = stream.first;
        stream.keptRows = 0;
        stream.keptBytes = 0;
      }
      for (const row of find.iterate()) {
        const stream = byId.get(int(row['stream']));
        if (stream === undefined) continue;
        const { at } = row;
        const piece: Piece = {
          id: int(row['id']),
          stream,
          low: int(row['low']),
          high: int(row['high']),
          rows: int(row['rows']),
          bytes: int(row['bytes']),
          at: typeof at === 'number' ? at : undefined,
        };
        hasUndated ||= piece.at === undefined;
        pieces.push(piece);
        stream.floor = Math.max(stream.floor, piece.high + 1);
        change(stream, piece.rows, piece.bytes);
      }
    },
  };
};
