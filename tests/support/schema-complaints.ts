/** The judge of published schemas: closed at every depth, with the meaning, unit, range and an example of every field. */
import { z } from 'zod';

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
  oneOf: z.array(z.unknown()).optional(),
});
type Node = z.infer<typeof node>;

/** Those that have fields of their own; variants of a value are described where it stands. */
const variantsOf = ({ anyOf = [], oneOf = [] }: Node): readonly Node[] =>
  [...anyOf, ...oneOf].map(variant => node.parse(variant)).filter(({ type }) => type === 'object');

const below = (schema: Node, at: string): readonly (readonly [string, unknown])[] => [
  ...Object.entries(schema.properties ?? {}).map(([name, value]) => [`${at}.${name}`, value] as const),
  ...(schema.propertyNames === undefined ? [] : [[`${at}.*`, schema.additionalProperties] as const]),
  ...(schema.items === undefined || schema.items === false ? [] : [[`${at}[]`, schema.items] as const]),
  ...(schema.prefixItems ?? []).map((value, index) => [`${at}[${index}]`, value] as const),
  ...variantsOf(schema).map((value, index) => [`${at}|${index}`, value] as const),
];

const isFixed = (schema: Node): boolean => schema.const !== undefined || schema.enum !== undefined;

/** What a reader of the schema would miss; `visited` gets every place that was looked at. */
export const complaintsOf = (raw: unknown, at: string, visited: string[]): readonly string[] => {
  const schema = node.parse(raw);
  visited.push(at);
  const complaints: string[] = [];
  const miss = (what: string): void => {
    complaints.push(`${at}: ${what}`);
  };
  const isLeaf = schema.type !== 'object' && schema.type !== 'array' && variantsOf(schema).length === 0;
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
