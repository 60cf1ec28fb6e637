/** Disks that fill up, fail to write, or fail to read, as far as a test can make them do so. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventTopic, listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import {
  missingPrograms,
  projectFile,
  start,
  startMosquitto,
  temporaryFolder,
  until,
} from '../../support/resources.ts';

const missing = missingPrograms('mosquitto', 'strace');

/** A file system of its own in memory, or undefined where this user may not mount one. */
const mountSmallDisk = (folder: string, bytes: number): Disposable | undefined => {
  mkdirSync(folder);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
  if (mounted.status !== 0) {
    process.stderr.write('\n!!! TEST SKIPPED: no small disk can be mounted here\n\n');
    return undefined;
  }
  return { [Symbol.dispose]: () => execFileSync('umount', [folder]) };
};

const fill = async (file: string): Promise<void> => {
  const stream = createWriteStream(file);
  const block = Buffer.alloc(2 ** 20);
  stream.on('error', () => {});
  while (!stream.errored) {
    await new Promise<void>(resolve => stream.write(block, () => resolve()));
  }
  stream.destroy();
};

const append = (opened: Awaited<ReturnType<typeof openTestOutbox>>, lane: 'obs' | 'event' | 'alert', count: number) => {
  const body = JSON.stringify({ id: 'x', data: 'x'.repeat(20_000) });
  const events = Array.from({ length: count }, (_, n) => sealed(n, { lane, topic: eventTopic(lane), body }));
  return opened.outbox.append({ events });
};

test('goes on accepting what is important on a disk that is full, at the cost of what is not', async ({ skip }) => {
  await using folder = await temporaryFolder();
  const small = path.join(folder.path, 'small');
  using disk = mountSmallDisk(small, 160 * 2 ** 20);
  if (disk === undefined) return skip();
  await using opened = await openTestOutbox(small, [{ url: 'mqtt://127.0.0.1:9' }], { budget: { bytes: 2 ** 30 } });
  const reserve = path.join(small, 'reserve');
  await until('the reserve is taken', () => statSync(reserve, { throwIfNoEntry: false })?.size === 32 * 2 ** 20);
  for (let round = 0; round < 10; round++) await append(opened, 'obs', 100);
  const filler = path.join(small, 'filler');
  await fill(filler);
  for (let round = 0; round < 5; round++) await append(opened, 'event', 100);
  await append(opened, 'alert', 50);
  const lanes = () => opened.outbox.status().outbox.lanes;
  await until('obs were shed, and nothing else', () => (lanes()[2]?.shed['budget'] ?? 0) > 300);
  await until('the last of it is counted', () => lanes()[0]?.rows === 50);
  expect(lanes()).toMatchObject([{ rows: 50, shed: {} }, { rows: 500, shed: {} }, {}]);
  await rm(filler);
  await until('the reserve is taken again', () => statSync(reserve, { throwIfNoEntry: false })?.size === 32 * 2 ** 20);
  expect(opened.failures).toEqual([]);
});

test.skipIf(missing)(
  'loses nothing that was accepted when the disk fails to flush now and then',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    const printed: string[] = [];
    {
      const script = projectFile('tests/support/append-until-killed.ts');
      // The 30th flush of each thread fails, and every 9th after it.
      const inject = [
        '-D',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync',
        '-e',
        'inject=fsync:error=EIO:when=30+9',
      ];
      await using child = start('strace', [...inject, process.execPath, script, folder.path, '1']);
      const lines = (): string[] => child.output().split('\n').slice(0, -1);
      await until('a good number of appends resolved', () => lines().length > 120, 25_000);
      child.process.kill('SIGKILL');
      await once(child.process, 'close');
      printed.push(...lines());
    }
    expect(printed.filter(line => !/^\d+$/.test(line))).toEqual([]);
    await using broker = await startMosquitto({ folder: folder.path });
    await using listener = await listen(broker.port);
    await using _opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}` }]);
    await until('everything accepted arrived', () => {
      const ids = new Set(listener.events().map(({ id }) => Number(id)));
      return printed.every(n => ids.has(Number(n)));
    });
  },
);
