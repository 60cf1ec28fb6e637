/** What is published of the events: a closed JSON Schema for each whole CloudEvent, and one AsyncAPI document. */
import { z } from 'zod';
import { severities } from '../core/conclusion.ts';
import { eventStatuses } from '../core/sealed.ts';
import { services } from '../core/service.ts';
import { classifications } from './classification.ts';
import { commandChannels } from './command-schema.ts';
import type { EventType } from './event-type.ts';
import { patternField, textField, timeField, wordField } from './fields.ts';
import { stateNames } from './names.ts';
import { eventTypes } from './registry.ts';

interface PublishedFile {
  /** Below the project folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

const asciiField = (description: string, example: string) =>
  z
    .string()
    .regex(/^[\x20-\x7e]{1,1024}$/)
    .meta({ description, examples: [example] });

const headline = z
  .strictObject({
    vi: textField('In Vietnamese', 'Có người vào vùng Cầu cảng số 1 lúc 00:04 ngày 23/11', 1024),
    en: textField('In English', 'Person entered zone Quay 1 at 00:04 on 23 Nov', 1024),
  })
  .meta({ description: 'One sentence for the duty officer, in local time' });

const severityNames = Object.keys(severities);
const severityNumbers = Object.values(severities);

const attributesOf = (type: EventType) => {
  const { name, lane, version } = type;
  const row = classifications[name];
  const [major = ''] = version.split('.');
  const typeName = `vn.ioc.${name}.v${major}`;
  const schema = `urn:ioc:schema:${name}:${version}`;
  const isState = lane === 'state';
  return {
    specversion: z.literal('1.0').meta({ description: 'CloudEvents', examples: ['1.0'] }),
    id: patternField(
      'Hash of source, type and occurrence: the same again when the event is delivered again',
      /^[0-9a-f]{32}$/,
      '3f1c9a0e7b5d4c2f8a6e1d0b9c7f5a43',
    ),
    source: patternField(
      '/ioc/<city>/<gateway>/<device or stage>',
      /^\/ioc(\/[a-z0-9-]{1,32}){3}$/,
      `/ioc/hue/gw-017/${type.example.source}`,
    ),
    type: z.literal(typeName).meta({ description: 'Type of the event', examples: [typeName] }),
    subject: asciiField('What it is about', type.example.subject),
    time: timeField('When it happened at the source', '2026-11-23T01:00:00.000Z'),
    recordedtime: timeField('When the gateway accepted it', '2026-11-23T01:00:02.114Z'),
    ...(isState
      ? {}
      : {
          timequality: wordField(
            "How far the gateway's clock could be trusted then",
            ['gnss', 'ntp', 'estimated', 'unsynchronized'],
            'ntp',
          ),
          streamseq: patternField(
            '<epoch>-<counter>, dense for each stream of gateway, service and class',
            /^\d{4,9}-\d{12}$/,
            '0001-000000000412',
          ),
          severitytext: z
            .enum(severityNames)
            .meta({ description: 'For people', examples: ['MEDIUM'] })
            .optional(),
          severitynumber: z
            .literal(severityNumbers)
            .meta({ description: `For machines: ${severityNumbers.join(', ')} for the five words`, examples: [13] })
            .optional(),
          correlationid: asciiField('One condition, visit or track', 'track/cam-3/20261122T170402Z-187').optional(),
          causationid: asciiField(
            'Id of the event that caused this one',
            '5c2e8f10d4b34a7e9f6d0c1b2a394857',
          ).optional(),
        }),
    datacontenttype: z.literal('application/json').meta({ description: 'Of `data`', examples: ['application/json'] }),
    dataschema: z.literal(schema).meta({ description: 'This schema', examples: [schema] }),
    services: patternField(
      `Services it serves, comma-separated, the first is its topic's: ${services.join(', ')}`,
      /^[a-z-]+(,[a-z-]+)*$/,
      'environment,warning',
    ),
    agencies: asciiField('Agencies concerned, comma-separated', 'hue-police').optional(),
    siteid: asciiField('Site of the device', 'pole-thuanan-07'),
    areacode: asciiField('Administrative code of the ward', '00000'),
    eventstatus: wordField('Whether it tells of the real world', eventStatuses, 'actual'),
    historical: z.literal(false).meta({
      description: 'As accepted; that a delivery comes from a backlog is told by an MQTT user property',
      examples: [false],
    }),
    dataclassification: z
      .literal(row.classification)
      .meta({ description: 'How it is to be protected', examples: [row.classification] }),
    ...(row.regulation !== undefined && {
      dataregulation: z.literal(row.regulation).meta({ description: 'Legal ground', examples: [row.regulation] }),
    }),
    datacategory: z.literal(row.category).meta({ description: 'What the data are about', examples: [row.category] }),
  };
};

const configversion = patternField(
  'Version of the configuration that it was made under',
  /^[A-Za-z0-9._-]{1,64}$/,
  'c41f09ab77d2',
);

const wholeOf = (type: EventType) =>
  z.strictObject({
    ...attributesOf(type),
    data: z
      .strictObject({ ...type.data.shape, ...(type.hasHeadline && { headline }), configversion })
      .meta({ description: type.summary }),
  });

/** The JSON Schema (2020-12) of an event as it goes over the wire. */
export const toEventSchema = (type: EventType): JsonObject => {
  const { name, version, summary } = type;
  const schema = z.toJSONSchema(wholeOf(type), {
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      // The format says it all; zod's own pattern spells out the calendar.
      if (jsonSchema.format === 'date-time') jsonSchema.pattern = 'Z$';
    },
  });
  return {
    ...schema,
    $id: `urn:ioc:schema:${name}:${version}`,
    title: name,
    description: summary,
  };
};

const pathOf = (name: string): string => `events/schemas/${name}.schema.json`;

const toText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

export const eventSchemaFiles = (): readonly PublishedFile[] =>
  [...eventTypes.values()].map(type => ({ path: pathOf(type.name), text: toText(toEventSchema(type)) }));

const classSummaries = {
  alert: 'What somebody must act on',
  event: 'What happened',
  obs: 'What is measured and seen',
} as const;

const segmentParameter = (description: string): JsonObject => ({ description });

/**
 * AsyncAPI 3.0, from the gateway's side: it sends. `exampleOf` gives a whole event of a type, where there is one.
 */
export const asyncApi = (version: string, exampleOf: (type: EventType) => unknown): PublishedFile => {
  const types = [...eventTypes.values()];
  const messageOf = (type: EventType): string => type.name.replaceAll('.', '-');
  const messagesOf = (included: readonly EventType[]): JsonObject =>
    Object.fromEntries(included.map(type => [messageOf(type), { $ref: `#/components/messages/${messageOf(type)}` }]));
  const place = {
    city: segmentParameter('City, as configured'),
    gateway: segmentParameter('Gateway, as configured'),
  };
  const channels: Record<string, JsonObject> = {};
  for (const [name, summary] of Object.entries(classSummaries)) {
    const included = types.filter(({ lane }) => lane === name);
    if (included.length === 0) continue;
    channels[name] = {
      address: `ioc/v1/{city}/{gateway}/{service}/${name}/{source}`,
      summary,
      parameters: {
        ...place,
        service: { description: 'First of the services that it serves', enum: services },
        source: segmentParameter('Device, or stage for a fact of no single device'),
      },
      messages: messagesOf(included),
    };
  }
  for (const state of stateNames)
    channels[`state-${state}`] = {
      address: `ioc/v1/{city}/{gateway}/gateway/state/${state}`,
      summary: 'Retained: the newest value replaces the one before',
      parameters: place,
      messages: messagesOf(types.filter(({ name }) => name === `gateway.${state}.reported`)),
    };
  const gatewayStates = new Set<string>(stateNames.map(name => `gateway.${name}.reported`));
  channels['state'] = {
    address: 'ioc/v1/{city}/{gateway}/{service}/state/{source}',
    summary: 'Retained, of what the service is about: the newest value replaces the one before',
    parameters: {
      ...place,
      service: { description: 'First of the services that it serves', enum: services },
      source: segmentParameter('Stage'),
    },
    messages: messagesOf(types.filter(({ name, lane }) => lane === 'state' && !gatewayStates.has(name))),
  };
  const commands = commandChannels();
  return {
    path: 'docs/asyncapi.json',
    text: toText({
      asyncapi: '3.0.0',
      info: {
        title: 'Haidang edge gateway',
        version,
        description:
          'CloudEvents 1.0 in structured JSON over MQTT 5 or 3.1.1, QoS 1, at most 64 KiB. At least once: the pair of source and id tells a repeated event.',
        license: { name: 'Apache-2.0' },
      },
      defaultContentType: 'application/cloudevents+json',
      channels: { ...channels, ...commands.channels },
      operations: {
        ...Object.fromEntries(
          Object.keys(channels).map(channel => [
            `send-${channel}`,
            { action: 'send', channel: { $ref: `#/channels/${channel}` } },
          ]),
        ),
        ...commands.operations,
      },
      components: {
        messages: {
          ...commands.messages,
          ...Object.fromEntries(
            types.map(type => {
              const { classification, category, retention, recipients } = classifications[type.name];
              const example = exampleOf(type);
              return [
                messageOf(type),
                {
                  name: type.name,
                  title: type.summary,
                  contentType: 'application/cloudevents+json',
                  payload: { $ref: `../${pathOf(type.name)}` },
                  ...(example !== undefined && { examples: [{ payload: example }] }),
                  'x-classification': { classification, category, retentionMilliseconds: retention, recipients },
                },
              ];
            }),
          ),
        },
      },
    }),
  };
};
