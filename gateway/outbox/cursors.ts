/** What each sink has settled of each stream: delivered, or given up. In memory, written with the next transaction. */
import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { addRange, formatRanges, parseRanges, type Ranges } from './ranges.ts';
import { text } from './row-values.ts';

export interface Cursors {
  /** Changed in place by `mark`. */
  of(sink: string, stream: string): Ranges;
  mark(sink: string, stream: string, low: number, high: number): void;
  /** Like `mark`, but taken back when the transaction fails. */
  markInTransaction(sink: string, stream: string, low: number, high: number): void;
  isDirty(): boolean;
  write(): void;
  /** What was written is on the disk. */
  committed(): void;
  rolledBack(): void;
}

/** `firstOf` gives the lowest number that is in the table of a stream. */
export const openCursors = (
  database: DatabaseSync,
  sinks: readonly string[],
  firstOf: (stream: string) => number,
): Cursors => {
  const settled = new Map<string, Map<string, Ranges>>(sinks.map(sink => [sink, new Map()]));
  const dirty = new Map<string, Set<string>>(sinks.map(sink => [sink, new Set()]));
  const put = database.prepare('INSERT OR REPLACE INTO settled VALUES (?, ?, ?)');
  /** Puts back what a transaction marked that was rolled back. */
  let undo: (() => void)[] = [];

  for (const row of database.prepare('SELECT sink, stream, ranges FROM settled').all()) {
    settled.get(text(row['sink']))?.set(text(row['stream']), parseRanges(text(row['ranges'])));
  }
  const dropForeign = database.prepare('DELETE FROM settled WHERE sink = ?');
  const dropForeignShed = database.prepare('DELETE FROM shed WHERE sink = ?');
  for (const row of database.prepare('SELECT DISTINCT sink FROM settled').all()) {
    const sink = text(row['sink']);
    if (sinks.includes(sink)) continue;
    dropForeign.run(sink);
    dropForeignShed.run(sink);
  }

  const of = (sink: string, stream: string): Ranges => {
    const bySink = settled.get(sink);
    if (bySink === undefined) throw new GatewayError('defect', `no sink is named ${sink}`);
    let ranges = bySink.get(stream);
    if (ranges === undefined) {
      // What was deleted before this sink came is none of its business.
      const first = firstOf(stream);
      ranges = first > 1 ? [[1, first - 1]] : [];
      bySink.set(stream, ranges);
    }
    return ranges;
  };

  const mark = (sink: string, stream: string, low: number, high: number): void => {
    addRange(of(sink, stream), low, high);
    dirty.get(sink)?.add(stream);
  };

  return {
    of,
    mark,
    markInTransaction: (sink, stream, low, high) => {
      const ranges = of(sink, stream);
      const before = [...ranges];
      undo.push(() => ranges.splice(0, ranges.length, ...before));
      mark(sink, stream, low, high);
    },
    isDirty: () => [...dirty.values()].some(streams => streams.size > 0),
    write: () => {
      for (const [sink, streams] of dirty) {
        for (const stream of streams) put.run(sink, stream, formatRanges(of(sink, stream)));
      }
    },
    committed: () => {
      undo = [];
      for (const streams of dirty.values()) streams.clear();
    },
    rolledBack: () => {
      for (const restore of undo.splice(0).reverse()) restore();
    },
  };
};
