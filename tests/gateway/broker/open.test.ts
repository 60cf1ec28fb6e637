import { once } from 'node:events';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../../config/reveal.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { MessageBatch } from '../../../core/message.ts';
import { systemClock } from '../../../core/time.ts';
import { driver } from '../../../drivers/sensors/mqtt-json/driver.ts';
import { type Broker, type BrokerOptions, openBroker } from '../../../gateway/broker/open.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { createContext, recordedLog, revealFrom, secretNamed } from '../../drivers/support/context.ts';
import { until } from '../../support/resources.ts';

interface Opened {
  readonly broker: Broker;
  readonly counts: ReadonlyMap<string, number>;
  readonly log: ReturnType<typeof recordedLog>;
  connect(options?: IClientOptions): Promise<MqttClient>;
  [Symbol.asyncDispose](): Promise<void>;
}

const users: BrokerOptions['users'] = [
  { username: 'kim-long', password: secretNamed('KIM_LONG'), device: 'aq-kimlong', publish: ['sensors/kim-long/#'] },
  { username: 'bridge', password: secretNamed('BRIDGE'), publish: ['zigbee/+', 'sensors/#'] },
];
const secrets = { KIM_LONG: 'a secret of the station', BRIDGE: 'another one' };
const kimLong = { username: 'kim-long', password: secrets.KIM_LONG };
const bridge = { username: 'bridge', password: secrets.BRIDGE };

const open = async (options: Partial<BrokerOptions> = {}): Promise<Opened> => {
  const counts = new Map<string, number>();
  const log = recordedLog();
  const broker = await openBroker({
    host: '127.0.0.1',
    port: 0,
    users: [],
    reveal: revealFrom(secrets),
    clock: systemClock,
    log,
    count: (reason, by = 1) => counts.set(reason, (counts.get(reason) ?? 0) + by),
    ...options,
  });
  const clients: MqttClient[] = [];
  return {
    broker,
    counts,
    log,
    connect: async clientOptions => {
      const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, {
        protocolVersion: 4,
        reconnectPeriod: 50,
        ...clientOptions,
      });
      clients.push(client);
      client.on('error', () => {});
      await until('the client is connected', () => client.connected);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map(client => client.endAsync(true)));
      await broker[Symbol.asyncDispose]();
    },
  };
};

/** Reads on until aborted, keeping each batch unsettled. */
const collect = (batches: AsyncIterable<MessageBatch>): { readonly batches: MessageBatch[]; failure?: unknown } => {
  const collected: { batches: MessageBatch[]; failure?: unknown } = { batches: [] };
  const run = async (): Promise<void> => {
    for await (const batch of batches) collected.batches.push(batch);
  };
  run().catch((failure: unknown) => {
    collected.failure = failure;
  });
  return collected;
};

const textsOf = (batches: readonly MessageBatch[]): string[] =>
  batches.flatMap(({ messages }) => messages.map(({ bytes }) => Buffer.from(bytes).toString()));

/** Publishes at QoS 1 and keeps the order in which the acknowledgements came. */
const publish = (client: MqttClient, topic: string, texts: readonly string[]): string[] => {
  const acknowledged: string[] = [];
  for (const text of texts) client.publish(topic, text, { qos: 1 }, error => error ?? acknowledged.push(text));
  return acknowledged;
};

describe('the embedded broker', () => {
  it('lets mqtt-json read what a client publishes, and acknowledges it only when the batch is settled', async () => {
    await using opened = await open();
    const context = createContext({ embedded: opened.broker.source });
    const device = driver.bind('aq-1', {
      topics: ['tele/{name}/SENSOR'],
      values: [{ quantity: 'temperature', path: 'BME280.Temperature' }],
    });
    const observed: unknown[] = [];
    const settles: (() => void)[] = [];
    const reading = (async () => {
      for await (const { items, settle } of device.open(context)) {
        observed.push(...items);
        if (settle !== undefined) settles.push(settle);
      }
    })();
    const client = await opened.connect();
    const acknowledged = publish(client, 'tele/terrace/SENSOR', ['{"BME280":{"Temperature":20.5}}']);
    await until('the observation arrived', () => observed.length === 1);
    expect(observed).toMatchObject([{ kind: 'measurement', device: 'aq-1', quantity: 'temperature', value: 20.5 }]);
    await client.publishAsync('elsewhere', 'a round trip, so that an acknowledgement would have come', { qos: 0 });
    await turn();
    expect(acknowledged).toEqual([]);
    settles[0]?.();
    await until('the message is acknowledged', () => acknowledged.length === 1);
    context.abort();
    await reading;
  });

  it('acknowledges the messages of a client in the order they came, whatever device settles first', async () => {
    await using opened = await open();
    const { signal } = new AbortController();
    const first = collect(opened.broker.source.subscribe('first', ['a'], signal));
    const second = collect(opened.broker.source.subscribe('second', ['b'], signal));
    const client = await opened.connect();
    const acknowledged: string[] = [];
    const send = (topic: string, text: string): unknown =>
      client.publish(topic, text, { qos: 1 }, error => error ?? acknowledged.push(text));
    send('a', 'one');
    send('b', 'two');
    send('a', 'three');
    await until('all arrived', () => textsOf([...first.batches, ...second.batches]).length === 3);
    for (const { settle } of second.batches) settle();
    await turn();
    expect(acknowledged).toEqual([]);
    for (const { settle } of first.batches) settle();
    await until('all are acknowledged', () => acknowledged.length === 3);
    expect(acknowledged).toEqual(['one', 'two', 'three']);
  });

  it('acknowledges a message for two devices when both have settled it', async () => {
    await using opened = await open();
    const { signal } = new AbortController();
    const first = collect(opened.broker.source.subscribe('first', ['a/+'], signal));
    const second = collect(opened.broker.source.subscribe('second', ['#'], signal));
    const acknowledged = publish(await opened.connect(), 'a/b', ['one']);
    await until('both got it', () => first.batches.length === 1 && second.batches.length === 1);
    first.batches[0]?.settle();
    await turn();
    expect(acknowledged).toEqual([]);
    second.batches[0]?.settle();
    await until('it is acknowledged', () => acknowledged.length === 1);
  });

  it('makes the client send again what was not accepted, and ends the subscription with the reason', async () => {
    await using opened = await open();
    const { signal } = new AbortController();
    const before = collect(opened.broker.source.subscribe('aq', ['a'], signal));
    const acknowledged = publish(await opened.connect(), 'a', ['one', 'two']);
    await until('both arrived', () => textsOf(before.batches).length === 2);
    const failure = new GatewayError('exhausted', 'the disk is full');
    for (const { settle } of before.batches) settle(failure);
    await until('the subscription ended', () => before.failure !== undefined);
    expect(before.failure).toBe(failure);
    expect(acknowledged).toEqual([]);
    const after = collect(opened.broker.source.subscribe('aq', ['a'], signal));
    // MQTT.js sends the next only after the one before was acknowledged.
    await until('the first came again', () => after.batches.length === 1);
    after.batches[0]?.settle();
    await until('the second came again', () => after.batches.length === 2);
    after.batches[1]?.settle();
    await until('both are acknowledged', () => acknowledged.length === 2);
    expect(textsOf(after.batches)).toEqual(['one', 'two']);
  });

  it('keeps messages unacknowledged while their device is away, and hands them over when it is back', async () => {
    await using opened = await open();
    const away = new AbortController();
    collect(opened.broker.source.subscribe('aq', ['a'], away.signal));
    away.abort();
    const client = await opened.connect();
    const acknowledged = publish(client, 'a', ['one']);
    await client.publishAsync('nobody-reads-this', 'x', { qos: 0 });
    await until('the later message was seen', () => opened.counts.get('broker.unread') === 1);
    expect(acknowledged).toEqual([]);
    const back = collect(opened.broker.source.subscribe('aq', ['a'], new AbortController().signal));
    await until('it arrived', () => textsOf(back.batches).length === 1);
    back.batches[0]?.settle();
    await until('it is acknowledged', () => acknowledged.length === 1);
  });

  it('forgets what waits for an absent device when its sender leaves, since the sender keeps it', async () => {
    await using opened = await open();
    const away = new AbortController();
    collect(opened.broker.source.subscribe('aq', ['a'], away.signal));
    away.abort();
    const client = await opened.connect({ reconnectPeriod: 0 });
    publish(client, 'a', ['one']);
    await client.publishAsync('nobody-reads-this', 'x', { qos: 0 });
    await until('the message was seen', () => opened.counts.get('broker.unread') === 1);
    await client.endAsync(true);
    await until('the broker saw it leave', () => opened.broker.connected() === 0);
    const back = collect(opened.broker.source.subscribe('aq', ['a'], new AbortController().signal));
    const other = await opened.connect();
    await other.publishAsync('a', 'two', { qos: 0 });
    await until('something arrived', () => textsOf(back.batches).length > 0);
    expect(textsOf(back.batches)).toEqual(['two']);
  });

  it('drops and counts a QoS 0 message while its device is away', async () => {
    await using opened = await open();
    const away = new AbortController();
    collect(opened.broker.source.subscribe('aq', ['a'], away.signal));
    away.abort();
    await (await opened.connect()).publishAsync('a', 'x', { qos: 0 });
    await until('it is counted', () => opened.counts.get('broker.dropped') === 1);
  });

  it('acknowledges at once what no device reads, and counts it', async () => {
    await using opened = await open();
    await (await opened.connect()).publishAsync('nobody/reads/this', 'x', { qos: 1 });
    expect(opened.counts.get('broker.unread')).toBe(1);
  });

  it('lets clients wait until the devices have subscribed', async () => {
    const ready = Promise.withResolvers<void>();
    await using opened = await open({ ready: ready.promise });
    const client = mqtt.connect(`mqtt://127.0.0.1:${opened.broker.port}`, { protocolVersion: 4 });
    try {
      const acknowledged = publish(client, 'a', ['one']);
      await until('the socket is open', () => client.stream !== undefined);
      const reader = collect(opened.broker.source.subscribe('aq', ['a'], new AbortController().signal));
      ready.resolve();
      await until('it arrived', () => textsOf(reader.batches).length === 1);
      expect(acknowledged).toEqual([]);
    } finally {
      await client.endAsync(true);
    }
  });

  it("delivers a client's last will", async () => {
    await using opened = await open();
    const reader = collect(opened.broker.source.subscribe('aq', ['a/#'], new AbortController().signal));
    const client = await opened.connect({
      reconnectPeriod: 0,
      will: { topic: 'a/LWT', payload: Buffer.from('Offline'), qos: 1, retain: true },
    });
    client.stream.destroy();
    await until('the will arrived', () => textsOf(reader.batches).length === 1);
    expect(textsOf(reader.batches)).toEqual(['Offline']);
  });

  it('takes many messages at once from many clients, each in order', async () => {
    await using opened = await open();
    const context = createContext();
    const received = new Map<string, string[]>();
    const reading = (async () => {
      for await (const { messages, settle } of opened.broker.source.subscribe('aq', ['many/+'], context.signal)) {
        for (const { channel, bytes } of messages) {
          const texts = received.get(channel) ?? [];
          texts.push(Buffer.from(bytes).toString());
          received.set(channel, texts);
        }
        settle();
      }
    })();
    const texts = Array.from({ length: 500 }, (_, index) => String(index));
    const clients = await Promise.all(Array.from({ length: 10 }, () => opened.connect()));
    const acknowledged = clients.map((client, index) => publish(client, `many/${index}`, texts));
    await until('all are acknowledged', () => acknowledged.every(({ length }) => length === texts.length));
    expect([...received.values()]).toEqual(clients.map(() => texts));
    expect(acknowledged).toEqual(clients.map(() => texts));
    context.abort();
    await reading;
  });

  it('ends within a second of its abort', async () => {
    await using opened = await open();
    const context = createContext();
    const reading = (async () => {
      for await (const _ of opened.broker.source.subscribe('aq', ['#'], context.signal));
    })();
    await turn();
    const startedAt = performance.now();
    context.abort();
    await reading;
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('an embedded broker whose port another program has', () => {
  it('lets the devices that read from it say so, and serves them as soon as the port is free', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using opened = await open({ port });
    expect(opened.log.lines.map(({ message }) => message).join()).toContain('the broker cannot listen');
    const { signal } = new AbortController();
    const refused = collect(opened.broker.source.subscribe('aq-1', ['a'], signal));
    await until('the device is told', () => refused.failure !== undefined);
    expect(refused.failure).toMatchObject({
      kind: 'unreachable',
      message: `the broker cannot listen: 127.0.0.1:${port} is in use by another program`,
      advice: expect.stringContaining('another gateway or mosquitto'),
    });
    other.close();
    await once(other, 'close');
    const served = collect(opened.broker.source.subscribe('aq-1', ['a'], signal));
    const client = await opened.connect();
    const acknowledged = publish(client, 'a', ['at last']);
    await until('the message arrived', () => served.batches.length === 1);
    served.batches[0]?.settle();
    await until('the message is acknowledged', () => acknowledged.length === 1);
  });
});

describe('access to the embedded broker', () => {
  it('is refused on a LAN address without users', async () => {
    await expect(open({ host: '0.0.0.0' })).rejects.toMatchObject({ kind: 'config', path: ['broker', 'users'] });
  });

  it('is given on a LAN address with users', async () => {
    await using opened = await open({ host: '0.0.0.0', users });
    await opened.connect(kimLong);
    expect(opened.broker.connected()).toBe(1);
  });

  it.each([
    ['a wrong password', { username: 'kim-long', password: 'wrong' }],
    ['the password of another user', { username: 'kim-long', password: secrets.BRIDGE }],
    ['an unknown user', { username: 'nobody', password: '' }],
    ['no credentials', {}],
  ])('is refused with %s (MQTT 3.1.1, return code 4)', async (_, credentials) => {
    await using opened = await open({ users });
    const url = `mqtt://127.0.0.1:${opened.broker.port}`;
    await expect(
      mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...credentials }, false),
    ).rejects.toMatchObject({ code: 4 });
    expect(opened.counts.get('broker.login-refused')).toBe(1);
    expect(JSON.stringify(opened.log.lines)).not.toContain(secrets.BRIDGE);
  });

  it('is refused to the user whose password is missing, whatever he sends, and given to the others', async () => {
    await using opened = await open({ users, reveal: createSecrets({ BRIDGE: secrets.BRIDGE }).reveal });
    expect(opened.log.lines).toMatchObject([
      { message: 'the broker\'s user "kim-long" cannot log in: the environment variable KIM_LONG is not set' },
    ]);
    const url = `mqtt://127.0.0.1:${opened.broker.port}`;
    for (const password of ['', secrets.KIM_LONG]) {
      await expect(
        mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, username: 'kim-long', password }, false),
      ).rejects.toMatchObject({ code: 4 });
    }
    await opened.connect(bridge);
  });

  it('lets the device whose user is locked out say so, until his password is there', async () => {
    const found: Record<string, string> = { BRIDGE: secrets.BRIDGE };
    await using opened = await open({ users, reveal: createSecrets(found).reveal });
    const subscribe = (device: string) =>
      collect(opened.broker.source.subscribe(device, ['sensors/#'], new AbortController().signal));
    const other = subscribe('other');
    const parked = subscribe('aq-kimlong');
    await until('the device is told', () => parked.failure !== undefined);
    expect(parked.failure).toMatchObject({ kind: 'config', message: expect.stringContaining('"kim-long"') });
    expect(other.failure).toBeUndefined();

    found['KIM_LONG'] = secrets.KIM_LONG;
    const served = subscribe('aq-kimlong');
    const client = await opened.connect(kimLong);
    publish(client, 'sensors/kim-long/pm', ['12']);
    await until('the message arrived', () => served.batches.length === 1);
    served.batches[0]?.settle();
  });

  it('ends the connection of a user who publishes where it may not', async () => {
    await using opened = await open({ users });
    const reader = collect(opened.broker.source.subscribe('other', ['#'], new AbortController().signal));
    const client = await opened.connect({ ...kimLong, reconnectPeriod: 0 });
    client.publish('sensors/other/state', '{}', { qos: 1 });
    await until('the client was disconnected', () => !client.connected);
    expect(opened.counts.get('broker.publish-refused')).toBe(1);
    expect(reader.batches).toEqual([]);
  });

  it('lets nobody publish under $SYS', async () => {
    await using opened = await open();
    const client = await opened.connect({ reconnectPeriod: 0 });
    client.publish('$SYS/x/heartbeat', 'x', { qos: 1 });
    await until('the client was disconnected', () => !client.connected);
  });

  it("hands the messages of a device's user to that device alone", async () => {
    await using opened = await open({ users });
    const own = collect(
      opened.broker.source.subscribe('aq-kimlong', ['sensors/kim-long/#'], new AbortController().signal),
    );
    const other = collect(opened.broker.source.subscribe('curious', ['#'], new AbortController().signal));
    const client = await opened.connect(kimLong);
    publish(client, 'sensors/kim-long/state', ['one']);
    await until('its own device got it', () => textsOf(own.batches).length === 1);
    await (await opened.connect(bridge)).publishAsync('zigbee/1', 'two', { qos: 0 });
    await until('the other got the later one', () => other.batches.length > 0);
    expect(textsOf(other.batches)).toEqual(['two']);
  });

  it("keeps what a device's user publishes before the device subscribed for the first time", async () => {
    await using opened = await open({ users });
    const client = await opened.connect(kimLong);
    const topics = ['sensors/kim-long/state', 'sensors/kim-long/LWT'];
    const acknowledged = topics.map(topic => publish(client, topic, [topic]));
    await client.publishAsync('sensors/kim-long/x', 'x', { qos: 0 });
    await until('all were seen', () => opened.counts.get('broker.dropped') === 1);
    const filters = ['sensors/kim-long/state'];
    const reader = collect(opened.broker.source.subscribe('aq-kimlong', filters, new AbortController().signal));
    await until('what it reads arrived', () => reader.batches.length === 1);
    expect(textsOf(reader.batches)).toEqual(['sensors/kim-long/state']);
    reader.batches[0]?.settle();
    await until('all is acknowledged', () => acknowledged.every(({ length }) => length === 1));
  });

  it('lets a user read nothing but its own topics', async () => {
    await using opened = await open({ users });
    const client = await opened.connect(kimLong);
    const granted = async (filter: string): Promise<unknown> => {
      const [answer] = await client.subscribeAsync(filter, { qos: 1 }).catch(() => [{ qos: 128 }]);
      return answer?.qos;
    };
    expect(await granted('sensors/kim-long/command')).toBe(1);
    expect(await granted('#')).toBe(128);
    expect(await granted('$SYS/#')).toBe(128);
  });

  it('does not let a user take over the connection of another by its client id', async () => {
    await using opened = await open({ users });
    const victim = await opened.connect({ ...kimLong, clientId: 'station' });
    await opened.connect({ ...bridge, clientId: 'station' });
    await victim.publishAsync('sensors/kim-long/x', 'x', { qos: 0 });
    expect(opened.broker.connected()).toBe(2);
  });
});

describe('the bounds of the embedded broker', () => {
  const raw = async (port: number): Promise<net.Socket & { closedByPeer: boolean }> => {
    const socket = Object.assign(net.connect(port, '127.0.0.1'), { closedByPeer: false });
    socket.on('error', () => {});
    socket.on('close', () => {
      socket.closedByPeer = true;
    });
    socket.write(generate({ cmd: 'connect', clientId: 'raw', clean: true, keepalive: 0, protocolId: 'MQTT' }));
    await new Promise(resolve => socket.once('data', resolve));
    return socket;
  };

  it('cuts a client off that announces a packet of 200 MB', async () => {
    await using opened = await open();
    const socket = await raw(opened.broker.port);
    socket.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64]));
    await until('the connection is closed', () => socket.closedByPeer);
    expect(opened.counts.get('broker.packet-too-large')).toBe(1);
  });

  it('survives bytes that are no MQTT', async () => {
    await using opened = await open();
    const socket = await raw(opened.broker.port);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await until('the connection is closed', () => socket.closedByPeer);
    const client = await opened.connect();
    expect(client.connected).toBe(true);
  });

  it('survives packets that are spoiled at random', async () => {
    await using opened = await open();
    const reader = collect(opened.broker.source.subscribe('aq', ['#'], new AbortController().signal));
    const packets = [
      generate({
        cmd: 'connect',
        clientId: 'fuzz',
        clean: true,
        keepalive: 5,
        protocolId: 'MQTT',
        will: { topic: 'w', payload: Buffer.from('x'), qos: 1, retain: true },
      }),
      generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/#', qos: 1 }] }),
      generate({ cmd: 'publish', topic: 'a/b', payload: '{}', qos: 1, messageId: 2, dup: false, retain: true }),
      generate({ cmd: 'publish', topic: 'a/b', payload: '{}', qos: 2, messageId: 3, dup: false, retain: false }),
      generate({ cmd: 'pubrel', messageId: 3 }),
      generate({ cmd: 'unsubscribe', messageId: 4, unsubscriptions: ['a/#'] }),
      generate({ cmd: 'pingreq' }),
      generate({ cmd: 'disconnect' }),
    ];
    for (let round = 0; round < 300; round++) {
      const random = createRandom('spoiled packets', round);
      const bytes = Buffer.concat(packets.filter(() => random() < 0.8));
      for (let change = 0; change < 1 + random() * 4; change++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const socket = net.connect(opened.broker.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.end(bytes);
      await new Promise(resolve => socket.once('close', resolve));
    }
    for (const { settle } of reader.batches) settle();
    const client = await opened.connect();
    const acknowledged = publish(client, 'b', ['still here']);
    await until('it arrived', () => textsOf(reader.batches).includes('still here'));
    for (const { settle } of reader.batches) settle();
    await until('it is acknowledged', () => acknowledged.length === 1);
  });

  it('keeps nothing of a client that left, not even where it asked for a session', async () => {
    await using opened = await open();
    const options: IClientOptions = { clientId: 'sleeper', clean: false, reconnectPeriod: 0 };
    const sleeper = await opened.connect(options);
    await sleeper.subscribeAsync('a', { qos: 1 });
    await sleeper.endAsync(true);
    await until('it left', () => opened.broker.connected() === 0);
    await (await opened.connect()).publishAsync('a', 'kept?', { qos: 1, retain: true });
    const url = `mqtt://127.0.0.1:${opened.broker.port}`;
    const again = mqtt.connect(url, { ...options, protocolVersion: 4 });
    const messages: string[] = [];
    again.on('message', (_topic, bytes) => messages.push(bytes.toString()));
    const present = await new Promise<boolean>(resolve =>
      again.on('connect', packet => resolve(packet.sessionPresent)),
    );
    await again.subscribeAsync('a', { qos: 1 });
    await again.publishAsync('a', 'now', { qos: 1 });
    await until('the live message arrived', () => messages.includes('now'));
    await again.endAsync(true);
    expect({ present, messages }).toEqual({ present: false, messages: ['now'] });
  });

  it('stops reading a client whose messages wait, and goes on when they are settled', async () => {
    await using opened = await open();
    const reader = collect(opened.broker.source.subscribe('aq', ['a'], new AbortController().signal));
    const client = await opened.connect();
    const text = 'x'.repeat(10_000);
    const acknowledged = publish(
      client,
      'a',
      Array.from({ length: 200 }, () => text),
    );
    await until('the first arrived', () => reader.batches.length > 0);
    await until('what arrives comes to rest', async () => {
      const before = textsOf(reader.batches).length;
      await new Promise(resolve => setTimeout(resolve, 100));
      return textsOf(reader.batches).length === before;
    });
    expect(textsOf(reader.batches).length).toBeLessThan(50);
    let settled = 0;
    await until('all are acknowledged', () => {
      for (; settled < reader.batches.length; settled++) reader.batches[settled]?.settle();
      return acknowledged.length === 200;
    });
  });
});
