/** What a sink beside the center costs the others when it does not take anything: nothing. */
import { expect, test } from 'vitest';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { createFeed } from '../../../gateway/outbox/feed.ts';
import { openOrReplaceStore } from '../../../gateway/outbox/replace-store.ts';
import type { OnShed, Store, StoreSink } from '../../../gateway/outbox/store.ts';
import { eventTopic, groupOf } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

const obs = 'environment/obs';
const alerts = 'environment/alert';

const open = (folder: string, sinks: readonly StoreSink[], onShed: OnShed = () => {}, budgetBytes = 2 ** 30): Store =>
  openOrReplaceStore({
    folder,
    sinks,
    budgetBytes,
    reserve: createReserve(folder),
    now: () => 1000,
    trustedNow: () => 1000,
    history: { bytes: 0, age: 0 },
    onShed,
  }).store;

const feedOf = (store: Store, sink: string) =>
  createFeed({
    sink,
    store,
    clock: { now: () => 1000, steady: () => 1000 },
    onRefused: () => {},
    onPoisoned: () => {},
  });

const settle = (store: Store, sink: string, stream: string, low: number, high: number): void => {
  for (let number = low; number <= high; number++) store.settle(sink, stream, number);
};

const center = { name: 'ioc' } as const;
const history = { name: 'history', standing: 'aside', wanted: { classes: ['obs'] } } as const;

test('does not hold, count or offer what a sink does not take', async () => {
  await using folder = await temporaryFolder();
  {
    using store = open(folder.path, [center, history]);
    store.append(groupOf(eventTopic('alert'), ['1', '2']));
    store.append(groupOf(eventTopic('obs'), ['3']));
    const feed = feedOf(store, 'history');
    feed.begin('all');
    feed.offer(alerts, 'alert', 2, eventTopic('alert'), Buffer.from('2'));
    expect(feed.backlog()).toBe(1);
    expect(feed.take(9, 999).map(({ stream }) => stream)).toEqual([obs]);
    settle(store, 'ioc', alerts, 1, 2);
    while (store.tidy());
    expect(store.lanes()[0]).toMatchObject({ rows: 0, shed: {} });
    expect(store.lost('history')).toEqual({});
  }
  // Should it take them after all, it begins with what comes then.
  using store = open(folder.path, [center, { name: 'history', standing: 'aside' }]);
  store.append(groupOf(eventTopic('alert'), ['4']));
  const feed = feedOf(store, 'history');
  feed.begin('all');
  expect(feed.take(9, 999).map(({ number, stream }) => `${stream} ${number}`)).toEqual([`${alerts} 3`, `${obs} 1`]);
});

test('gives up what only a sink beside the center waits for before anything that the center waits for', async () => {
  await using folder = await temporaryFolder();
  const shed: Parameters<OnShed>[0][] = [];
  const body = 'x'.repeat(1000);
  const bodies = Array.from({ length: 50 }, () => body);
  using store = open(
    folder.path,
    [center, { name: 'history', standing: 'aside' }],
    one => shed.push(one),
    50 * 1100 * 2,
  );
  // Half of the budget: alerts that the center has.
  store.append(groupOf(eventTopic('alert'), bodies));
  settle(store, 'ioc', alerts, 1, 50);
  // What comes now finds no more room than that, and the center has none of it: its link is down.
  store.append({ ...groupOf(eventTopic('obs'), bodies), patient: [true] });
  store.append({ ...groupOf(eventTopic('obs'), bodies.slice(0, 20)), patient: [true] });
  expect(store.lost('ioc')).toEqual({});
  expect(store.lost('history')['budget']).toBeGreaterThanOrEqual(20);
  expect(shed.every(({ sinks, lane }) => lane === 'alert' && sinks.join() === 'history')).toBe(true);
  expect(store.shedRanges('ioc', alerts, 9)).toEqual([]);
  expect(store.read(obs, 1, 70, 99, 2 ** 20).events).toHaveLength(70);
  // Then nothing is left that may go for it, and the others have their turn as ever.
  store.append(groupOf(eventTopic('obs'), bodies));
  expect(store.lost('ioc')['budget']).toBeGreaterThan(0);
});

test('remembers over a restart how much a sink does not get', async () => {
  await using folder = await temporaryFolder();
  const sinks = [center, history];
  {
    using store = open(folder.path, sinks, () => {}, 10_000);
    store.append(groupOf(eventTopic('obs'), ['x'.repeat(5000)]));
    settle(store, 'ioc', obs, 1, 1);
    store.append(groupOf(eventTopic('obs'), ['x'.repeat(6000)]));
    expect(store.lost('history')).toEqual({ budget: 1 });
  }
  using store = open(folder.path, sinks);
  expect(store.lost('history')).toEqual({ budget: 1 });
  expect(store.lost('ioc')).toEqual({});
});

test('counts what a sink skips neither as delivered nor as lost', async () => {
  await using folder = await temporaryFolder();
  using store = open(folder.path, [history]);
  store.append(groupOf(eventTopic('obs'), ['1', '2']));
  const feed = feedOf(store, 'history');
  feed.begin('all');
  for (const event of feed.take(9, 999)) feed.skipped(event);
  expect(feed.backlog()).toBe(0);
  while (store.tidy());
  expect(store.lanes()[2]).toMatchObject({ rows: 0, shed: {} });
});
