/** What a schema found wrong, in words for the person who wrote the file: what it is and what to write instead. */
import { z } from 'zod';
import { nearest } from '../core/nearest.ts';

export type Path = readonly (string | number)[];

export interface Finding {
  readonly path: Path;
  /** Whether the key itself is wrong or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly advice?: string;
}

const jsonSchema = z.looseObject({
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
  get items() {
    return z.union([jsonSchema, z.boolean()]).optional();
  },
  get prefixItems() {
    return z.array(jsonSchema).optional();
  },
  get anyOf() {
    return z.array(jsonSchema).optional();
  },
  get oneOf() {
    return z.array(jsonSchema).optional();
  },
  get allOf() {
    return z.array(jsonSchema).optional();
  },
  get additionalProperties() {
    return z.union([jsonSchema, z.boolean()]).optional();
  },
  description: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
});
type JsonSchema = z.output<typeof jsonSchema>;

const variantsOf = (schema: JsonSchema): readonly JsonSchema[] => {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...inner.flatMap(variantsOf)];
};

const isSchema = (value: JsonSchema | boolean | undefined): value is JsonSchema => typeof value === 'object';

/** All that may stand at `path`, whichever variant of a union the file has in mind. */
const schemasAt = (schema: z.ZodType, path: Path): readonly JsonSchema[] => {
  const root = jsonSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }));
  return path
    .reduce<readonly JsonSchema[]>(
      (schemas, segment) =>
        schemas.flatMap(variantsOf).flatMap(({ properties, items, prefixItems, additionalProperties }) => {
          const found =
            typeof segment === 'number'
              ? [prefixItems?.[segment] ?? items]
              : [properties?.[segment] ?? additionalProperties];
          return found.filter(isSchema);
        }),
      [root],
    )
    .flatMap(variantsOf);
};

const listed = (words: readonly string[]): string => [...new Set(words)].map(word => `"${word}"`).join(', ');

const suggest = (word: string, known: readonly string[], otherwise: string): { readonly advice?: string } => {
  const near = nearest(word, known);
  if (near !== undefined) return { advice: `Did you mean "${near}"?` };
  return known.length === 0 ? {} : { advice: `${otherwise}: ${listed(known)}.` };
};

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return words[typeof value] ?? typeof value;
};

/** Zod says paths as property keys; a file has no symbols. */
const toPath = (path: readonly PropertyKey[]): Path =>
  path.map(segment => (typeof segment === 'symbol' ? String(segment) : segment));

const missing = (schema: z.ZodType, path: Path, expected: string, holder: string): Finding => {
  const description = schemasAt(schema, path).find(found => found.description !== undefined)?.description;
  return {
    path,
    at: 'key',
    message: `"${path.at(-1) ?? holder}" is missing: expected ${words[expected] ?? expected}`,
    ...(description !== undefined && { advice: description }),
  };
};

const quoting = (expected: string, input: unknown): { readonly advice?: string } => {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean'))
    return { advice: 'Write it in quotes.' };
  if ((expected === 'number' || expected === 'int') && typeof input === 'string' && /^-?[\d.]+$/.test(input))
    return { advice: 'Write it without quotes.' };
  if (expected === 'array' && input !== null && typeof input !== 'object')
    return { advice: 'Write a list: [first, second].' };
  return {};
};

const notOneOf = (path: Path, input: unknown, known: readonly string[]): Finding => ({
  path,
  at: 'value',
  message: typeof input === 'string' ? `"${input}" is not known here` : `found ${kindOf(input)}`,
  ...suggest(typeof input === 'string' ? input : '', known, 'One of these'),
});

/** `path` ends in the key that tells the variants of a union apart, `holder` is what it stands in. */
const unknownVariant = (schema: z.ZodType, path: Path, holder: unknown): Finding => {
  const key = path.at(-1) ?? '';
  const given: unknown = typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined;
  const known = schemasAt(schema, path).flatMap(({ const: constant, enum: values = [] }) =>
    [...(constant === undefined ? [] : [constant]), ...values].map(String),
  );
  if (given !== undefined) return notOneOf(path, given, known);
  return { path, at: 'key', message: `"${key}" is missing: expected one of ${listed(known)}` };
};

const faultsOf = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, { code, path }) => sum + (code === 'invalid_type' && path.length === 0 ? 100 : 1), 0);

const counted: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  ['string', ['character', 'characters']],
  ['array', ['entry', 'entries']],
]);

/** Unless the schema has words of its own for it. */
const outOfBounds = (issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string => {
  if (!/^Too (?:big|small):/.test(issue.message)) return issue.message;
  const [bound, words] =
    issue.code === 'too_big'
      ? [issue.maximum, issue.inclusive === false ? 'less than' : 'at most']
      : [issue.minimum, issue.inclusive === false ? 'more than' : 'at least'];
  const [one, many] = counted.get(issue.origin) ?? ['', ''];
  return `expected ${words} ${bound} ${bound === 1 ? one : many}`.trimEnd();
};

const explainIssue = (
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  { name, known }: Surroundings,
): readonly Finding[] => {
  const path = toPath(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const here = schemasAt(schema, path).flatMap(({ properties }) => Object.keys(properties ?? {}));
      const keys = path.length === 0 ? [...known, ...here] : here;
      return issue.keys.map(key => ({
        path: [...path, key],
        at: 'key',
        message: `unknown key "${key}"`,
        ...suggest(key, keys, 'Known here'),
      }));
    }
    case 'invalid_type':
      if (issue.input === undefined) return [missing(schema, path, issue.expected, name)];
      return [
        {
          path,
          at: 'value',
          message: `expected ${words[issue.expected] ?? issue.expected}, found ${kindOf(issue.input)}`,
          ...quoting(issue.expected, issue.input),
        },
      ];
    case 'invalid_value':
      if (issue.input === undefined) return [missing(schema, path, `one of ${listed(issue.values.map(String))}`, name)];
      return [notOneOf(path, issue.input, issue.values.map(String))];
    case 'invalid_union': {
      if (issue.discriminator !== undefined) return [unknownVariant(schema, path, issue.input)];
      // The variant that was meant is the one of the right shape with the fewest faults.
      const [nearestVariant] = issue.errors.toSorted((one, other) => faultsOf(one) - faultsOf(other));
      if (nearestVariant === undefined) return [{ path, at: 'value', message: issue.message }];
      return nearestVariant.flatMap(inner =>
        explainIssue(schema, { ...inner, path: [...issue.path, ...inner.path] }, { name, known }),
      );
    }
    case 'too_big':
    case 'too_small':
      return [{ path, at: 'value', message: outOfBounds(issue) }];
    default:
      return [{ path, at: 'value', message: issue.message }];
  }
};

/** What the value that was judged stands in. */
export interface Surroundings {
  /** The key whose value it is. */
  readonly name: string;
  /** Further keys that stand beside those of the schema, for the suggestions. */
  readonly known: readonly string[];
}

/** Paths start at the value that was judged. */
export const explain = (schema: z.ZodType, error: z.ZodError, surroundings: Surroundings): readonly Finding[] =>
  error.issues.flatMap(issue => explainIssue(schema, issue, surroundings));
