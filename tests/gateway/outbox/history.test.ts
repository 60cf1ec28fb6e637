import { expect, test } from 'vitest';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { openOrReplaceStore } from '../../../gateway/outbox/replace-store.ts';
import type { Store, StoreOptions } from '../../../gateway/outbox/store.ts';
import { eventTopic, groupOf } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const stream = 'environment/obs';
const hour = 3_600_000;

const open = (folder: string, options: Partial<StoreOptions> = {}): Store =>
  openOrReplaceStore({
    folder,
    sinks: [{ name: 'a' }],
    budgetBytes: 2 ** 30,
    history: { bytes: 2 ** 30, age: hour },
    reserve: createReserve(folder),
    now: () => 1000,
    trustedNow: () => 1000,
    onShed: () => {},
    ...options,
  }).store;

const tidyUp = (store: Store): void => {
  while (store.tidy());
};

/** Accepts `count` events of about a kilobyte. */
const accept = (store: Store, count: number, lane: 'obs' | 'alert' = 'obs'): void => {
  const bodies = Array.from({ length: Math.min(count, 500) }, () => 'x'.repeat(1000));
  for (let left = count; left > 0; left -= bodies.length) {
    store.append(groupOf(eventTopic(lane), bodies.slice(0, left)));
  }
};

const deliver = (store: Store, low: number, high: number, sink = 'a'): void => {
  for (let number = low; number <= high; number++) store.settle(sink, stream, number);
};

const kept = (store: Store): readonly (readonly [number, number])[] => store.present(stream, 1, 10_000).ranges;

test('keeps what was delivered, counts it apart from what waits, and finds it after a restart', async () => {
  await using folder = await temporaryFolder();
  const seen: ReturnType<Store['history']>[] = [];
  {
    using store = open(folder.path);
    accept(store, 100);
    deliver(store, 1, 60);
    tidyUp(store);
    expect(store.lanes()[2]).toMatchObject({ rows: 40 });
    seen.push(store.history());
    expect(kept(store)).toEqual([[1, 100]]);
  }
  using store = open(folder.path);
  seen.push(store.history());
  expect(seen[0]).toMatchObject({ rows: 60, oldest: 1000 });
  expect(seen[1]).toEqual(seen[0]);
  expect(store.lanes()[2]).toMatchObject({ rows: 40 });
  expect(store.append(groupOf(eventTopic('obs'), ['y']))).toEqual([101]);
});

test('keeps no more than its bytes, and gives up the oldest first', async () => {
  await using folder = await temporaryFolder();
  using store = open(folder.path, { history: { bytes: 3_000_000, age: hour } });
  accept(store, 8000);
  for (let high = 1000; high <= 8000; high += 1000) {
    deliver(store, high - 999, high);
    tidyUp(store);
    expect(store.history().bytes).toBeLessThanOrEqual(3_000_000);
  }
  const [[low, high] = [0, 0], ...more] = kept(store);
  expect(more).toEqual([]);
  expect(high).toBe(8000);
  expect(store.history().rows).toBe(high - low + 1);
  expect(high - low + 1).toBeGreaterThan(500);
  expect(store.lanes()[2]).toMatchObject({ rows: 0, bytes: 0, shed: {} });
});

test('forgets by age only as far as a clock can be trusted', async () => {
  await using folder = await temporaryFolder();
  let now: number | undefined;
  using store = open(folder.path, { trustedNow: () => now });
  accept(store, 10);
  deliver(store, 1, 10);
  tidyUp(store);
  expect(store.history()).toEqual({ rows: 10, bytes: expect.any(Number) });
  // The first time that can be trusted is that from which it grows old, whatever it is.
  now = Date.UTC(2030, 0, 1);
  tidyUp(store);
  expect(store.history()).toMatchObject({ rows: 10, oldest: now });
  now -= 365 * 24 * hour;
  tidyUp(store);
  now += 365 * 24 * hour + hour;
  tidyUp(store);
  expect(store.history().rows).toBe(10);
  now += 1;
  tidyUp(store);
  expect(store.history()).toEqual({ rows: 0, bytes: 0 });
  expect(kept(store)).toEqual([]);
});

test('never takes the room of what waits', async () => {
  await using folder = await temporaryFolder();
  let isTight = false;
  const reserve = { isTight: () => isTight, giveUp: () => {}, take: () => {} };
  using store = open(folder.path, { reserve });
  accept(store, 1000);
  deliver(store, 1, 800);
  tidyUp(store);
  isTight = true;
  // The disk is looked at once a second.
  await until('the history gives way', () => {
    accept(store, 10);
    return store.history().rows === 0;
  });
  expect(store.lanes()[2]).toMatchObject({ shed: {} });
  accept(store, 800);
  expect(store.lanes()[2]?.shed).toMatchObject({ budget: expect.any(Number) });
});

test('gives a sink that comes later what waits for others, and nothing of the history', async () => {
  await using folder = await temporaryFolder();
  {
    using store = open(folder.path, { sinks: [{ name: 'a' }, { name: 'b' }] });
    accept(store, 10);
    deliver(store, 1, 8, 'a');
    deliver(store, 1, 5, 'b');
    tidyUp(store);
  }
  {
    using store = open(folder.path, { sinks: [{ name: 'a' }, { name: 'b' }, { name: 'new' }] });
    expect(store.settled('new', stream)).toEqual([[1, 5]]);
    expect(store.settled('a', stream)).toEqual([[1, 8]]);
  }
  // Renamed: the old name is gone, and the new one begins with what waits for anybody.
  using store = open(folder.path, { sinks: [{ name: 'b' }, { name: 'a-renamed' }] });
  expect(store.settled('a-renamed', stream)).toEqual([[1, 5]]);
  expect(store.settled('b', stream)).toEqual([[1, 5]]);
  deliver(store, 6, 10, 'b');
  deliver(store, 6, 10, 'a-renamed');
  tidyUp(store);
  expect(store.lanes()[2]).toMatchObject({ rows: 0 });
});

test('corrects its count when a row that is read again is damaged', async () => {
  await using folder = await temporaryFolder();
  using store = open(folder.path, { trustedNow: () => 1000 });
  const group = groupOf(eventTopic('obs'), ['1', '2', '3']);
  store.append({ ...group, expires: [Number.NaN, 900, Number.NaN] });
  deliver(store, 1, 3);
  tidyUp(store);
  expect(store.history().rows).toBe(3);
  expect(store.read(stream, 1, 3, 9, 999).events.map(({ number }) => number)).toEqual([1, 3]);
  expect(store.history().rows).toBe(2);
  expect(store.lanes()[2]).toMatchObject({ rows: 0, shed: {} });
  expect(store.shedRanges('a', stream, 9)).toEqual([]);
});
