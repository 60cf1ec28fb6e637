/** Output tensor → boxes. Pure. */
import { GatewayError } from '../../core/errors.ts';
import type { Box } from '../../core/observation.ts';
import type { Family, OutputLayout } from '../../models/families.ts';
import type { OutputTensor } from '../../models/load.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { Placement } from './prepare.ts';

/** One object in one picture. */
export interface Detection {
  readonly label: string;
  /** 0–1. */
  readonly score: number;
  readonly box: Box;
}

/** Candidates before the non-maximum suppression: an untrained or noisy model must not make it quadratic. */
const maximumCandidates = 1000;

interface Candidate {
  readonly label: number;
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Intersection over union, 0–1. */
const overlap = (a: Candidate, b: Candidate): number => {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / ((a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - both);
};

/** Best first, each object once; a `limit` that is absent leaves that to the model. */
const suppress = (candidates: Candidate[], limit: number | undefined): Candidate[] => {
  candidates.sort((a, b) => b.score - a.score);
  if (candidates.length > maximumCandidates) candidates.length = maximumCandidates;
  if (limit === undefined) return candidates;
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    if (!kept.some(other => other.label === candidate.label && overlap(other, candidate) > limit)) kept.push(candidate);
  }
  return kept;
};

/** A dimension that may be anything is `n`; the same anything in all tensors of a model. */
type Shape = readonly (number | 'n')[];

interface Reader {
  /** Of the tensors in the order of `outputNames`. */
  readonly shapes: readonly Shape[];
  /** `tensors` have these shapes. */
  read(tensors: readonly OutputTensor[], threshold: number): Candidate[];
}

const noValues = new Float32Array();

const valuesOf = (tensor: OutputTensor | undefined): Float32Array => tensor?.values ?? noValues;

const around = (label: number, score: number, x: number, y: number, width: number, height: number): Candidate => ({
  label,
  score,
  left: x - width / 2,
  top: y - height / 2,
  right: x + width / 2,
  bottom: y + height / 2,
});

/** The grid cells of all strides, one after the other, row by row. */
interface Grid {
  readonly count: number;
  /** Pixels of the left and top edge of each cell, and its size. */
  readonly left: Float32Array;
  readonly top: Float32Array;
  readonly size: Float32Array;
}

const createGrid = (
  { width, height }: Manifest['input'],
  strides: readonly number[],
  whole: (cells: number) => number,
): Grid => {
  const cells = strides.flatMap(stride => {
    const columns = whole(width / stride);
    return Array.from({ length: columns * whole(height / stride) }, (_, cell) => ({
      left: (cell % columns) * stride,
      top: Math.floor(cell / columns) * stride,
      size: stride,
    }));
  });
  return {
    count: cells.length,
    left: Float32Array.from(cells, ({ left }) => left),
    top: Float32Array.from(cells, ({ top }) => top),
    size: Float32Array.from(cells, ({ size }) => size),
  };
};

/** Index of the highest of `count` values from `from` on. */
const highest = (values: Float32Array, from: number, count: number): number => {
  let best = from;
  for (let at = from + 1; at < from + count; at++) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
  return best - from;
};

type Place = (values: Float32Array, at: number, cell: number, label: number, score: number) => Candidate;

/** Rows of [four numbers of the box, objectness, class scores…]. */
const rowsWithObjectness =
  (classes: number, place: Place): Reader['read'] =>
  ([tensor], threshold) => {
    const values = valuesOf(tensor);
    const found: Candidate[] = [];
    const length = 5 + classes;
    for (let at = 0, cell = 0; at < values.length; at += length, cell++) {
      const objectness = values[at + 4] ?? 0;
      if (!(objectness >= threshold)) continue;
      const label = highest(values, at + 5, classes);
      const score = objectness * (values[at + 5 + label] ?? 0);
      if (score >= threshold) found.push(place(values, at, cell, label, score));
    }
    return found;
  };

/** Four rows of center and size, then a row of scores for each class, a column for each cell. */
const columns = (classes: number): Reader['read'] => {
  let best = new Float32Array();
  let labels = new Uint16Array();
  return ([tensor], threshold) => {
    const values = valuesOf(tensor);
    const cells = values.length / (4 + classes);
    if (best.length !== cells) {
      best = new Float32Array(cells);
      labels = new Uint16Array(cells);
    }
    best.set(values.subarray(4 * cells, 5 * cells));
    labels.fill(0);
    for (let label = 1, at = 5 * cells; label < classes; label++) {
      for (let cell = 0; cell < cells; cell++, at++) {
        const score = values[at] ?? 0;
        if (score > (best[cell] ?? 0)) {
          best[cell] = score;
          labels[cell] = label;
        }
      }
    }
    const found: Candidate[] = [];
    for (let cell = 0; cell < cells; cell++) {
      const score = best[cell] ?? 0;
      if (!(score >= threshold)) continue;
      const [x = 0, y = 0] = [values[cell], values[cells + cell]];
      const [width = 0, height = 0] = [values[2 * cells + cell], values[3 * cells + cell]];
      found.push(around(labels[cell] ?? 0, score, x, y, width, height));
    }
    return found;
  };
};

/**
 * Mean of 0, 1, 2 … weighed by the softmax of `bins` values from `from` on: the integral of "Generalized Focal Loss"
 * (Li et al. 2020), section 3.2.
 */
const expected = (values: Float32Array, from: number, bins: number): number => {
  const most = values[from + highest(values, from, bins)] ?? 0;
  let weights = 0;
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp((values[from + bin] ?? 0) - most);
    weights += weight;
    sum += weight * bin;
  }
  return sum / weights;
};

/** Rows of [class scores…, four distributions]: distances from the cell's first corner, in cells. */
const distributions =
  (classes: number, bins: number, grid: Grid): Reader['read'] =>
  ([tensor], threshold) => {
    const values = valuesOf(tensor);
    const found: Candidate[] = [];
    for (let cell = 0, at = 0; cell < grid.count; cell++, at += classes + 4 * bins) {
      const label = highest(values, at, classes);
      const score = values[at + label] ?? 0;
      if (!(score >= threshold)) continue;
      const [x = 0, y = 0, size = 0] = [grid.left[cell], grid.top[cell], grid.size[cell]];
      const distance = (side: number): number => expected(values, at + classes + side * bins, bins) * size;
      const [left, top, right, bottom] = [x - distance(0), y - distance(1), x + distance(2), y + distance(3)];
      found.push({ label, score, left, top, right, bottom });
    }
    return found;
  };

/** Rows of `length` numbers with four corners from `corner` on, and a score and a class where they are said to be. */
const finished =
  (length: number, corner: number, scoreAt: number, labelAt: number): Reader['read'] =>
  ([tensor], threshold) => {
    const values = valuesOf(tensor);
    const found: Candidate[] = [];
    for (let at = 0; at < values.length; at += length) {
      const score = values[at + scoreAt] ?? 0;
      if (!(score >= threshold)) continue;
      const [left = 0, top = 0, right = 0, bottom = 0] = values.subarray(at + corner, at + corner + 4);
      found.push({ label: values[at + labelAt] ?? -1, score, left, top, right, bottom });
    }
    return found;
  };

const finishedApart: Reader['read'] = ([count, boxes, scores, labels], threshold) => {
  const valid = Math.min(valuesOf(count)[0] ?? 0, valuesOf(scores).length);
  const found: Candidate[] = [];
  for (let index = 0; index < valid; index++) {
    const score = valuesOf(scores)[index] ?? 0;
    if (!(score >= threshold)) continue;
    const [left = 0, top = 0, right = 0, bottom = 0] = valuesOf(boxes).subarray(index * 4, index * 4 + 4);
    found.push({ label: valuesOf(labels)[index] ?? -1, score, left, top, right, bottom });
  }
  return found;
};

/** Softmax, written over the values. */
const toProbabilities = (values: Float32Array): void => {
  const most = values[highest(values, 0, values.length)] ?? 0;
  let sum = 0;
  for (const [index, value] of values.entries()) {
    values[index] = Math.exp(value - most);
    sum += values[index] ?? 0;
  }
  for (const [index, value] of values.entries()) values[index] = value / sum;
};

/** One score for each class, of the whole picture. */
const wholePicture =
  ({ width, height }: Manifest['input'], scores: 'probabilities' | 'logits'): Reader['read'] =>
  ([tensor], threshold) => {
    const values = Float32Array.from(valuesOf(tensor));
    if (scores === 'logits') toProbabilities(values);
    const found: Candidate[] = [];
    for (const [label, score] of values.entries()) {
      if (score >= threshold) found.push({ label, score, left: 0, top: 0, right: width, bottom: height });
    }
    return found;
  };

type Layouts = { readonly [Name in Family]: Extract<OutputLayout, { family: Name }> };

type Readers = { readonly [Name in Family]: (output: Layouts[Name], manifest: Manifest) => Reader };

/** What the families are is said in `models/families.ts`. */
const readers: Readers = {
  yolox: ({ strides }, { input, labels: { length: classes } }) => {
    const { count, left, top, size } = createGrid(input, strides, Math.floor);
    return {
      shapes: [[1, count, 5 + classes]],
      read: rowsWithObjectness(classes, (values, at, cell, label, score) => {
        const pixels = size[cell] ?? 0;
        const x = (values[at] ?? 0) * pixels + (left[cell] ?? 0);
        const y = (values[at + 1] ?? 0) * pixels + (top[cell] ?? 0);
        const width = Math.exp(values[at + 2] ?? 0) * pixels;
        const height = Math.exp(values[at + 3] ?? 0) * pixels;
        return around(label, score, x, y, width, height);
      }),
    };
  },
  yolov5: (_, { labels: { length: classes } }) => ({
    shapes: [[1, 'n', 5 + classes]],
    read: rowsWithObjectness(classes, (values, at, _cell, label, score) =>
      around(label, score, values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0, values[at + 3] ?? 0),
    ),
  }),
  yolov8: (_, { labels: { length: classes } }) => ({ shapes: [[1, 4 + classes, 'n']], read: columns(classes) }),
  nanodet: ({ strides, bins }, { input, labels: { length: classes } }) => {
    const grid = createGrid(input, strides, Math.ceil);
    return { shapes: [[1, grid.count, classes + 4 * bins]], read: distributions(classes, bins, grid) };
  },
  'end-to-end': () => ({ shapes: [[1, 'n', 6]], read: finished(6, 0, 4, 5) }),
  'yolov7-end-to-end': () => ({ shapes: [['n', 7]], read: finished(7, 1, 6, 5) }),
  'efficient-nms': () => ({
    shapes: [
      [1, 1],
      [1, 'n', 4],
      [1, 'n'],
      [1, 'n'],
    ],
    read: finishedApart,
  }),
  classification: ({ scores }, { input, labels }) => ({
    shapes: [[1, labels.length]],
    read: wholePicture(input, scores),
  }),
};

const readerFor = <Name extends Family>(family: Name, output: Layouts[Name], manifest: Manifest): Reader =>
  readers[family](output, manifest);

const fits = (tensors: readonly OutputTensor[], shapes: readonly Shape[]): boolean => {
  let any: number | undefined;
  return (
    tensors.length === shapes.length &&
    shapes.every((shape, index) => {
      const dimensions = tensors[index]?.dimensions ?? [];
      return (
        dimensions.length === shape.length &&
        shape.every((dimension, at) => {
          if (dimension !== 'n') return dimensions[at] === dimension;
          any ??= dimensions[at];
          return dimensions[at] === any;
        })
      );
    })
  );
};

const formatShapes = (shapes: readonly Shape[]): string => shapes.map(shape => `[${shape.join(', ')}]`).join(' ');

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/**
 * Best first. Boxes are fractions of the picture, cut at its edges; those that lie wholly outside are left out. Throws
 * `unsupported` when the tensors cannot be the output that the manifest describes.
 */
export type Interpret = (
  tensors: readonly OutputTensor[],
  placement: Placement,
  threshold: number,
) => readonly Detection[];

export const createInterpret = (manifest: Manifest): Interpret => {
  const { shapes, read } = readerFor(manifest.output.family, manifest.output, manifest);
  return (tensors, placement, threshold) => {
    if (!fits(tensors, shapes)) {
      throw new GatewayError(
        'unsupported',
        `model ${manifest.name} gives ${formatShapes(tensors.map(({ dimensions }) => dimensions))}, not the ${manifest.output.family} output ${formatShapes(shapes)}`,
        { advice: 'correct family, strides and labels in its manifest' },
      );
    }
    const detections: Detection[] = [];
    for (const candidate of suppress(read(tensors, threshold), manifest.nms)) {
      const left = clamp((candidate.left - placement.left) / placement.width);
      const top = clamp((candidate.top - placement.top) / placement.height);
      const right = clamp((candidate.right - placement.left) / placement.width);
      const bottom = clamp((candidate.bottom - placement.top) / placement.height);
      const label = manifest.labels[candidate.label];
      if (label === undefined || !(right > left && bottom > top)) continue;
      detections.push({
        label,
        score: clamp(candidate.score),
        box: { x: left, y: top, width: right - left, height: bottom - top },
      });
    }
    return detections;
  };
};
