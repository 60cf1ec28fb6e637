/** The tables of events, one for each stream, and their counters, which are kept in the same transaction as the rows. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { type Lane, lanes } from '../../core/sealed.ts';
import type { Group, GroupTopic } from './protocol.ts';
import type { Restamped } from './restamp.ts';
import { checkOf, int, intactRow, text } from './row-values.ts';

/** Disk of a row beside its topic and body, about. */
export const rowBytes = 48;

export interface StreamState {
  readonly name: string;
  readonly lane: Lane;
  /** Nothing below it is in the table. */
  readonly first: number;
  /** What is below it is kept as history, if at all: every sink has settled it. */
  readonly floor: number;
  /** The number that the next accepted event gets. */
  readonly next: number;
}

export interface Stream extends StreamState {
  readonly id: number;
  first: number;
  floor: number;
  next: number;
  /** All that is in the table, with the history. */
  rows: number;
  bytes: number;
  /** The history alone. */
  keptRows: number;
  keptBytes: number;
  /** `low`, `high`, `limit`. */
  readonly read: StatementSync;
  /** `low`, `high`: the number of each row. */
  readonly numbers: StatementSync;
  /** `low`, `high`: how many rows and bytes there are. */
  readonly measure: StatementSync;
  /** `low`, `limit`: number, bytes and expiry of each. */
  readonly sizes: StatementSync;
  readonly insert: StatementSync;
  /** `time`, `expires`, `body`, `crc`, number. */
  readonly replace: StatementSync;
  readonly remove: StatementSync;
  readonly update: StatementSync;
}

export interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

export interface Streams {
  all(): Iterable<Stream>;
  get(name: string): Stream | undefined;
  /** Bytes that wait for a sink. */
  waitingBytes(): number;
  /** What a group's events add to `waitingBytes`. */
  bytesOf(group: Group): number;
  /** Returns the number of each event. */
  insert(group: Group): number[];
  measure(stream: Stream, low: number, high: number): Amount;
  /** Deletes rows; returns what they were. */
  remove(stream: Stream, low: number, high: number): Amount;
  /** Deletes rows of which it is known what they are. */
  removeCounted(stream: Stream, low: number, high: number, amount: Amount): void;
  /**
   * Puts what `change` makes of a body in its place, with its times; `limit` rows at most. Bodies that cannot be read
   * are left as they are.
   */
  rewrite(
    stream: Stream,
    low: number,
    high: number,
    limit: number,
    change: (body: string, number: number) => Restamped | undefined,
  ): { readonly through: number; readonly changed: number };
  /** `time` of the oldest row that waits; infinite when there is none. */
  oldestTime(stream: Stream): number;
  /** Counters as they are in the file: at the start, and after a transaction that failed. */
  load(): void;
}

export const openStreams = (database: DatabaseSync, file: string): Streams => {
  const streams = new Map<string, Stream>();
  const known = database.prepare('SELECT id, name, lane, first, next, rows, bytes FROM stream');
  const begin = database.prepare('INSERT INTO stream VALUES (?, ?, ?, 1, 1, 0, 0)');

  const add = (id: number, name: string, lane: Lane): Stream => {
    const table = `stream_${id}`;
    database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (
        number INTEGER PRIMARY KEY, time INTEGER, expires INTEGER, topic TEXT NOT NULL, body BLOB NOT NULL, crc INTEGER
      )`,
    );
    const size = `length(topic) + length(body) + ${rowBytes}`;
    const stream: Stream = {
      id,
      name,
      lane,
      first: 1,
      floor: 1,
      next: 1,
      rows: 0,
      bytes: 0,
      keptRows: 0,
      keptBytes: 0,
      insert: database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`),
      read: database.prepare(
        `SELECT number, time, expires, topic, body, crc FROM ${table} WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?`,
      ),
      numbers: database.prepare(`SELECT number FROM ${table} WHERE number BETWEEN ? AND ? ORDER BY number`),
      measure: database.prepare(
        `SELECT count(*) AS rows, coalesce(sum(${size}), 0) AS bytes FROM ${table} WHERE number BETWEEN ? AND ?`,
      ),
      sizes: database.prepare(
        `SELECT number, ${size} AS bytes, expires FROM ${table} WHERE number >= ? ORDER BY number LIMIT ?`,
      ),
      replace: database.prepare(`UPDATE ${table} SET time = ?, expires = ?, body = ?, crc = ? WHERE number = ?`),
      remove: database.prepare(`DELETE FROM ${table} WHERE number BETWEEN ? AND ?`),
      update: database.prepare('UPDATE stream SET first = ?, next = ?, rows = ?, bytes = ? WHERE id = ?'),
    };
    streams.set(name, stream);
    return stream;
  };

  const open = (topic: GroupTopic): Stream => {
    const there = streams.get(topic.stream);
    if (there !== undefined) return there;
    const id = Math.max(0, ...[...streams.values()].map(stream => stream.id)) + 1;
    begin.run(id, topic.stream, topic.lane);
    return add(id, topic.stream, topic.lane);
  };

  const write = ({ first, next, rows, bytes, id, update }: Stream): void => {
    update.run(first, next, rows, bytes, id);
  };

  const measure = (stream: Stream, low: number, high: number): Amount => {
    const total = stream.measure.get(low, high);
    return { rows: int(total?.['rows']), bytes: int(total?.['bytes']) };
  };

  const removeCounted = (stream: Stream, low: number, high: number, { rows, bytes }: Amount): void => {
    stream.remove.run(low, high);
    stream.rows -= rows;
    stream.bytes -= bytes;
    if (low <= stream.first) stream.first = Math.max(stream.first, high + 1);
    if (low <= stream.floor) stream.floor = Math.max(stream.floor, high + 1);
    write(stream);
  };

  return {
    all: () => streams.values(),
    get: name => streams.get(name),
    waitingBytes: () => {
      let sum = 0;
      for (const stream of streams.values()) sum += stream.bytes - stream.keptBytes;
      return sum;
    },
    bytesOf: group => {
      let bytes = group.bodies.length;
      for (const which of group.topicOf) bytes += (group.topics[which]?.topic.length ?? 0) + rowBytes;
      return bytes;
    },
    insert: ({ topics, topicOf, times, expires, ends, bodies }) => {
      const numbers: number[] = new Array(topicOf.length).fill(0);
      const opened = topics.map(open);
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
        const check = checkOf(number, topic, body);
        stream.insert.run(number, times[index] ?? 0, Number.isNaN(expiry) ? null : expiry, topic, body, check);
        stream.rows++;
        stream.bytes += topic.length + end - start + rowBytes;
        numbers[index] = number;
        start = end;
      }
      for (const stream of new Set(opened)) write(stream);
      return numbers;
    },
    measure,
    remove: (stream, low, high) => {
      const amount = measure(stream, low, high);
      removeCounted(stream, low, high, amount);
      return amount;
    },
    removeCounted,
    rewrite: (stream, low, high, limit, change) => {
      const rows = stream.read.all(low, high, limit);
      let changed = 0;
      for (const row of rows) {
        const old = intactRow(row);
        const next = old && change(Buffer.from(old.body).toString(), old.number);
        if (old === undefined || next === undefined) continue;
        const bytes = Buffer.from(next.body);
        stream.replace.run(next.time, next.expires ?? null, bytes, checkOf(old.number, old.topic, bytes), old.number);
        stream.bytes += bytes.length - old.body.length;
        changed++;
      }
      if (changed > 0) write(stream);
      return { through: rows.length < limit ? high : int(rows.at(-1)?.['number']), changed };
    },
    oldestTime: stream => {
      const [row] = stream.read.all(stream.floor, stream.next, 1);
      return row === undefined ? Number.POSITIVE_INFINITY : int(row['time']);
    },
    load: () => {
      const rows = known.all();
      const names = new Set(rows.map(row => text(row['name'])));
      for (const name of [...streams.keys()]) if (!names.has(name)) streams.delete(name);
      for (const row of rows) {
        const name = text(row['name']);
        const lane = lanes.find(one => one === row['lane']);
        if (lane === undefined) throw new GatewayError('damaged', `${file} names a lane that there is not`);
        const stream = streams.get(name) ?? add(int(row['id']), name, lane);
        stream.first = int(row['first']);
        stream.next = int(row['next']);
        stream.rows = int(row['rows']);
        stream.bytes = int(row['bytes']);
      }
    },
  };
};
