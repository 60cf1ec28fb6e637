/** Files are made in the spool of a real outbox, and go into a folder. */
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hours, minutes } from '../../../core/time.ts';
import { at, filesIn, meanOf, nameOf, openStation, pm25, type StationOptions } from '../../support/circular-10.ts';
import { projectFile, start, temporaryFolder, until } from '../../support/resources.ts';

const openInFolder = async (options: Partial<StationOptions> & { readonly folder: string }) => {
  const target = path.join(options.folder, 'target');
  await mkdir(target, { recursive: true });
  const station = await openStation({ delivery: { transport: 'folder', path: target }, ...options });
  await until('the folder was looked at', () => station.report().state === 'connected');
  return { station, target };
};

test('a file of five minutes goes out when all its values are there, and is kept', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path });
  await using _ = station;
  await station.pass(minutes(5));
  station.accept(meanOf(at(5), 'pm-1', { pm25: 20.6 }));
  station.accept(meanOf(at(5), 'ws-1', { temperature: 24.1 }));
  await until('it is kept as sent', async () => (await station.sent()).length === 1);
  expect(await filesIn(target)).toEqual([nameOf('10:05')]);
  expect(await readFile(path.join(target, nameOf('10:05')), 'utf8')).toBe(
    'PM2,5\t20.60\tug/Nm3\t20261126100500\t00\r\nTemp\t24.10\toC\t20261126100500\t00\r\n',
  );
  expect(await station.waiting()).toEqual([]);
  await until('it says so', () => station.report().delivered === 1);
  expect(station.report()).toMatchObject({ state: 'connected', address: target, backlog: 0, warnings: [] });
  expect(station.notices).toMatchObject([{ kind: 'connected' }]);
});

test('files go out every five minutes while nothing is measured, and say that the devices are in error', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path, values: [pm25] });
  await using _ = station;
  await station.pass(minutes(12));
  await until('two files came', async () => (await filesIn(target)).length === 2);
  expect(await readFile(path.join(target, nameOf('10:10')), 'utf8')).toBe('PM2,5\t0\tug/Nm3\t20261126101000\t02\r\n');
});

test('no file is named by a clock that is not set, and what came meanwhile is in the files that follow', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({
    folder: folder.path,
    values: [pm25],
    timeQuality: 'unsynchronized',
  });
  await using _ = station;
  await station.pass(minutes(5));
  station.accept(meanOf(at(5), 'pm-1', { pm25: 20 }));
  await until('it says why', () => station.report().warnings.includes('no file is made until the clock is set'));
  expect(await filesIn(target)).toEqual([]);
  await station.judge('ntp');
  await until('what came meanwhile is settled', () => station.report().backlog === 0);
  await station.pass(minutes(5));
  station.accept(meanOf(at(10), 'pm-1', { pm25: 21 }));
  await until('a file came', async () => (await filesIn(target)).length > 0);
  expect(await filesIn(target)).toEqual([nameOf('10:10')]);
});

test('a clock that jumps makes no files of the future until it is known to be right', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path, values: [pm25] });
  await using _ = station;
  await station.jump(hours(24 * 365));
  await until('it says why', () => station.report().warnings.includes('no file is made until the clock is set'));
  await station.jump(-hours(24 * 365));
  await station.pass(minutes(7.1));
  await until('a file came', async () => (await filesIn(target)).length === 1);
  expect(await filesIn(target)).toEqual([nameOf('10:05')]);
});

test('what was measured before a restart is in the file after it', async () => {
  await using folder = await temporaryFolder();
  {
    const { station } = await openInFolder({ folder: folder.path });
    await using _ = station;
    await station.pass(minutes(5));
    station.accept(meanOf(at(5), 'pm-1', { pm25: 20.6 }));
    await until('the mean is settled', () => station.report().backlog === 0);
  }
  const { station, target } = await openInFolder({ folder: folder.path, minute: 6 });
  await using _ = station;
  station.accept(meanOf(at(5), 'ws-1', { temperature: 24.1 }));
  await until('the file came', async () => (await filesIn(target)).length === 1);
  expect(await readFile(path.join(target, nameOf('10:05')), 'utf8')).toMatch(/^PM2,5\t20\.60\t.*\r\nTemp\t24\.10\t/);
});

test('a mean that comes when its file was made is counted, and the file stays as it is', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path, values: [pm25] });
  await using _ = station;
  await station.pass(minutes(7.1));
  await until('the file came', async () => (await filesIn(target)).length === 1);
  station.accept(meanOf(at(5), 'pm-1', { pm25: 20 }));
  await until('it is counted', () =>
    station.report().warnings.some(warning => /when their file was made.*: 1$/.test(warning)),
  );
  expect(await readFile(path.join(target, nameOf('10:05')), 'utf8')).toMatch(/\t02\r\n$/);
});

test('after 60 days files go, and a station that slept so long owes those of its last day', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path, values: [pm25] });
  await using _ = station;
  await station.pass(minutes(7.1));
  await until('the file is kept', async () => (await station.sent()).length === 1);
  await rm(target, { recursive: true });
  await station.pass(hours(61 * 24));
  await until('the sent one is gone', async () => (await station.sent()).length === 0);
  const waiting = await station.waiting();
  expect(waiting).toHaveLength(288);
  expect(waiting[0]).toBe(nameOf('10:10', '20270125'));
});

test('a folder that went away is said, and gets what it missed in order when it is back', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path, values: [pm25] });
  await using _ = station;
  await rm(target, { recursive: true });
  await station.pass(minutes(17.1));
  await until('it is lost', () => station.report().error?.kind === 'unreachable');
  expect(station.report().error?.advice).toBe('Make the folder, or mount its disk.');
  await until('that is told', () =>
    station.report().warnings.some(warning => warning.startsWith('files that wait: 3')),
  );
  await mkdir(target);
  await until('all came', async () => (await filesIn(target)).length === 3);
  expect(await filesIn(target)).toEqual([nameOf('10:05'), nameOf('10:10'), nameOf('10:15')]);
  await until('it is told', () => station.notices.length === 3);
  expect(station.notices.map(({ kind }) => kind)).toEqual(['connected', 'lost', 'connected']);
});

test('a spool that cannot be written keeps means in the outbox, and says where and what to do', async () => {
  await using folder = await temporaryFolder();
  const { station, target } = await openInFolder({ folder: folder.path, values: [pm25] });
  await using _ = station;
  const spool = path.join(folder.path, 'circular-10', 'authority');
  await rename(spool, `${spool}.away`);
  await station.pass(minutes(5));
  station.accept(meanOf(at(5), 'pm-1', { pm25: 20 }));
  const error = await until('it is said', () => station.report().error);
  expect(error.message).toBe(`the files in ${spool} cannot be read or written: ENOENT`);
  expect(error.advice).toBe('Check its disk.');
  expect(station.report().backlog).toBe(1);
  await rename(`${spool}.away`, spool);
  await until('the file came', async () => (await filesIn(target)).length === 1);
  await until('the mean is settled', () => station.report().backlog === 0);
  expect(await readFile(path.join(target, nameOf('10:05')), 'utf8')).toMatch(/^PM2,5\t20\.00\t/);
});

test('whenever it is killed, each file is there once, whole and with what was settled', async () => {
  await using folder = await temporaryFolder();
  const target = path.join(folder.path, 'target');
  await mkdir(target);
  const outbox = path.join(folder.path, 'outbox');
  await using killed = start(process.execPath, [
    projectFile('tests', 'support', 'circular-10-until-killed.ts'),
    outbox,
    target,
  ]);
  const settled = (): number => Number(/settled (\d+)\n$/.exec(killed.output())?.[1] ?? 0);
  await until('some files were made', () => settled() >= 60, 30_000);
  killed.process.kill('SIGKILL');
  await once(killed.process, 'exit');
  const last = settled();
  await using _ = await openStation({
    folder: outbox,
    values: [pm25],
    delivery: { transport: 'folder', path: target },
    minute: last + 9,
  });
  const marks = Array.from({ length: last / 5 }, (_, index) => (index + 1) * 5);
  const namesOf = (minute: number): string =>
    nameOf(`${10 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`);
  await until('the last file came', async () => (await filesIn(target)).includes(namesOf(last)));
  for (const minute of marks) {
    expect(await readFile(path.join(target, namesOf(minute)), 'utf8')).toMatch(
      new RegExp(`^PM2,5\t${minute}\\.00\tug/Nm3\t\\d{14}\t00\r\n$`),
    );
  }
  await until('nothing is half there', async () => (await readdir(target)).every(name => name.endsWith('.txt')));
});
