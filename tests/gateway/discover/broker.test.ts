import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Message } from '../../../core/message.ts';
import { systemClock } from '../../../core/time.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { driver } from '../../../drivers/sensors/mqtt-json/driver.ts';
import { mqttFields } from '../../../drivers/transports/mqtt.ts';
import { openBroker } from '../../../gateway/broker/open.ts';
import { brokerEntry, devicesIn, listenToBroker, listenToEmbedded } from '../../../gateway/discover/broker.ts';
import { createContext, recordedLog, revealFrom } from '../../drivers/support/context.ts';
import { readFixtures } from '../../drivers/support/fixtures.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { startSimulator } from '../../support/simulate.ts';

const reach = z.strictObject(mqttFields);

const fixtures = (await readFixtures('sensors', 'mqtt-json')).filter(({ name }) => name.startsWith('dialect-'));

const toMessages = ({ chunks }: (typeof fixtures)[number]): readonly Message[] =>
  chunks.flatMap(({ channel, ...chunk }) => (channel === undefined ? [] : [{ ...chunk, channel, retained: false }]));

const message = (channel: string, payload: unknown): Message => ({
  channel,
  bytes: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
  receivedAt: Date.UTC(2026, 10, 26),
  retained: false,
});

describe('what publishes to a broker', () => {
  it.each(fixtures)('is known by the dialect of its messages: $name', fixture => {
    const dialect: unknown = Reflect.get(Object(fixture.config), 'dialect');
    const topicName: unknown = Reflect.get(Object(fixture.config), 'topicName');
    const devices = devicesIn(drivers, toMessages(fixture));
    expect(devices.map(({ seen }) => seen.config['dialect'])).toEqual([dialect]);
    expect(devices[0]?.seen.config['topicName']).toBe(topicName);
  });

  it('is known among all others at once', () => {
    const devices = devicesIn(drivers, fixtures.flatMap(toMessages));
    expect(devices).toHaveLength(fixtures.length);
    expect(fixtures.length).toBeGreaterThanOrEqual(6);
  });

  it('is guessed by the names of its numbers where no dialect is known, and reads itself back', () => {
    const reading = message('city/kim-long/air', { env: { Temp: 31.5, 'PM2.5': 24, 'pm1.0': 12 }, pressure: 101_325 });
    const [device] = devicesIn(drivers, [reading, message('city/kim-long/humidity', '81')]);
    expect(device?.seen.config['values']).toEqual([
      { quantity: 'temperature', path: 'env.Temp' },
      { quantity: 'pm25', path: 'env["PM2.5"]' },
      { quantity: 'pm1', path: 'env["pm1.0"]' },
      { quantity: 'atmosphericPressure', path: 'pressure', unit: 'Pa' },
    ]);
    const decoded = driver.bind('found', device?.seen.config).createDecoder()?.(reading);
    expect(decoded).toMatchObject([
      { observation: { quantity: 'temperature', value: 31.5 } },
      { observation: { quantity: 'pm25', value: 24 } },
      { observation: { quantity: 'pm1', value: 12 } },
      { observation: { quantity: 'atmosphericPressure', value: 1013.25 } },
    ]);
  });

  it('is not guessed out of texts, impossible numbers and what is no JSON', () => {
    const messages = [
      message('zigbee2mqtt/bridge/state', { state: 'online' }),
      message('a/temperature', '4000'),
      message('b', '{"temp'),
      message('c', [1, 2, 3]),
      message('d/status/x', { temperature: 'warm' }),
    ];
    expect(devicesIn(drivers, messages)).toEqual([]);
  });
});

const questionsIn = (messages: readonly Message[]) =>
  devicesIn(drivers, messages).flatMap(({ seen }) => seen.question ?? []);

/** An edge node whose births are over before anybody listens. */
const startEdgeNode = async (port: number) => {
  const url = `mqtt://127.0.0.1:${port}`;
  const watcher = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4 });
  const heard: string[] = [];
  watcher.on('message', topic => void heard.push(topic));
  await watcher.subscribeAsync('spBv1.0/#');
  const running = await startSimulator('sparkplug', { url, interval: '50ms' });
  await until('the node sends data', () => heard.some(topic => topic.includes('/DDATA/')));
  return {
    /** Topics of all messages so far. */
    heard,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await watcher.endAsync(true);
    },
  };
};

const commandsIn = (topics: readonly string[]) => topics.filter(topic => topic.includes('/NCMD/'));

describe.skipIf(missingPrograms('mosquitto') !== undefined)('a broker', () => {
  it('is listened to without leaving a session there, and its devices are told with how they are reached', async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    try {
      const listen = () =>
        listenToBroker(reach.parse({ broker: url }), {
          listenFor: 700,
          context: createContext(),
        });
      const listening = listen();
      let isOver = false;
      const publishing = until('it was heard', async () => {
        await client.publishAsync('tele/kim-long/SENSOR', '{"SDS0X1":{"PM2.5":12.5,"PM10":20}}', { qos: 1 });
        return isOver;
      });
      const { messages, error } = await listening;
      isOver = true;
      await publishing;
      expect(error).toBeUndefined();
      const [device] = devicesIn(drivers, messages);
      if (device === undefined) throw new Error('nothing was seen');
      expect(brokerEntry(device, url, { broker: url })).toMatchObject({
        name: 'kim-long',
        config: { broker: url, dialect: 'tasmota', topicName: 'kim-long' },
      });
      // What is published while nobody listens is kept for nobody.
      await client.publishAsync('tele/other/SENSOR', '{"SDS0X1":{"PM2.5":1}}', { qos: 1 });
      expect((await listen()).messages).toEqual([]);
    } finally {
      await client.endAsync(true);
    }
  });

  it('is asked nothing, and with leave only for the births of nodes whose metrics nobody named', async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using node = await startEdgeNode(broker.port);
    const config = reach.parse({ broker: `mqtt://127.0.0.1:${broker.port}` });
    const quiet = await listenToBroker(config, { listenFor: 700, context: createContext() });
    expect(devicesIn(drivers, quiet.messages).map(({ seen }) => [seen.name, seen.isDraft])).toEqual([
      ['weather', true],
      ['weather-2', true],
    ]);
    expect(commandsIn(node.heard)).toEqual([]);
    const { messages } = await listenToBroker(config, { listenFor: 2000, context: createContext(), questionsIn });
    const devices = devicesIn(drivers, messages).map(({ seen }) => seen);
    expect(devices.map(({ name, isDraft }) => [name, isDraft])).toEqual([
      ['weather', undefined],
      ['weather-2', undefined],
    ]);
    expect(devices[0]?.config['metrics']).toContainEqual({ name: 'Outdoor/pm25', quantity: 'pm25' });
    // Both devices are of one node.
    expect(commandsIn(node.heard)).toHaveLength(1);
  });

  it('that is not there is told, and nothing more', async () => {
    const config = reach.parse({ broker: 'mqtt://127.0.0.1:1' });
    const { messages, error } = await listenToBroker(config, { listenFor: 500, context: createContext() });
    expect(messages).toEqual([]);
    expect(error?.kind).toBe('unreachable');
  });
});

describe("the gateway's own broker", () => {
  const open = () =>
    openBroker({
      host: '127.0.0.1',
      port: 0,
      users: [],
      reveal: revealFrom({}),
      clock: systemClock,
      log: recordedLog(),
      count: () => {},
    });

  it('is listened to, and what is not acknowledged stays with its sender', async () => {
    await using broker = await open();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4 });
    client.on('error', () => {});
    try {
      const context = createContext();
      let acknowledged = 0;
      const listening = listenToEmbedded(broker.source, {
        listenFor: 60_000,
        context,
        onTopics: count => count === 2 && context.abort(),
      });
      client.publish('tele/kim-long/SENSOR', '{"SDS0X1":{"PM2.5":12.5,"PM10":20}}', { qos: 1 }, error => {
        if (error === undefined || error === null) acknowledged++;
      });
      client.publish('zigbee2mqtt/garden', '{"temperature":31.5,"humidity":70,"linkquality":90}', { qos: 0 });
      const { messages, error } = await listening;
      expect(error).toBeUndefined();
      const devices = devicesIn(drivers, messages);
      expect(devices.map(({ seen }) => seen.name)).toEqual(['kim-long', 'garden']);
      for (const device of devices) expect(brokerEntry(device, 'here', {}).config).not.toHaveProperty('broker');
      expect(acknowledged).toBe(0);
    } finally {
      await client.endAsync(true);
    }
  });

  it('is heard to the end of the time, however much comes', async () => {
    await using broker = await open();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4 });
    client.on('error', () => {});
    try {
      const context = createContext();
      const listening = listenToEmbedded(broker.source, {
        listenFor: 60_000,
        context,
        onTopics: count => count === 2 && context.abort(),
      });
      for (let sent = 0; sent < 5000; sent++)
        client.publish('tele/a/SENSOR', `{"BME280":{"Temperature":${sent % 40}}}`);
      client.publish('tele/b/SENSOR', '{"BME280":{"Temperature":20}}');
      const { messages } = await listening;
      expect(devicesIn(drivers, messages).map(({ seen }) => seen.name)).toEqual(['a', 'b']);
      expect(messages.length).toBeLessThan(10);
    } finally {
      await client.endAsync(true);
    }
  });

  it('passes on the question for births', async () => {
    await using broker = await open();
    await using node = await startEdgeNode(broker.port);
    const { messages } = await listenToEmbedded(broker.source, {
      listenFor: 2000,
      context: createContext(),
      questionsIn,
    });
    expect(commandsIn(node.heard)).toHaveLength(1);
    expect(devicesIn(drivers, messages).map(({ seen }) => [seen.name, seen.isDraft])).toEqual([
      ['weather', undefined],
      ['weather-2', undefined],
    ]);
  });
});
