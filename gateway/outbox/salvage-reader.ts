/**
 * The child process of `startSalvage`: reads the undelivered events of a damaged store by ranges of their keys, and
 * then parts those that cannot be read until only the unreadable rows are left out.
 */
import { DatabaseSync } from 'node:sqlite';
import { firstMissing, parseRanges, type Range } from './ranges.ts';
import { intactRow } from './row-values.ts';
import type { FromSalvage } from './salvage.ts';
import { isInputOutput } from './store-error.ts';

const rowsAtOnce = 256;
/** Where this many ranges failed, what they hold is not looked for row by row any more. */
const mostFailures = 2000;
/** Of one row on a disk that does not read each time. */
const mostAttempts = 20;
const mostStreams = 64;

const [, , file = ''] = process.argv;

const say = (message: FromSalvage): Promise<void> =>
  new Promise(resolve => {
    process.send?.(message);
    if (message.kind === 'events') process.once('message', () => resolve());
    else resolve();
  });

/** The lowest number that a sink of the old store has not delivered; 1 where that cannot be read. */
const lowestUndelivered = (database: DatabaseSync, stream: string): number => {
  try {
    const rows = database.prepare('SELECT ranges FROM settled WHERE stream = ?').all(stream);
    const lowest = rows.map(({ ranges }) => (typeof ranges === 'string' ? firstMissing(parseRanges(ranges), 1) : 1));
    return lowest.length === 0 ? 1 : Math.min(...lowest);
  } catch {
    return 1;
  }
};

interface Column {
  readonly id: number;
  readonly name: string;
  readonly next: number;
}

const streamsOf = (database: DatabaseSync): readonly Column[] => {
  try {
    return database
      .prepare('SELECT id, name, next FROM stream')
      .all()
      .map(({ id, name, next }) => ({ id: Number(id), name: String(name), next: Number(next) }));
  } catch {
    // Without its list the tables are found by their names.
    return Array.from({ length: mostStreams }, (_, index) => ({ id: index + 1, name: '', next: 0 }));
  }
};

const salvage = async (): Promise<void> => {
  using database = new DatabaseSync(file);
  let unreadable = 0;
  for (const { id, name, next } of streamsOf(database)) {
    let high = next - 1;
    let low = lowestUndelivered(database, name);
    try {
      const known = database.prepare(`SELECT min(number) AS low FROM stream_${id}`).get();
      low = Math.max(low, Number(known?.['low'] ?? Number.POSITIVE_INFINITY));
      if (next === 0)
        high = Number(database.prepare(`SELECT max(number) AS high FROM stream_${id}`).get()?.['high'] ?? 0);
    } catch {
      if (high < 1) continue;
    }
    const query = `SELECT number, time, expires, topic, body, crc FROM stream_${id} WHERE number BETWEEN ? AND ?`;
    const read = (from: number, to: number) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return database.prepare(query).all(from, to);
        } catch (thrown) {
          if (from < to || attempt === mostAttempts || !isInputOutput(thrown)) throw thrown;
        }
      }
    };
    let failures = 0;
    // The parts of what cannot be read come last: many lost pages in a row must not cost what lies behind them.
    const waiting: Range[] = [];
    for (let from = low; from <= high; from += rowsAtOnce) waiting.push([from, Math.min(high, from + rowsAtOnce - 1)]);
    const whole = waiting.length;
    for (const [index, [from, to]] of waiting.entries()) {
      if (index >= whole && failures > mostFailures) {
        unreadable += to - from + 1;
        continue;
      }
      let rows: readonly Record<string, unknown>[];
      try {
        rows = read(from, to);
      } catch {
        failures++;
        if (from === to) unreadable++;
        else {
          const middle = Math.floor((from + to) / 2);
          waiting.push([middle + 1, to], [from, middle]);
        }
        continue;
      }
      const topics: string[] = [];
      const topicOf: number[] = [];
      const times: number[] = [];
      const expires: number[] = [];
      const ends: number[] = [];
      const bodies: Uint8Array[] = [];
      let end = 0;
      for (const row of rows) {
        const event = intactRow(row);
        if (event === undefined) {
          unreadable++;
          continue;
        }
        const { topic, body } = event;
        const { time, expires: expiry } = row;
        let index = topics.indexOf(topic);
        if (index === -1) index = topics.push(topic) - 1;
        topicOf.push(index);
        times.push(typeof time === 'number' ? time : 0);
        expires.push(typeof expiry === 'number' ? expiry : Number.NaN);
        end += body.length;
        ends.push(end);
        bodies.push(body);
      }
      if (ends.length === 0) continue;
      const group = { topicOf, times, expires, ends, bodies: Buffer.concat(bodies) };
      await say({ kind: 'events', topics, group });
    }
  }
  await say({ kind: 'done', unreadable });
};

try {
  await salvage();
} catch {
  await say({ kind: 'done', unreadable: 0 });
}
process.disconnect();
