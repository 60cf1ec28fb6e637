import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { StageFile } from '../../../core/stage.ts';
import { eventTypes } from '../../../events/registry.ts';
import { fileLoaded, fileRefused, openStageFiles, type WatchedFile } from '../../../gateway/runtime/stage-files.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/resources.ts';

const start = Date.UTC(2026, 10, 26);

/** A watch over one file, whose stage wants numbers and nothing else. */
const openWatch = async (folder: string) => {
  const watched: WatchedFile = {
    owner: 'harbor/0-track',
    pipeline: 'harbor',
    stage: 'track',
    name: 'registry',
    path: path.join(folder, 'registry.csv'),
  };
  const loaded: StageFile[] = [];
  const refused: { readonly error: GatewayError; readonly inForce: StageFile | undefined }[] = [];
  const files = await openStageFiles({
    files: [watched],
    clock: createTestClock(start),
    give: async (_owner, file) => {
      if (!/^\d+$/.test(file.text)) throw new GatewayError('config', 'line 1: not a number');
    },
    onLoaded: (_watched, file) => loaded.push(file),
    onRefused: (_watched, error, inForce) => refused.push({ error, inForce }),
  });
  return { watched, files, loaded, refused, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
};

describe('the watch over the files of stages', () => {
  it('gives a file at the start, and again only when its content changed', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    await writeFile(file, '1');
    await using watch = await openWatch(folder.path);
    await watch.files.look();
    await writeFile(`${file}.new`, '1');
    await rename(`${file}.new`, file);
    await watch.files.look();
    expect(watch.loaded.map(({ text }) => text)).toEqual(['1']);
    await writeFile(file, '22');
    await watch.files.look();
    expect(watch.loaded.map(({ text }) => text)).toEqual(['1', '22']);
    expect(watch.files.contentOf('harbor/0-track').map(({ text }) => text)).toEqual(['22']);
    expect(watch.files.contentOf('harbor/1-geofence')).toEqual([]);
  });

  it('keeps what is in force when the new content cannot be used, and says so once', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    await writeFile(file, '1');
    await using watch = await openWatch(folder.path);
    await writeFile(file, 'one');
    await watch.files.look();
    await watch.files.look();
    expect(watch.refused.map(({ error, inForce }) => [error.message, inForce?.text])).toEqual([
      ['line 1: not a number', '1'],
    ]);
    expect(watch.files.contentOf('harbor/0-track').map(({ text }) => text)).toEqual(['1']);
  });

  it('waits for a file that is not there yet, and misses one that is taken away', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    await using watch = await openWatch(folder.path);
    expect(watch.refused.map(({ error }) => error.message)).toEqual([`the file ${file} cannot be read (ENOENT)`]);
    await writeFile(file, '1');
    await watch.files.look();
    expect(watch.loaded).toHaveLength(1);
    await rm(file);
    await watch.files.look();
    expect(watch.refused).toHaveLength(2);
    await writeFile(file, '1');
    await watch.files.look();
    expect(watch.loaded, 'it is told that the same content is in force again').toHaveLength(2);
  });

  it('refuses what is too large without reading it', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    await writeFile(file, '1');
    await truncate(file, 65 * 2 ** 20);
    await using watch = await openWatch(folder.path);
    expect(watch.refused.map(({ error }) => error.message)).toEqual([`the file ${file} has 65 MiB`]);
  });

  it('refuses what is no file, and waits for no pipe that nobody writes to', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    await using watch = await openWatch(folder.path);
    await rm(file);
    await mkdir(file);
    await watch.files.look();
    expect(watch.refused.map(({ error }) => error.message)).toEqual([`${file} is no file`]);
  });

  it('says which line is not in UTF-8', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    await writeFile(file, Buffer.from('mark,name\nTTH-96969-TS,Thu\xe2n An\n', 'latin1'));
    await using watch = await openWatch(folder.path);
    expect(watch.refused.map(({ error }) => [error.message, error.advice])).toEqual([
      [`the file ${file} is not in UTF-8: line 2 has letters of another encoding`, expect.stringMatching(/CSV UTF-8/)],
    ]);
  });

  it('sees a change of the same length, and one that keeps the time of the file', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'registry.csv');
    await writeFile(file, '1');
    const { atime, mtime } = await stat(file);
    await using watch = await openWatch(folder.path);
    for (let count = 0; count < 3; count++) await watch.files.look();
    await writeFile(file, '2');
    await utimes(file, atime, mtime);
    await watch.files.look();
    expect(watch.loaded.map(({ text }) => text)).toEqual(['1', '2']);
  });

  it('tells both in events that fit their schemas', async () => {
    await using folder = await temporaryFolder();
    await writeFile(path.join(folder.path, 'registry.csv'), '1');
    await using watch = await openWatch(folder.path);
    const [file] = watch.loaded;
    if (file === undefined) throw new Error('nothing was loaded');
    const error = new GatewayError('config', 'line 1: not a number', { advice: 'Write one.' });
    for (const { event, data } of [fileLoaded(watch.watched, file), fileRefused(watch.watched, error, file, start)])
      expect(eventTypes.get(event)?.data.safeParse(data).error).toBeUndefined();
  });
});
