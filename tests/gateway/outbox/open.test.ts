import { once } from 'node:events';
import { expect, test } from 'vitest';
import { listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import {
  freePort,
  missingPrograms,
  projectFile,
  start,
  startMosquitto,
  temporaryFolder,
  until,
} from '../../support/resources.ts';

const missing = missingPrograms('mosquitto');

test.skipIf(missing).for([5, '3.1.1'] as const)('delivers what was appended over MQTT %s, numbered', async protocol => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using listener = await listen(broker.port);
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}`, protocol }]);
  await opened.outbox.append({ events: [sealed(1), sealed(2)] });
  await opened.outbox.append({ events: [sealed(3)] });
  await until('three events arrived', () => listener.events().length === 3);
  expect(listener.events().map(event => event.streamseq)).toEqual([
    '0001-000000000001',
    '0001-000000000002',
    '0001-000000000003',
  ]);
});

/** Numbers of the events whose append resolved in a process that was killed in the middle of its work. */
const appendAndKill = async (folder: string, first: number, url: string): Promise<readonly number[]> => {
  await using child = start(process.execPath, [
    projectFile('tests/support/append-until-killed.ts'),
    folder,
    String(first),
    url,
  ]);
  const lines = (): string[] => child.output().split('\n').slice(0, -1);
  await until('a good number of appends resolved', () => lines().length > 50 + Math.random() * 100, 25_000);
  child.process.kill('SIGKILL');
  await once(child.process, 'close');
  return lines().map(Number);
};

test.skipIf(missing)('loses nothing that was accepted when the process is killed, and numbers go on', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  const accepted: number[] = [];
  // The first time there is no broker to talk to.
  for (const [round, address] of ['mqtt://127.0.0.1:9', url, url].entries()) {
    accepted.push(...(await appendAndKill(folder.path, round * 100_000 + 1, address)));
  }
  await using opened = await openTestOutbox(folder.path, [{ url }]);
  await until('everything accepted arrived', () => {
    const ids = new Set(listener.events().map(({ id }) => Number(id)));
    return accepted.every(n => ids.has(n));
  });
  const numberOf = new Map(listener.events().map(({ id, streamseq }) => [streamseq, id]));
  for (const { id, streamseq } of listener.events()) expect(numberOf.get(streamseq)).toBe(id);
  const saved = await opened.outbox.restore('stage');
  const newest = Math.max(...[...saved.values()].map(value => Number(Buffer.from(value).toString())));
  expect(newest).toBeGreaterThanOrEqual(Math.max(...accepted));
});

test.skipIf(missing)('keeps what it accepts while the broker is away, and marks it as historical', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
  {
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(port);
    await until('connected', () => opened.notices.some(({ kind }) => kind === 'connected'));
    await opened.outbox.append({ events: [sealed(1)] });
    await until('the first arrived', () => listener.events().length === 1);
    expect(listener.events()[0]).toMatchObject({ historical: false });
  }
  await until('lost', () => opened.notices.some(({ kind }) => kind === 'lost'));
  await opened.outbox.append({ events: [sealed(2), sealed(3)] });
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  await until('the rest arrived', () => new Set(listener.events().map(({ id }) => id)).size >= 2);
  expect(listener.events().map(({ id, historical }) => [Number(id), historical])).toEqual([
    [2, true],
    [3, true],
  ]);
});
