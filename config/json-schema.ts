/** The JSON Schema of configuration files, for editors: the shared part joined with the slice of each driver and stage. */
import { z } from 'zod';
import { drivers } from '../drivers/registry.generated.ts';
import { stages } from '../pipelines/registry.generated.ts';
import { deviceFields, pipelineFields, sections, visionFields } from './schema.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const toJson = (schema: z.ZodType): JsonObject => {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json;
};

const namesIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const groupIn = (value: unknown): JsonObject => (typeof value === 'object' && value !== null ? { ...value } : {});

/** Both closed objects as one. */
const join = (shared: JsonObject, slice: JsonObject): JsonObject => ({
  type: 'object',
  properties: { ...groupIn(shared['properties']), ...groupIn(slice['properties']) },
  required: [...namesIn(shared['required']), ...namesIn(slice['required'])],
  additionalProperties: false,
});

/** `key` chooses which of the variants the object must be. */
const choice = (key: string, shared: JsonObject, variants: ReadonlyMap<string, JsonObject>): JsonObject => ({
  type: 'object',
  properties: { [key]: { ...groupIn(groupIn(shared['properties'])[key]), enum: [...variants.keys()] } },
  required: [key],
  allOf: [...variants].map(([name, variant]) => ({
    if: { properties: { [key]: { const: name } }, required: [key] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits it.
    then: variant,
  })),
});

export const configJsonSchema = (): JsonObject => {
  const device = toJson(z.strictObject(deviceFields));
  const cameraDevice = z.strictObject({ ...deviceFields, ...visionFields });
  const watched = toJson(cameraDevice);
  const perhapsWatched = toJson(cameraDevice.partial({ detect: true }));
  const stageKey = toJson(z.strictObject({ stage: z.string().describe('Which stage.') }));
  const pipeline = toJson(z.strictObject(pipelineFields));
  const deviceVariants = new Map(
    drivers.map(({ name, host, schema, bindWithoutFrames }) => {
      const camera = bindWithoutFrames === undefined ? watched : perhapsWatched;
      return [name, join(host === 'vision' ? camera : device, toJson(schema))];
    }),
  );
  const stageVariants = new Map(stages.map(({ name, schema }) => [name, join(stageKey, toJson(schema))]));
  const root = toJson(z.strictObject(sections));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of a Haidang gateway',
    type: 'object',
    properties: {
      ...groupIn(root['properties']),
      devices: { type: 'array', items: choice('driver', device, deviceVariants) },
      pipelines: {
        type: 'array',
        items: join(pipeline, {
          properties: { stages: { type: 'array', items: choice('stage', stageKey, stageVariants) } },
          required: ['stages'],
        }),
      },
    },
    required: [...namesIn(root['required']), 'devices'],
    additionalProperties: false,
  };
};
