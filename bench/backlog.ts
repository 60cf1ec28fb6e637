/** Outboxes in which much waits, for the rows that ask whether that costs anything. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openOutbox } from '../gateway/outbox/open.ts';
import type { Outbox } from '../gateway/outbox/outbox.ts';
import { checkOf } from '../gateway/outbox/row-values.ts';
import { benchEvents, benchSite } from './events.ts';
import type { Extent, Preparation } from './row.ts';

/** The short one fills in some ten seconds. */
const backlogEvents: Readonly<Record<Extent, number>> = { short: 500_000, long: 10_000_000 };
const callEvents = 25;
const callsUnderWay = 200;
/** Nobody listens there. */
const away = 'mqtt://127.0.0.1:9';

export const openBenchOutbox = (folder: string, url = away): Promise<Outbox> =>
  openOutbox({
    folder,
    site: benchSite,
    uplinks: [{ name: 'center', sink: 'mqtt', url, protocol: 5 }],
    budget: { bytes: 2 ** 36 },
    reveal: () => '',
    onNotice: () => {},
    onFailure: failure => {
      throw failure;
    },
  });

const events = benchEvents(50_000);

/** Events a second. */
export const append = async (outbox: Outbox, count: number): Promise<number> => {
  const began = performance.now();
  let next = 0;
  const appendOn = async (): Promise<void> => {
    while (next < count) {
      const from = next % events.length;
      next += callEvents;
      await outbox.append({ events: events.slice(from, from + callEvents) });
    }
  };
  await Promise.all(Array.from({ length: callsUnderWay }, appendOn));
  return (count / (performance.now() - began)) * 1000;
};

export const fill = async (folder: string, count: number): Promise<void> => {
  await using outbox = await openBenchOutbox(folder);
  await append(outbox, count);
};

/** Closed outboxes only: makes `times` as many rows of those of the one stream, as if they had been accepted one by one. */
const multiply = (folder: string, times: number): void => {
  using database = new DatabaseSync(path.join(folder, 'outbox.db'));
  // Nobody waits for these: what a power cut would leave of them does not matter.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
  const { id = 0, count = 0 } = database.prepare('SELECT id, next - 1 AS count FROM stream').get() ?? {};
  database.function('check_of', { deterministic: true }, (number, topic, body) =>
    body instanceof Uint8Array ? checkOf(Number(number), String(topic), body) : null,
  );
  const copy = database.prepare(
    `INSERT INTO stream_${id} SELECT number + ?1, time, expires, topic, body, check_of(number + ?1, topic, body)
      FROM stream_${id} WHERE number <= ?2`,
  );
  for (let round = 1; round < times; round++) copy.run(Number(count) * round, count);
  database
    .prepare('UPDATE stream SET next = ?1 * ?2 + 1, rows = rows * ?2, bytes = bytes * ?2 WHERE id = ?3')
    .run(count, times, id);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
};

/** Written one by one through the outbox; more are copies of these. */
const written = 500_000;

/** Filled once for all rows of a run, which add to it or take of it little beside what is there. */
let filled: Promise<string> | undefined;

/** The folder of an outbox in which many events wait. */
export const backlogFolder = ({ folder, extent, report }: Preparation): Promise<string> => {
  filled ??= (async () => {
    const own = await mkdtemp(path.join(path.dirname(folder), 'backlog-'));
    process.once('exit', () => rmSync(own, { recursive: true, force: true }));
    const count = backlogEvents[extent];
    report(`${count} events are written first`);
    await fill(own, Math.min(count, written));
    if (count > written) multiply(own, count / written);
    return own;
  })();
  return filled;
};
