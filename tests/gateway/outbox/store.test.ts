import { statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { openOrReplaceStore } from '../../../gateway/outbox/replace-store.ts';
import type { Store } from '../../../gateway/outbox/store.ts';
import { countLost, type Shed } from '../../../simulators/ioc/ledger.ts';
import { eventTopic, groupOf } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

const stream = 'environment/obs';

const open = (folder: string, sinks: readonly string[] = ['a']): Store =>
  openOrReplaceStore({
    folder,
    sinks: sinks.map(name => ({ name })),
    budgetBytes: 2 ** 30,
    reserve: createReserve(folder),
    now: () => 1000,
    trustedNow: () => 1000,
    history: { bytes: 0, age: 0 },
    onShed: () => {},
  }).store;

const tidyUp = (store: Store): void => {
  while (store.tidy());
};

test('deletes a row when every sink has it, and numbers go on in the empty table', async () => {
  await using folder = await temporaryFolder();
  {
    using store = open(folder.path, ['a', 'b']);
    expect(store.append(groupOf(eventTopic('obs'), ['1', '2', '3']))).toEqual([1, 2, 3]);
    for (const number of [1, 2, 3]) store.settle('a', stream, number);
    store.settle('b', stream, 1);
    tidyUp(store);
    expect(store.lanes()[2]).toMatchObject({ rows: 2 });
    for (const number of [3, 2]) store.settle('b', stream, number);
    tidyUp(store);
    expect(store.lanes()[2]).toMatchObject({ rows: 0, bytes: 0, shed: {} });
  }
  using store = open(folder.path, ['a', 'b']);
  expect(store.append(groupOf(eventTopic('obs'), ['4']))).toEqual([4]);
  expect(store.settled('b', stream)).toEqual([[1, 3]]);
});

test('gives a sink that is new everything that is still there, and forgets one that is gone', async () => {
  await using folder = await temporaryFolder();
  {
    using store = open(folder.path, ['a']);
    store.append(groupOf(eventTopic('obs'), ['1', '2', '3']));
    store.settle('a', stream, 1);
    tidyUp(store);
  }
  using store = open(folder.path, ['b']);
  expect(store.settled('b', stream)).toEqual([[1, 1]]);
  expect(store.read(stream, 1, 9, 9, 999).events.map(({ number }) => number)).toEqual([2, 3]);
});

test('never sends a row that the disk has changed, and counts it as damaged', async () => {
  await using folder = await temporaryFolder();
  {
    using store = open(folder.path);
    store.append(groupOf(eventTopic('obs'), ['1', '2', '3']));
  }
  {
    using database = new DatabaseSync(path.join(folder.path, 'outbox.db'));
    database.exec("UPDATE stream_1 SET body = x'39' WHERE number = 2");
  }
  using store = open(folder.path);
  expect(store.read(stream, 1, 3, 9, 999).events.map(({ number }) => number)).toEqual([1, 3]);
  expect(store.shedRanges('a', stream, 9)).toEqual([{ from: 2, to: 2, reason: 'damaged' }]);
  expect(store.lanes()[2]).toMatchObject({ rows: 2, shed: { damaged: 1 } });
});

test('gives the disk back what a large backlog took', async () => {
  await using folder = await temporaryFolder();
  using store = open(folder.path);
  const bodies = Array.from({ length: 100 }, () => 'x'.repeat(60_000));
  for (let round = 0; round < 13; round++) store.append(groupOf(eventTopic('obs'), bodies));
  const file = path.join(folder.path, 'outbox.db');
  for (let number = 1; number <= 1300; number++) store.settle('a', stream, number);
  tidyUp(store);
  store.compact();
  expect(statSync(file).size).toBeLessThan(2 ** 20);
  expect(store.append(groupOf(eventTopic('obs'), ['y']))).toEqual([1301]);
});

test('puts back what a transaction that failed had marked as given up', async () => {
  await using folder = await temporaryFolder();
  const { store } = openOrReplaceStore({
    folder: folder.path,
    sinks: [{ name: 'a' }],
    budgetBytes: 100_000,
    reserve: createReserve(folder.path),
    now: () => 1000,
    trustedNow: () => 1000,
    history: { bytes: 0, age: 0 },
    onShed: () => {},
  });
  using _closing = store;
  store.append(groupOf(eventTopic('event'), ['e'.repeat(50_000)]));
  store.append(groupOf(eventTopic('obs'), ['o'.repeat(40_000)]));
  // All obs together are not enough for it, and an event may not go for an obs.
  expect(() => store.append(groupOf(eventTopic('obs'), ['x'.repeat(60_000)]))).toThrow(/more important/);
  expect(store.settled('a', stream)).toEqual([]);
  expect(store.read(stream, 1, 1, 1, 1).events).toHaveLength(1);
  expect(store.lanes()).toMatchObject([{}, { rows: 1 }, { rows: 1, shed: {} }]);
});

test('explains every number that was given up, however many there are between others', async () => {
  await using folder = await temporaryFolder();
  let now = 1000;
  const { store } = openOrReplaceStore({
    folder: folder.path,
    sinks: [{ name: 'a' }],
    budgetBytes: 2 ** 30,
    reserve: createReserve(folder.path),
    now: () => now,
    trustedNow: () => now,
    history: { bytes: 0, age: 0 },
    onShed: () => {},
  });
  using _closing = store;
  const count = 1000;
  const group = groupOf(
    eventTopic('obs'),
    Array.from({ length: count }, () => 'x'),
  );
  store.append({ ...group, expires: group.ends.map((_, index) => (index % 2 === 0 ? 2000 : Number.NaN)) });
  now = 3000;
  expect(store.read(stream, 1, count, count, 2 ** 20).events).toHaveLength(count / 2);
  expect(store.lanes()[2]).toMatchObject({ rows: count / 2, shed: { expired: count / 2 } });
  const told = store.shedRanges('a', stream, 50);
  expect(told.length).toBeLessThanOrEqual(50);
  for (let number = 1; number <= count; number += 2)
    expect(told.some(({ from, to }) => from <= number && number <= to)).toBe(true);

  // What is joined says how many it were, so that no true loss hides among them.
  const given = told.map(({ from, to, count: part }): Shed => (part === undefined ? [from, to] : [from, to, part]));
  const received = Array.from({ length: count / 2 }, (_, n): [number, number] => [2 * n + 2, 2 * n + 2]);
  expect(countLost(1, count, received, given)).toBe(0);
  expect(countLost(1, count, received.toSpliced(100, 3), given)).toBe(3);
});
