import { copyFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openTestOutbox, sealed } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

test('begins where a first start was cut off before there was a whole database', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(path.join(folder.path, 'outbox.db.new'), '');
  await using opened = await openTestOutbox(folder.path);
  await opened.outbox.append({ events: [sealed(1)] });
  expect(opened.notices).toEqual([]);
  expect(readdirSync(folder.path)).not.toContain('outbox.db.new');
});

test('sets aside a database that was cut to nothing', async () => {
  await using folder = await temporaryFolder();
  {
    await using opened = await openTestOutbox(folder.path);
    await opened.outbox.append({ events: [sealed(1)] });
  }
  writeFileSync(path.join(folder.path, 'outbox.db'), '');
  await using opened = await openTestOutbox(folder.path);
  await opened.outbox.append({ events: [sealed(2)] });
  expect(opened.notices).toMatchObject([{ kind: 'store-replaced', reason: 'damaged', epoch: '0002' }]);
});

test('carries over what a store that was set aside holds, also when it was stopped between the two', async () => {
  await using folder = await temporaryFolder();
  const place = (name: string): string => path.join(folder.path, name);
  const topic = 'ioc/v1/hue/gw-1/gateway/state/health';
  {
    await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
    const saved = [{ owner: 'stage', key: 'k', value: Buffer.from('kept') }];
    await opened.outbox.append({ events: [sealed(1), sealed(2)], saved });
    await opened.outbox.retain(topic, '{"id":"kept"}');
  }
  // As a stop leaves it after the first step of setting aside.
  renameSync(place('outbox.db'), place('outbox-0001.damaged'));
  {
    await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
    expect(Buffer.from((await opened.outbox.restore('stage')).get('k') ?? []).toString()).toBe('kept');
    expect(await opened.outbox.retainedTopics()).toEqual([topic]);
    await until('its events are here', () => opened.notices.some(({ kind }) => kind === 'salvaged'));
    await opened.outbox.append({ saved: [{ owner: 'stage', key: 'k', value: Buffer.from('newer') }] });
  }
  // Once is enough: what came later must stay.
  renameSync(place('outbox-0001.salvaged'), place('outbox-0001.damaged'));
  await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
  expect(Buffer.from((await opened.outbox.restore('stage')).get('k') ?? []).toString()).toBe('newer');
});

test('lets the log follow the database that was set aside', async () => {
  await using folder = await temporaryFolder();
  const place = (name: string): string => path.join(folder.path, name);
  const count = 20;
  {
    await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
    await opened.outbox.append({ events: [sealed(1)] });
  }
  // A log of its own that holds events, as a kill leaves it.
  {
    using database = new DatabaseSync(place('outbox.db'));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA wal_autocheckpoint = 0');
    const put = database.prepare('INSERT INTO saved VALUES (?, ?, ?)');
    for (let n = 0; n < count; n++) put.run('stage', `k${n}`, Buffer.from('x'));
    copyFileSync(place('outbox.db'), place('copy'));
    copyFileSync(place('outbox.db-wal'), place('copy-wal'));
  }
  await rm(place('outbox.db'));
  renameSync(place('copy'), place('outbox-0001.damaged'));
  renameSync(place('copy-wal'), place('outbox.db-wal'));
  await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
  expect((await opened.outbox.restore('stage')).size).toBe(count);
});
