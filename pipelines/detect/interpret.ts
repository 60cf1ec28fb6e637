/** Output tensor → boxes. Pure. */
import { GatewayError } from '../../core/errors.ts';
import type { Box } from '../../core/observation.ts';
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

const suppress = (candidates: Candidate[], limit: number): Candidate[] => {
  candidates.sort((a, b) => b.score - a.score);
  if (candidates.length > maximumCandidates) candidates.length = maximumCandidates;
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    if (!kept.some(other => other.label === candidate.label && overlap(other, candidate) > limit)) kept.push(candidate);
  }
  return kept;
};

type Read = (values: Float32Array, threshold: number) => Candidate[];

/** Rows of [x, y, w, h, objectness, class scores…]: offsets and log sizes in grid cells, stride after stride. */
const readYolox = (manifest: Manifest, strides: readonly number[]): Read => {
  const classes = manifest.labels.length;
  const length = 5 + classes;
  return (values, threshold) => {
    const found: Candidate[] = [];
    let at = 0;
    for (const stride of strides) {
      const columns = Math.floor(manifest.input.width / stride);
      const rows = Math.floor(manifest.input.height / stride);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, at += length) {
          const objectness = values[at + 4] ?? 0;
          if (!(objectness >= threshold)) continue;
          let label = 0;
          let best = values[at + 5] ?? 0;
          for (let index = 1; index < classes; index++) {
            const score = values[at + 5 + index] ?? 0;
            if (score > best) {
              best = score;
              label = index;
            }
          }
          const score = objectness * best;
          if (!(score >= threshold)) continue;
          const x = ((values[at] ?? 0) + column) * stride;
          const y = ((values[at + 1] ?? 0) + row) * stride;
          const halfWidth = (Math.exp(values[at + 2] ?? 0) * stride) / 2;
          const halfHeight = (Math.exp(values[at + 3] ?? 0) * stride) / 2;
          found.push({
            label,
            score,
            left: x - halfWidth,
            top: y - halfHeight,
            right: x + halfWidth,
            bottom: y + halfHeight,
          });
        }
      }
    }
    return found;
  };
};

/** Columns: four rows of center and size in input pixels, then a row of scores for each class. */
const readYolov8 = (manifest: Manifest, cells: number): Read => {
  const classes = manifest.labels.length;
  const best = new Float32Array(cells);
  const labels = new Uint16Array(cells);
  return (values, threshold) => {
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
      const x = values[cell] ?? 0;
      const y = values[cells + cell] ?? 0;
      const halfWidth = (values[2 * cells + cell] ?? 0) / 2;
      const halfHeight = (values[3 * cells + cell] ?? 0) / 2;
      found.push({
        label: labels[cell] ?? 0,
        score,
        left: x - halfWidth,
        top: y - halfHeight,
        right: x + halfWidth,
        bottom: y + halfHeight,
      });
    }
    return found;
  };
};

const cellsOfYolox = ({ input }: Manifest, strides: readonly number[]): number =>
  strides.reduce((sum, stride) => sum + Math.floor(input.width / stride) * Math.floor(input.height / stride), 0);

/** Throws `unsupported` when the tensor cannot be the output that the manifest describes. */
const readerFor = (manifest: Manifest, dimensions: readonly number[]): Read => {
  const { output, labels } = manifest;
  const [batch, second, third] = dimensions;
  const cells = output.family === 'yolox' ? cellsOfYolox(manifest, output.strides) : (third ?? 0);
  const expected = output.family === 'yolox' ? [1, cells, 5 + labels.length] : [1, 4 + labels.length, cells];
  if (dimensions.length !== 3 || batch !== 1 || second !== expected[1] || third !== expected[2]) {
    throw new GatewayError(
      'unsupported',
      `model ${manifest.name} gives [${dimensions.join(', ')}], not the ${output.family} output [${expected.join(', ')}]`,
      { advice: 'correct family, strides and labels in its manifest' },
    );
  }
  return output.family === 'yolox' ? readYolox(manifest, output.strides) : readYolov8(manifest, cells);
};

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

export interface Output {
  readonly values: Float32Array;
  readonly dimensions: readonly number[];
}

/** Best first. Boxes are fractions of the picture, cut at its edges; those that lie wholly outside are left out. */
export type Interpret = (output: Output, placement: Placement, threshold: number) => readonly Detection[];

export const createInterpret = (manifest: Manifest): Interpret => {
  let read: Read | undefined;
  return ({ values, dimensions }, placement, threshold) => {
    read ??= readerFor(manifest, dimensions);
    const detections: Detection[] = [];
    for (const candidate of suppress(read(values, threshold), manifest.nms)) {
      const left = clamp((candidate.left - placement.left) / placement.width);
      const top = clamp((candidate.top - placement.top) / placement.height);
      const right = clamp((candidate.right - placement.left) / placement.width);
      const bottom = clamp((candidate.bottom - placement.top) / placement.height);
      const label = manifest.labels[candidate.label];
      if (label === undefined || !(right > left && bottom > top)) continue;
      detections.push({
        label,
        score: candidate.score,
        box: { x: left, y: top, width: right - left, height: bottom - top },
      });
    }
    return detections;
  };
};
