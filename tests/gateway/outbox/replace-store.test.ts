import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openTestOutbox, sealed } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

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
