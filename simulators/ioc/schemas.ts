import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** What is wrong with an event of this name, in one line; undefined when its schema accepts it. */
export type SchemaCheck = (name: string, event: unknown) => string | undefined;

/** CloudEvents 1.0.2 §3 in JSON: required attributes, their types, and that an extension is a scalar. */
const cloudEvents = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', minLength: 1 },
    source: { type: 'string', format: 'uri-reference', minLength: 1 },
    type: { type: 'string', minLength: 1 },
    subject: { type: 'string', minLength: 1 },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { type: 'string', minLength: 1 },
    dataschema: { type: 'string', format: 'uri', minLength: 1 },
    data: true,
  },
  propertyNames: { pattern: '^[a-z0-9]{1,20}$' },
  additionalProperties: { type: ['string', 'number', 'boolean'] },
} as const;

const suffix = '.schema.json';

/**
 * The checks of `events/schemas/`: an event must be a CloudEvent, and fit the closed schema of its own name. A name
 * without a schema is refused.
 */
export const loadSchemas = async (folder: string): Promise<SchemaCheck> => {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  const isCloudEvent = ajv.compile(cloudEvents);
  const schemas = new Map<string, object>();
  for (const file of (await readdir(folder)).filter(name => name.endsWith(suffix)).sort()) {
    const schema: unknown = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
    if (typeof schema !== 'object' || schema === null) throw new Error(`${file} holds no JSON Schema`);
    schemas.set(file.slice(0, -suffix.length), schema);
  }

  const validators = new Map<string, ValidateFunction>();
  /** Compiled with the first event of its name: to compile all of them takes longer than most centers listen. */
  const validatorOf = (name: string): ValidateFunction | undefined => {
    const known = validators.get(name);
    const schema = schemas.get(name);
    if (known !== undefined || schema === undefined) return known;
    const compiled = ajv.compile(schema);
    validators.set(name, compiled);
    return compiled;
  };

  const reasonOf = (validate: ValidateFunction): string => {
    const error = validate.errors?.[0];
    return `${error?.instancePath || '/'} ${error?.message ?? 'is not valid'} ${JSON.stringify(error?.params ?? {})}`;
  };

  return (name, event) => {
    if (!isCloudEvent(event)) return `not a CloudEvent: ${reasonOf(isCloudEvent)}`;
    const validate = validatorOf(name);
    if (validate === undefined) return `no schema is known for ${name}`;
    return validate(event) ? undefined : reasonOf(validate);
  };
};
