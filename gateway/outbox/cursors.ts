/** What each sink has settled of each stream: delivered, or given up. In memory, written with the next transaction. */
import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { isWanted, type Wanted } from '../../core/wanted.ts';
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
  sinks: readonly { readonly name: string; readonly wanted?: Wanted }[],
  firstOf: (stream: string) => number,
): Cursors => {
  const settled = new Map<string, Map<string, Ranges>>(sinks.map(({ name }) => [name, new Map()]));
  const dirty = new Map<string, Set<string>>(sinks.map(({ name }) => [name, new Set()]));
  const put = database.prepare('INSERT OR REPLACE INTO settled VALUES (?, ?, ?)');
  /** Puts back what a transaction marked that was rolled back. */
  let undo: (() => void)[] = [];

  const dropForeign = database.prepare('DELETE FROM settled WHERE sink = ? AND stream = ?');
  const dropForeignShed = database.prepare('DELETE FROM shed WHERE sink = ? AND stream = ?');
  for (const row of database.prepare('SELECT sink, stream, ranges FROM settled').all()) {
    const [name, stream] = [text(row['sink']), text(row['stream'])];
    const sink = sinks.find(one => one.name === name);
    if (sink !== undefined && isWanted(sink.wanted ?? {}, stream)) {
      settled.get(name)?.set(stream, parseRanges(text(row['ranges'])));
      continue;
    }
    // Of a sink that is gone, or that does not take it any more: should it come again, it begins afresh.
    dropForeign.run(name, stream);
    dropForeignShed.run(name, stream);
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
