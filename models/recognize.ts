/**
 * What a model is, by the shapes of its tensors and by what its exporter wrote into the file: the names, stride and size
 * that Ultralytics' exporters add. Pure. What more than one family gives, or none, is not guessed.
 */
import { type Family, isSuppressed, type OutputLayout } from './families.ts';
import type { ManifestFile } from './manifest.ts';
import { type InputType, inputTypes } from './numbers.ts';

/** A tensor as the model declares it; a text is a dimension that is decided at each run. */
export interface DeclaredTensor {
  readonly name: string;
  readonly type: string;
  readonly dimensions: readonly (number | string)[];
}

export interface TensorShape {
  readonly name: string;
  readonly dimensions: readonly number[];
  /** What it gave for an empty picture. */
  readonly values?: Float32Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface RecognizedInput {
  readonly name: string;
  readonly type: InputType;
  readonly layout: 'nchw' | 'nhwc';
  /** Undefined where the model takes any. */
  readonly size: Size | undefined;
}

/** Why it cannot be used, for people, or what its input is. */
export const recognizeInput = (inputs: readonly DeclaredTensor[]): RecognizedInput | string => {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    return `it has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}); one picture is given to it`;
  }
  const type = inputTypes.find(each => each === input.type);
  if (type === undefined) return `its input is of ${input.type}; ${inputTypes.join(', ')} are written`;
  const [batch, second, third, fourth] = input.dimensions;
  const shape = `[${input.dimensions.join(', ')}]`;
  if (input.dimensions.length !== 4 || (typeof batch === 'number' && batch !== 1)) {
    return `its input is ${shape}, not one picture`;
  }
  const sizeOf = (height: number | string | undefined, width: number | string | undefined): Size | undefined =>
    typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined;
  const { name } = input;
  if (second === 3) return { name, type, layout: 'nchw', size: sizeOf(third, fourth) };
  if (fourth === 3) return { name, type, layout: 'nhwc', size: sizeOf(second, third) };
  return `its input is ${shape}, without three colors`;
};

/** `[640, 640]` of Ultralytics' `imgsz`: height before width. */
export const parseImageSize = (text: string): Size | undefined => {
  const [height, width = height] = (text.match(/\d{1,5}/g) ?? []).map(Number);
  return width === undefined || height === undefined ? undefined : { width, height };
};

/**
 * `{0: 'person', 1: "driver's cab"}` or `['person', 'car']`: how Python writes the `names` of Ultralytics' exporters.
 * Undefined for anything else.
 */
export const parseNames = (text: string): readonly string[] | undefined => {
  const names: string[] = [];
  const isMap = text.trimStart().startsWith('{');
  for (const [, key, single, double] of text.matchAll(
    /(?:["']?(\d{1,4})["']?\s*:\s*)?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g,
  )) {
    if (isMap && Number(key) !== names.length) return undefined;
    names.push((single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
  return names.length === 0 ? undefined : names;
};

const cellsOf = ({ width, height }: Size, strides: readonly number[], whole: (value: number) => number): number =>
  strides.reduce((sum, stride) => sum + whole(width / stride) * whole(height / stride), 0);

/** The strides of the heads that are published: the usual three, with a coarser or a finer one. */
const usualStrides = [8, 16, 32];
const heads = [usualStrides, [8, 16, 32, 64], [4, 8, 16, 32]];
const nanodetStrides = [8, 16, 32, 64];
const nanodetBins = 8;

/** Of a manifest. */
const mostClasses = 1000;

/** Models that suppress doubles themselves give no more than this. */
const mostFinished = 1000;

export interface Candidate {
  readonly output: OutputLayout;
  /** How many the shape says; undefined where it says nothing of them. */
  readonly classes: number | undefined;
}

type Rule = (tensor: TensorShape, size: Size) => Candidate | undefined;

const isThreefold = ({ dimensions: [batch], dimensions }: TensorShape): boolean =>
  dimensions.length === 3 && batch === 1;

const hasCells = (count: number | undefined, each: number, size: Size): boolean =>
  heads.some(strides => count === each * cellsOf(size, strides, Math.floor));

/** One tensor each. What they ask for is said in `models/families.ts`. */
const rules: readonly Rule[] = [
  (tensor, size) => {
    const [, count, length = 0] = tensor.dimensions;
    const fits = isThreefold(tensor) && count === cellsOf(size, usualStrides, Math.floor) && length > 5;
    return fits
      ? { output: { family: 'yolox', name: tensor.name, strides: usualStrides }, classes: length - 5 }
      : undefined;
  },
  (tensor, size) => {
    const [, count, length = 0] = tensor.dimensions;
    // Three boxes a cell, or one: YOLOv6, and YOLOX with its decoding inside the model.
    const fits = isThreefold(tensor) && length > 5 && (hasCells(count, 3, size) || hasCells(count, 1, size));
    return fits ? { output: { family: 'yolov5', name: tensor.name }, classes: length - 5 } : undefined;
  },
  (tensor, size) => {
    const [, length = 0, count] = tensor.dimensions;
    const fits = isThreefold(tensor) && length > 4 && hasCells(count, 1, size);
    return fits ? { output: { family: 'yolov8', name: tensor.name }, classes: length - 4 } : undefined;
  },
  (tensor, size) => {
    const [, count, length = 0] = tensor.dimensions;
    const classes = length - 4 * nanodetBins;
    const fits = isThreefold(tensor) && count === cellsOf(size, nanodetStrides, Math.ceil) && classes > 0;
    return fits
      ? {
          output: { family: 'nanodet', name: tensor.name, strides: nanodetStrides, bins: nanodetBins },
          classes,
        }
      : undefined;
  },
  (tensor, size) => {
    const [, count = 0, length] = tensor.dimensions;
    const fits = isThreefold(tensor) && length === 6 && count <= mostFinished && !hasCells(count, 3, size);
    return fits ? { output: { family: 'end-to-end', name: tensor.name }, classes: undefined } : undefined;
  },
  ({ name, dimensions }) =>
    dimensions.length === 2 && dimensions[1] === 7
      ? { output: { family: 'yolov7-end-to-end', name }, classes: undefined }
      : undefined,
];

/** Scores of classes, and nothing beside them. */
const recognizeClasses = ([tensor, ...others]: readonly TensorShape[]): readonly Candidate[] => {
  if (tensor === undefined || others.length > 0) return [];
  const { name, dimensions, values } = tensor;
  const [batch, classes = 0, ...more] = dimensions;
  if (batch !== 1 || classes < 2 || classes > mostClasses || more.length > 0) return [];
  const scores = values?.every(value => value >= 0 && value <= 1) === true ? 'probabilities' : 'logits';
  return [{ output: { family: 'classification', name, scores }, classes }];
};

/** The four tensors of EfficientNMS, by their shapes and by what their names say. */
const recognizeApart = (tensors: readonly TensorShape[]): readonly Candidate[] => {
  const find = (pattern: RegExp, rank: number): string | undefined =>
    tensors.find(({ name, dimensions }) => pattern.test(name) && dimensions.length === rank && dimensions[0] === 1)
      ?.name;
  const [count, boxes, scores, classes] = [
    find(/num|count/i, 2),
    find(/box/i, 3),
    find(/score/i, 2),
    find(/class|label/i, 2),
  ];
  if (count === undefined || boxes === undefined || scores === undefined || classes === undefined) return [];
  return [{ output: { family: 'efficient-nms', names: { count, boxes, scores, classes } }, classes: undefined }];
};

/** The families that have these outputs for an input of this size, where it is known of how many classes, with so many. */
export const recognizeOutputs = (
  tensors: readonly TensorShape[],
  size: Size,
  labels?: readonly string[],
): readonly Candidate[] =>
  [
    ...recognizeApart(tensors),
    ...tensors.flatMap(tensor => rules.map(rule => rule(tensor, size)).filter(found => found !== undefined)),
    ...recognizeClasses(tensors),
  ].filter(({ classes }) => classes === undefined || labels === undefined || classes === labels.length);

type Convention = Pick<ManifestFile['input'], 'colors' | 'mean' | 'scale' | 'letterbox'>;

const fractions = { mean: [0, 0, 0], scale: [1 / 255, 1 / 255, 1 / 255] } satisfies Partial<Convention>;
const centered = { placement: 'center', pad: 114 } as const;
const ultralytics: Convention = { colors: 'rgb', ...fractions, letterbox: centered };

/** How the programs that train them feed them. */
const conventions: Readonly<Record<Family, Convention>> = {
  yolox: { colors: 'bgr', mean: [0, 0, 0], scale: [1, 1, 1], letterbox: { placement: 'top-left', pad: 114 } },
  yolov5: ultralytics,
  yolov8: ultralytics,
  nanodet: {
    colors: 'bgr',
    mean: [103.53, 116.28, 123.675],
    scale: [1 / 57.375, 1 / 57.12, 1 / 58.395],
    letterbox: { placement: 'top-left', pad: 0 },
  },
  'end-to-end': ultralytics,
  'yolov7-end-to-end': ultralytics,
  'efficient-nms': ultralytics,
  // Means and deviations of ImageNet, as torchvision's references have them.
  classification: {
    colors: 'rgb',
    mean: [123.675, 116.28, 103.53],
    scale: [1 / 58.395, 1 / 57.12, 1 / 57.375],
    letterbox: centered,
  },
};

/** Colors, numbers and place of the picture; bytes are the colors as they are. */
export const conventionOf = (family: Family, type: InputType): Convention => {
  const convention = conventions[family];
  return type === 'uint8' ? { ...convention, mean: [0, 0, 0], scale: [1, 1, 1] } : convention;
};

/** Two boxes of one class that overlap more are one object; undefined where the model sees to it. */
export const suppressionOf = (family: Family): number | undefined => (isSuppressed[family] ? undefined : 0.45);

/** Words of labels, whole or as parts: `person`, `motorcycle-rider`. */
const hidden = {
  person: ['person', 'people', 'pedestrian', 'human', 'rider', 'man', 'woman', 'child', 'face', 'head', 'worker'],
  vehicle: [
    ...['vehicle', 'car', 'bus', 'truck', 'van', 'lorry', 'taxi', 'ambulance', 'train', 'tram', 'plate'],
    ...['motorbike', 'motorcycle', 'motor', 'bicycle', 'bike', 'tricycle', 'scooter', 'pickup', 'trailer'],
  ],
} as const;

/** Which labels are persons, and which vehicles with plates, by English words. */
export const hiddenLabels = (labels: readonly string[]): { readonly person: string[]; readonly vehicle: string[] } => {
  const having = (words: readonly string[]): string[] =>
    labels.filter(label =>
      label
        .toLowerCase()
        .split(/[^a-z]+/)
        .some(part => words.includes(part)),
    );
  return { person: having(hidden.person), vehicle: having(hidden.vehicle) };
};
