/** What the vision process and its inference thread say to each other. */
import { z } from 'zod';
import { providers } from '../../models/providers.ts';
import { errorSchema } from './messages.ts';

const id = () => z.int().min(1);

export const inferenceRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('load'), id: id(), folder: z.string() }),
  z.strictObject({
    kind: z.literal('infer'),
    id: id(),
    folder: z.string(),
    threshold: z.number(),
    width: z.int(),
    height: z.int(),
    pixels: z.custom<Uint8Array>(value => value instanceof Uint8Array),
  }),
]);

export type InferenceRequest = z.output<typeof inferenceRequestSchema>;

/** What a model runs on, and what it was tried on before. */
const loadedSchema = z.strictObject({
  provider: z.enum(providers),
  refused: z.array(z.strictObject({ provider: z.enum(providers), reason: z.string() })),
});

export type LoadedModel = z.output<typeof loadedSchema>;

export const inferenceAnswerSchema = z.strictObject({
  id: id(),
  loaded: loadedSchema.exactOptional(),
  detections: z
    .array(
      z.strictObject({
        label: z.string(),
        score: z.number(),
        box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
      }),
    )
    .exactOptional(),
  error: errorSchema.exactOptional(),
});

export type InferenceAnswer = z.output<typeof inferenceAnswerSchema>;
