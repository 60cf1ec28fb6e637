import { expect, test } from 'vitest';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { createFeed, type OutboxFeed, type Refused } from '../../../gateway/outbox/feed.ts';
import { openOrReplaceStore } from '../../../gateway/outbox/replace-store.ts';
import { eventTopic, groupOf } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

/** A feed on a real store, with a clock that is moved by hand. */
const openFeed = async (isHeld: () => boolean = () => false, startup = 60_000) => {
  const folder = await temporaryFolder();
  const clock = { time: 1_000_000 };
  const refused: Refused[] = [];
  const poisoned: string[] = [];
  const { store } = openOrReplaceStore({
    folder: folder.path,
    sinks: [{ name: 'a' }],
    budgetBytes: 2 ** 30,
    reserve: createReserve(folder.path),
    now: () => clock.time,
    trustedNow: () => clock.time,
    history: { bytes: 2 ** 20, age: 1e9 },
    onShed: () => {},
  });
  const feed = createFeed({
    sink: 'a',
    store,
    clock: { now: () => clock.time, steady: () => clock.time },
    isHeld,
    onRefused: one => refused.push(one),
    onPoisoned: (stream, { number, detail, refusals }) => {
      poisoned.push(`${stream} ${number} ${refusals} ${detail}`);
      store.setAside('a', stream, number, detail);
    },
  });
  // Nothing is taken for new any more only because the gateway just started.
  clock.time += startup;
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
    poisoned,
    store,
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

/** Offers what there is for `rounds` half seconds, to a broker that finds fault with the bodies that `refuses` names. */
const offer = (opened: Awaited<ReturnType<typeof openFeed>>, rounds: number, refuses: (body: string) => boolean) => {
  const { feed, clock } = opened;
  const delivered: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const event of take(feed)) {
      const body = Buffer.from(event.body).toString();
      if (refuses(body)) feed.refused(event, 'not-accepted', 'payload format invalid');
      else {
        delivered.push(body);
        feed.delivered(event);
      }
    }
    clock.time += 500;
  }
  return delivered;
};

test('sets an event aside that is refused again and again while others are taken, and holds up none of them', async () => {
  await using opened = await openFeed();
  const { feed, store, accept, poisoned, refused } = opened;
  accept(eventTopic('obs'), '1', 'bad', '3');
  feed.begin('all');
  const isBad = (body: string): boolean => body === 'bad';
  expect(offer(opened, 1, isBad)).toEqual(['1', '3']);
  expect(feed.suspects()).toMatchObject([{ number: 2, detail: 'payload format invalid' }]);
  for (let round = 0; round < 40; round++) {
    accept(eventTopic('obs'), `${round}`);
    expect(offer(opened, 1, isBad)).toEqual([`${round}`]);
  }
  expect(poisoned).toEqual(['environment/obs 2 5 payload format invalid']);
  expect(feed.suspects()).toEqual([]);
  expect(refused).toEqual([]);
  expect(store.shedRanges('a', 'environment/obs', 9)).toEqual([{ from: 2, to: 2, reason: 'refused' }]);
  expect(store.refused()).toMatchObject([{ uplink: 'a', stream: 'environment/obs', number: 2 }]);
  expect(feed.streams()).toMatchObject([{ lastAccepted: 43, lowestUnsent: 44 }]);
});

test('blames no event while the other side takes none', async () => {
  await using opened = await openFeed();
  const { feed, accept, poisoned } = opened;
  accept(eventTopic('obs'), '1', '2');
  accept(eventTopic('event'), '3');
  feed.begin('all');
  offer(opened, 600, () => true);
  expect(poisoned).toEqual([]);
  expect(feed.backlog()).toBe(3);
  expect(offer(opened, 200, () => false).toSorted()).toEqual(['1', '2', '3']);
});

test('lets a whole topic wait of which nothing is taken, and sets none of it aside', async () => {
  await using opened = await openFeed();
  const { feed, accept, poisoned, refused } = opened;
  const bad = eventTopic('obs', 'bad');
  accept(bad, ...Array.from({ length: 30 }, (_, n) => `bad ${n}`));
  feed.begin('all');
  for (let round = 0; round < 200; round++) {
    accept(eventTopic('obs'), `${round}`);
    expect(offer(opened, 1, body => body.startsWith('bad'))).toEqual([`${round}`]);
  }
  expect(poisoned).toEqual([]);
  expect(refused).toMatchObject([{ topic: bad, reason: 'not-accepted' }]);
  expect(offer(opened, 1200, () => false)).toEqual(Array.from({ length: 30 }, (_, n) => `bad ${n}`));
});

test('counts refusals over a lost connection', async () => {
  await using opened = await openFeed();
  const { feed, accept, poisoned } = opened;
  accept(eventTopic('obs'), 'bad');
  for (let round = 0; round < 100 && poisoned.length === 0; round++) {
    feed.begin('all');
    accept(eventTopic('obs'), `${round}`);
    offer(opened, 1, body => body === 'bad');
    feed.end();
  }
  expect(poisoned).toHaveLength(1);
});

test('offers delivered events again as historical, slowly and behind all else, also on the next connection', async () => {
  await using opened = await openFeed();
  const { feed, clock, accept } = opened;
  accept(eventTopic('obs'), ...Array.from({ length: 300 }, (_, n) => `${n + 1}`));
  feed.begin('all');
  for (let round = 0; round < 4; round++) for (const event of take(feed)) feed.delivered(event);
  expect(feed.backlog()).toBe(0);
  feed.replay('environment/obs', [[11, 210]]);
  accept(eventTopic('event'), 'new');
  const [live, ...first] = feed.take(500, 2 ** 20);
  expect(shown(live === undefined ? [] : [live])).toEqual(['new']);
  expect(shown(first)).toEqual(Array.from({ length: 100 }, (_, n) => `${n + 11} historical`));
  expect(take(feed)).toEqual([]);
  for (const event of first.slice(0, 50)) feed.delivered(event);
  feed.end();
  clock.time += 1000;
  feed.begin('all');
  const again: number[] = [];
  for (let round = 0; round < 40; round++) {
    for (const event of feed.take(500, 2 ** 20)) {
      again.push(event.number);
      feed.delivered(event);
    }
    clock.time += 100;
  }
  const [newest, ...rest] = again;
  expect(newest).toBe(1);
  expect(rest).toEqual(Array.from({ length: 150 }, (_, n) => n + 61));
  expect(feed.backlog()).toBe(0);
});

test('reads again what was changed on the disk, in order', async () => {
  await using opened = await openFeed();
  const { feed, accept, store } = opened;
  accept(eventTopic('obs'), '1', '2', '3');
  feed.begin('all');
  // Reads all three of them ahead.
  expect(shown(take(feed, 1))).toEqual(['1 historical']);
  accept(eventTopic('obs'), '4', '5', '6');
  const change = (body: string) =>
    body === '5' || body === '3' ? { time: 1, expires: undefined, body: `${body}!` } : undefined;
  store.restamp('environment/obs', 1, 6, change);
  feed.reread('environment/obs', 1, 5);
  expect(shown(take(feed))).toEqual(['2 historical', '3! historical', '4 historical', '5! historical', '6 historical']);
});

test('keeps what waits on the disk while it is held, but for alerts', async () => {
  let held = true;
  await using opened = await openFeed(() => held);
  const { feed, accept } = opened;
  accept(eventTopic('obs'), 'old');
  accept(eventTopic('alert'), 'alert');
  feed.begin('all');
  accept(eventTopic('obs'), 'new');
  expect(shown(take(feed))).toEqual(['alert historical', 'new']);
  held = false;
  expect(shown(take(feed))).toEqual(['old historical']);
});

test('offers as new what was accepted while the gateway started and the first connection was made', async () => {
  await using opened = await openFeed(() => false, 5000);
  const { feed, accept } = opened;
  accept(eventTopic('obs'), '1', '2');
  accept(eventTopic('alert'), 'a');
  feed.begin('all');
  accept(eventTopic('obs'), '3');
  expect(shown(take(feed))).toEqual(['a', '1', '2', '3']);
  feed.end();
  feed.begin('all');
  expect(shown(take(feed))).toEqual(['a historical', '1 historical', '2 historical', '3 historical']);
});

test('offers one event again to prove a path, and the others when their stream is admitted', async () => {
  await using opened = await openFeed();
  const { feed, accept } = opened;
  accept(eventTopic('obs'), '1', '2', '3');
  feed.begin('all');
  for (const event of take(feed)) feed.delivered(event);
  feed.end();
  feed.replay('environment/obs', [[1, 3]]);
  feed.begin('first');
  const [proof] = take(feed);
  expect(shown(proof === undefined ? [] : [proof])).toEqual(['1 historical']);
  expect(take(feed)).toEqual([]);
  if (proof !== undefined) feed.returned(proof);
  const [again] = take(feed);
  expect(again?.number).toBe(1);
  if (again !== undefined) feed.delivered(again);
  feed.admit('environment/obs');
  expect(shown(take(feed))).toEqual(['2 historical', '3 historical']);
});
