/**
 * The power goes at any instant of a load: what the program wrote and synchronized is read from strace, the files are
 * rebuilt as a disk may hold them then, and the real store is opened on each of these folders.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { between, createRandom, type Random } from '../../simulators/world/random.ts';
import { uplinkSchema } from '../../sinks/mqtt/config.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';
import { type Cut, createDisk, type Remains } from './support/disk-model.ts';
import { inForm, seed, tell } from './support/form.ts';
import { createLedger, type Delivered, type Found, type Ledger } from './support/ledger.ts';
import type { LoadLine, LoadOrder } from './support/load.ts';
import { type Pattern, patternOf, patterns, positionsOfRun, streamOf } from './support/patterns.ts';
import { readFolder } from './support/read-folder.ts';
import { runLoad } from './support/run-load.ts';
import { openSubscriber, type Subscriber } from './support/subscriber.ts';
import { type Operation, readTrace, traced } from './support/trace.ts';

const missing = missingPrograms('strace', 'mosquitto');

/** A run of the program that loads the outbox, on the folder of the run before it. */
interface Run {
  readonly pattern: string;
  readonly calls: number;
  /** Killed after so many acknowledgements. */
  readonly killedAfter?: number;
  readonly end?: LoadOrder['end'];
}

interface Load {
  readonly name: string;
  readonly runs: readonly Run[];
}

const loads: readonly Load[] = [
  ...patterns.map(({ name }): Load => ({ name, runs: [{ pattern: name, calls: 60 }] })),
  ...['groups with saved state', 'a small budget', 'delivered in groups', 'everything'].map(
    (pattern): Load => ({
      name: `${pattern}, killed twice`,
      runs: [
        { pattern, calls: 60, killedAfter: 7 },
        { pattern, calls: 60, killedAfter: 25 },
        { pattern, calls: 15 },
      ],
    }),
  ),
  {
    name: 'single events, stopped and started',
    runs: [1, 2, 3].map(() => ({ pattern: 'single events', calls: 10 })),
  },
  { name: 'more than the log holds', runs: [{ pattern: 'large bodies', calls: 160 }] },
];
const chosen = inForm({ short: [0, 4, 9, 16], long: loads.map((_, index) => index) }).flatMap(
  index => loads[index] ?? [],
);
const cutsOfLoad = inForm({ short: 12, long: 56 });

const ways: readonly Omit<Cut, 'sectorBytes'>[] = [
  { data: 0, names: 0 },
  { data: 0.5, names: 0.5 },
  { data: 0.9, names: 0.9 },
  { data: 1, names: 0 },
  { data: 0.1, names: 0.5 },
  { data: 0, names: 1 },
  { data: 0.7, names: 1 },
];

interface Recorded {
  readonly root: string;
  readonly storage: string;
  readonly pattern: Pattern;
  readonly gateway: string;
  readonly operations: readonly Operation[];
}

const nowhere = 'mqtt://127.0.0.1:9';

interface Place {
  readonly root: string;
  readonly storage: string;
  readonly gateway: string;
  /** Where traces and compiled code go. */
  readonly scratch: string;
}

const placeOf = (gateway: string, scratch: string): Place => {
  const root = path.join(scratch, gateway);
  mkdirSync(root);
  return { root, storage: path.join(root, 'deep', 'storage'), gateway, scratch };
};

/** One run under strace, as what it did. */
const recordRun = async (
  { root, storage, gateway, scratch }: Place,
  { pattern, calls, killedAfter, end }: Run,
  index: number,
  url: string,
): Promise<readonly Operation[]> => {
  const trace = path.join(scratch, `${gateway}-${index}.trace`);
  const running = runLoad(
    {
      folder: storage,
      pattern,
      gateway,
      uplink: uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', url }),
      first: index * positionsOfRun + 1,
      again: [],
      seed,
      calls,
      ...(end !== undefined && { end }),
    },
    { under: traced(trace), codeCache: path.join(scratch, 'code') },
  );
  let answers = 0;
  for await (const line of running.lines) {
    if (line.kind === 'appended' && ++answers === killedAfter) running.kill();
  }
  const { code, errors } = await running.ended();
  if (killedAfter === undefined) expect(code, errors).toBe(0);
  const operations = readTrace(await readFile(trace, 'utf8'), root);
  rmSync(trace);
  return operations;
};

const record = async (load: Load, gateway: string, scratch: string, brokerUrl: string): Promise<Recorded> => {
  const place = placeOf(gateway, scratch);
  const operations: Operation[] = [];
  for (const [index, run] of load.runs.entries()) {
    const isThere = patternOf(run.pattern).broker === 'there';
    const whole: Run = isThere ? { ...run, end: 'delivered' } : run;
    operations.push(...(await recordRun(place, whole, index, isThere ? brokerUrl : nowhere)));
  }
  return { ...place, pattern: patternOf(load.runs[0]?.pattern ?? ''), operations };
};

/** Writes what remains to a real folder. */
const restore = ({ folders, files }: Remains, from: string, to: string): void => {
  const place = (name: string): string => path.join(to, path.relative(from, name));
  for (const folder of folders) mkdirSync(place(folder), { recursive: true });
  for (const [name, bytes] of files) if (!name.endsWith('/reserve')) writeFileSync(place(name), bytes);
};

/** Deliveries after the cut did not happen. */
const before = (delivered: Delivered, found: Found): Delivered =>
  new Map(
    found.streams.map(({ name, next }) => [
      name,
      new Map([...(delivered.get(name) ?? [])].filter(([number]) => number < next)),
    ]),
  );

const ledgerOf = ({ pattern }: Recorded, lines: readonly LoadLine[]): Ledger => {
  const ledger = createLedger({ streamOf: at => streamOf(pattern, at), saves: pattern.beside.includes('saved') });
  for (const line of lines) ledger.take(line);
  return ledger;
};

interface CutPoint {
  readonly at: number;
  readonly cut: Cut;
  readonly remains: Remains;
  readonly lines: readonly LoadLine[];
}

/** Random instants of a recorded load, more of them where something is not yet on the disk. */
function* cutsOf({ root, operations }: Recorded, count: number, random: Random, from = 0): Generator<CutPoint> {
  const wanted = Array.from({ length: count }, () => Math.floor(between(random, from, operations.length))).toSorted(
    (a, b) => a - b,
  );
  const disk = createDisk(root);
  const lines: LoadLine[] = [];
  let due = 0;
  for (const [index, operation] of operations.entries()) {
    disk.apply(operation);
    if (operation.kind === 'said') {
      for (const line of operation.text.split('\n')) if (line !== '') lines.push(JSON.parse(line) as LoadLine);
    }
    while (
      (wanted[due] ?? Number.POSITIVE_INFINITY) <= index &&
      (disk.unsynced() > 0 || index - (wanted[due] ?? 0) > 20)
    ) {
      const cut: Cut = {
        sectorBytes: due % 2 === 0 ? 512 : 4096,
        ...(ways[due % ways.length] ?? { data: 0, names: 0 }),
      };
      due++;
      yield { at: index, cut, remains: disk.cut(cut, random), lines };
    }
  }
}

/** What a judge has to say of each cut of a load. */
const judgeCuts = async (
  recorded: Recorded,
  count: number,
  subscriber: Subscriber,
  random: Random,
): Promise<{ readonly cuts: number; readonly wrong: readonly string[] }> => {
  const wrong: string[] = [];
  let cuts = 0;
  await using folder = await temporaryFolder();
  for (const { at, cut, remains, lines } of cutsOf(recorded, count, random)) {
    const place = path.join(folder.path, String(cuts++));
    mkdirSync(place);
    restore(remains, recorded.root, place);
    const storage = path.join(place, path.relative(recorded.root, recorded.storage));
    const where = `cut at ${at} of ${recorded.operations.length}, ${JSON.stringify(cut)}`;
    try {
      const found = readFolder(storage, 'ioc');
      const faults = ledgerOf(recorded, lines).judge(found, before(subscriber.of(recorded.gateway), found));
      wrong.push(...faults.slice(0, 5).map(fault => `${where}: ${fault}`));
    } catch (failure) {
      wrong.push(`${where}: it does not open: ${String(failure)}`);
    }
    rmSync(place, { recursive: true });
  }
  return { cuts, wrong };
};

/** The whole worker on what remains: it accepts, delivers, and ends as it should. */
const goOn = async (
  recorded: Recorded,
  { remains, lines }: CutPoint,
  run: number,
  earlier: Subscriber,
): Promise<void> => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using subscriber = await openSubscriber(broker.port);
  const within = path.relative(recorded.root, recorded.storage);
  await using copy = await temporaryFolder();
  restore(remains, recorded.root, copy.path);
  const delivered = before(earlier.of(recorded.gateway), readFolder(path.join(copy.path, within), 'ioc'));
  restore(remains, recorded.root, folder.path);
  const storage = path.join(folder.path, within);
  const ledger = ledgerOf(recorded, lines);
  const running = runLoad({
    folder: storage,
    pattern: recorded.pattern.name,
    gateway: recorded.gateway,
    uplink: uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', url: `mqtt://127.0.0.1:${broker.port}` }),
    first: run * positionsOfRun + 1,
    again: [],
    seed,
    calls: 10,
    end: 'delivered',
  });
  let backlog: number | undefined;
  for await (const line of running.lines) {
    ledger.take(line);
    if (line.kind === 'ended') backlog = line.backlog;
  }
  expect({ ...(await running.ended()), backlog }).toEqual({ code: 0, errors: '', backlog: 0 });
  const found = readFolder(storage, 'ioc');
  let wrong: readonly string[] = [];
  await until('all is delivered', () => {
    const since = subscriber.of(recorded.gateway);
    const names = new Set([...delivered.keys(), ...since.keys()]);
    const all = [...names].map(
      name => [name, new Map([...(delivered.get(name) ?? []), ...(since.get(name) ?? [])])] as const,
    );
    wrong = ledger.judge(found, new Map(all));
    return wrong.length === 0;
  }).catch(() => {});
  expect(wrong.slice(0, 10)).toEqual([]);
};

test.skipIf(missing)(
  `loses nothing that was accepted when the power goes, at ${chosen.length * cutsOfLoad} instants of ${chosen.length} loads`,
  { timeout: inForm({ short: 300_000, long: 1_200_000 }) },
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using subscriber = await openSubscriber(broker.port);
    let cuts = 0;
    let wholeRuns = 0;
    for (const [index, load] of chosen.entries()) {
      const random = createRandom('power-cut', seed, load.name);
      const recorded = await record(load, `gw-${index + 1}`, folder.path, `mqtt://127.0.0.1:${broker.port}`);
      const judged = await judgeCuts(recorded, cutsOfLoad, subscriber, random);
      cuts += judged.cuts;
      expect(judged.wrong.slice(0, 10), `${load.name}; HAIDANG_SEED=${seed} repeats it`).toEqual([]);
      if (index % inForm({ short: 4, long: 2 }) !== 1) continue;
      for (const point of cutsOf(recorded, 1, random)) await goOn(recorded, point, load.runs.length, subscriber);
      wholeRuns++;
    }
    tell(
      `power cuts, seed ${seed}: ${cuts} folders rebuilt from ${chosen.length} loads, and ${wholeRuns} of them run on; 0 events lost`,
    );
  },
);

/** What a gateway would have done that forgets to synchronize. */
const forgetful: readonly (readonly [what: string, forgets: (operation: Operation) => boolean])[] = [
  ['its log', operation => operation.kind === 'sync' && operation.path.endsWith('outbox.db-wal')],
  ['its database', operation => operation.kind === 'sync' && operation.path.endsWith('outbox.db')],
  ['its folder', operation => operation.kind === 'sync' && operation.path.endsWith('/storage')],
  ['the folder above its own', operation => operation.kind === 'sync' && operation.path.endsWith('/deep')],
];

test.skipIf(missing)('would find what is lost if the gateway forgot to synchronize', { timeout: 300_000 }, async () => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using subscriber = await openSubscriber(broker.port);
  const pattern = 'groups with saved state';
  const runs = [1, 2].map(() => ({ pattern, calls: 25 }));
  const recorded = await record({ name: pattern, runs }, 'gw-1', folder.path, `mqtt://127.0.0.1:${broker.port}`);
  const judge = (forgets: (operation: Operation) => boolean) =>
    judgeCuts(
      { ...recorded, operations: recorded.operations.filter(operation => !forgets(operation)) },
      30,
      subscriber,
      createRandom('forgetful', seed),
    );
  expect((await judge(() => false)).wrong).toEqual([]);
  for (const [what, forgets] of forgetful) {
    expect((await judge(forgets)).wrong.length, `it forgets to synchronize ${what}`).toBeGreaterThan(0);
  }
});

test.skipIf(missing)(
  'loses nothing when the power goes while a store is set aside and read again',
  { timeout: inForm({ short: 300_000, long: 1_200_000 }) },
  async () => {
    await using folder = await temporaryFolder();
    const place = placeOf('gw-1', folder.path);
    const pattern = 'groups with saved state';
    const before = await recordRun(place, { pattern, calls: 20, killedAfter: 15 }, 0, nowhere);
    // The database is older than what is known of it: a disk that was put back from a copy.
    const epochFile = path.join(place.storage, 'epoch.json');
    const claim = Buffer.from(JSON.stringify({ epoch: '0001', streams: { 'environment/obs': 9_000_000 } }));
    writeFileSync(epochFile, claim);
    const aged: readonly Operation[] = [
      { kind: 'truncate', path: epochFile, size: 0 },
      { kind: 'write', path: epochFile, offset: 0, bytes: claim },
      { kind: 'sync', path: epochFile },
    ];
    const during = await recordRun(place, { pattern, calls: 6, end: 'rescued' }, 1, nowhere);
    const recorded: Recorded = {
      ...place,
      pattern: patternOf(pattern),
      operations: [...before, ...aged, ...during],
    };
    expect(recorded.operations.some(({ kind }) => kind === 'rename')).toBe(true);
    const random = createRandom('set-aside', seed);
    let cuts = 0;
    for (const point of cutsOf(recorded, inForm({ short: 4, long: 60 }), random, before.length + aged.length)) {
      await using remains = await temporaryFolder();
      await using broker = await startMosquitto({ folder: remains.path });
      await using subscriber = await openSubscriber(broker.port);
      restore(point.remains, place.root, remains.path);
      const storage = path.join(remains.path, path.relative(place.root, place.storage));
      const ids = new Set<number>();
      const saved = new Map<string, number>();
      const take = (line: LoadLine): void => {
        if (line.kind !== 'appended') return;
        for (const [, id] of line.events) ids.add(id);
        if (line.key !== undefined && line.saved !== undefined) saved.set(line.key, line.saved);
      };
      for (const line of point.lines) take(line);
      const running = runLoad(
        {
          folder: storage,
          pattern,
          gateway: place.gateway,
          uplink: uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', url: `mqtt://127.0.0.1:${broker.port}` }),
          first: 2 * positionsOfRun + 1,
          again: [],
          seed,
          calls: 0,
          end: 'delivered',
        },
        { codeCache: path.join(folder.path, 'code') },
      );
      const errors: string[] = [];
      for await (const line of running.lines) if (line.kind === 'refused') errors.push(line.reason);
      const where = `cut at ${point.at - before.length - aged.length} of ${during.length}, ${JSON.stringify(point.cut)}`;
      expect({ ...(await running.ended()), refused: errors }, where).toEqual({ code: 0, errors: '', refused: [] });
      const missed = (): readonly number[] => {
        const received = new Set(
          [...subscriber.of(place.gateway).values()].flatMap(numbers => [...numbers.values()].map(({ id }) => id)),
        );
        return [...ids].filter(id => !received.has(id));
      };
      await until('all is delivered', () => missed().length === 0).catch(() => {});
      expect(missed().slice(0, 10), `${where}: of ${ids.size} accepted events`).toEqual([]);
      const kept = readFolder(storage, 'ioc').saved;
      for (const [key, value] of saved) expect(kept.get(key), `${where}: ${key}`).toBeGreaterThanOrEqual(value);
      cuts++;
    }
    tell(`power cuts, seed ${seed}: ${cuts} more while a store was set aside and read again; 0 events lost`);
  },
);
