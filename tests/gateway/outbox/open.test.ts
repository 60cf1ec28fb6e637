import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSecrets } from '../../../config/reveal.ts';
import { eventTopic, listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import {
  freePort,
  missingPrograms,
  projectFile,
  start,
  startMosquitto,
  temporaryFolder,
  until,
} from '../../support/resources.ts';

const missing = missingPrograms('mosquitto');

test.skipIf(missing).for([5, '3.1.1'] as const)('delivers what was appended over MQTT %s, numbered', async protocol => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using listener = await listen(broker.port);
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}`, protocol }]);
  await opened.outbox.append({ events: [sealed(1), sealed(2)] });
  await opened.outbox.append({ events: [sealed(3)] });
  await until('three events arrived', () => listener.events().length === 3);
  expect(listener.events().map(event => event.streamseq)).toEqual([
    '0001-000000000001',
    '0001-000000000002',
    '0001-000000000003',
  ]);
});

/** Numbers of the events whose append resolved in a process that was killed in the middle of its work. */
const appendAndKill = async (folder: string, first: number, url: string): Promise<readonly number[]> => {
  await using child = start(process.execPath, [
    projectFile('tests/support/append-until-killed.ts'),
    folder,
    String(first),
    JSON.stringify({ url }),
  ]);
  const lines = (): string[] => child.output().split('\n').slice(0, -1);
  await until('a good number of appends resolved', () => lines().length > 50 + Math.random() * 100, 25_000);
  child.process.kill('SIGKILL');
  await once(child.process, 'close');
  return lines().map(Number);
};

test.skipIf(missing)('loses nothing that was accepted when the process is killed, and numbers go on', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  const accepted: number[] = [];
  // The first time there is no broker to talk to.
  for (const [round, address] of ['mqtt://127.0.0.1:9', url, url].entries()) {
    accepted.push(...(await appendAndKill(folder.path, round * 100_000 + 1, address)));
  }
  await using opened = await openTestOutbox(folder.path, [{ url }]);
  await until('everything accepted arrived', () => {
    const ids = new Set(listener.events().map(({ id }) => Number(id)));
    return accepted.every(n => ids.has(n));
  });
  const numberOf = new Map(listener.events().map(({ id, streamseq }) => [streamseq, id]));
  for (const { id, streamseq } of listener.events()) expect(numberOf.get(streamseq)).toBe(id);
  const saved = await opened.outbox.restore('stage');
  const newest = Math.max(...[...saved.values()].map(value => Number(Buffer.from(value).toString())));
  expect(newest).toBeGreaterThanOrEqual(Math.max(...accepted));
});

test.skipIf(missing)('keeps what it accepts while the broker is away, and marks it as historical', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
  {
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(port);
    await until('connected', () => opened.notices.some(({ kind }) => kind === 'connected'));
    await opened.outbox.append({ events: [sealed(1)] });
    await until('the first arrived', () => listener.events().length === 1);
    expect(listener.events()[0]).toMatchObject({ historical: false });
  }
  await until('lost', () => opened.notices.some(({ kind }) => kind === 'lost'));
  await opened.outbox.append({ events: [sealed(2), sealed(3)] });
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  await until('the rest arrived', () => new Set(listener.events().map(({ id }) => id)).size >= 2);
  expect(listener.events().map(({ id, historical }) => [Number(id), historical])).toEqual([
    [2, true],
    [3, true],
  ]);
});

test.skipIf(missing)(
  'keeps what it accepts for an uplink without its password, and delivers it when that is there',
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using listener = await listen(broker.port);
    const uplinks = [
      {
        url: `mqtt://127.0.0.1:${broker.port}`,
        username: 'gateway',
        password: `\${env:PASSWORD}`,
      },
    ];
    {
      await using opened = await openTestOutbox(folder.path, uplinks, { reveal: createSecrets({}).reveal });
      await opened.outbox.append({ events: [sealed(1)] });
      const message = 'the uplink "ioc" has no password: the environment variable PASSWORD is not set';
      await until('the status says so', () => opened.outbox.status().uplinks[0]?.backlog === 1);
      expect(opened.outbox.status().uplinks).toMatchObject([{ state: 'stopped', error: { kind: 'config', message } }]);
      await until('it is told', () => opened.notices.length === 1);
      expect(opened.notices).toMatchObject([{ kind: 'lost', uplink: 'ioc', error: { kind: 'config', message } }]);
    }
    await using _opened = await openTestOutbox(folder.path, uplinks, {
      reveal: createSecrets({ PASSWORD: 'x' }).reveal,
    });
    await until('it arrived', () => listener.events().length === 1);
  },
);

test.skipIf(missing)('keeps what nobody listens to, says so, and delivers it when somebody comes', async () => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}` }]);
  const other = eventTopic('obs', 'dev-2');
  await using heard = await listen(broker.port, other);
  await opened.outbox.append({
    events: Array.from({ length: 20 }, (_, n) => sealed(n + 1, n % 2 === 0 ? {} : { topic: other })),
  });
  await until('what is listened to arrived', () => heard.events().length === 10);
  await until('the other topic is reported', () => opened.notices.some(({ kind }) => kind === 'no-consumer'));
  expect(opened.notices.filter(({ kind }) => kind === 'no-consumer')).toMatchObject([{ topic: eventTopic('obs') }]);
  await until('the status says so', () => opened.outbox.status().uplinks[0]?.backlog === 10);
  expect(opened.outbox.status().uplinks[0]?.warnings).toEqual([`${eventTopic('obs')}: nobody subscribes to it`]);
  await using late = await listen(broker.port, eventTopic('obs'));
  await until('the rest arrived', () => late.events().length === 10);
  expect(late.events().map(({ id }) => Number(id))).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  await until('nothing waits', () => opened.outbox.status().uplinks[0]?.backlog === 0);
});

test.skipIf(missing)('sends states before any backlog, and clears the topic of what is no more', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const topic = 'ioc/v1/hue/gw-1/gateway/state/health';
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
  await opened.outbox.append({ events: [sealed(1)] });
  await opened.outbox.retain(topic, '{"id":"old"}');
  await opened.outbox.retain(topic, '{"id":"new"}');
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  await until('the event arrived', () => listener.events().length === 1);
  const order = listener.received.map(received => received.topic);
  expect(order.indexOf(topic)).toBeLessThan(order.indexOf(eventTopic('obs')));
  expect(listener.newestState('health')).toMatchObject({ id: 'new', retained: true });
  expect(await opened.outbox.retainedTopics()).toEqual([topic]);
  await opened.outbox.retain(topic, undefined);
  await until('it is cleared', () => listener.newestState('health')?.body === '');
  expect(await opened.outbox.retainedTopics()).toEqual([]);
});

test.skipIf(missing)(
  'goes on with a new store when the old one is damaged, and carries over what can be read',
  async () => {
    await using folder = await temporaryFolder();
    const count = 3000;
    {
      await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
      for (let n = 1; n <= count; n += 500) {
        const events = Array.from({ length: 500 }, (_, index) => sealed(n + index));
        await opened.outbox.append({ events, saved: [{ owner: 'stage', key: 'k', value: Buffer.from('kept') }] });
      }
    }
    const file = path.join(folder.path, 'outbox.db');
    const bytes = await readFile(file);
    // The last page of the file holds rows; its list of cells becomes nonsense.
    bytes.fill(0xff, bytes.length - 8192, bytes.length - 7000);
    await writeFile(file, bytes);
    await using broker = await startMosquitto({ folder: folder.path });
    await using listener = await listen(broker.port);
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}` }]);
    await opened.outbox.append({ events: [sealed(count + 1)] });
    await until('the store was replaced', () => opened.notices.some(({ kind }) => kind === 'store-replaced'));
    expect(opened.notices.find(({ kind }) => kind === 'store-replaced')).toMatchObject({
      reason: 'damaged',
      epoch: '0002',
      predecessor: { epoch: '0001', streams: { 'environment/obs': count } },
      setAside: 'outbox-0001.damaged',
    });
    const salvaged = await until('it was salvaged', () => opened.notices.find(notice => notice.kind === 'salvaged'));
    expect(salvaged.unreadable).toBeGreaterThan(0);
    expect(salvaged.unreadable).toBeLessThan(60);
    await opened.outbox.drain(5000);
    const ids = new Set(listener.events().map(({ id }) => Number(id)));
    expect(ids.size).toBeGreaterThanOrEqual(count - 60);
    expect(ids.has(count + 1)).toBe(true);
    expect(Buffer.from((await opened.outbox.restore('stage')).get('k') ?? []).toString()).toBe('kept');
    const delivery = await until('the delivery state names the old store', () => {
      const state = listener.newestState('delivery');
      return state?.body.includes('predecessor') && state;
    });
    expect(JSON.parse(delivery.body).data).toMatchObject({ epoch: '0002', predecessor: { epoch: '0001' } });
  },
);

test('begins a new store under the next epoch when the old one is gone', async () => {
  await using folder = await temporaryFolder();
  {
    await using opened = await openTestOutbox(folder.path);
    await opened.outbox.append({ events: [sealed(1), sealed(2)] });
  }
  await rm(path.join(folder.path, 'outbox.db'));
  await using opened = await openTestOutbox(folder.path);
  expect(opened.notices).toMatchObject([
    { kind: 'store-replaced', reason: 'missing', epoch: '0002', predecessor: { streams: { 'environment/obs': 2 } } },
  ]);
});

test('refuses a folder that another outbox uses', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path);
  await expect(openTestOutbox(folder.path)).rejects.toMatchObject({ kind: 'config' });
  expect(opened.failures).toEqual([]);
});

test('sheds the least important first when its budget is used up, counts it, and refuses what finds no room', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }], {
    budget: { bytes: 400_000 },
  });
  const { outbox } = opened;
  const body = JSON.stringify({ id: 'x', data: 'x'.repeat(10_000) });
  const append = (lane: 'alert' | 'event' | 'obs', count: number): Promise<void> =>
    outbox.append({
      events: Array.from({ length: count }, (_, n) => sealed(n, { lane, topic: eventTopic(lane), body })),
    });
  await append('obs', 20);
  await append('event', 15);
  await append('event', 15);
  await until('obs were shed', () => (outbox.status().outbox.lanes[2]?.shed['budget'] ?? 0) >= 11);
  expect(outbox.status().outbox.lanes[1]?.shed).toEqual({});
  await append('event', 9);
  // All obs are gone now, and events do not make room for obs.
  await expect(append('obs', 5)).rejects.toMatchObject({ kind: 'exhausted' });
  await append('alert', 10);
  await until('events made room for alerts', () => (outbox.status().outbox.lanes[1]?.shed['budget'] ?? 0) > 0);
  expect(outbox.status().outbox).toMatchObject({
    refused: { exhausted: 5 },
    lanes: [{ rows: 10, shed: {} }, {}, { rows: 0 }],
  });
  await until('it was told', () => opened.notices.some(notice => notice.kind === 'shed' && notice.lane === 'event'));
});

test('keeps what waits for the disk in order, also for an empty append, and tells what it keeps', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path);
  const { outbox } = opened;
  const order: number[] = [];
  const media = {
    key: 'hue/a.jpg',
    sha256: 'ab',
    mediaType: 'image/jpeg',
    bytes: 9,
    device: 'cam',
    correlation: 'c',
    expires: 1,
  };
  await Promise.all([
    outbox.append({ events: [sealed(1)], media: [media] }).then(() => order.push(1)),
    outbox.append({}).then(() => order.push(2)),
    outbox.append({ events: [sealed(2)], linger: 10_000 }).then(() => order.push(3)),
    outbox.append({ saved: [{ owner: 'o', key: 'k', value: Buffer.from([1, 2]) }] }).then(() => order.push(4)),
  ]);
  expect(order).toEqual([1, 2, 3, 4]);
  expect(await outbox.pendingMedia(5)).toEqual([media]);
  expect([...(await outbox.restore('o')).keys()]).toEqual(['k']);
  await outbox.append({ mediaSettled: [media], saved: [{ owner: 'o', key: 'k', value: undefined }] });
  expect(await outbox.pendingMedia(5)).toEqual([]);
  expect((await outbox.restore('o')).size).toBe(0);
});

test('keeps a picture for each event that names it, and counts the bytes of its file once', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path);
  const { outbox } = opened;
  const row = { key: 'hue/a.jpg', sha256: 'ab', mediaType: 'image/jpeg', bytes: 9, device: 'cam', expires: 1 };
  const named = [
    { ...row, correlation: 'track/1' },
    { ...row, correlation: 'track/2' },
  ];
  const waiting = (files: number, bytes: number) =>
    until(`${files} files wait`, () => {
      const { media } = outbox.status().outbox;
      return media.files === files && media.bytes === bytes;
    });
  await outbox.append({ media: [...named, ...named] });
  await outbox.append({ media: [{ ...row, key: 'hue/b.jpg', sha256: 'cd', bytes: 1, correlation: 'track/3' }] });
  expect((await outbox.pendingMedia(5, { sha256: 'ab' })).map(({ correlation }) => correlation)).toEqual([
    'track/1',
    'track/2',
  ]);
  await waiting(2, 10);
  await outbox.append({ mediaSettled: [{ key: row.key, correlation: 'track/1' }] });
  expect(await outbox.pendingMedia(5, { sha256: 'ab' })).toEqual([named[1]]);
  await outbox.append({ mediaSettled: [{ key: 'hue/b.jpg', correlation: 'track/3' }] });
  await waiting(1, 9);
  await outbox.append({ mediaSettled: [{ key: row.key, correlation: 'track/2' }] });
  await waiting(0, 0);
});

test.skipIf(missing)('gives up what expired before it could be sent, and says so in the delivery state', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
  const expires = Date.now() + 500;
  await opened.outbox.append({ events: [sealed(1, { expires }), sealed(2), sealed(3, { expires }), sealed(4)] });
  await until('it has expired', () => Date.now() > expires);
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  await until('the others arrived', () => listener.events().length === 2);
  expect(listener.events().map(({ id }) => Number(id))).toEqual([2, 4]);
  await until('the ledger explains the gaps', () => {
    const state = listener.newestState('delivery');
    const [stream] = state === undefined ? [] : JSON.parse(state.body).data.streams;
    return stream?.lowestUnsent === 5 && stream.shed.length === 2 && stream.shed[0].reason === 'expired';
  });
});

test.skipIf(missing)('lets the broker say that it is gone when it is killed', async () => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using listener = await listen(broker.port);
  await appendAndKill(folder.path, 1, `mqtt://127.0.0.1:${broker.port}`);
  const states = () => listener.received.filter(({ topic }) => topic.endsWith('/state/connection'));
  await until('birth and Will were published', () => states().length === 2);
  const [birth, will] = states().map(({ body }) => JSON.parse(body).data);
  expect(birth).toMatchObject({ state: 'online' });
  expect(will).toMatchObject({ state: 'offline', reason: 'lost', connectionid: birth.connectionid });
});

test('ends with its worker, and rejects what comes after', async () => {
  await using folder = await temporaryFolder();
  const opened = await openTestOutbox(folder.path);
  const pending = opened.outbox.append({ events: [sealed(1)], linger: 60_000 });
  await opened[Symbol.asyncDispose]();
  await pending;
  await expect(opened.outbox.append({})).rejects.toMatchObject({ kind: 'defect' });
  expect(opened.failures).toEqual([]);
});

test('refuses what no topic of the contract can carry, and nothing else with it', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path);
  const bad = opened.outbox.append({ events: [sealed(1), sealed(2, { topic: 'somewhere/else' })] });
  const large = opened.outbox.append({ events: [sealed(3, { body: JSON.stringify({ text: 'x'.repeat(70_000) }) })] });
  const good = opened.outbox.append({ events: [sealed(4)] });
  await expect(bad).rejects.toMatchObject({ kind: 'defect' });
  await expect(large).rejects.toMatchObject({ kind: 'defect' });
  await good;
  await until('one was accepted', () => opened.outbox.status().outbox.accepted === 1);
});

test.skipIf(missing)('delivers everything to each of two brokers, whichever is there', async () => {
  await using folder = await temporaryFolder();
  const [first, second] = [await freePort(), await freePort()];
  await using opened = await openTestOutbox(folder.path, [
    { name: 'one', url: `mqtt://127.0.0.1:${first}` },
    { name: 'two', url: `mqtt://127.0.0.1:${second}` },
  ]);
  await using _one = await startMosquitto({ folder: folder.path, port: first });
  await using atOne = await listen(first);
  await opened.outbox.append({ events: [sealed(1), sealed(2)] });
  await until('they arrived at one', () => atOne.events().length === 2);
  await until('they wait for the other', () => opened.outbox.status().uplinks[1]?.backlog === 2);
  expect(opened.outbox.status().outbox.lanes[2]).toMatchObject({ rows: 2 });
  await using _two = await startMosquitto({ folder: folder.path, port: second });
  await using atTwo = await listen(second);
  await until('they arrived at two', () => atTwo.events().length === 2);
  await until('nothing is kept', () => opened.outbox.status().outbox.lanes[2]?.rows === 0);
  expect(atOne.events()).toHaveLength(2);
});

test.skipIf(missing)('keeps the order of each source among live events and among those of the backlog', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
  const { outbox } = opened;
  const sources = ['dev-1', 'dev-2', 'dev-3'].map(source => eventTopic('obs', source));
  let n = 0;
  const append = (): Promise<void> =>
    outbox.append({ events: sources.flatMap(topic => [sealed(++n, { topic }), sealed(++n, { topic })]) });
  for (let round = 0; round < 1000; round++) void append();
  await append();
  await using _broker = await startMosquitto({ folder: folder.path, port });
  await using listener = await listen(port);
  const backlog = n;
  await until('live events overtake the backlog', async () => {
    await append();
    return listener.events().some(({ historical }) => !historical);
  });
  await until('everything arrived', () => listener.events().length === n);
  const isRising = (numbers: readonly number[]): boolean =>
    numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
  for (const topic of sources)
    for (const wanted of [true, false]) {
      const ids = listener
        .events()
        .filter(event => event.topic === topic && event.historical === wanted)
        .map(({ id }) => Number(id));
      expect(ids.length).toBeGreaterThan(0);
      expect(isRising(ids), `${topic}, ${wanted ? 'backlog' : 'live'}`).toBe(true);
    }
  const firstLive = listener.events().findIndex(({ historical }) => !historical);
  const lastOld = listener.events().findLastIndex(({ historical }) => historical);
  expect(firstLive, 'what is live does not wait for the backlog').toBeLessThan(lastOld);
  expect(backlog).toBeLessThan(n);
});

test('refuses what can wait rather than give up alerts or events for it, and nothing of it is accepted', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }], {
    budget: { bytes: 300_000 },
  });
  const { outbox } = opened;
  let n = 0;
  const fill = (lane: 'obs' | 'event' | 'alert') =>
    sealed(++n, { lane, topic: eventTopic(lane), body: JSON.stringify({ id: n, text: 'x'.repeat(10_000) }) });
  const append = (lane: 'obs' | 'event' | 'alert', source?: 'can-wait') =>
    outbox.append({ events: [fill(lane)], ...(source !== undefined && { source }) });
  for (let count = 0; count < 40; count++) await append('obs', 'can-wait');
  // Observations make room for what matters more, also for a source that can wait.
  for (let count = 0; count < 25; count++) await append('alert', 'can-wait');
  const refusals = await Promise.allSettled(Array.from({ length: 20 }, () => append('alert', 'can-wait')));
  const refused = refusals.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(10);
  const accepted = 25 + refusals.length - refused.length;
  await until('its counters say so', () => outbox.status().outbox.lanes[0]?.rows === accepted);
  expect(outbox.status().outbox.lanes[0]?.shed).toEqual({});
  // What cannot wait finds room at the cost of the oldest, together with what can wait and is refused.
  const mixed = await Promise.allSettled([append('alert', 'can-wait'), append('alert'), append('alert', 'can-wait')]);
  expect(mixed.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  await until('the oldest was given up', () => outbox.status().outbox.lanes[0]?.shed['budget'] !== undefined);
});
