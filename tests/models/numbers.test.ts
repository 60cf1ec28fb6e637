import { describe, expect, it } from 'vitest';
import { loadModel } from '../../models/load.ts';
import type { ManifestFile } from '../../models/manifest.ts';
import { decodeNumbers, encodeNumbers, type InputType, type InputValues } from '../../models/numbers.ts';
import { createPreparation } from '../../pipelines/detect/prepare.ts';
import { manifestOf, writeModel } from '../support/models.ts';
import { constantNode, encodeModel, type GraphSpec } from '../support/onnx.ts';
import { temporaryFolder } from '../support/resources.ts';

describe('the numbers of a tensor', () => {
  it('are written as bits of halves and as bytes', () => {
    const values = Float32Array.of(0, 1, -2, 65504, 0.5);
    expect([...encodeNumbers('float16', values)]).toEqual([0, 0x3c00, 0xc000, 0x7bff, 0x3800]);
    expect([...encodeNumbers('uint8', Float32Array.of(-3, 114.4, 114.6, 300))]).toEqual([0, 114, 115, 255]);
    expect(encodeNumbers('float32', values)).toEqual(values);
  });

  it('are read whatever their type is, integers as what they stand for', () => {
    expect(decodeNumbers(Float16Array.of(0.5, -2))).toEqual(Float32Array.of(0.5, -2));
    expect(decodeNumbers(BigInt64Array.of(3n))).toEqual(Float32Array.of(3));
    expect(decodeNumbers(Uint8Array.of(0, 255))).toEqual(Float32Array.of(0, 255));
    expect(decodeNumbers(Uint8Array.of(128, 130), { scale: 0.5, zero: 128 })).toEqual(Float32Array.of(0, 1));
    expect(decodeNumbers(Int8Array.of(-128), { scale: 2, zero: -128 })).toEqual(Float32Array.of(0));
    expect(decodeNumbers(['text'])).toBeUndefined();
  });
});

/** 64 × 40 pixels, as many numbers as a YOLOv8 head of 2 classes with 1280 cells has. */
const boxes = [1, 6, 1280] as const;
const image = [1, 3, 40, 64] as const;
const reshape = (input: string): GraphSpec['nodes'] => [
  constantNode('shape', { type: 'int64', dimensions: [3], values: [...boxes] }),
  { operator: 'Reshape', inputs: [input, 'shape'], outputs: ['output'] },
];

/** Runs a gray picture through the graph, by the steps of a camera. */
const run = async (
  graph: GraphSpec,
  { type, ...parts }: Pick<Partial<ManifestFile>, 'quantized'> & { readonly type: InputType },
): Promise<{ readonly values: Float32Array; readonly tensor: InputValues }> => {
  await using folder = await temporaryFolder();
  const weights = encodeModel(graph);
  const output = { family: 'yolov8', name: 'output' } as const;
  await writeModel(
    folder.path,
    weights,
    manifestOf(weights, { output, nms: 0.5, input: { type, scale: [0.5, 0.5, 0.5] }, ...parts }),
  );
  await using model = await loadModel(folder.path);
  const { tensor, prepare } = createPreparation(model.manifest);
  prepare({ width: 64, height: 20, pixels: new Uint8Array(64 * 20 * 3).fill(100) });
  const [read] = await model.run(tensor);
  return { values: read?.values ?? new Float32Array(), tensor };
};

const half = { first: 50, padding: 57 };

describe('a model of other numbers than 32-bit floats', () => {
  it('takes and gives 16-bit floats', async () => {
    const { values, tensor } = await run(
      {
        inputs: { images: { type: 'float16', dimensions: image } },
        outputs: { output: { type: 'float16', dimensions: boxes } },
        nodes: reshape('images'),
      },
      { type: 'float16' },
    );
    expect(tensor).toBeInstanceOf(Uint16Array);
    expect([values[0], values[64 * 20 - 1], values[64 * 20]]).toEqual([half.first, half.first, half.padding]);
  });

  it('takes and gives bytes, which its manifest says the meaning of', async () => {
    const { values } = await run(
      {
        inputs: { images: { type: 'uint8', dimensions: image } },
        outputs: { output: { type: 'uint8', dimensions: boxes } },
        nodes: reshape('images'),
      },
      { type: 'uint8', quantized: { output: { scale: 0.25, zero: 10 } } },
    );
    expect([values[0], values[64 * 20]]).toEqual([(half.first - 10) * 0.25, (half.padding - 10) * 0.25]);
  });

  it('takes and gives floats and computes with 8-bit integers (QDQ)', async () => {
    const scaleAndZero = [
      constantNode('scale', { type: 'float32', dimensions: [], values: [2] }),
      constantNode('zero', { type: 'int8', dimensions: [], values: [-10] }),
    ];
    const { values } = await run(
      {
        inputs: { images: { type: 'float32', dimensions: image } },
        outputs: { output: { type: 'float32', dimensions: boxes } },
        nodes: [
          ...scaleAndZero,
          { operator: 'QuantizeLinear', inputs: ['images', 'scale', 'zero'], outputs: ['integers'] },
          { operator: 'DequantizeLinear', inputs: ['integers', 'scale', 'zero'], outputs: ['floats'] },
          ...reshape('floats'),
        ],
      },
      { type: 'float32' },
    );
    // 57 is 28.5 steps of 2: the even neighbor is taken.
    expect([values[0], values[64 * 20]]).toEqual([half.first, 56]);
  });

  it('is refused where its manifest says another type', async () => {
    const graph: GraphSpec = {
      inputs: { images: { type: 'float16', dimensions: image } },
      outputs: { output: { type: 'float16', dimensions: boxes } },
      nodes: reshape('images'),
    };
    await expect(run(graph, { type: 'float32' })).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('of float32 that its manifest describes'),
    });
  });
});
