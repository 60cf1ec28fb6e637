/**
 * What a model's folder says of it in `manifest.json`: how a picture becomes its input tensor, how its output becomes
 * boxes, what it may be used for, and the SHA-256 of the weights that all of this is true for.
 */
import { z } from 'zod';
import { resamplings } from '../core/observation.ts';
import { isSuppressed, outputNames, outputSchema, seesScene } from './families.ts';
import { inputTypes } from './numbers.ts';

const fileName = () => z.string().regex(/^[\w.-]{1,100}$/, 'expected the name of a file in the same folder');
const triple = () => z.tuple([z.number(), z.number(), z.number()]);

const inputSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the input tensor'),
  type: z.enum(inputTypes).default('float32').describe('Type of the numbers; bytes are rounded'),
  width: z.int().min(32).max(4096).describe('Pixels'),
  height: z.int().min(32).max(4096).describe('Pixels'),
  layout: z.enum(['nchw', 'nhwc']).describe('Order of the dimensions: planes of one color, or pixels side by side'),
  colors: z.enum(['rgb', 'bgr']).describe('Order of the colors'),
  mean: triple()
    .default([0, 0, 0])
    .describe('Subtracted from each color 0–255 first, in the order of `colors`: value = (color − mean) × scale'),
  scale: triple().default([1, 1, 1]).describe('What each color is multiplied by, in the order of `colors`'),
  letterbox: z
    .strictObject({
      placement: z.enum(['top-left', 'center']).describe('Where the picture stands in the input'),
      pad: z.int().min(0).max(255).describe('Gray value around the picture, before mean and scale'),
    })
    .describe('The picture keeps its aspect ratio; the rest of the input is gray'),
  resampling: z.enum(resamplings).describe('How ffmpeg scales the picture'),
});

export const manifestSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,32}$/),
    version: z.string().regex(/^\d+\.\d+\.\d+$/, 'expected a version such as "1.2.0"'),
    summary: z.string().min(1).max(200),
    weights: fileName().describe('The ONNX file in this folder'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')
      .describe('SHA-256 of the weights'),
    license: z.string().min(1).describe('SPDX identifier of the weights'),
    origin: z.string().min(1).describe('Who trained it, on what, and where it is published'),
    card: fileName().describe('What it can and cannot do, as a Markdown file in this folder'),
    input: inputSchema,
    output: outputSchema,
    quantized: z
      .record(z.string(), z.strictObject({ scale: z.number().positive(), zero: z.int().min(-128).max(255) }))
      .default({})
      .describe('Outputs whose integers stand for (integer − zero) × scale, by their names'),
    labels: z.array(z.string().min(1).max(32)).min(1).max(1000).describe('Names of the classes, in their order'),
    redact: z
      .strictObject({
        person: z.array(z.string()).describe('Labels of persons'),
        vehicle: z.array(z.string()).describe('Labels of vehicles, whose plates could be read'),
      })
      .describe(
        'Whose boxes are blurred in every picture that leaves the box; where one of the two is empty, none leaves',
      ),
    threshold: z.number().min(0.01).max(0.99).describe('Lowest score that is reported, unless a device says otherwise'),
    thresholds: z
      .record(z.string(), z.number().min(0.01).max(0.99))
      .default({})
      .describe('Labels with a lowest score of their own, since a detector is surer of some classes than of others'),
    nms: z
      .number()
      .min(0.1)
      .max(0.95)
      .exactOptional()
      .describe('Two boxes of one class that overlap more (IoU) are one object; absent where the model sees to it'),
  })
  .refine(
    ({ output, nms }) => isSuppressed[output.family] || nms !== undefined,
    'nms is missing: the family tells an object more than once',
  )
  .refine(
    ({ output, quantized }) => Object.keys(quantized).every(name => outputNames(output).includes(name)),
    'quantized names an output that the model does not have',
  )
  .refine(
    ({ output, redact }) => !seesScene(output) || redact.person.length + redact.vehicle.length === 0,
    'redact names labels, but the family finds no boxes that could be blurred',
  )
  .refine(
    ({ labels, redact }) => [...redact.person, ...redact.vehicle].every(label => labels.includes(label)),
    'redact names a label that the model does not have',
  )
  .refine(
    ({ labels, thresholds }) => Object.keys(thresholds).every(label => labels.includes(label)),
    'thresholds names a label that the model does not have',
  );

/** As it is written, before what has a usual value is filled in. */
export type ManifestFile = z.input<typeof manifestSchema>;
export type Manifest = z.output<typeof manifestSchema>;

/**
 * Which of the two the model cannot hide, because it names no label of them. Where it is not empty no picture may leave
 * the box: nobody would know what stands in it.
 */
export const notHidden = ({ redact }: Pick<Manifest, 'redact'>): readonly ('persons' | 'vehicles')[] => [
  ...(redact.person.length === 0 ? (['persons'] as const) : []),
  ...(redact.vehicle.length === 0 ? (['vehicles'] as const) : []),
];

/** Lowest score of a label that is reported; `asked` is what somebody wants for all labels alike. */
export const thresholdOf = ({ threshold, thresholds }: Manifest, label: string, asked?: number): number =>
  asked ?? thresholds[label] ?? threshold;

/** Nothing below it is reported under any label. */
export const lowestThreshold = ({ threshold, thresholds }: Manifest): number =>
  Math.min(threshold, ...Object.values(thresholds));
