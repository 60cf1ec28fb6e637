import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventTypes } from '../../events/registry.ts';
import { asyncApi, eventSchemaFiles, toEventSchema } from '../../events/schema.ts';
import { loadSchemas } from '../../simulators/ioc/schemas.ts';
import { projectFile } from '../support/resources.ts';

const node = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  unit: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  examples: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  propertyNames: z.unknown().optional(),
  items: z.unknown().optional(),
  prefixItems: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});
type Node = z.infer<typeof node>;

const below = (schema: Node, at: string): readonly (readonly [string, unknown])[] => [
  ...Object.entries(schema.properties ?? {}).map(([name, value]) => [`${at}.${name}`, value] as const),
  ...(schema.propertyNames === undefined ? [] : [[`${at}.*`, schema.additionalProperties] as const]),
  ...(schema.items === undefined || schema.items === false ? [] : [[`${at}[]`, schema.items] as const]),
  ...(schema.prefixItems ?? []).map((value, index) => [`${at}[${index}]`, value] as const),
];

const isFixed = (schema: Node): boolean => schema.const !== undefined || schema.enum !== undefined;

/** What a reader of the schema would miss. */
const complaintsOf = (raw: unknown, at: string, visited: string[]): readonly string[] => {
  const schema = node.parse(raw);
  visited.push(at);
  const complaints: string[] = [];
  const miss = (what: string): void => {
    complaints.push(`${at}: ${what}`);
  };
  const isLeaf = schema.type !== 'object' && schema.type !== 'array';
  if (schema.type === 'object' && schema.additionalProperties !== false && schema.propertyNames === undefined)
    miss('not closed');
  if (schema.type === 'array' && schema.maxItems === undefined) miss('no bound');
  if (isLeaf && schema.description === undefined) miss('no description');
  if (isLeaf && (schema.examples ?? []).length === 0) miss('no example');
  if (isLeaf && schema.type === undefined && schema.anyOf === undefined && !isFixed(schema)) miss('no type');
  if ((schema.type === 'number' || schema.type === 'integer') && !isFixed(schema)) {
    if (schema.unit === undefined) miss('no unit');
    if (schema.minimum === undefined || schema.maximum === undefined) miss('no range');
  }
  if (schema.type === 'string' && !isFixed(schema)) {
    if (schema.maxLength === undefined && schema.pattern === undefined && schema.format === undefined)
      miss('no length, pattern or format');
  }
  return [...complaints, ...below(schema, at).flatMap(([where, value]) => complaintsOf(value, where, visited))];
};

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
        z.object({ action: z.literal('send'), channel: z.object({ $ref: z.string() }) }),
      ),
      components: z.object({
        messages: z.record(z.string(), z.looseObject({ payload: z.object({ $ref: z.string() }) })),
      }),
    })
    .parse(JSON.parse(asyncApi('1.2.3', () => ({})).text));

  it('has every type of event in exactly one channel', () => {
    const named = Object.values(document.channels).flatMap(({ messages }) => Object.values(messages));
    const expected = Object.keys(document.components.messages).map(name => `#/components/messages/${name}`);
    expect(named.map(({ $ref }) => $ref).toSorted()).toEqual(expected.toSorted());
    expect(expected).toHaveLength(eventTypes.size);
  });

  it('leads from each message to its published schema', () => {
    const published = eventSchemaFiles().map(file => `../${file.path}`);
    const named = Object.values(document.components.messages).map(({ payload }) => payload.$ref);
    expect(named.toSorted()).toEqual(published.toSorted());
  });

  it('has one operation for each channel', () => {
    const targets = Object.values(document.operations).map(({ channel }) => channel.$ref);
    expect(targets.toSorted()).toEqual(
      Object.keys(document.channels)
        .map(name => `#/channels/${name}`)
        .toSorted(),
    );
  });
});
