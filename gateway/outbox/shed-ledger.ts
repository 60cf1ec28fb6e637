/** What was accepted and is gone before a sink delivered it: ranges by sink, stream and reason, and totals by lane. */
import type { DatabaseSync } from 'node:sqlite';
import { type Lane, lanes } from '../../core/sealed.ts';
import { type ShedReason, shedReasons } from './notice.ts';
import { type Range, sizeOf } from './ranges.ts';
import { int, text } from './row-values.ts';

/** Of a stream and reason; when there are more they are joined to half as many. */
const rangesKept = 400;

/** Accepted events that are gone before a sink delivered them. */
export interface ShedRange {
  readonly from: number;
  readonly to: number;
  readonly reason: ShedReason;
  /** How many of the range were given up, where it was not all of it. */
  readonly count?: number;
}

interface Counted {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export interface ShedLedger {
  /** `below`: every number under it is delivered or shed. */
  record(sink: string, stream: string, reason: ShedReason, ranges: readonly Range[], below: number): void;
  count(lane: Lane, reason: ShedReason, events: number): void;
  counts(lane: Lane): Readonly<Record<string, number>>;
  ranges(sink: string, stream: string, most: number, below: number): readonly ShedRange[];
  /** How many events a sink does not get, by reason. */
  lost(sink: string): Readonly<Record<string, number>>;
  load(): void;
}

/**
 * At most `most` sorted ranges, if need be by joining neighbors across the narrowest gaps. A joined range still says how
 * many of its numbers were given up, so that it excuses as many holes and no more. Ranges under `below` are joined
 * first: all that is to come of them has come.
 */
export const joinRanges = (ranges: readonly Counted[], most: number, below: number): readonly Counted[] => {
  const excess = ranges.length - Math.max(1, most);
  if (excess <= 0) return ranges;
  const gaps = ranges.slice(1).map(({ low, high }, index) => ({
    at: index + 1,
    width: low - (ranges[index]?.high ?? 0),
    isOpen: high >= below,
  }));
  const joined = new Set(
    gaps
      .toSorted((a, b) => Number(a.isOpen) - Number(b.isOpen) || a.width - b.width)
      .slice(0, excess)
      .map(({ at }) => at),
  );
  const result: Counted[] = [];
  for (const [index, range] of ranges.entries()) {
    const before = result.at(-1);
    if (before === undefined || !joined.has(index)) result.push(range);
    else result[result.length - 1] = { low: before.low, high: range.high, count: before.count + range.count };
  }
  return result;
};

/** Puts a range among sorted ones, none of which holds a number of it. */
const insert = (ranges: Counted[], [low, high]: Range): void => {
  let at = ranges.length;
  while (at > 0 && (ranges[at - 1]?.low ?? 0) > low) at--;
  const before = ranges[at - 1];
  const range = { low, high, count: high - low + 1 };
  // Between two numbers of a joined range there may be room for one that is given up later.
  if (before !== undefined && low <= before.high + 1) {
    ranges[at - 1] = { low: before.low, high: Math.max(before.high, high), count: before.count + range.count };
  } else ranges.splice(at, 0, range);
};

export const openShedLedger = (database: DatabaseSync): ShedLedger => {
  const totals = new Map<Lane, Map<string, number>>(lanes.map(lane => [lane, new Map()]));
  const losses = new Map<string, Map<string, number>>();
  const lose = (sink: string, reason: string, events: number): void => {
    const own = losses.get(sink) ?? new Map<string, number>();
    losses.set(sink, own.set(reason, (own.get(reason) ?? 0) + events));
  };
  const put = database.prepare(
    'INSERT OR REPLACE INTO shed (sink, stream, reason, low, high, count) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const drop = database.prepare('DELETE FROM shed WHERE sink = ? AND stream = ? AND reason = ?');
  const find = database.prepare(
    `SELECT low, high, coalesce(count, high - low + 1) AS count FROM shed
     WHERE sink = ? AND stream = ? AND reason = ? ORDER BY low`,
  );
  const findAll = database.prepare(
    `SELECT low, high, coalesce(count, high - low + 1) AS count, reason FROM shed
     WHERE sink = ? AND stream = ? ORDER BY low`,
  );
  const findLosses = database.prepare(
    'SELECT sink, reason, sum(coalesce(count, high - low + 1)) AS events FROM shed GROUP BY sink, reason',
  );
  const putCount = database.prepare('INSERT OR REPLACE INTO shed_count VALUES (?, ?, ?)');
  const toCounted = (row: Record<string, unknown>): Counted => ({
    low: int(row['low']),
    high: int(row['high']),
    count: int(row['count']),
  });

  return {
    record: (sink, stream, reason, ranges, below) => {
      const [first] = ranges;
      if (first === undefined) return;
      lose(sink, reason, sizeOf(ranges));
      const known = find.all(sink, stream, reason).map(toCounted);
      const last = known.at(-1);
      const isAtEnd = last === undefined || last.high < first[0];
      for (const range of ranges) insert(known, range);
      if (known.length > rangesKept || !isAtEnd) {
        drop.run(sink, stream, reason);
        for (const { low, high, count } of joinRanges(known, rangesKept / 2, below)) {
          put.run(sink, stream, reason, low, high, count);
        }
        return;
      }
      // Mostly the oldest goes, piece by piece: then the newest range grows, or others follow it.
      for (const { low, high, count } of known.slice(known.findIndex(({ high }) => high >= first[0]))) {
        put.run(sink, stream, reason, low, high, count);
      }
    },
    count: (lane, reason, events) => {
      const counts = totals.get(lane);
      const sum = (counts?.get(reason) ?? 0) + events;
      counts?.set(reason, sum);
      putCount.run(lane, reason, sum);
    },
    counts: lane => Object.fromEntries(totals.get(lane) ?? []),
    ranges: (sink, stream, most, below) => {
      const rows = Map.groupBy(findAll.all(sink, stream), row => row['reason']);
      const known = shedReasons.flatMap(reason => ({ reason, own: rows.get(reason) ?? [] }));
      const reasons = known.filter(({ own }) => own.length > 0);
      return reasons.flatMap(({ reason, own }) =>
        joinRanges(own.map(toCounted), Math.floor(most / reasons.length), below).map(({ low, high, count }) => ({
          from: low,
          to: high,
          reason,
          ...(count !== high - low + 1 && { count }),
        })),
      );
    },
    lost: sink => Object.fromEntries(losses.get(sink) ?? []),
    load: () => {
      losses.clear();
      for (const row of findLosses.iterate()) lose(text(row['sink']), text(row['reason']), int(row['events']));
      for (const counts of totals.values()) counts.clear();
      for (const row of database.prepare('SELECT lane, reason, count FROM shed_count').iterate()) {
        const lane = lanes.find(one => one === row['lane']);
        if (lane !== undefined) totals.get(lane)?.set(text(row['reason']), int(row['count']));
      }
    },
  };
};
