/**
 * A disk that answers with errors, injected into the system calls of the loaded outbox: what was acknowledged is there
 * when the disk is well again, and meanwhile the outbox goes on or refuses, and says so.
 */
import path from 'node:path';
import { expect, test } from 'vitest';
import { sizeOf } from '../../gateway/outbox/ranges.ts';
import { uplinkSchema } from '../../sinks/mqtt/config.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';
import { inForm, seed, tell } from './support/form.ts';
import type { LoadLine } from './support/load.ts';
import { positionsOfRun } from './support/patterns.ts';
import { readFolder } from './support/read-folder.ts';
import { runLoad } from './support/run-load.ts';
import { openSubscriber } from './support/subscriber.ts';

const missing = missingPrograms('strace', 'mosquitto');

interface Fault {
  readonly name: string;
  /** System calls on files of the storage folder only: `when` counts them in each thread. */
  readonly inject: readonly string[];
  readonly pattern: string;
  readonly broker: 'away' | 'there';
  /** Whether accepted events may be given up for it, each told as gone. */
  readonly mayShed?: boolean;
  /** What is seen of it while it lasts; each is seen at least once. */
  readonly seen: readonly ('appended' | 'refused' | 'store-replaced')[];
}

const faults: readonly Fault[] = [
  {
    name: 'a flush fails now and then',
    inject: ['fsync:error=EIO:when=12+9'],
    pattern: 'groups with saved state',
    broker: 'away',
    seen: ['appended'],
  },
  {
    name: 'a write fails now and then',
    inject: ['pwrite64:error=EIO:when=60+41'],
    pattern: 'groups with saved state',
    broker: 'away',
    seen: ['appended'],
  },
  {
    name: 'no write comes through any more',
    inject: ['pwrite64:error=EIO:when=90+'],
    pattern: 'groups with saved state',
    broker: 'away',
    seen: ['appended', 'refused'],
  },
  {
    name: 'no flush comes through any more',
    inject: ['fsync:error=EIO:when=25+'],
    pattern: 'single events',
    broker: 'away',
    seen: ['appended', 'refused'],
  },
  {
    name: 'the disk says now and then that it is full',
    inject: ['pwrite64:error=ENOSPC:when=60+41'],
    mayShed: true,
    pattern: 'groups with saved state',
    broker: 'away',
    seen: ['appended'],
  },
  {
    name: 'the disk is full from some moment on',
    inject: ['pwrite64:error=ENOSPC:when=90+'],
    mayShed: true,
    pattern: 'all lanes',
    broker: 'away',
    seen: ['appended', 'refused'],
  },
  {
    name: 'a read fails now and then while the backlog goes out',
    inject: ['pread64:error=EIO:when=40+31'],
    pattern: 'large bodies',
    broker: 'there',
    seen: ['appended'],
  },
  {
    name: 'no file can be opened any more',
    inject: ['openat:error=EMFILE:when=14+'],
    pattern: 'single events',
    broker: 'away',
    seen: ['appended'],
  },
  {
    name: 'the disk is so slow that each flush takes a third of a second',
    inject: ['fsync:delay_exit=300000'],
    pattern: 'groups with saved state',
    broker: 'away',
    seen: ['appended'],
  },
  {
    name: 'no file can be renamed or removed',
    inject: ['rename,unlink:error=EIO:when=3+'],
    pattern: 'groups with saved state',
    broker: 'away',
    seen: ['appended'],
  },
];
const chosen = inForm({ short: [0, 2, 5], long: faults.map((_, index) => index) }).flatMap(
  index => faults[index] ?? [],
);

/** Answers that are awaited under a fault, and for how long. */
const answers = 150;
const patienceMs = 30_000;

interface Account {
  readonly ids: Set<number>;
  readonly saved: Map<string, number>;
  readonly seen: Map<string, number>;
}

const take = (account: Account, line: LoadLine): void => {
  const kind = line.kind === 'notice' ? line.notice : line.kind;
  account.seen.set(kind, (account.seen.get(kind) ?? 0) + 1);
  if (line.kind !== 'appended') return;
  for (const [, id] of line.events) account.ids.add(id);
  if (line.key !== undefined && line.saved !== undefined) account.saved.set(line.key, line.saved);
};

test.skipIf(missing).for(chosen)(
  'loses nothing that was accepted when $name',
  { timeout: 300_000 },
  async ({ name, inject, pattern, broker: where, seen, mayShed = false }) => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using subscriber = await openSubscriber(broker.port);
    const storage = path.join(folder.path, 'storage');
    const brokerUrl = `mqtt://127.0.0.1:${broker.port}`;
    const account: Account = { ids: new Set(), saved: new Map(), seen: new Map() };
    const run = (first: number, url: string, calls: number | undefined, under: readonly string[]) =>
      runLoad(
        {
          folder: storage,
          pattern,
          gateway: 'gw-1',
          uplink: uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', url }),
          first: first * positionsOfRun + 1,
          again: [],
          seed,
          ...(calls !== undefined && { calls, end: url === brokerUrl ? 'delivered' : 'at once' }),
        },
        { under, codeCache: path.join(folder.path, 'code') },
      );
    // Something lies on the disk before it falls ill.
    for await (const line of run(0, 'mqtt://127.0.0.1:9', 20, []).lines) take(account, line);
    account.seen.clear();

    const files = ['outbox.db', 'outbox.db-wal', 'epoch.json.new', 'epoch.json'].map(file => path.join(storage, file));
    const ill = run(1, where === 'there' ? brokerUrl : 'mqtt://127.0.0.1:9', undefined, [
      ...['strace', '-f', '-qq', '-o', '/dev/null'],
      ...files.flatMap(file => ['-P', file]),
      ...inject.flatMap(what => ['-e', `trace=${what.split(':')[0]}`, '-e', `inject=${what}`]),
    ]);
    const timer = setTimeout(ill.kill, patienceMs);
    for await (const line of ill.lines) {
      take(account, line);
      if ((account.seen.get('appended') ?? 0) >= answers) ill.kill();
    }
    clearTimeout(timer);
    const { errors } = await ill.ended();
    const during = Object.fromEntries(account.seen);

    const well = run(2, brokerUrl, 5, []);
    let backlog: number | undefined;
    for await (const line of well.lines) {
      take(account, line);
      if (line.kind === 'ended') backlog = line.backlog;
    }
    expect({ ...(await well.ended()), backlog }).toEqual({ code: 0, errors: '', backlog: 0 });
    const lost = (): readonly number[] => {
      const received = subscriber.ids('gw-1');
      return [...account.ids].filter(id => !received.has(id));
    };
    /** A full disk costs what is least important, and it is counted. */
    const shed = readFolder(storage, 'ioc').streams.reduce((sum, stream) => sum + sizeOf(stream.shed), 0);
    await until('all is delivered', () => lost().length <= shed).catch(() => {});
    expect(lost().slice(shed, shed + 10), `of ${account.ids.size} accepted events, ${shed} told as gone`).toEqual([]);
    expect(shed === 0 || mayShed, `${shed} events are told as gone`).toBe(true);
    for (const kind of seen) expect(during, `while ${name} ${errors}`).toHaveProperty(kind);
    tell(
      `I/O faults: ${name}: ${account.ids.size} events accepted, 0 lost (${shed} given up and told); meanwhile ${JSON.stringify(during)}`,
    );
  },
);
