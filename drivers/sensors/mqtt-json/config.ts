import { z } from 'zod';
import { type QuantityName, quantities, unitsOf } from '../../../core/quantity.ts';
import { isTopicFilter, isTopicName } from '../../protocols/mqtt/topic.ts';
import { isTimeZone } from '../../protocols/records/device-time.ts';
import { parsePayloadPath } from '../../protocols/records/payload-path.ts';
import { mqttFields, refineMqttFields } from '../../transports/mqtt.ts';
import { byteField } from './byte-map.ts';
import { dialectNames, dialects, framed } from './dialects.ts';

const variable = /^\{([a-z][A-Za-z0-9]{0,31})\}$/;

/** `sensors/{station}/state` → `sensors/+/state`. */
export const toFilter = (topic: string): string =>
  topic
    .split('/')
    .map(level => (variable.test(level) ? '+' : level))
    .join('/');

/** Position and name of each variable level. */
export const variablesOf = (topic: string): ReadonlyMap<number, string> =>
  new Map(
    topic.split('/').flatMap((level, index): [number, string][] => {
      const name = variable.exec(level)?.[1];
      return name === undefined ? [] : [[index, name]];
    }),
  );

const payloadPath = () =>
  z
    .string()
    .max(256)
    .refine(
      text => parsePayloadPath(text) !== undefined,
      'expected a path such as BME280.Temperature, readings[0].value or SDS0X1["PM2.5"]',
    );

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

const value = z
  .strictObject({
    quantity: z.enum(quantityNames).describe('What is measured.'),
    path: payloadPath()
      .optional()
      .describe('Where the number stands in the payload; absent when the payload is the number.'),
    unit: z
      .string()
      .optional()
      .describe("UCUM code of the unit the device reports in; the quantity's own when absent."),
    where: z
      .record(z.string(), z.string())
      .optional()
      .describe('Only for topics whose variables have these values: { channel: "humidity:0" }.'),
  })
  .superRefine(({ quantity, unit }, context) => {
    const units = unitsOf(quantity);
    if (unit === undefined || units.includes(unit)) return;
    context.addIssue({ code: 'custom', path: ['unit'], message: `${quantity} comes in one of: ${units.join(', ')}` });
  });

const time = z.strictObject({
  path: payloadPath().describe("Where the device's own time stands in the payload."),
  format: z
    .enum(['iso', 'epoch-s', 'epoch-ms'])
    .default('iso')
    .describe('"iso" (2026-11-23T08:00:00, with or without a zone), or seconds or milliseconds since 1970.'),
  zone: z
    .string()
    .refine(isTimeZone, 'expected an IANA time zone such as "Asia/Ho_Chi_Minh", or an offset such as "+07:00"')
    .default('UTC')
    .describe('Time zone of an "iso" time that names none.'),
});

const topicName = () =>
  z.string().max(1024).refine(isTopicName, 'expected a topic without wildcards such as "cmnd/siren/POWER"');

const payload = () => z.string().max(1024);

const output = z.strictObject({
  topic: topicName().describe('Where the device takes orders.'),
  on: payload().default('ON').describe('What switches it on.'),
  off: payload().default('OFF').describe('What switches it off.'),
  state: topicName()
    .optional()
    .describe('Where the device says what it is, in the same words: then an order is done only when it says so.'),
});

export type MqttOutput = z.output<typeof output>;

interface DialectFields {
  readonly dialect: 'json' | (typeof dialectNames)[number];
  readonly topicName?: string | undefined;
  readonly topics: readonly string[];
  readonly values: readonly unknown[];
  readonly bytes: readonly unknown[];
}

const refineDialect = (
  { dialect, topicName, values, bytes }: DialectFields,
  refuse: (path: string, message: string) => void,
): void => {
  const isFramed = dialect !== 'json' && framed.has(dialect);
  if (dialect === 'json' && topicName !== undefined) refuse('topicName', 'only used with a "dialect"');
  if (dialect !== 'json' && topicName === undefined)
    refuse('topicName', 'expected what the device is called in its topics');
  if (!isFramed && bytes.length > 0) refuse('bytes', 'only used with the dialect of a LoRaWAN network server');
  if (isFramed && values.length === 0 && bytes.length === 0)
    refuse('values', 'expected "values" of what the network server decodes, or "bytes" of the raw payload');
};

/** Topics that hold what the device measures: the configuration's, else those that its dialect names. */
export const topicsOf = ({ dialect, topicName, topics }: DialectFields): readonly string[] =>
  topics.length > 0 || dialect === 'json' || topicName === undefined ? topics : dialects[dialect].topics(topicName);

/** Topics that say whether the device is there. */
export const presenceOf = ({ dialect, topicName }: DialectFields): readonly string[] =>
  dialect === 'json' || topicName === undefined ? [] : dialects[dialect].presence(topicName);

export const mqttJsonConfig = z
  .strictObject({
    ...mqttFields,
    dialect: z
      .enum(['json', ...dialectNames])
      .default('json')
      .describe('Whose messages they are: "json" for what "topics" and "values" say, else what is known of the maker.'),
    topicName: z
      .string()
      .max(256)
      .refine(isTopicName, 'expected a name without wildcards such as "kim-long"')
      .optional()
      .describe("What the device is called in its topics; a LoRaWAN device's DevEUI or device id. For a dialect."),
    topics: z
      .array(
        z
          .string()
          .max(1024)
          .refine(
            text => isTopicFilter(toFilter(text)) && !/[{}]/.test(toFilter(text)),
            'expected a topic such as "sensors/aq/state"; "+", "#" or "{name}" may stand for a whole level',
          ),
      )
      .max(16)
      .default([])
      .describe('Topics the device publishes under. A level "{name}" takes any value, which "where" may ask for.'),
    values: z.array(value).max(64).default([]).describe('The quantities in its messages.'),
    bytes: z
      .array(byteField)
      .max(64)
      .default([])
      .describe('The quantities in the raw payload of a LoRaWAN frame, where the network server decodes none.'),
    time: time.optional().describe("The device's own time; the time of arrival when absent."),
    outputs: z
      .record(z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/), output)
      .default({})
      .describe('What can be switched at the device by the command "output.set", by name: a siren, a sign, a relay.'),
  })
  .superRefine((config, context) => {
    refineMqttFields(config, context);
    const outputs = Object.values(config.outputs);
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    refineDialect(config, refuse);
    if (config.dialect === 'json' && config.values.length === 0 && outputs.length === 0)
      refuse('values', 'expected "values", "outputs" or both');
    if (
      config.dialect === 'json' &&
      config.topics.length === 0 &&
      (config.values.length > 0 || outputs.every(({ state }) => state === undefined))
    )
      refuse('topics', 'expected at least one topic under which the device says something');
    const known = new Set(config.topics.flatMap(topic => [...variablesOf(topic).values()]));
    for (const [index, { where }] of config.values.entries()) {
      for (const name of Object.keys(where ?? {})) {
        if (known.has(name)) continue;
        const message = `no topic has a level {${name}}`;
        context.addIssue({ code: 'custom', path: ['values', index, 'where', name], message });
      }
    }
  });

export type MqttJsonConfig = z.output<typeof mqttJsonConfig>;
