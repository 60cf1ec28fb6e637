import { expect, test } from 'vitest';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { createFeed, type OutboxFeed, type Refused } from '../../../gateway/outbox/feed.ts';
import { openOrReplaceStore } from '../../../gateway/outbox/replace-store.ts';
import { eventTopic, groupOf } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

/** A feed on a real store, with a clock that is moved by hand. */
const openFeed = async () => {
  const folder = await temporaryFolder();
  const clock = { time: 1_000_000 };
  const refused: Refused[] = [];
  const { store } = openOrReplaceStore({
    folder: folder.path,
    sinks: ['a'],
    budgetBytes: 2 ** 30,
    reserve: createReserve(folder.path),
    now: () => clock.time,
    onShed: () => {},
  });
  const feed = createFeed({ sink: 'a', store, now: () => clock.time, onRefused: one => refused.push(one) });
  const accept = (topic: string, ...bodies: readonly string[]): void => {
    const group = groupOf(topic, bodies);
    for (const [index, number] of store.append(group).entries()) {
      const [known] = group.topics;
      if (known !== undefined) feed.offer(known.stream, known.lane, number, topic, Buffer.from(bodies[index] ?? ''));
    }
  };
  return {
    feed,
    clock,
    refused,
    accept,
    [Symbol.asyncDispose]: async () => {
      store[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

const take = (feed: OutboxFeed, limit = 100) => feed.take(limit, 2 ** 20);
const shown = (events: ReturnType<typeof take>) =>
  events.map(({ body, historical }) => `${Buffer.from(body)}${historical ? ' historical' : ''}`);

test('offers alerts first, and in each lane what was just accepted before what waited', async () => {
  await using opened = await openFeed();
  const { feed, accept } = opened;
  accept(eventTopic('obs'), 'o1');
  accept(eventTopic('alert'), 'a1');
  feed.begin('all');
  accept(eventTopic('obs'), 'o2');
  accept(eventTopic('event'), 'e1');
  accept(eventTopic('alert'), 'a2');
  expect(shown(take(feed))).toEqual(['a2', 'a1 historical', 'e1', 'o2', 'o1 historical']);
});

test('offers of one lane what lies in memory, or what waits on the disk, to a sink that asks for it alone', async () => {
  await using opened = await openFeed();
  const { feed, accept } = opened;
  accept(eventTopic('obs'), 'o1');
  feed.begin('all');
  accept(eventTopic('obs'), 'o2');
  accept(eventTopic('event'), 'e1');
  expect(shown(feed.take(100, 2 ** 20, { lane: 'event', from: 'disk' }))).toEqual([]);
  expect(shown(feed.take(100, 2 ** 20, { lane: 'obs', from: 'memory' }))).toEqual(['o2']);
  expect(shown(feed.take(100, 2 ** 20, { lane: 'obs', from: 'disk' }))).toEqual(['o1 historical']);
  expect(shown(take(feed))).toEqual(['e1']);
});

test('offers nothing twice on one connection, and what was not delivered again on the next', async () => {
  await using opened = await openFeed();
  const { feed, accept } = opened;
  accept(eventTopic('obs'), '1', '2', '3');
  feed.begin('all');
  const [first] = take(feed, 2);
  if (first !== undefined) feed.delivered(first);
  expect(shown(take(feed))).toEqual(['3 historical']);
  expect(take(feed)).toEqual([]);
  feed.end();
  feed.begin('all');
  expect(shown(take(feed))).toEqual(['2 historical', '3 historical']);
  expect(feed.backlog()).toBe(2);
});

test('lets one event of a stream go first until the stream is admitted', async () => {
  await using opened = await openFeed();
  const { feed, accept } = opened;
  accept(eventTopic('obs'), '1', '2');
  feed.begin('first');
  accept(eventTopic('obs'), '3');
  expect(shown(take(feed))).toEqual(['1 historical']);
  expect(take(feed)).toEqual([]);
  feed.admit('environment/obs');
  expect(shown(take(feed))).toEqual(['2 historical', '3 historical']);
});

test('holds a refused topic back, tries its oldest event after a growing pause, and then sends all in order', async () => {
  await using opened = await openFeed();
  const { feed, clock, accept, refused } = opened;
  const deaf = eventTopic('obs', 'deaf');
  feed.begin('all');
  accept(deaf, 'd1', 'd2');
  accept(eventTopic('obs'), 'o1');
  for (const event of take(feed)) {
    if (event.topic === deaf) feed.refused(event, 'no-consumer', 'nobody');
    else feed.delivered(event);
  }
  expect(refused).toMatchObject([{ topic: deaf, reason: 'no-consumer' }]);
  accept(deaf, 'd3');
  accept(eventTopic('obs'), 'o2');
  expect(shown(take(feed))).toEqual(['o2']);
  clock.time += 1000;
  const [again] = take(feed);
  expect(shown(again === undefined ? [] : [again])).toEqual(['d1 historical']);
  if (again !== undefined) feed.refused(again, 'no-consumer', 'nobody');
  clock.time += 1999;
  expect(take(feed)).toEqual([]);
  clock.time += 1;
  const [heard] = take(feed);
  if (heard !== undefined) feed.delivered(heard);
  expect(shown(take(feed))).toEqual(['d2 historical', 'd3 historical']);
  expect(feed.refusals()).toEqual([]);
});

test('leaves to the disk what does not fit into memory, and loses none of it', async () => {
  await using opened = await openFeed();
  const { feed, accept } = opened;
  const body = 'x'.repeat(60_000);
  feed.begin('all');
  for (let n = 0; n < 40; n++) accept(eventTopic('obs'), ...Array.from({ length: 10 }, () => body));
  const numbers = new Set<number>();
  for (let taken = take(feed); taken.length > 0; taken = take(feed)) {
    for (const event of taken) {
      expect(numbers.has(event.number)).toBe(false);
      numbers.add(event.number);
      feed.delivered(event);
    }
  }
  expect(numbers.size).toBe(400);
  expect(feed.streams()).toEqual([{ stream: 'environment/obs', lastAccepted: 400, lowestUnsent: 401 }]);
});
