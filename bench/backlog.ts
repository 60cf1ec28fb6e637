/** Outboxes in which much waits, for the rows that ask whether that costs anything. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { openOutbox } from '../gateway/outbox/open.ts';
import type { Outbox } from '../gateway/outbox/outbox.ts';
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

/** Filled once for all rows of a run, which add to it or take of it little beside what is there. */
let filled: Promise<string> | undefined;

/** The folder of an outbox in which many events wait. */
export const backlogFolder = ({ folder, extent, report }: Preparation): Promise<string> => {
  filled ??= (async () => {
    const own = await mkdtemp(path.join(path.dirname(folder), 'backlog-'));
    process.once('exit', () => rmSync(own, { recursive: true, force: true }));
    const count = backlogEvents[extent];
    report(`${count} events are written first`);
    await fill(own, count);
    return own;
  })();
  return filled;
};
