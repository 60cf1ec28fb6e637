import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Message } from '../../../core/message.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { driver } from '../../../drivers/sensors/mqtt-json/driver.ts';
import { mqttFields } from '../../../drivers/transports/mqtt.ts';
import { brokerEntry, devicesIn, listenToBroker } from '../../../gateway/discover/broker.ts';
import { createContext } from '../../drivers/support/context.ts';
import { readFixtures } from '../../drivers/support/fixtures.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

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

  it('that is not there is told, and nothing more', async () => {
    const config = reach.parse({ broker: 'mqtt://127.0.0.1:1' });
    const { messages, error } = await listenToBroker(config, { listenFor: 500, context: createContext() });
    expect(messages).toEqual([]);
    expect(error?.kind).toBe('unreachable');
  });
});
