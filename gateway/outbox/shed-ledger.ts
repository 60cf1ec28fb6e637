/** What was accepted and is gone before a sink delivered it: ranges by sink, stream and reason, and totals by lane. */
import type { DatabaseSync } from 'node:sqlite';
import { type Lane, lanes } from '../../core/sealed.ts';
import type { ShedReason } from './notice.ts';
import { addRange, coarsen, type Range, type Ranges } from './ranges.ts';
import { int, text } from './row-values.ts';

/** Of a stream and reason. */
const rangesKept = 200;

/** Accepted events that are gone before a sink delivered them. */
export interface ShedRange {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface ShedLedger {
  record(sink: string, stream: string, reason: ShedReason, low: number, high: number): void;
  count(lane: Lane, reason: ShedReason, events: number): void;
  counts(lane: Lane): Readonly<Record<string, number>>;
  ranges(sink: string, stream: string, most: number): readonly ShedRange[];
  load(): void;
}

export const openShedLedger = (database: DatabaseSync): ShedLedger => {
  const totals = new Map<Lane, Map<string, number>>(lanes.map(lane => [lane, new Map()]));
  const put = database.prepare('INSERT OR REPLACE INTO shed VALUES (?, ?, ?, ?, ?)');
  const drop = database.prepare('DELETE FROM shed WHERE sink = ? AND stream = ? AND reason = ?');
  const find = database.prepare('SELECT low, high FROM shed WHERE sink = ? AND stream = ? AND reason = ? ORDER BY low');
  const findAll = database.prepare('SELECT low, high, reason FROM shed WHERE sink = ? AND stream = ? ORDER BY low');
  const putCount = database.prepare('INSERT OR REPLACE INTO shed_count VALUES (?, ?, ?)');
  const toRange = (row: Record<string, unknown>): Range => [int(row['low']), int(row['high'])];

  return {
    record: (sink, stream, reason, low, high) => {
      const known: Ranges = find.all(sink, stream, reason).map(toRange);
      const adjacent = known.find(([, to]) => to + 1 === low);
      put.run(sink, stream, reason, adjacent?.[0] ?? low, high);
      if (adjacent !== undefined || known.length < rangesKept) return;
      addRange(known, low, high);
      drop.run(sink, stream, reason);
      for (const range of coarsen(known, rangesKept / 2)) put.run(sink, stream, reason, ...range);
    },
    count: (lane, reason, events) => {
      const counts = totals.get(lane);
      const sum = (counts?.get(reason) ?? 0) + events;
      counts?.set(reason, sum);
      putCount.run(lane, reason, sum);
    },
    counts: lane => Object.fromEntries(totals.get(lane) ?? []),
    ranges: (sink, stream, most) => {
      const reasons = Map.groupBy(findAll.all(sink, stream), row => text(row['reason']));
      return [...reasons].flatMap(([reason, own]) =>
        coarsen(own.map(toRange), Math.floor(most / reasons.size)).map(([from, to]) => ({ from, to, reason })),
      );
    },
    load: () => {
      for (const counts of totals.values()) counts.clear();
      for (const row of database.prepare('SELECT lane, reason, count FROM shed_count').iterate()) {
        const lane = lanes.find(one => one === row['lane']);
        if (lane !== undefined) totals.get(lane)?.set(text(row['reason']), int(row['count']));
      }
    },
  };
};
