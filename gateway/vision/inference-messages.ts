/** What the vision process and its inference thread say to each other. */
import { z } from 'zod';
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

export const inferenceAnswerSchema = z.strictObject({
  id: id(),
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
