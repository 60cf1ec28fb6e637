/** The tables of events, one for each stream, and their counters, which are kept in the same transaction as the rows. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { GatewayError } from '../../core/errors.ts';
import { type Lane, lanes } from '../../core/sealed.ts';
import type { Group, GroupTopic } from './protocol.ts';
import { int, text } from './row-values.ts';

/** Disk of a row beside its topic and body, about. */
export const rowBytes = 48;

export interface StreamState {
  readonly name: string;
  readonly lane: Lane;
  /** Nothing below it is in the table. */
  readonly first: number;
  /** The number that the next accepted event gets. */
  readonly next: number;
}

export interface Stream extends StreamState {
  readonly id: number;
  first: number;
  next: number;
  rows: number;
  bytes: number;
  /** `low`, `high`, `limit`. */
  readonly read: StatementSync;
  /** `low`, `high`: how many rows and bytes there are. */
  readonly measure: StatementSync;
  /** `low`, `limit`: number, bytes and expiry of each. */
  readonly sizes: StatementSync;
  readonly insert: StatementSync;
  readonly remove: StatementSync;
  readonly update: StatementSync;
}

export interface Streams {
  all(): Iterable<Stream>;
  get(name: string): Stream | undefined;
  usedBytes(): number;
  /** What a group's events add to `usedBytes`. */
  bytesOf(group: Group): number;
  /** Returns the number of each event. */
  insert(group: Group): number[];
  /** Deletes rows; returns what they were. */
  remove(stream: Stream, low: number, high: number): { readonly rows: number; readonly bytes: number };
  /** `time` of the oldest row; infinite when there is none. */
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
      next: 1,
      rows: 0,
      bytes: 0,
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

  return {
    all: () => streams.values(),
    get: name => streams.get(name),
    usedBytes: () => {
      let sum = 0;
      for (const stream of streams.values()) sum += stream.bytes;
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
        stream.insert.run(number, times[index] ?? 0, Number.isNaN(expiry) ? null : expiry, topic, body, crc32(body));
        stream.rows++;
        stream.bytes += topic.length + end - start + rowBytes;
        numbers[index] = number;
        start = end;
      }
      for (const stream of new Set(opened)) write(stream);
      return numbers;
    },
    remove: (stream, low, high) => {
      const total = stream.measure.get(low, high);
      const gone = { rows: int(total?.['rows']), bytes: int(total?.['bytes']) };
      stream.remove.run(low, high);
      stream.rows -= gone.rows;
      stream.bytes -= gone.bytes;
      if (low <= stream.first) stream.first = Math.max(stream.first, high + 1);
      write(stream);
      return gone;
    },
    oldestTime: stream => {
      const [row] = stream.read.all(stream.first, stream.next, 1);
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
