import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DocumentOutcome } from '../../../core/document.ts';
import { GatewayError } from '../../../core/errors.ts';
import { folderConfig, openFolder } from '../../../drivers/transports/folder.ts';
import { temporaryFolder, until } from '../../support/resources.ts';
import { readDocuments, taken, unreadable } from '../support/documents.ts';

const open = async (settings: Readonly<Record<string, unknown>> = {}, settleAs?: (text: string) => DocumentOutcome) => {
  const temporary = await temporaryFolder();
  const folder = path.join(temporary.path, 'spool');
  await mkdir(folder);
  const config = folderConfig.parse({ transport: 'folder', path: folder, interval: '50ms', ...settings });
  const read = () => readDocuments(context => openFolder(config, context), settleAs);
  let reading = read();
  const inside = async (name = '.') => (await readdir(path.join(folder, name)).catch(() => [])).sort();
  return {
    folder,
    file: (name: string) => path.join(folder, name),
    /** As a sender should: elsewhere, then renamed. */
    drop: async (name: string, text: string) => {
      await writeFile(path.join(temporary.path, name), text);
      await rename(path.join(temporary.path, name), path.join(folder, name));
    },
    inside,
    /** Without the time before each name. */
    kept: async (name: 'done' | 'failed') => (await inside(name)).map(each => each.replace(/^\d{8}T\d{9}Z-/, '')),
    reading: () => reading,
    restart: async () => {
      await reading.stop();
      reading = read();
    },
    [Symbol.asyncDispose]: async () => {
      await reading.stop();
      await temporary[Symbol.asyncDispose]();
    },
  };
};

const failed: DocumentOutcome = { kind: 'failed', failure: new GatewayError('exhausted', 'full') };

describe('a file in the folder', () => {
  it('stays until it is settled, and then lies in "done"', async () => {
    await using spool = await open();
    await spool.drop('a.csv', 'hello');
    await until('it is read', () => spool.reading().texts().length === 1);
    await spool.drop('b.csv', 'second');
    await until('the next one is read', () => spool.reading().texts().length === 2);
    expect(await spool.inside()).toEqual(['a.csv', 'b.csv', 'done', 'failed']);
    spool.reading().settle(0, taken());
    await until('it is moved', async () => (await spool.kept('done')).length === 1);
    expect(await spool.kept('done')).toEqual(['a.csv']);
    expect(await readFile(spool.file(`done/${(await spool.inside('done'))[0]}`), 'utf8')).toBe('hello');
    expect(spool.reading().texts()).toEqual(['hello', 'second']);
  });

  it('is deleted where that is asked for', async () => {
    await using spool = await open({ processed: 'delete' }, () => taken());
    await spool.drop('a.csv', 'hello');
    await until('it is away', async () => (await spool.inside()).length === 2 && spool.reading().texts().length === 1);
    expect(await spool.kept('done')).toEqual([]);
  });

  it('is read again when it was not accepted, and when the gateway ended before', async () => {
    let count = 0;
    await using spool = await open({}, () => (count++ === 0 ? failed : taken()));
    await spool.drop('a.csv', 'hello');
    await until('it is moved', async () => (await spool.kept('done')).length === 1);
    expect(spool.reading().texts()).toEqual(['hello', 'hello']);

    await using other = await open();
    await other.drop('a.csv', 'hello');
    await until('it is read', () => other.reading().texts().length === 1);
    await other.restart();
    await until('it is read again', () => other.reading().texts().length === 1);
    other.reading().settle(0, taken());
    await until('it is moved', async () => (await other.kept('done')).length === 1);
  });

  it('is moved also when it is settled after the end', async () => {
    await using spool = await open();
    await spool.drop('a.csv', 'hello');
    await until('it is read', () => spool.reading().texts().length === 1);
    expect(await spool.reading().stop()).toBeLessThan(1000);
    expect(spool.reading().ended()).toEqual({});
    spool.reading().settle(0, taken());
    await until('it is moved', async () => (await spool.kept('done')).length === 1);
  });

  it('is looked at five times before it counts as bad, with the reason beside it', async () => {
    await using spool = await open({}, () => unreadable);
    await spool.drop('bad.json', '{');
    await until('it is set aside', async () => (await spool.kept('failed')).length === 2);
    expect(spool.reading().texts().length).toBe(5);
    expect(await spool.kept('failed')).toEqual(['bad.json', 'bad.json.reason.txt']);
    const reason = (await spool.inside('failed'))[1] ?? '';
    expect(await readFile(spool.file(`failed/${reason}`), 'utf8')).toBe(
      'Nothing of it can be read.\nmalformed.not-json: 1\n',
    );
    expect(spool.reading().context.counts.get('refused.file')).toBe(1);
  });

  it('that is still written is read when it is whole', async () => {
    await using spool = await open({}, text => (text === 'whole' ? taken() : unreadable));
    await writeFile(spool.file('slow.json'), 'who');
    await until('the half is read', () => spool.reading().texts().length > 0);
    await writeFile(spool.file('slow.json'), 'whole');
    await until('it is moved', async () => (await spool.kept('done')).length === 1);
    expect(await spool.kept('failed')).toEqual([]);
    expect(spool.reading().texts().at(-1)).toBe('whole');
  });

  it('that takes the place of one that is not settled yet is not lost', async () => {
    await using spool = await open();
    await spool.drop('last.json', 'first');
    await until('it is read', () => spool.reading().texts().length === 1);
    await spool.drop('last.json', 'second');
    spool.reading().settle(0, taken());
    await until('the other is read', () => spool.reading().texts().length === 2);
    spool.reading().settle(1, taken());
    await until('it is moved', async () => (await spool.kept('done')).length === 1);
    expect(spool.reading().texts()).toEqual(['first', 'second']);
  });

  it('may come again and again under one name', async () => {
    await using spool = await open({}, () => taken());
    for (const text of ['1', '2', '3']) {
      await spool.drop('last.json', text);
      await until('it is moved', async () => (await spool.kept('done')).length === Number(text));
    }
    expect(spool.reading().texts()).toEqual(['1', '2', '3']);
  });

  it('waits for the older ones', async () => {
    await using spool = await open({}, () => taken());
    await spool.reading().stop();
    for (const [at, name] of ['c', 'a', 'b'].entries()) {
      await spool.drop(name, name);
      await utimes(spool.file(name), 1000 + at, 1000 + at);
    }
    await spool.restart();
    await until('all are read', () => spool.reading().texts().length === 3);
    expect(spool.reading().texts()).toEqual(['c', 'a', 'b']);
  });

  it('that is too large is set aside unread', async () => {
    await using spool = await open({ maximumSize: '10B' }, () => taken());
    await spool.drop('large.csv', 'x'.repeat(11));
    await until('it is set aside', async () => (await spool.kept('failed')).length === 2);
    expect(spool.reading().texts()).toEqual([]);
  });

  it('waits with three others at most for what becomes of it', async () => {
    await using spool = await open();
    for (let at = 0; at < 6; at++) await spool.drop(`${at}`, `${at}`);
    await until('four are read', () => spool.reading().texts().length === 4);
    spool.reading().settle(0, taken());
    await until('the fifth is read', () => spool.reading().texts().length === 5);
    expect(spool.reading().texts().toSorted()).toHaveLength(5);
  });
});

describe('what else may lie there', () => {
  it('is left alone: names on their way, folders, links out of it, names that nobody needs', async () => {
    await using spool = await open({}, () => taken());
    const outside = path.join(spool.folder, '..', 'secret');
    await writeFile(outside, 'secret');
    await symlink(outside, spool.file('link.csv'));
    await mkdir(spool.file('folder.csv'));
    const left = ['.hidden', 'a.csv.part', 'b.tmp', 'c.csv.filepart', 'd\n.csv', 'e'.repeat(201)];
    for (const name of left) await writeFile(spool.file(name), 'unfinished');
    await spool.drop('good.csv', 'good');
    await until('the good one is moved', async () => (await spool.kept('done')).length === 1);
    await spool.drop('good.csv', 'another look');
    await until('there was another look', async () => (await spool.kept('done')).length === 2);
    expect(spool.reading().texts()).toEqual(['good', 'another look']);
    expect(await readFile(outside, 'utf8')).toBe('secret');
    expect((await spool.inside()).length).toBe(left.length + 4);
  });

  it('in "done" and "failed" goes when its time has passed, or there is too much of it', async () => {
    await using spool = await open({ keep: '24h' }, () => taken());
    await spool.reading().stop();
    const stamp = (instant: number): string => new Date(instant).toISOString().replace(/[-:.]/g, '');
    const day = 86_400_000;
    await writeFile(spool.file(`done/${stamp(Date.now() - 2 * day)}-old.csv`), '');
    await writeFile(spool.file('done/somebody-keeps-this.txt'), '');
    for (let at = 0; at < 1005; at++) {
      await writeFile(spool.file(`failed/${stamp(Date.now() - day / 2 + at)}-bad.csv`), '');
    }
    await writeFile(spool.file(`done/${stamp(Date.now())}-new.csv`), '');
    await spool.restart();
    await until('what is old is away', async () => (await spool.inside('failed')).length === 1000);
    expect(await spool.kept('done')).toEqual(['new.csv', 'somebody-keeps-this.txt']);
  });
});

describe('a folder', () => {
  const failureOf = async (folder: string) => {
    const config = folderConfig.parse({ transport: 'folder', path: folder, interval: '50ms' });
    const reading = readDocuments(
      context => openFolder(config, context),
      () => taken(),
    );
    return { reading, end: await until('it ends', () => reading.ended()) };
  };

  it('that is not there, or is none, is told', async () => {
    await using temporary = await temporaryFolder();
    const missing = await failureOf(path.join(temporary.path, 'missing'));
    expect(missing.end.failure).toMatchObject({ kind: 'unreachable', advice: expect.stringContaining('mounted') });
    await writeFile(path.join(temporary.path, 'file'), '');
    const none = await failureOf(path.join(temporary.path, 'file'));
    expect(none.end.failure).toMatchObject({ kind: 'config' });
  });

  it('whose "done" leads elsewhere is not used', async () => {
    await using temporary = await temporaryFolder();
    await mkdir(path.join(temporary.path, 'elsewhere'));
    await mkdir(path.join(temporary.path, 'spool'));
    await symlink(path.join(temporary.path, 'elsewhere'), path.join(temporary.path, 'spool', 'done'));
    const { end } = await failureOf(path.join(temporary.path, 'spool'));
    expect(end.failure).toMatchObject({ kind: 'config', message: expect.stringContaining('done') });
  });

  it('that goes away while it is read is unreachable', async () => {
    await using spool = await open({}, () => taken());
    await until('it is made ready', async () => (await spool.inside()).length === 2);
    await rm(spool.folder, { recursive: true });
    const end = await until('it ends', () => spool.reading().ended());
    expect(end.failure).toMatchObject({ kind: 'unreachable' });
    expect(await stat(spool.folder).catch(() => 'away')).toBe('away');
  });

  it('is named by a path from the root', () => {
    expect(folderConfig.safeParse({ transport: 'folder', path: 'spool' }).success).toBe(false);
  });
});
