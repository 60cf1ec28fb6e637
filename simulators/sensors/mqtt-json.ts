/** A sensor that publishes the air of the world as JSON to a broker, the gateway's own or another, at QoS 1. */
import { connect, type MqttClient } from 'mqtt';
import { z } from 'zod';
import { sleep } from '../../core/abort.ts';
import { duration } from '../../core/fields.ts';
import { type QuantityName, quantities, toQuantityUnit, unitsOf } from '../../core/quantity.ts';
import { defineSimulator, type Fault } from '../../core/simulator.ts';
import { seconds, toTimestamp } from '../../core/time.ts';
import { isTopicName } from '../../drivers/protocols/mqtt/topic.ts';
import { encodeJson } from '../../drivers/sensors/mqtt-json/codec.ts';
import type { World } from '../world/world.ts';
import { formNames, forms } from './mqtt-forms.ts';

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

const value = z
  .strictObject({
    quantity: z.enum(quantityNames),
    path: z.string().optional(),
    unit: z.string().optional(),
  })
  .refine(
    ({ quantity, unit }) => unit === undefined || unitsOf(quantity).includes(unit),
    'not a unit of this quantity',
  );

/** As a Tasmota device with a BME280 and an SDS011 writes them. */
const usualValues: readonly z.input<typeof value>[] = [
  { quantity: 'temperature', path: 'BME280.Temperature' },
  { quantity: 'relativeHumidity', path: 'BME280.Humidity', unit: '%' },
  { quantity: 'atmosphericPressure', path: 'BME280.Pressure' },
  { quantity: 'pm25', path: 'SDS0X1["PM2.5"]' },
  { quantity: 'pm10', path: 'SDS0X1.PM10' },
];

const config = z.strictObject({
  dialect: z
    .enum(formNames)
    .optional()
    .describe('Whose messages it writes; then "topic", "values" and "time" are those of the dialect.'),
  topicName: z.string().refine(isTopicName, 'expected a name without wildcards').default('simulated'),
  url: z
    .string()
    .regex(/^mqtts?:\/\/[A-Za-z0-9._:[\]-]+$/, 'expected "mqtt://host:1883"')
    .default('mqtt://127.0.0.1:1883'),
  username: z.string().optional(),
  password: z.string().optional(),
  topic: z.string().refine(isTopicName, 'expected a topic without wildcards').default('tele/simulated/SENSOR'),
  interval: duration({ minimum: 1 }).prefault('5s'),
  values: z
    .array(value)
    .min(1)
    .prefault([...usualValues]),
  output: z
    .strictObject({
      name: z.string().min(1).max(64).default('siren'),
      topic: z.string().refine(isTopicName).default('cmnd/simulated/POWER'),
      state: z.string().refine(isTopicName).default('stat/simulated/POWER'),
    })
    .optional()
    .describe('An output that takes "ON" and "OFF", and says which of them it is.'),
  /** Where the sensor's own time stands, in UTC; an empty text: it has no clock. */
  time: z.string().default('Time'),
});

type Value = z.output<typeof value>;

/** Readings that wait for their acknowledgement; beyond that the sensor leaves readings out. */
const mostUnacknowledged = 1000;

interface Connection {
  readonly client: MqttClient;
  unacknowledged: number;
}

/** `inUnit` × factor + offset is linear, so two of its values tell how to turn it round. */
const toDeviceUnit = ({ quantity, unit }: Value, inOwnUnit: number): number => {
  const at = (inUnit: number): number => toQuantityUnit(quantity, inUnit, unit ?? quantities[quantity].unit) ?? inUnit;
  return Number(((inOwnUnit - at(0)) / (at(1) - at(0))).toFixed(4));
};

/**
 * `refuse-login` logs in with a wrong password, `silent` publishes nothing, `noise` publishes what is no JSON, `hang`
 * stops in the middle of a packet, `away` leaves the broker.
 */
export const simulator = defineSimulator<z.output<typeof config>, World>({
  name: 'mqtt-json',
  summary: 'A sensor of air and weather that publishes JSON to a broker at QoS 1, and may have an output to switch.',
  config,
  start: async (options, { world, clock, log, signal, random }) => {
    const stopping = new AbortController();
    const ends = AbortSignal.any([signal, stopping.signal]);
    let shown: Fault | undefined;
    let output: 'ON' | 'OFF' = 'OFF';
    let count = 0;
    const form = options.dialect && forms[options.dialect];
    const topic = form?.topic(options.topicName) ?? options.topic;
    const values: readonly Value[] =
      form?.values.map(({ path, ...rest }) => ({ ...rest, path: `${form.under}${path}` })) ?? options.values;

    const reading = (): Uint8Array => {
      const now = clock.now();
      if (shown === 'noise') return Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256));
      const truth = world.quantitiesAt(now);
      const entries: { readonly path?: string; readonly value: unknown }[] = [...(form?.others(now, count++) ?? [])];
      if (form === undefined && options.time !== '') entries.push({ path: options.time, value: toTimestamp(now) });
      for (const each of values) {
        const exact = truth[each.quantity];
        if (exact === undefined) continue;
        entries.push({ ...(each.path !== undefined && { path: each.path }), value: toDeviceUnit(each, exact) });
      }
      return encodeJson(entries);
    };

    const open = (): Connection => {
      const password = shown === 'refuse-login' ? 'not the password' : options.password;
      const client = connect(options.url, {
        protocolVersion: 4,
        reconnectPeriod: seconds(1),
        reconnectOnConnackError: true,
        keepalive: 30,
        ...(options.username !== undefined && { username: options.username }),
        ...(password !== undefined && { password }),
      });
      client.on('error', error => log.warn('the broker cannot be used', { reason: error.message }));
      client.on('message', (topic, payload) => {
        if (topic !== options.output?.topic || shown === 'silent' || shown === 'hang') return;
        const told = payload.toString();
        if (told === 'ON' || told === 'OFF') output = told;
        client.publish(options.output.state, output, { qos: 1 });
      });
      client.on('connect', () => {
        if (options.output !== undefined) client.subscribe(options.output.topic, { qos: 1 });
        // The fixed header of a PUBLISH of 60 000 bytes that never come.
        if (shown === 'hang') client.stream.write(Uint8Array.of(0x30, 0xe0, 0xd4, 0x03));
      });
      return { client, unacknowledged: 0 };
    };

    let connection: Connection | undefined = open();

    const publish = (): void => {
      const current = connection;
      if (current === undefined || shown === 'silent' || shown === 'hang' || shown === 'refuse-login') return;
      if (current.unacknowledged >= mostUnacknowledged) return;
      current.unacknowledged++;
      current.client.publish(topic, Buffer.from(reading()), { qos: 1 }, () => {
        current.unacknowledged--;
      });
    };
    const publishing = (async () => {
      while (!ends.aborted) {
        publish();
        await sleep(options.interval, ends);
      }
    })();

    return {
      address: {
        broker: options.url,
        ...(options.username !== undefined && { username: options.username }),
        ...(form === undefined
          ? {
              topics: [topic],
              values: options.values,
              ...(options.time !== '' && { time: { path: options.time } }),
            }
          : {
              dialect: options.dialect,
              topicName: options.topicName,
              ...(form.isDecodedObject && { values: form.values }),
              ...(options.dialect === 'tasmota' && { time: { path: 'Time' } }),
            }),
        ...(options.output !== undefined && {
          outputs: { [options.output.name]: { topic: options.output.topic, state: options.output.state } },
        }),
      },
      show: fault => {
        if (fault === shown) return;
        shown = fault;
        connection?.client.end(true);
        connection = shown === 'away' ? undefined : open();
      },
      [Symbol.asyncDispose]: async () => {
        stopping.abort();
        await publishing;
        await connection?.client.endAsync(true);
      },
    };
  },
});
