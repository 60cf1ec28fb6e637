import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../core/observation.ts';
import { type Manifest, manifestSchema } from '../../../models/manifest.ts';
import { createPreparation } from '../../../pipelines/detect/prepare.ts';

type Input = Manifest['input'];

const manifestOf = (input: Partial<Input>): Manifest =>
  manifestSchema.parse({
    name: 'tiny',
    version: '1.0.0',
    summary: 'A test.',
    weights: 'tiny.onnx',
    sha256: '0'.repeat(64),
    license: 'Apache-2.0',
    origin: 'a test',
    card: 'card.md',
    input: {
      name: 'images',
      width: 32,
      height: 32,
      layout: 'nchw',
      colors: 'rgb',
      letterbox: { placement: 'top-left', pad: 114 },
      resampling: 'bilinear',
      ...input,
    },
    output: { family: 'yolov8', name: 'output' },
    labels: ['person'],
    redact: { person: ['person'], vehicle: [] },
    threshold: 0.5,
    nms: 0.5,
  });

/** Red 10, green 20, blue 30 everywhere. */
const picture = (width: number, height: number): Picture => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, at) => ((at % 3) + 1) * 10),
});

const area = 32 * 32;

describe('the input of a model', () => {
  it('holds planes of red, green and blue, with gray beside the picture', () => {
    const { prepare, tensor } = createPreparation(manifestOf({}));
    expect(prepare(picture(32, 18))).toEqual({ left: 0, top: 0, width: 32, height: 18 });
    expect([tensor[0], tensor[area], tensor[2 * area]]).toEqual([10, 20, 30]);
    expect([tensor[32 * 18 - 1], tensor[32 * 18]]).toEqual([10, 114]);
  });

  it('holds blue first, pixels side by side, where the manifest says so', () => {
    const { prepare, tensor } = createPreparation(manifestOf({ colors: 'bgr', layout: 'nhwc' }));
    prepare(picture(32, 32));
    expect([...tensor.subarray(0, 6)]).toEqual([30, 20, 10, 30, 20, 10]);
  });

  it('is normalized in the order of its colors', () => {
    const { prepare, tensor } = createPreparation(
      manifestOf({
        colors: 'bgr',
        mean: [30, 0, 0],
        scale: [1, 0.5, 2],
        letterbox: { placement: 'top-left', pad: 100 },
      }),
    );
    prepare(picture(16, 32));
    expect([tensor[0], tensor[area], tensor[2 * area]]).toEqual([0, 10, 20]);
    expect([tensor[16], tensor[area + 16], tensor[2 * area + 16]]).toEqual([70, 50, 200]);
  });

  it('has the picture in its middle where the manifest says so', () => {
    const letterbox = { placement: 'center', pad: 0 } as const;
    const { prepare, tensor } = createPreparation(manifestOf({ letterbox }));
    expect(prepare(picture(32, 18))).toEqual({ left: 0, top: 7, width: 32, height: 18 });
    expect([tensor[32 * 7 - 1], tensor[32 * 7]]).toEqual([0, 10]);
  });

  it('keeps nothing of a picture of another shape', () => {
    const { prepare, tensor } = createPreparation(manifestOf({}));
    prepare(picture(32, 32));
    prepare(picture(18, 32));
    expect([tensor[17], tensor[18]]).toEqual([10, 114]);
  });
});
