/** What is published of the center's commands: a closed JSON Schema for each of them and for its answers. */
import { z } from 'zod';
import type { RemoteCommand } from '../core/command.ts';
import { commandClaimFields } from '../core/command-claims.ts';
import { remoteCommands } from '../core/commands.ts';
import { answerSchemaOf, refusedAnswerSchema } from './command-answer.ts';
import { fixedField } from './fields.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Of all of them: they change together with the program. */
const version = '1.0.0';

const toJsonSchema = (schema: z.ZodType, io: 'input' | 'output'): JsonObject =>
  z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema }) => {
      // The format says it all; zod's own pattern spells out the calendar.
      if (jsonSchema.format === 'date-time') jsonSchema.pattern = 'Z$';
    },
  });

const publish = (kind: 'command' | 'answer', name: string, summary: string, schema: JsonObject) => ({
  path: `events/command-schemas/${name}.${kind}.schema.json`,
  schema: {
    ...schema,
    $id: `urn:ioc:schema:${kind}:${name}:${version}`,
    title: `${name} (${kind})`,
    description: summary,
  },
});

/** The payload of the JWS that orders it. */
export const claimsSchemaOf = (command: RemoteCommand) =>
  z.strictObject(commandClaimFields(fixedField('Name of the command', command.name), command.input));

const schemasOf = (command: RemoteCommand) => [
  publish('command', command.name, command.summary, toJsonSchema(claimsSchemaOf(command), 'input')),
  publish('answer', command.name, `Answers to ${command.name}`, toJsonSchema(answerSchemaOf(command), 'output')),
];

export const refusedAnswerName = 'unknown';

export const commandSchemaFiles = () =>
  [
    ...[...remoteCommands.values()].flatMap(schemasOf),
    publish(
      'answer',
      refusedAnswerName,
      'Answer to what was refused before it was known which command it is',
      toJsonSchema(refusedAnswerSchema, 'output'),
    ),
  ].map(({ path, schema }) => ({ path, text: `${JSON.stringify(schema, undefined, 2)}\n` }));

const place = { city: { description: 'City, as configured' }, gateway: { description: 'Gateway, as configured' } };

/** The parts of the AsyncAPI document: the gateway receives commands and sends their answers. */
export const commandChannels = () => {
  const commands = [...remoteCommands.values()];
  const idOf = (kind: string, name: string): string => `${kind}-${name.replaceAll('.', '-')}`;
  const names = [...commands.map(({ name }) => name), refusedAnswerName];
  const message = (kind: 'command' | 'answer', name: string, title: string, contentType: string) => [
    idOf(kind, name),
    {
      name: `${kind}.${name}`,
      title,
      contentType,
      payload: { $ref: `../events/command-schemas/${name}.${kind}.schema.json` },
    },
  ];
  const references = (kind: string, of: readonly string[]): JsonObject =>
    Object.fromEntries(of.map(name => [idOf(kind, name), { $ref: `#/components/messages/${idOf(kind, name)}` }]));
  const sender = { sender: { description: 'Sender, as configured for its key' } };
  return {
    channels: {
      command: {
        address: 'ioc/v1/{city}/{gateway}/gateway/cmd/{sender}',
        summary: 'Orders of the center: compact JWS, EdDSA; the payload that is signed has the schema given here',
        parameters: { ...place, ...sender },
        messages: references(
          'command',
          commands.map(({ name }) => name),
        ),
      },
      answer: {
        address: 'ioc/v1/{city}/{gateway}/gateway/ack/{sender}',
        summary: 'What came of an order, where it named no response topic of MQTT 5',
        parameters: { ...place, ...sender },
        messages: references('answer', names),
      },
    },
    operations: {
      'receive-command': {
        action: 'receive',
        channel: { $ref: '#/channels/command' },
        reply: {
          address: { location: '$message.header#/replyTo', description: 'Response topic of MQTT 5' },
          channel: { $ref: '#/channels/answer' },
        },
      },
    },
    messages: Object.fromEntries([
      ...commands.map(({ name, summary }) => message('command', name, summary, 'application/jose')),
      ...names.map(name => message('answer', name, `Answers to ${name}`, 'application/json')),
    ]),
  };
};
