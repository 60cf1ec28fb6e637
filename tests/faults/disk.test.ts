/** What happens to the disk under a running outbox, while the center is away and nothing is anywhere else. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../simulators/world/random.ts';
import { eventTopic, type Listener, listen, type OpenedOutbox, openTestOutbox, sealed } from '../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';
import { mountDisk } from './support/disk.ts';
import { inForm, seed, tell } from './support/form.ts';

const missing = missingPrograms('mosquitto');

interface Load {
  /** Numbers that the outbox acknowledged. */
  readonly acknowledged: number[];
  /** Stops, and resolves when nothing is on its way. */
  stop(): Promise<void>;
  readonly refusals: Map<string, number>;
}

/** Enough at once that the file grows beyond every cache of it. */
const groupEvents = 200;

/** Appends events one group after the other; what is refused is tried again, as a source does that waits. */
const load = ({ outbox }: OpenedOutbox, from: number): Load => {
  const acknowledged: number[] = [];
  const refusals = new Map<string, number>();
  let isStopping = false;
  const text = 'Tàu cá '.repeat(60);
  const running = (async () => {
    for (let n = from; !isStopping; ) {
      const numbers = Array.from({ length: groupEvents }, (_, index) => n + index);
      const events = numbers.map(number =>
        sealed(number, {
          lane: 'event',
          topic: eventTopic('event'),
          body: JSON.stringify({ id: String(number).padStart(32, '0'), data: { text } }),
        }),
      );
      try {
        await outbox.append({ events });
        acknowledged.push(...numbers);
        n += numbers.length;
      } catch (thrown) {
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
  })();
  return {
    acknowledged,
    refusals,
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
};

/** Of these numbers those whose events did not arrive. */
const lackingAt = (listener: Listener, numbers: readonly number[]): readonly number[] => {
  const ids = new Set(listener.events().map(({ id }) => Number(id)));
  return numbers.filter(n => !ids.has(n));
};

const database = (folder: string): string => path.join(folder, 'outbox.db');

/** Bits that turn over in `places` of the file, as on a worn flash; the page cache of the kernel holds them at once. */
const flipBits = (file: string, places: number): void => {
  const random = createRandom(seed, 'bits');
  const { size } = statSync(file);
  const handle = openSync(file, 'r+');
  for (let place = 0; place < places; place++) {
    // Beyond the first pages: without the table of contents the file is as good as gone, which is another case.
    writeSync(handle, Buffer.of(Math.floor(random() * 256)), 0, 1, 65_536 + Math.floor(random() * (size - 65_536)));
  }
  fsyncSync(handle);
  closeSync(handle);
};

interface Damage {
  readonly name: string;
  readonly harm: (folder: string) => void | Promise<void>;
  /** Share of what was acknowledged before the damage that must still arrive. */
  readonly survives: number;
}

const damages: readonly Damage[] = [
  {
    name: 'deleted',
    harm: async folder => {
      for (const suffix of ['', '-wal']) await rm(`${database(folder)}${suffix}`, { force: true });
    },
    survives: 1,
  },
  {
    name: 'cut to its first half',
    harm: folder => truncateSync(database(folder), statSync(database(folder)).size / 2),
    survives: 0.45,
  },
  { name: 'changed in 20 places', harm: folder => flipBits(database(folder), 20), survives: 0.95 },
];

describe.skipIf(missing !== undefined)('a database that under the running outbox was', { timeout: 400_000 }, () => {
  it.each(damages)(
    '$name gives what can be read of it, which is told, and accepting goes on',
    async ({ name, harm, survives }) => {
      await using folder = await temporaryFolder();
      const storage = path.join(folder.path, 'storage');
      const port = await freePort();
      await using opened = await openTestOutbox(storage, [{ url: `mqtt://127.0.0.1:${port}` }]);
      const before = load(opened, 1);
      const wanted = inForm({ short: 60_000, long: 200_000 });
      await until('there is something to lose', () => before.acknowledged.length >= wanted, 60_000);
      const known = before.acknowledged.length;
      await harm(storage);
      await until('it goes on', () => before.acknowledged.length >= known + 1000, 30_000);
      await before.stop();
      await using broker = await startMosquitto({ folder: folder.path, port });
      await using listener = await listen(broker.port);
      const arrived = (): ReadonlySet<number> => new Set(listener.events().map(({ id }) => Number(id)));
      await until(
        'it is told',
        () => opened.notices.some(({ kind }) => ['store-replaced', 'store-restored', 'shed'].includes(kind)),
        300_000,
      );
      const isExplained = (): boolean => {
        const ids = arrived();
        const early = before.acknowledged.slice(0, known).filter(n => ids.has(n)).length;
        // What came after the damage is whole, whichever file it went to first.
        const late = before.acknowledged.slice(known).every(n => ids.has(n));
        return late && early >= known * survives;
      };
      await until('what could be read arrived', isExplained, inForm({ short: 60_000, long: 240_000 })).catch(() => {});
      const ids = arrived();
      const lost = before.acknowledged.filter(n => !ids.has(n));
      tell(
        `disk, ${name}: ${before.acknowledged.length} acknowledged, ${lost.length} not readable any more ` +
          `(${lost.filter(n => n > known).length} of them accepted afterwards); told: ${opened.notices.map(({ kind }) => kind).join(', ')}`,
      );
      expect(isExplained()).toBe(true);
      expect(opened.failures).toEqual([]);
    },
  );
});

describe.skipIf(missing !== undefined)('a disk', { timeout: 120_000 }, () => {
  it('that is read-only from now on takes nothing more, and after its repair has all that was acknowledged', async ({
    skip,
  }) => {
    await using folder = await temporaryFolder();
    using disk = mountDisk(folder.path, 256);
    if (disk === undefined) return skip();
    const storage = path.join(disk.folder, 'storage');
    const port = await freePort();
    const rounds = inForm({ short: 1, long: 5 });
    const acknowledged: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await using opened = await openTestOutbox(storage, [{ url: `mqtt://127.0.0.1:${port}` }]);
      const loading = load(opened, 1 + round * 1_000_000);
      await until('something was accepted', () => loading.acknowledged.length > 1000);
      disk.makeReadOnly();
      await until('it is refused, and said why', () => loading.refusals.size > 0);
      const then = loading.acknowledged.length;
      await until('it is refused again', () => [...loading.refusals.values()].some(count => count > 3));
      expect(loading.acknowledged.length).toBe(then);
      acknowledged.push(...loading.acknowledged);
      await loading.stop();
      await opened[Symbol.asyncDispose]();
      disk.repair();
    }
    await using broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(broker.port);
    await using _opened = await openTestOutbox(storage, [{ url: `mqtt://127.0.0.1:${port}` }]);
    const missingNow = (): number => lackingAt(listener, acknowledged).length;
    await until('all that was acknowledged arrives', () => missingNow() === 0, 30_000).catch(() => {});
    tell(`disk, read-only: ${acknowledged.length} acknowledged in ${rounds} rounds, ${missingNow()} lost`);
    expect(missingNow()).toBe(0);
  });

  it('that is full makes sources wait, and goes on when there is room, with all that was acknowledged', async ({
    skip,
  }) => {
    await using folder = await temporaryFolder();
    using disk = mountDisk(folder.path, 256);
    if (disk === undefined) return skip();
    const storage = path.join(disk.folder, 'storage');
    const port = await freePort();
    const rounds = inForm({ short: 1, long: 5 });
    await using opened = await openTestOutbox(storage, [{ url: `mqtt://127.0.0.1:${port}` }], {
      budget: { bytes: 2 ** 30 },
    });
    const reserve = path.join(storage, 'reserve');
    await until('the reserve is taken', () => existsSync(reserve) && statSync(reserve).size === 32 * 2 ** 20);
    const loading = load(opened, 1);
    for (let round = 0; round < rounds; round++) {
      const filler = path.join(disk.folder, 'filler');
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M'], { stdio: 'ignore' });
      const shedBefore = opened.notices.filter(({ kind }) => kind === 'shed').length;
      await until(
        'it sheds or refuses',
        () => loading.refusals.size > 0 || opened.notices.filter(({ kind }) => kind === 'shed').length > shedBefore,
        300_000,
      );
      await rm(filler);
      const then = loading.acknowledged.length;
      await until('it goes on', () => loading.acknowledged.length > then + 500, 30_000);
    }
    await loading.stop();
    await using broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(broker.port);
    const missingNow = (): number => lackingAt(listener, loading.acknowledged).length;
    const shed = (): number =>
      opened.outbox
        .status()
        .outbox.lanes.reduce((sum, lane) => sum + Object.values(lane.shed).reduce((a, b) => a + b, 0), 0);
    await until('all that was acknowledged and not shed arrives', () => missingNow() === shed(), 60_000).catch(
      () => {},
    );
    tell(
      `disk, full: ${loading.acknowledged.length} acknowledged in ${rounds} rounds, ${shed()} shed and told, ${missingNow() - shed()} lost`,
    );
    expect(missingNow()).toBe(shed());
    expect(opened.failures).toEqual([]);
  });
});
