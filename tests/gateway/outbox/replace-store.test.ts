import { cp, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { openRoughBroker } from '../../support/rough-broker.ts';

test('does not trust a copy of an earlier day, which would give numbers a second time', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'outbox.db');
  const appendOnce = async (n: number): Promise<void> => {
    await using opened = await openTestOutbox(folder.path);
    await opened.outbox.append({ events: [sealed(n)] });
  };
  await appendOnce(1);
  await cp(file, `${file}.copy`);
  await appendOnce(2);
  await cp(`${file}.copy`, file);
  await using opened = await openTestOutbox(folder.path);
  expect(opened.notices).toMatchObject([{ kind: 'store-replaced', reason: 'damaged', epoch: '0002' }]);
});

test('sets aside what is no database at all', async () => {
  await using folder = await temporaryFolder();
  await writeFile(path.join(folder.path, 'outbox.db'), 'x'.repeat(10_000));
  await using opened = await openTestOutbox(folder.path);
  await opened.outbox.append({ events: [sealed(1)] });
  expect(opened.notices).toMatchObject([{ kind: 'store-replaced', setAside: 'outbox-0001.damaged' }]);
  expect(await readdir(folder.path)).toContain('outbox-0001.damaged');
});

test('makes its folder for nobody else to read', async () => {
  await using folder = await temporaryFolder();
  const storage = path.join(folder.path, 'storage');
  await using _opened = await openTestOutbox(storage);
  expect((await stat(storage)).mode & 0o777).toBe(0o700);
});

test('makes the folders above its own', async () => {
  await using folder = await temporaryFolder();
  const deep = path.join(folder.path, 'a', 'b', 'c');
  await using opened = await openTestOutbox(deep);
  await opened.outbox.append({ events: [sealed(1)] });
  expect(opened.outbox.status().outbox.accepted).toBeGreaterThanOrEqual(0);
});

test('writes over no store that was set aside and gives no epoch twice, also where the epoch cannot be kept', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'outbox.db');
  const away = [{ url: 'mqtt://127.0.0.1:9' }];
  {
    await using opened = await openTestOutbox(folder.path, away);
    await opened.outbox.append({ events: [sealed(1)] });
  }
  // Nothing can be written to what is a folder.
  await mkdir(path.join(folder.path, 'epoch.json.new'));
  for (const epoch of ['0002', '0003']) {
    const bytes = await readFile(file);
    // The first page is what SQLite reads first; the rows lie in others.
    await writeFile(file, bytes.fill('x', 100, 200));
    await using opened = await openTestOutbox(folder.path, away);
    const setAside = `outbox-${String(Number(epoch) - 1).padStart(4, '0')}.damaged`;
    expect(opened.notices[0]).toMatchObject({ kind: 'store-replaced', epoch, setAside });
    await opened.outbox.append({ events: [sealed(Number(epoch))] });
  }
});

test('accepts again what several stores that were set aside hold', async () => {
  await using folder = await temporaryFolder();
  const away = [{ url: 'mqtt://127.0.0.1:9' }];
  for (const epoch of ['0001', '0002']) {
    // In folders of their own, since the second would begin to read the first.
    await using elsewhere = await temporaryFolder();
    {
      await using opened = await openTestOutbox(elsewhere.path, away);
      await opened.outbox.append({ events: [sealed(Number(epoch))] });
    }
    await rename(path.join(elsewhere.path, 'outbox.db'), path.join(folder.path, `outbox-${epoch}.damaged`));
  }
  await using opened = await openTestOutbox(folder.path, away);
  await until('both are read', () => opened.notices.filter(({ kind }) => kind === 'salvaged').length === 2);
  await until('their events are here', () => opened.outbox.status().outbox.accepted >= 2);
  expect(opened.notices.filter(({ kind }) => kind === 'salvaged')).toMatchObject([
    { setAside: 'outbox-0001.damaged' },
    { setAside: 'outbox-0002.damaged' },
  ]);
});

test.skipIf(missingPrograms('mosquitto') !== undefined)(
  'accepts again what waited in front of what had been delivered already',
  async () => {
    await using folder = await temporaryFolder();
    {
      // Live events go before the backlog, so that what was delivered may begin in the middle of a stream.
      await using broker = await openRoughBroker({
        react: ({ payload }) =>
          /"n":1[0-9]\b/.test(payload.toString()) ? { kind: 'acknowledge' } : { kind: 'ignore' },
      });
      await using opened = await openTestOutbox(folder.path, [{ url: broker.url }]);
      for (let n = 1; n <= 19; n++) await opened.outbox.append({ events: [sealed(n)] });
      await until('the later ones are delivered', () => opened.outbox.status().uplinks[0]?.delivered === 10);
    }
    await rename(path.join(folder.path, 'outbox.db'), path.join(folder.path, 'outbox-0001.damaged'));
    const port = await freePort();
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(port);
    await using _opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
    await until('the first nine are there', () => {
      const ids = new Set(listener.events().map(({ id }) => Number(id)));
      return [1, 2, 3, 4, 5, 6, 7, 8, 9].every(n => ids.has(n));
    });
  },
);
