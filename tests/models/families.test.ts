import { describe, expect, it } from 'vitest';
import { isSuppressed, type OutputLayout, outputSchema, seesScene } from '../../models/families.ts';
import { loadModel } from '../../models/load.ts';
import { createInterpret, type Detection } from '../../pipelines/detect/interpret.ts';
import { manifestOf, writeModel } from '../support/models.ts';
import { type ConstantSpec, encodeConstants } from '../support/onnx.ts';
import { temporaryFolder } from '../support/resources.ts';

/** The picture fills the input of 64 × 40 pixels. */
const placement = { left: 0, top: 0, width: 64, height: 40 };

type Corners = readonly [left: number, top: number, right: number, bottom: number];

interface Case {
  readonly output: OutputLayout;
  readonly tensors: Readonly<Record<string, ConstantSpec>>;
  /** Label, score, and corners in pixels of the input. */
  readonly found: readonly (readonly [string, number, Corners])[];
}

const floats = (dimensions: readonly number[], rows: readonly (readonly number[])[]): ConstantSpec => {
  const count = dimensions.reduce((product, dimension) => product * dimension, 1);
  const values = rows.flat();
  return { type: 'float32', dimensions, values: [...values, ...Array<number>(count - values.length).fill(0)] };
};

/** `count` rows of zeros but for those that are given, by their place. */
const rowsAt = (count: number, length: number, given: Readonly<Record<number, readonly number[]>>): ConstantSpec =>
  floats(
    [1, count, length],
    Array.from({ length: count }, (_, row) => given[row] ?? Array<number>(length).fill(0)),
  );

const e = Math.E;

/** The four distributions over 0 … 7 of NanoDet: all on one distance, or halved between two neighbors. */
const sharp = (distance: number): readonly number[] =>
  Array.from({ length: 8 }, (_, bin) => (Math.abs(bin - distance) <= 0.5 ? 80 : -80));

const cases: readonly Case[] = [
  {
    // 8 × 5 cells of 8 pixels, 4 × 2 of 16, 2 × 1 of 32. Half a cell beside (2, 1), 8 pixels wide and 16 high.
    output: { family: 'yolox', name: 'output', strides: [8, 16, 32] },
    tensors: {
      output: rowsAt(50, 7, {
        10: [0.5, 0.5, 0, Math.log(2), 0.9, 0.1, 0.8],
        11: [-0.5, 0.5, 0, Math.log(2), 0.9, 0.1, 0.75],
        46: [0, 0.25, 0, 0, 0.8, 1, 0],
        49: [0, 0, 0, 0, 0.4, 1, 1],
      }),
    },
    found: [
      ['person', 0.8, [24, 12, 40, 28]],
      ['car', 0.72, [16, 4, 24, 20]],
    ],
  },
  {
    output: { family: 'yolov5', name: 'output' },
    tensors: {
      output: floats(
        [1, 6, 7],
        [
          [32, 20, 16, 10, 0.9, 0.2, 1],
          [33, 20, 16, 10, 0.9, 0.2, 0.9],
          [10, 10, 4, 8, 0.8, 0.75, 0],
          [10, 10, 4, 8, 0.6, 0.6, 0],
        ],
      ),
    },
    found: [
      ['car', 0.9, [24, 15, 40, 25]],
      ['person', 0.6, [8, 6, 12, 14]],
    ],
  },
  {
    output: { family: 'yolov8', name: 'output' },
    tensors: {
      output: floats(
        [1, 6, 3],
        [
          [32, 33, 10],
          [20, 20, 10],
          [16, 16, 4],
          [10, 10, 8],
          [0.1, 0, 0.75],
          [0.875, 0.75, 0],
        ],
      ),
    },
    found: [
      ['car', 0.875, [24, 15, 40, 25]],
      ['person', 0.75, [8, 6, 12, 14]],
    ],
  },
  {
    // Cells of 8, 16, 32 and 64 pixels, the last ones of a row or column cut: 40 + 12 + 4 + 1.
    output: { family: 'nanodet', name: 'output', strides: [8, 16, 32, 64], bins: 8 },
    tensors: {
      output: rowsAt(57, 34, {
        // Cell (2, 1) of 8 pixels.
        10: [0.25, 0.875, ...sharp(1), ...sharp(0.5), ...sharp(2), ...sharp(1.5)],
        // Cell (1, 1) of 16 pixels.
        45: [0.75, 0, ...sharp(1), ...sharp(1), ...sharp(0), ...sharp(1)],
        56: [0.4, 0.4, ...sharp(0), ...sharp(0), ...sharp(1), ...sharp(1)],
      }),
    },
    found: [
      ['car', 0.875, [8, 4, 32, 20]],
      ['person', 0.75, [0, 0, 16, 32]],
    ],
  },
  {
    output: { family: 'end-to-end', name: 'output' },
    tensors: {
      output: floats(
        [1, 5, 6],
        [
          [24, 15, 40, 25, 0.875, 1],
          [25, 15, 40, 25, 0.75, 1],
          [8, 6, 12, 14, 0.25, 0],
          [8, 6, 12, 14, 0.9, 2],
        ],
      ),
    },
    found: [
      ['car', 0.875, [24, 15, 40, 25]],
      ['car', 0.75, [25, 15, 40, 25]],
    ],
  },
  {
    output: { family: 'yolov7-end-to-end', name: 'output' },
    tensors: {
      output: floats(
        [2, 7],
        [
          [0, 24, 15, 40, 25, 1, 0.875],
          [0, 8, 6, 12, 14, 0, 0.75],
        ],
      ),
    },
    found: [
      ['car', 0.875, [24, 15, 40, 25]],
      ['person', 0.75, [8, 6, 12, 14]],
    ],
  },
  {
    output: { family: 'yolov7-end-to-end', name: 'output' },
    tensors: { output: { type: 'float32', dimensions: [0, 7], values: [] } },
    found: [],
  },
  {
    output: {
      family: 'efficient-nms',
      names: { count: 'num_dets', boxes: 'det_boxes', scores: 'det_scores', classes: 'det_classes' },
    },
    tensors: {
      det_boxes: floats(
        [1, 4, 4],
        [
          [24, 15, 40, 25],
          [8, 6, 12, 14],
          [0, 0, 20, 20],
        ],
      ),
      det_classes: { type: 'int32', dimensions: [1, 4], values: [1, 0, 1, 0] },
      det_scores: floats([1, 4], [[0.875, 0.75, 0.7, 0.7]]),
      num_dets: { type: 'int64', dimensions: [1, 1], values: [2] },
    },
    found: [
      ['car', 0.875, [24, 15, 40, 25]],
      ['person', 0.75, [8, 6, 12, 14]],
    ],
  },
  {
    output: { family: 'classification', name: 'output', scores: 'probabilities' },
    tensors: { output: floats([1, 2], [[0.625, 0.75]]) },
    found: [
      ['car', 0.75, [0, 0, 64, 40]],
      ['person', 0.625, [0, 0, 64, 40]],
    ],
  },
  {
    output: { family: 'classification', name: 'output', scores: 'logits' },
    tensors: { output: floats([1, 2], [[101, 100]]) },
    found: [['person', e / (e + 1), [0, 0, 64, 40]]],
  },
];

const toCase = ({ label, score, box }: Detection): readonly [string, number, Corners] => [
  label,
  score,
  [box.x * 64, box.y * 40, (box.x + box.width) * 64, (box.y + box.height) * 40],
];

/** Runs the graph in onnxruntime as a model of this family. */
const detectIn = async (
  output: OutputLayout,
  tensors: Case['tensors'],
  labels = ['person', 'car'],
): Promise<readonly Detection[]> => {
  await using folder = await temporaryFolder();
  const weights = encodeConstants({ type: 'float32', dimensions: [1, 3, 40, 64] }, tensors);
  await writeModel(
    folder.path,
    weights,
    manifestOf(weights, {
      output,
      labels,
      ...(seesScene(output) && { redact: { person: [], vehicle: [] } }),
      ...(!isSuppressed[output.family] && { nms: 0.5 }),
    }),
  );
  await using model = await loadModel(folder.path);
  return createInterpret(model.manifest)(await model.run(new Float32Array(3 * 40 * 64)), placement, 0.5);
};

describe('the output of each family', () => {
  it.each(cases)('$output.family becomes exactly the boxes that its graph was written for', async each => {
    const found = (await detectIn(each.output, each.tensors)).map(toCase);
    const close = (value: number): number => expect.closeTo(value, 4);
    expect(found).toEqual(
      each.found.map(([label, score, corners]) => [label, close(score), corners.map(value => close(value))]),
    );
  });

  it('is proven for all that there are', () => {
    const proven = new Set(cases.map(({ output }) => output.family));
    expect([...proven].sort()).toEqual(outputSchema.options.map(({ shape }) => shape.family.value).sort());
  });

  it.each(cases)('$output.family of another shape is refused with what was expected', async ({ output }) => {
    const names = 'names' in output ? Object.values(output.names) : [output.name];
    const tensors = Object.fromEntries(names.map(name => [name, floats([1, 3, 4, 5], [])]));
    await expect(detectIn(output, tensors)).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining(`[1, 3, 4, 5], not the ${output.family} output [`),
    });
  });

  it('with fewer classes than boxes is refused', async () => {
    const last = cases.find(({ output }) => output.family === 'efficient-nms');
    if (last === undefined) throw new Error('no case');
    const tensors = { ...last.tensors, det_classes: { type: 'int32', dimensions: [1, 2], values: [1, 0] } as const };
    await expect(detectIn(last.output, tensors)).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('that says more valid ones than it has, or numbers that are none, gives what is there', async () => {
    const names = { count: 'num_dets', boxes: 'det_boxes', scores: 'det_scores', classes: 'det_classes' };
    const found = await detectIn(
      { family: 'efficient-nms', names },
      {
        det_boxes: floats([1, 2, 4], [[24, 15, 40, 25], Array<number>(4).fill(Number.NaN)]),
        det_classes: { type: 'float32', dimensions: [1, 2], values: [1, 1] },
        det_scores: floats([1, 2], [[0.875, 0.875]]),
        num_dets: { type: 'int32', dimensions: [1, 1], values: [1000] },
      },
    );
    expect(found.map(toCase)).toHaveLength(1);
  });

  it('that finds no boxes has nobody to blur', async () => {
    await using folder = await temporaryFolder();
    const weights = Buffer.from('anything');
    const output = { family: 'classification', name: 'output', scores: 'logits' } as const;
    await writeModel(folder.path, weights, manifestOf(weights, { output }));
    await expect(loadModel(folder.path)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('finds no boxes that could be blurred'),
    });
  });

  it('that tells an object more than once needs a limit for its suppression', async () => {
    await using folder = await temporaryFolder();
    const weights = Buffer.from('anything');
    await writeModel(folder.path, weights, manifestOf(weights, { output: { family: 'yolov8', name: 'output' } }));
    await expect(loadModel(folder.path)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('nms is missing'),
    });
  });
});
