import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listSpool, openSpool, sendAgain } from '../../../sinks/circular-10/spool.ts';
import { nameOf } from '../../support/circular-10.ts';
import { temporaryFolder } from '../../support/resources.ts';

const days = ['20260925', '20260926', '20260927', '20261126'];

/** A file of ten o'clock of each day, all sent but the last. */
const openFilled = async (folder: string) => {
  const spool = await openSpool(folder);
  for (const day of days) {
    await spool.add(nameOf('10:00', day), `${day}\r\n`);
    if (day !== '20261126') await spool.sent(nameOf('10:00', day));
  }
  return spool;
};

test('a file is made once, whatever comes later under its name, and wherever it lies', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path);
  expect(await spool.add(nameOf('10:00'), 'first')).toBe(true);
  expect(await spool.add(nameOf('10:00'), 'second')).toBe(false);
  await spool.sent(nameOf('10:00'));
  expect(await spool.add(nameOf('10:00'), 'third')).toBe(false);
  expect(await spool.read(nameOf('10:00'))).toBe('first');
});

test('files go when their time is over, day by day, and those that were never sent are counted', async () => {
  await using folder = await temporaryFolder();
  const spool = await openFilled(folder.path);
  expect(await spool.prune('20260926235900')).toBe(0);
  expect((await listSpool(folder.path, '0', '9')).map(({ name }) => name)).toEqual(
    days.slice(1).map(day => nameOf('10:00', day)),
  );
  expect(await spool.prune('20261127000000')).toBe(1);
  expect(await listSpool(folder.path, '0', '9')).toEqual([]);
});

test('what waits is given in the order of its time, also when the station was renamed', async () => {
  await using folder = await temporaryFolder();
  const spool = await openSpool(folder.path);
  for (const name of ['B_20261126101000.txt', 'A_20261126101500.txt', 'Z_20261126100500.txt'])
    await spool.add(name, 'x');
  expect(await spool.waiting()).toEqual(['Z_20261126100500.txt', 'B_20261126101000.txt', 'A_20261126101500.txt']);
});

test('half of a file that a program was writing when it died is no file, and goes', async () => {
  await using folder = await temporaryFolder();
  await mkdir(path.join(folder.path, 'outgoing'));
  await writeFile(path.join(folder.path, 'outgoing', `.${nameOf('10:00')}.5f.tmp`), 'PM2,');
  const spool = await openSpool(folder.path);
  expect(await spool.waiting()).toEqual([]);
  expect(await readdir(path.join(folder.path, 'outgoing'))).toEqual([]);
});

test('files of a time are found and wait again, in their order, while a gateway works with them', async () => {
  await using folder = await temporaryFolder();
  const spool = await openFilled(folder.path);
  const found = await listSpool(folder.path, '20260926000000', '20260930235959');
  expect(found).toEqual([
    { name: nameOf('10:00', '20260926'), state: 'sent' },
    { name: nameOf('10:00', '20260927'), state: 'sent' },
  ]);
  for (const file of found) await sendAgain(folder.path, file);
  expect(await spool.waiting()).toEqual(['20260926', '20260927', '20261126'].map(day => nameOf('10:00', day)));
});

test('a memory of the station that cannot be read begins again, and the files stay', async () => {
  await using folder = await temporaryFolder();
  const first = await openFilled(folder.path);
  await first.saveStation({ through: 1, open: new Map(), spells: new Map() });
  expect((await openSpool(folder.path)).station.through).toBe(1);
  await writeFile(path.join(folder.path, 'station.json'), '{"through":');
  const again = await openSpool(folder.path);
  expect(again.station.through).toBeUndefined();
  expect(await again.waiting()).toEqual([nameOf('10:00')]);
  await rename(path.join(folder.path, 'station.json'), path.join(folder.path, 'station.old'));
});
