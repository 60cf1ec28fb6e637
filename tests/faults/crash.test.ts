/** kill -9 at random instants, over and over, while an outbox is loaded in every way that it can be. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { between, createRandom } from '../../simulators/world/random.ts';
import { uplinkSchema } from '../../sinks/mqtt/config.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';
import { inForm, seed, tell } from './support/form.ts';
import { createLedger, type Ledger } from './support/ledger.ts';
import type { LoadOrder } from './support/load.ts';
import { type Pattern, patterns, positionsOfRun, streamOf } from './support/patterns.ts';
import { copyFolder, type ReadFolder, readFolder } from './support/read-folder.ts';
import { runLoad } from './support/run-load.ts';
import { openSubscriber, type Subscriber } from './support/subscriber.ts';

const missing = missingPrograms('mosquitto');

/** With the 75 of the whole gateway (crash-gateway.test.ts) a thousand. */
const kills = inForm({ short: 16, long: 925 });
/** An outbox lives through this many kills at most; its last run ends by itself. */
const killsOfLife = inForm({ short: 2, long: 21 });
/** A load that answers nothing for so long is killed all the same. */
const patienceMs = 10_000;
const nowhere = 'mqtt://127.0.0.1:9';

interface Life {
  readonly name: string;
  readonly pattern: Pattern;
  readonly kills: number;
}

const lives: readonly Life[] = Array.from({ length: Math.ceil(kills / killsOfLife) }, (_, index) => ({
  name: `gw-${index + 1}`,
  pattern: patterns[(index * 5) % patterns.length] ?? patterns[0],
  kills: Math.min(killsOfLife, kills - index * killsOfLife),
}));

interface Counted {
  kills: number;
  beforeReady: number;
  accepted: number;
}

interface Surroundings {
  readonly folder: string;
  readonly brokerUrl: string;
  readonly subscriber: Subscriber;
  readonly counted: Counted;
}

/** Judges until what the broker still has to hand over has arrived. */
const settleAccounts = async (
  what: string,
  ledger: Ledger,
  found: ReadFolder,
  subscriber: Subscriber,
  gateway: string,
): Promise<void> => {
  let wrong: readonly string[] = [];
  await until(
    what,
    () => {
      wrong = ledger.judge(found, subscriber.of(gateway));
      return wrong.length === 0;
    },
    5000,
  ).catch(() => {});
  expect(wrong.slice(0, 20), `${what}; HAIDANG_SEED=${seed} repeats it`).toEqual([]);
};

const live = async ({ name, pattern, kills }: Life, around: Surroundings): Promise<void> => {
  const { subscriber, counted } = around;
  const storage = path.join(around.folder, name);
  const random = createRandom('crash', seed, name);
  const ledger = createLedger({
    streamOf: at => streamOf(pattern, at),
    saves: pattern.beside.includes('saved'),
  });
  const orderOf = (run: number, url: string, more: Partial<LoadOrder> = {}): LoadOrder => ({
    folder: storage,
    pattern: pattern.name,
    gateway: name,
    uplink: uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', url }),
    first: run * positionsOfRun + 1,
    again: [],
    seed,
    ...more,
  });
  const url = pattern.broker === 'there' ? around.brokerUrl : nowhere;

  let startMs = 1000;
  for (let run = 0; run < kills; run++) {
    // What a source was told nothing of it sends once more, under the same ids.
    const highest = ledger.highest();
    const again = random() < 0.5 && highest > 0 ? Array.from({ length: 20 }, (_, index) => highest + index + 1) : [];
    const began = performance.now();
    const load = runLoad(orderOf(run, url, { again }), { codeCache: path.join(around.folder, 'code') });
    // Times are those of this machine now: a busy one would else be killed before it did anything.
    let timer = setTimeout(load.kill, random() < 0.15 ? between(random, 0.2, 1.1) * startMs : patienceMs);
    /** Few or many: what happens at the start of a life happens also to a short one. */
    let answersLeft = Math.floor(150 ** random());
    let isReady = false;
    for await (const line of load.lines) {
      ledger.take(line);
      if (line.kind === 'open') {
        isReady = true;
        startMs = performance.now() - began;
        clearTimeout(timer);
        timer = setTimeout(load.kill, patienceMs);
      }
      if (line.kind !== 'appended' || --answersLeft !== 0) continue;
      // At once, when the next commit is being made ready, or at some moment of the commits that follow.
      if (random() < 0.3) load.kill();
      else timer = setTimeout(load.kill, between(random, 0, 30));
    }
    clearTimeout(timer);
    const { code, errors } = await load.ended();
    expect(code, `${name}, ${pattern.name}: it was killed, and did not end by itself: ${errors}`).toBeNull();
    counted.kills++;
    if (!isReady) counted.beforeReady++;
    // The next run finds the folder as the kill left it: what is opened here is a copy.
    if (!existsSync(path.join(storage, 'outbox.db')) || random() < 0.3) continue;
    await using copy = await temporaryFolder();
    copyFolder(storage, copy.path);
    await settleAccounts(
      `${name}, ${pattern.name}, kill ${run + 1}`,
      ledger,
      readFolder(copy.path, 'ioc'),
      subscriber,
      name,
    );
  }

  // The last run delivers all that is left.
  const last = runLoad(orderOf(kills, around.brokerUrl, { calls: 20, end: 'delivered' }));
  let backlog: number | undefined;
  for await (const line of last.lines) {
    ledger.take(line);
    if (line.kind === 'ended') backlog = line.backlog;
  }
  expect({ ...(await last.ended()), backlog }, `${name}, ${pattern.name}`).toEqual({ code: 0, errors: '', backlog: 0 });
  await settleAccounts(`${name}, ${pattern.name}, at the end`, ledger, readFolder(storage, 'ioc'), subscriber, name);
  counted.accepted += ledger.accepted();
};

test.skipIf(missing)(
  `loses nothing that was accepted, and gives no number twice, over ${kills} kills`,
  { timeout: inForm({ short: 300_000, long: 1_200_000 }) },
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using subscriber = await openSubscriber(broker.port);
    const counted: Counted = { kills: 0, beforeReady: 0, accepted: 0 };
    const around = { folder: folder.path, brokerUrl: `mqtt://127.0.0.1:${broker.port}`, subscriber, counted };
    const waiting = [...lives];
    const work = async (): Promise<void> => {
      for (let life = waiting.shift(); life !== undefined; life = waiting.shift()) await live(life, around);
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    expect(subscriber.conflicts).toEqual([]);
    expect(counted.kills).toBe(kills);
    tell(
      `crash, seed ${seed}: ${counted.kills} kills of ${lives.length} outboxes (${counted.beforeReady} before it was ready), ` +
        `${counted.accepted} events accepted, 0 lost`,
    );
  },
);
