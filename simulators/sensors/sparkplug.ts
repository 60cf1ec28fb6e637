/** An edge node of Sparkplug B 3.0 with two devices, on a broker. */
import { connect, type MqttClient } from 'mqtt';
import { z } from 'zod';
import { sleep } from '../../core/abort.ts';
import { duration } from '../../core/fields.ts';
import { defineSimulator, type Fault } from '../../core/simulator.ts';
import { seconds } from '../../core/time.ts';
import {
  birthNumberMetric,
  decodePayload,
  encodePayload,
  type MetricToSend,
  rebirthMetric,
} from '../../drivers/protocols/sparkplug/payload.ts';
import type { World } from '../world/world.ts';

const quantities = ['temperature', 'relativeHumidity', 'pm25'] as const;
const double = 10;
const boolean = 11;
const int64 = 4;

const config = z.strictObject({
  url: z
    .string()
    .regex(/^mqtts?:\/\/[A-Za-z0-9._:[\]-]+$/, 'expected "mqtt://host:1883"')
    .default('mqtt://127.0.0.1:1883'),
  username: z.string().optional(),
  password: z.string().optional(),
  group: z.string().default('hue'),
  edgeNode: z.string().default('pole-kimlong-02'),
  device: z.string().default('weather'),
  interval: duration({ minimum: 10 }).prefault('5s'),
});

/**
 * `silent` says nothing more, `noise` sends what is no payload, `hang` stops in the middle of a packet; under `away` and
 * `refuse-login` the connection breaks off, so that the broker sends the Will.
 */
export const simulator = defineSimulator<z.output<typeof config>, World>({
  name: 'sparkplug',
  summary:
    'A Sparkplug B edge node with two devices of air and weather that sends births, data by alias, and its Will.',
  config,
  start: async (options, { world, clock, log, signal, random }) => {
    const { group, edgeNode, device, interval } = options;
    const devices = [device, `${device}-2`];
    const stopping = new AbortController();
    const ends = AbortSignal.any([signal, stopping.signal]);
    const topicOf = (verb: string, of?: string): string =>
      `spBv1.0/${group}/${verb}/${edgeNode}${of === undefined ? '' : `/${of}`}`;
    let shown: Fault | undefined;
    let sequence = 0;
    let births = 0;

    const next = (): number => {
      const number = sequence;
      sequence = (sequence + 1) % 256;
      return number;
    };
    /** Aliases are unique at the node. */
    const metricsOf = (of: string, isBirth: boolean): readonly MetricToSend[] => {
      const truth = world.quantitiesAt(clock.now());
      const first = 100 * (devices.indexOf(of) + 1);
      return quantities.map((quantity, index) => ({
        ...(isBirth && { name: `Outdoor/${quantity}`, datatype: double }),
        alias: first + index,
        time: clock.now(),
        value: truth[quantity],
      }));
    };
    const birthNumber = (): MetricToSend => ({
      name: birthNumberMetric,
      datatype: int64,
      value: BigInt(births % 256),
    });

    const publish = (client: MqttClient, topic: string, metrics: readonly MetricToSend[]): void => {
      const payload = encodePayload({ time: clock.now(), sequence: next(), metrics });
      client.publish(topic, Buffer.from(payload), { qos: 0 });
    };

    const announce = (client: MqttClient): void => {
      sequence = 0;
      publish(client, topicOf('NBIRTH'), [
        birthNumber(),
        { name: rebirthMetric, datatype: boolean, time: clock.now(), value: false },
      ]);
      for (const of of devices) publish(client, topicOf('DBIRTH', of), metricsOf(of, true));
    };

    const will = () => ({
      topic: topicOf('NDEATH'),
      payload: Buffer.from(encodePayload({ time: clock.now(), metrics: [birthNumber()] })),
      qos: 1 as const,
      retain: false,
    });

    const open = (): MqttClient => {
      births++;
      const password = shown === 'refuse-login' ? 'not the password' : options.password;
      const client = connect(options.url, {
        protocolVersion: 4,
        reconnectPeriod: seconds(1),
        keepalive: 30,
        ...(options.username !== undefined && { username: options.username }),
        ...(password !== undefined && { password }),
        will: will(),
      });
      // Each connection has its own birth and death.
      client.on('reconnect', () => {
        births++;
        client.options.will = will();
      });
      client.on('error', error => log.warn('the broker cannot be used', { reason: error.message }));
      client.on('connect', () => {
        client.subscribe(topicOf('NCMD'), { qos: 1 }, () => announce(client));
      });
      client.on('message', (_, bytes) => {
        if (shown === 'silent' || shown === 'hang') return;
        const isRebirth = decodePayload(bytes)?.metrics.some(({ name }) => name === rebirthMetric);
        if (isRebirth) announce(client);
      });
      return client;
    };

    let client: MqttClient | undefined = open();

    const speaking = (async () => {
      while (!ends.aborted) {
        await sleep(interval, ends);
        if (client === undefined || !client.connected || shown === 'silent' || shown === 'hang') continue;
        if (shown === 'noise') {
          const noise = Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256)));
          client.publish(topicOf('DDATA', device), noise, { qos: 0 });
        } else for (const of of devices) publish(client, topicOf('DDATA', of), metricsOf(of, false));
      }
    })();

    return {
      address: {
        broker: options.url,
        ...(options.username !== undefined && { username: options.username }),
        group,
        edgeNode,
        device,
        metrics: quantities.map(quantity => ({ name: `Outdoor/${quantity}`, quantity })),
      },
      show: fault => {
        if (fault === shown) return;
        const wasBroken = shown === 'hang' || shown === 'away' || shown === 'refuse-login';
        shown = fault;
        // The fixed header of a PUBLISH of 60 000 bytes that never come.
        if (fault === 'hang') client?.stream.write(Uint8Array.of(0x30, 0xe0, 0xd4, 0x03));
        if (fault === 'away' || fault === 'refuse-login' || wasBroken) {
          // Without a DISCONNECT, so the broker sends the Will.
          client?.stream.destroy();
          client?.end(true);
          client = fault === 'away' ? undefined : open();
        }
      },
      [Symbol.asyncDispose]: async () => {
        stopping.abort();
        await speaking;
        await client?.endAsync(true);
      },
    };
  },
});
