/** The uplink through a whole outbox, to real brokers that refuse in every way there is. */
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { hours } from '../../../core/time.ts';
import { createReserve } from '../../../gateway/outbox/disk.ts';
import { createFeed } from '../../../gateway/outbox/feed.ts';
import { openOrReplaceStore } from '../../../gateway/outbox/replace-store.ts';
import { createAuthority } from '../../../simulators/ioc/certificate.ts';
import { uplinkSchema } from '../../../sinks/mqtt/config.ts';
import { openUplink } from '../../../sinks/mqtt/uplink.ts';
import { eventTopic, groupOf, listen, type OpenedOutbox, openTestOutbox, sealed } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { openRoughBroker } from '../../support/rough-broker.ts';

const missing = missingPrograms('mosquitto');

/** Why the uplink is not connected, once it says so. */
const lossOf = ({ notices }: OpenedOutbox) =>
  until('the uplink says what is wrong', () => notices.find(notice => notice.kind === 'lost')?.error);

const writeAll = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text, { mode: 0o644 });
};

const acl = [
  'topic readwrite ioc/v1/hue/gw-1/gateway/#',
  'topic readwrite ioc/v1/hue/gw-1/environment/obs/#',
  'user ioc',
  'topic readwrite #',
];

const startWithAccessList = async (folder: string) => {
  const port = await freePort();
  await writeAll(folder, { acl: `${acl.join('\n')}\n` });
  const configuration = `listener ${port} 127.0.0.1\nallow_anonymous true\nacl_file ${path.join(folder, 'acl')}`;
  return startMosquitto({ folder, port, configuration });
};

test.skipIf(missing).for([5, '3.1.1'] as const)(
  'over MQTT %s keeps and reports what the access list of the broker drops',
  async protocol => {
    await using folder = await temporaryFolder();
    await using broker = await startWithAccessList(folder.path);
    await using listener = await listen(broker.port, 'ioc/v1/#', { username: 'ioc' });
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}`, protocol }]);
    await opened.outbox.append({ events: [sealed(1), sealed(2, { lane: 'event', topic: eventTopic('event') })] });
    await until('the permitted one arrived', () => listener.events().length === 1);
    const told = await until('the other one is reported', () =>
      opened.notices.find(({ kind }) => kind === 'not-permitted'),
    );
    expect(told).toMatchObject({ topic: eventTopic('event'), uplink: 'ioc' });
    await until('it still waits', () => opened.outbox.status().uplinks[0]?.backlog === 1);
    expect(opened.outbox.status().outbox.lanes[1]).toMatchObject({ lane: 'event', rows: 1 });
  },
);

const startWithTls = async (folder: string, authority = createAuthority(Date.now())) => {
  const [port, insidePort] = await Promise.all([freePort(), freePort()]);
  const server = authority.issueServer('broker');
  await writeAll(folder, {
    'ca.pem': authority.certificate,
    'server.pem': server.certificate,
    'server.key': server.key,
  });
  // The listener that is waited for comes last.
  const lines = [
    'allow_anonymous true',
    `listener ${insidePort} 127.0.0.1`,
    `listener ${port} 127.0.0.1`,
    `cafile ${path.join(folder, 'ca.pem')}`,
    `certfile ${path.join(folder, 'server.pem')}`,
    `keyfile ${path.join(folder, 'server.key')}`,
    'require_certificate true',
    'use_identity_as_username true',
  ];
  const broker = await startMosquitto({ folder, port, configuration: lines.join('\n') });
  return {
    broker,
    authority,
    /** For subscribers inside of the center. */
    insidePort,
    url: `mqtts://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
};

test.skipIf(missing).for([5, '3.1.1'] as const)(
  'delivers over TLS with a client certificate, MQTT %s',
  async protocol => {
    await using folder = await temporaryFolder();
    await using tls = await startWithTls(folder.path);
    await using listener = await listen(tls.insidePort);
    const identity = tls.authority.issueClient('gw-1');
    await writeAll(folder.path, { 'client.pem': identity.certificate, 'client.key': identity.key });
    const file = (name: string): string => path.join(folder.path, name);
    await using opened = await openTestOutbox(folder.path, [
      { url: tls.url, protocol, ca: file('ca.pem'), certificate: file('client.pem'), key: file('client.key') },
    ]);
    await opened.outbox.append({ events: [sealed(1)] });
    await until('it was delivered', () => opened.outbox.status().uplinks[0]?.delivered === 1);
    expect(listener.events()).toMatchObject([{ id: '1'.padStart(32, '0') }]);
  },
);

test.skipIf(missing)('says that the broker asks for a certificate when there is none', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path);
  await using opened = await openTestOutbox(folder.path, [{ url: tls.url, ca: path.join(folder.path, 'ca.pem') }]);
  expect(await lossOf(opened)).toMatchObject({ kind: 'denied', message: expect.stringContaining('certificate') });
});

test.skipIf(missing)('says that the clock is wrong when the certificate of the broker is not yet valid', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path, createAuthority(Date.now() + hours(48)));
  await using opened = await openTestOutbox(folder.path, [{ url: tls.url, ca: path.join(folder.path, 'ca.pem') }]);
  expect(await lossOf(opened)).toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('the clock is wrong'),
    advice: 'Set the clock, or wait until it is synchronized.',
  });
});

test.skipIf(missing)('says that nobody known signed the certificate of the broker', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path);
  await using opened = await openTestOutbox(folder.path, [{ url: tls.url }]);
  expect(await lossOf(opened)).toMatchObject({ kind: 'denied', advice: 'Give its authority as "ca".' });
});

test.skipIf(missing)(
  'does not dial a broker in a hurry that refuses its password, and never shows the password',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await writeAll(folder.path, {
      passwords: 'gw:$7$101$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
    });
    const configuration = `listener ${port} 127.0.0.1\npassword_file ${path.join(folder.path, 'passwords')}`;
    await using _broker = await startMosquitto({ folder: folder.path, port, configuration });
    await using opened = await openTestOutbox(
      folder.path,
      [{ url: `mqtt://127.0.0.1:${port}`, username: 'gw', password: `\${env:UPLINK_PASSWORD}` }],
      { reveal: () => 'a secret word' },
    );
    expect(await lossOf(opened)).toMatchObject({ kind: 'denied', advice: expect.stringContaining('"password"') });
    await until(
      'the status says when it tries again',
      () => opened.outbox.status().uplinks[0]?.nextRetry !== undefined,
    );
    const [uplink] = opened.outbox.status().uplinks;
    expect((uplink?.nextRetry ?? 0) - Date.now()).toBeGreaterThan(100_000);
    expect(JSON.stringify([opened.notices, uplink])).not.toContain('secret word');
  },
);

test('says what a port is that does not speak MQTT', async () => {
  await using folder = await temporaryFolder();
  const server = net.createServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  {
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
    expect(await lossOf(opened)).toMatchObject({ kind: expect.stringMatching(/protocol|unreachable/) });
  }
  server.close();
});

test.skipIf(missing)('holds the Receive Maximum of the broker', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
  await opened.outbox.append({ events: Array.from({ length: 2000 }, (_, n) => sealed(n + 1)) });
  // mosquitto closes a connection that exceeds it (reason 0x93).
  await using _broker = await startMosquitto({
    folder: folder.path,
    port,
    configuration: `max_inflight_messages 5\nlistener ${port} 127.0.0.1\nallow_anonymous true`,
  });
  await using _listener = await listen(port);
  await until('all of it was delivered', () => opened.outbox.status().uplinks[0]?.delivered === 2000);
  expect(opened.notices.filter(({ kind }) => kind === 'connected')).toHaveLength(1);
});

test.skipIf(missing)('says online when it comes and offline when it is stopped', async () => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using listener = await listen(broker.port);
  const connection = () => {
    const state = listener.newestState('connection');
    return state === undefined ? undefined : JSON.parse(state.body).data;
  };
  {
    await using _opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}` }]);
    await until('it says that it is there', () => connection()?.state === 'online');
  }
  await until('it says that it was stopped', () => connection()?.reason === 'stopped');
});

test.skipIf(missing)(
  'is online again, on another connection, after its place was taken and its Will was told',
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using listener = await listen(broker.port);
    const connections = () =>
      listener.received
        .filter(({ topic }) => topic.endsWith('/state/connection'))
        .map(({ body }) => JSON.parse(body).data as { readonly state: string; readonly connectionid: string });
    await using _opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}` }]);
    await until('it says that it is there', () => connections().length === 1);
    // As the broker sees a gateway whose old connection still hangs behind a carrier's NAT.
    const other = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
      clientId: 'haidang-hue-gw-1',
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    await until('it is back', () => connections().length === 3);
    await other.endAsync(true);
    const [first, will, second] = connections();
    expect(will).toMatchObject({ state: 'offline', connectionid: first?.connectionid });
    expect(second?.state).toBe('online');
    expect(second?.connectionid).not.toBe(first?.connectionid);
  },
);

/** In this thread, so that the time of day is the test's. */
const openWithClock = async (folder: string, url: string, now: () => number) => {
  const { store } = openOrReplaceStore({
    folder,
    sinks: [{ name: 'ioc' }],
    budgetBytes: 2 ** 30,
    reserve: createReserve(folder),
    now,
    trustedNow: now,
    history: { bytes: 0, age: 0 },
    onShed: () => {},
  });
  const feed = createFeed({
    sink: 'ioc',
    store,
    clock: { now, steady: () => performance.now() },
    isHeld: () => false,
    onRefused: () => {},
    onPoisoned: () => {},
  });
  const state = (name: string) => ({ topic: `ioc/v1/hue/gw-1/gateway/state/${name}`, body: '{"data":{}}' });
  const losses: string[] = [];
  const uplink = openUplink({
    config: uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', url }),
    clientId: 'haidang-hue-gw-1',
    feed,
    storage: folder,
    now,
    steady: () => performance.now(),
    trustedNow: now,
    timeZone: 'Asia/Ho_Chi_Minh',
    connection: () => state('connection'),
    delivery: () => state('delivery'),
    states: () => new Map(),
    onStateSent: () => {},
    onStateRefused: () => {},
    onConnected: () => {},
    onLost: ({ message }) => losses.push(message),
    onCommand: () => {},
    usage: { load: () => undefined, save: () => {} },
  });
  return {
    uplink,
    losses,
    accept: (body: string) => {
      const group = groupOf(eventTopic('obs'), [body]);
      for (const number of store.append(group)) {
        feed.offer('environment/obs', 'obs', number, eventTopic('obs'), Buffer.from(body));
      }
      uplink.wake();
    },
    [Symbol.asyncDispose]: async () => {
      await uplink.stop('at once');
      store[Symbol.dispose]();
    },
  };
};

test.for([24, -24])('neither drops a connection nor waits longer when the clock steps by %s hours', async step => {
  await using folder = await temporaryFolder();
  await using broker = await openRoughBroker({ react: () => ({ kind: 'acknowledge', afterMs: 300 }) });
  let jumps = 0;
  await using opened = await openWithClock(folder.path, broker.url, () => Date.now() + jumps * hours(step));
  await until('it is connected', () => opened.uplink.report().state === 'connected');
  opened.accept('{"n":1}');
  jumps++;
  await until('what was on its way is delivered', () => opened.uplink.report().delivered === 1);
  expect(opened.losses).toEqual([]);
  broker.end();
  await until('it waits for its next attempt', () => opened.uplink.report().state === 'waiting');
  jumps++;
  opened.accept('{"n":2}');
  await until('it is delivered on the next connection', () => opened.uplink.report().delivered === 2, 5000);
});
