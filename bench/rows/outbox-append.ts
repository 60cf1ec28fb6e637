import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { openOutbox } from '../../gateway/outbox/open.ts';
import { benchEvents, benchSite } from '../events.ts';
import type { BenchRow } from '../row.ts';

const count = 100_000;
const callEvents = 25;
const callsUnderWay = 200;

export const row: BenchRow = {
  name: 'outbox-append',
  summary: `${count} serialized events accepted by the outbox, ${callEvents} a call, synchronous=FULL`,
  unit: 'events/s',
  peer: 'a bare SQLite loop on the same table, committing the mean group of our run',
  goal: { ratio: { atLeast: 0.7 } },
  prepare: async ({ folder, report }) => {
    const events = benchEvents(count);
    let round = 0;
    let meanGroup = 1000;

    const ours = async (): Promise<number> => {
      await using outbox = await openOutbox({
        folder: path.join(folder, `ours-${++round}`),
        site: benchSite,
        uplinks: [{ name: 'away', sink: 'mqtt', url: 'mqtt://127.0.0.1:9', protocol: 5 }],
        budget: { bytes: 2 ** 31 },
        reveal: () => '',
        onNotice: () => {},
        onFailure: failure => {
          throw failure;
        },
      });
      let groups = 0;
      let isSameGroup = false;
      const began = performance.now();
      let next = 0;
      const appendOn = async (): Promise<void> => {
        while (next < count) {
          const from = next;
          next += callEvents;
          await outbox.append({ events: events.slice(from, from + callEvents) });
          if (isSameGroup) continue;
          isSameGroup = true;
          groups++;
          setImmediate(() => {
            isSameGroup = false;
          });
        }
      };
      await Promise.all(Array.from({ length: callsUnderWay }, appendOn));
      const elapsed = performance.now() - began;
      meanGroup = Math.max(1, Math.round(count / groups));
      report(`mean group ${meanGroup}`);
      return (count / elapsed) * 1000;
    };

    const peer = async (): Promise<number> => {
      using database = new DatabaseSync(path.join(folder, `peer-${round}.db`));
      database.exec(`
        PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE stream_1 (
          number INTEGER PRIMARY KEY, time INTEGER, expires INTEGER, topic TEXT NOT NULL, body BLOB NOT NULL, crc INTEGER
        )`);
      const insert = database.prepare('INSERT INTO stream_1 VALUES (?, ?, ?, ?, ?, ?)');
      const bodies = events.map(({ body }) => Buffer.from(body));
      const sums = bodies.map(body => crc32(body));
      const began = performance.now();
      for (let from = 0; from < count; from += meanGroup) {
        database.exec('BEGIN');
        for (let index = from; index < Math.min(count, from + meanGroup); index++) {
          const event = events[index];
          const body = bodies[index];
          if (event === undefined || body === undefined) break;
          insert.run(index + 1, event.time, null, event.topic, body, sums[index] ?? 0);
        }
        database.exec('COMMIT');
      }
      return (count / (performance.now() - began)) * 1000;
    };
    return { ours, peer };
  },
};
