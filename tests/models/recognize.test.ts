import { describe, expect, it } from 'vitest';
import {
  conventionOf,
  hiddenLabels,
  parseImageSize,
  parseNames,
  recognizeInput,
  recognizeOutputs,
  suppressionOf,
  type TensorShape,
} from '../../models/recognize.ts';

const tensor = (dimensions: readonly number[], name = 'output0'): TensorShape => ({ name, dimensions });
const square = (pixels: number) => ({ width: pixels, height: pixels });

const familiesOf = (
  tensors: readonly TensorShape[],
  pixels: number,
  labels?: readonly string[],
): readonly (readonly [string, number | undefined])[] =>
  recognizeOutputs(tensors, square(pixels), labels).map(({ output, classes }) => [output.family, classes]);

const coco = Array.from({ length: 80 }, (_, index) => `class ${index}`);

/** Outputs of what is published, as their exporters write them. */
const published: readonly (readonly [
  string,
  readonly TensorShape[],
  number,
  readonly (readonly [string, unknown])[],
])[] = [
  ['YOLOv5s', [tensor([1, 25_200, 85])], 640, [['yolov5', 80]]],
  [
    'YOLOv5s with its raw maps',
    [tensor([1, 25_200, 85]), tensor([1, 3, 80, 80, 85], '345'), tensor([1, 3, 40, 40, 85], '403')],
    640,
    [['yolov5', 80]],
  ],
  ['YOLOv5s6', [tensor([1, 102_000, 85])], 1280, [['yolov5', 80]]],
  ['YOLOv7 with one class', [tensor([1, 25_200, 6])], 640, [['yolov5', 1]]],
  ['YOLOv8n', [tensor([1, 84, 8400])], 640, [['yolov8', 80]]],
  ['YOLO11n of three classes', [tensor([1, 7, 2100])], 320, [['yolov8', 3]]],
  ['YOLOv10n', [tensor([1, 300, 6])], 640, [['end-to-end', undefined]]],
  ['YOLOv7 for onnxruntime', [tensor([0, 7])], 640, [['yolov7-end-to-end', undefined]]],
  ['NanoDet-Plus-m', [tensor([1, 3598, 112])], 416, [['nanodet', 80]]],
  [
    'YOLOv7 for TensorRT',
    [
      tensor([1, 1], 'num_dets'),
      tensor([1, 100, 4], 'det_boxes'),
      tensor([1, 100], 'det_scores'),
      tensor([1, 100], 'det_classes'),
    ],
    640,
    [['efficient-nms', undefined]],
  ],
  // Offsets in cells or pixels: the shape does not tell.
  [
    'YOLOX-nano or YOLOv6',
    [tensor([1, 3549, 85])],
    416,
    [
      ['yolox', 80],
      ['yolov5', 80],
    ],
  ],
  ['a segmentation model', [tensor([1, 116, 8400]), tensor([1, 32, 160, 160], 'output1')], 640, [['yolov8', 112]]],
  ['a classifier', [tensor([1, 3])], 224, [['classification', 3]]],
  // Seven classes, or one box of a picture.
  [
    'a classifier of seven',
    [tensor([1, 7])],
    224,
    [
      ['yolov7-end-to-end', undefined],
      ['classification', 7],
    ],
  ],
  ['a model of features', [tensor([1, 512, 7, 7])], 224, []],
];

describe('the family of a model', () => {
  it.each(published)('is known by the shapes of %s', (_, tensors, pixels, families) => {
    expect(familiesOf(tensors, pixels)).toEqual(families);
  });

  it('must have as many classes as the file names', () => {
    expect(familiesOf([tensor([1, 84, 8400])], 640, coco)).toEqual([['yolov8', 80]]);
    expect(familiesOf([tensor([1, 116, 8400])], 640, coco)).toEqual([]);
    expect(familiesOf([tensor([1, 300, 6])], 640, coco)).toEqual([['end-to-end', undefined]]);
  });

  it('of a classifier says by its numbers what they are', () => {
    const scoresOf = (...values: readonly number[]) =>
      recognizeOutputs([{ ...tensor([1, 3]), values: Float32Array.from(values) }], square(224))[0]?.output;
    expect(scoresOf(0.1, 0.2, 0.7)).toMatchObject({ scores: 'probabilities' });
    expect(scoresOf(0.1, -2, 0.7)).toMatchObject({ scores: 'logits' });
  });

  it('brings how its pictures are given to it', () => {
    expect(conventionOf('yolox', 'float32')).toMatchObject({ colors: 'bgr', scale: [1, 1, 1] });
    expect(conventionOf('yolov8', 'float32')).toMatchObject({ colors: 'rgb', scale: [1 / 255, 1 / 255, 1 / 255] });
    expect(conventionOf('yolov8', 'uint8')).toMatchObject({ colors: 'rgb', scale: [1, 1, 1] });
    expect([suppressionOf('yolov5'), suppressionOf('end-to-end')]).toEqual([0.45, undefined]);
  });
});

describe('the input of a model', () => {
  const input = (dimensions: readonly (number | string)[], type = 'float32') => [{ name: 'images', type, dimensions }];

  it('is one picture of planes or of pixels, of a size or of any', () => {
    expect(recognizeInput(input([1, 3, 480, 640]))).toEqual({
      name: 'images',
      type: 'float32',
      layout: 'nchw',
      size: { width: 640, height: 480 },
    });
    expect(recognizeInput(input(['batch', 'height', 'width', 3], 'uint8'))).toMatchObject({
      type: 'uint8',
      layout: 'nhwc',
      size: undefined,
    });
  });

  it('that is anything else is refused with the reason', () => {
    expect(recognizeInput(input([4, 3, 640, 640]))).toContain('[4, 3, 640, 640], not one picture');
    expect(recognizeInput(input([1, 1, 640, 640]))).toContain('without three colors');
    expect(recognizeInput(input([1, 3, 640, 640], 'float64'))).toContain('float64');
    expect(recognizeInput([...input([1, 3, 640, 640]), ...input([1])])).toContain('2 inputs');
    expect(recognizeInput([])).toContain('0 inputs');
  });
});

describe('what Python wrote', () => {
  it.each([
    ["{0: 'person', 1: 'xe máy'}", ['person', 'xe máy']],
    [`{0: "driver's cab", 1: 'a\\'b'}`, ["driver's cab", "a'b"]],
    ["['person', 'car']", ['person', 'car']],
    ['{"0": "person", "1": "car"}', ['person', 'car']],
    ["{1: 'person'}", undefined],
    ['', undefined],
    ['{}', undefined],
  ])('as names %s is %j', (text, names) => {
    expect(parseNames(text)).toEqual(names);
  });

  it('as size has its height first', () => {
    expect(parseImageSize('[480, 640]')).toEqual({ width: 640, height: 480 });
    expect(parseImageSize('640')).toEqual({ width: 640, height: 640 });
    expect(parseImageSize('')).toBeUndefined();
  });
});

describe('what is blurred', () => {
  it('is known by English words', () => {
    expect(hiddenLabels(['pedestrian', 'Motorcycle-rider', 'license_plate', 'boat', 'carpet'])).toEqual({
      person: ['pedestrian', 'Motorcycle-rider'],
      vehicle: ['Motorcycle-rider', 'license_plate'],
    });
  });
});
