/**
 * How a model's output tensors become boxes: one entry for each layout that is published. What the layouts have in common
 * is done by `pipelines/detect/interpret.ts`; the coordinates are pixels of the input in all of them.
 */
import { z } from 'zod';

const tensorName = (what: string) => z.string().min(1).describe(what);
const oneTensor = () => tensorName('Name of the output tensor');
const strides = () =>
  z.array(z.int().min(2).max(128)).min(1).max(5).describe('Pixels a grid cell, in the order of the output');

export const outputSchema = z.discriminatedUnion('family', [
  z.strictObject({
    family: z
      .literal('yolox')
      .describe('[1, cells, 5 + classes]: offsets in grid cells, log sizes, objectness, class scores 0–1'),
    name: oneTensor(),
    strides: strides(),
  }),
  z.strictObject({
    family: z
      .literal('yolov5')
      .describe(
        '[1, n, 5 + classes]: center and size in pixels, objectness, class scores 0–1: YOLOv5, v6, v7, and YOLOX that decodes itself',
      ),
    name: oneTensor(),
  }),
  z.strictObject({
    family: z.literal('yolov8').describe('[1, 4 + classes, n]: center and size, class scores 0–1: YOLOv8, v9 and 11'),
    name: oneTensor(),
  }),
  z.strictObject({
    family: z
      .literal('nanodet')
      .describe(
        '[1, cells, classes + 4 × bins]: class scores 0–1, then a distribution over distances for left, top, right and bottom: NanoDet-Plus',
      ),
    name: oneTensor(),
    strides: strides(),
    bins: z.int().min(2).max(64).default(8).describe('Distances 0, 1, … in grid cells: `reg_max` + 1'),
  }),
  z.strictObject({
    family: z
      .literal('end-to-end')
      .describe('[1, n, 6]: corners, score, class; suppressed by the model: YOLOv10, 26 and exports with `nms=True`'),
    name: oneTensor(),
  }),
  z.strictObject({
    family: z
      .literal('yolov7-end-to-end')
      .describe('[n, 7]: picture, corners, class, score; suppressed by the model: YOLOv7 with `--end2end --max-wh`'),
    name: oneTensor(),
  }),
  z.strictObject({
    family: z
      .literal('efficient-nms')
      .describe('[1, 1], [1, n, 4], [1, n], [1, n]: how many, corners, scores, classes; suppressed by the model'),
    names: z.strictObject({
      count: tensorName('How many of the n are valid, often `num_dets`'),
      boxes: tensorName('Corners, often `det_boxes`'),
      scores: tensorName('Scores, often `det_scores`'),
      classes: tensorName('Classes, often `det_classes`'),
    }),
  }),
  z.strictObject({
    family: z
      .literal('classification')
      .describe('[1, classes]: how sure it is of each class for the whole picture, such as flood or smoke; no boxes'),
    name: oneTensor(),
    scores: z
      .enum(['probabilities', 'logits'])
      .describe('What it gives: numbers 0–1, or any numbers, of which the softmax is taken'),
  }),
]);

export type OutputLayout = z.output<typeof outputSchema>;
export type Family = OutputLayout['family'];

/** Names of the tensors, in the order in which they are interpreted. */
export const outputNames = (output: OutputLayout): readonly string[] => {
  if (!('names' in output)) return [output.name];
  const { count, boxes, scores, classes } = output.names;
  return [count, boxes, scores, classes];
};

/** Whether the model tells each object once; the others need `nms` in their manifest. */
export const isSuppressed: Readonly<Record<Family, boolean>> = {
  yolox: false,
  yolov5: false,
  yolov8: false,
  nanodet: false,
  'end-to-end': true,
  'yolov7-end-to-end': true,
  'efficient-nms': true,
  classification: true,
};

/** Whether it says what the whole picture shows, and not where something is. */
export const seesScene = ({ family }: OutputLayout): boolean => family === 'classification';
