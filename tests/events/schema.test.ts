import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandSchemaFiles } from '../../events/command-schema.ts';
import { eventTypes } from '../../events/registry.ts';
import { asyncApi, eventSchemaFiles, toEventSchema } from '../../events/schema.ts';
import { loadSchemas } from '../../simulators/ioc/schemas.ts';
import { projectFile } from '../support/resources.ts';
import { complaintsOf } from '../support/schema-complaints.ts';

describe.each([...eventTypes.values()])('the schema of $name', type => {
  const schema = toEventSchema(type);

  it('says of every field its meaning, unit, range and an example, and is closed at every depth', () => {
    const visited: string[] = [];
    expect(complaintsOf(schema, type.name, visited)).toEqual([]);
    expect(visited.length).toBeGreaterThan(15);
  });

  it('has the identity that events name', () => {
    expect(schema['$id']).toBe(`urn:ioc:schema:${type.name}:${type.version}`);
  });
});

it('are all published, and nothing else beside them', async () => {
  const published = (await readdir(projectFile('events', 'schemas'))).toSorted();
  expect(published).toEqual(
    eventSchemaFiles()
      .map(file => path.basename(file.path))
      .toSorted(),
  );
  expect(published).toHaveLength(eventTypes.size);
});

it('are what the stand-in center reads', async () => {
  const check = await loadSchemas(projectFile('events', 'schemas'));
  for (const name of eventTypes.keys()) expect(check(name, { specversion: '1.0' })).toMatch(/not a CloudEvent/);
});

describe('the AsyncAPI document', () => {
  const document = z
    .looseObject({
      asyncapi: z.literal('3.0.0'),
      channels: z.record(
        z.string(),
        z.looseObject({ address: z.string(), messages: z.record(z.string(), z.object({ $ref: z.string() })) }),
      ),
      operations: z.record(
        z.string(),
        z.object({
          action: z.enum(['send', 'receive']),
          channel: z.object({ $ref: z.string() }),
          reply: z.looseObject({ channel: z.object({ $ref: z.string() }) }).optional(),
        }),
      ),
      components: z.object({
        messages: z.record(z.string(), z.looseObject({ payload: z.object({ $ref: z.string() }) })),
      }),
    })
    .parse(JSON.parse(asyncApi('1.2.3', () => ({})).text));

  it('has every type of event and every command with its answers in exactly one channel', () => {
    const named = Object.values(document.channels).flatMap(({ messages }) => Object.values(messages));
    const expected = Object.keys(document.components.messages).map(name => `#/components/messages/${name}`);
    expect(named.map(({ $ref }) => $ref).toSorted()).toEqual(expected.toSorted());
    expect(expected).toHaveLength(eventTypes.size + commandSchemaFiles().length);
  });

  it('leads from each message to its published schema', () => {
    const published = [...eventSchemaFiles(), ...commandSchemaFiles()].map(file => `../${file.path}`);
    const named = Object.values(document.components.messages).map(({ payload }) => payload.$ref);
    expect(named.toSorted()).toEqual(published.toSorted());
  });

  it('has one operation, or the reply of one, for each channel', () => {
    const targets = Object.values(document.operations).flatMap(({ channel, reply }) => [
      channel.$ref,
      ...(reply === undefined ? [] : [reply.channel.$ref]),
    ]);
    expect(targets.toSorted()).toEqual(
      Object.keys(document.channels)
        .map(name => `#/channels/${name}`)
        .toSorted(),
    );
  });
});
