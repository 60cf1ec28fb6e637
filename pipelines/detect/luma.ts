/** A picture's brightness on a coarse grid, the same for pictures of every size: what the motion gate and health look at. */
import type { Picture } from '../../core/observation.ts';

export interface LumaGrid {
  readonly columns: number;
  readonly rows: number;
  /** Sampled pixels a cell and direction: more would cost time and tell little that is new. */
  readonly samples: number;
}

/** Of each sample along a side of `length` pixels that lie `bytes` apart, where it begins. */
const offsetsOf = (length: number, cells: number, samples: number, bytes: number): Int32Array => {
  const step = length / cells / samples;
  return new Int32Array(cells * samples).map((_, at) => {
    const cell = Math.floor(at / samples);
    return bytes * Math.floor((cell * length) / cells + (at % samples) * step);
  });
};

/** Means of cells from the top, 0–255 (ITU-R BT.601 luma), written into `plane`, whose length is `columns × rows`. */
export const lumaInto = (
  plane: Float32Array,
  { width, height, pixels }: Picture,
  { columns, rows, samples }: LumaGrid,
): void => {
  const across = offsetsOf(width, columns, samples, 3);
  const down = offsetsOf(height, rows, samples, 3 * width);
  const scale = 1 / (256 * samples * samples);
  /** Of one row of cells: the sum down each sampled column. */
  const sums = new Int32Array(across.length);
  let cell = 0;
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let y = row * samples; y < (row + 1) * samples; y++) {
      const line = down[y] ?? 0;
      for (let x = 0; x < sums.length; x++) {
        const at = line + (across[x] ?? 0);
        const luma = 77 * (pixels[at] ?? 0) + 150 * (pixels[at + 1] ?? 0) + 29 * (pixels[at + 2] ?? 0);
        sums[x] = (sums[x] ?? 0) + luma;
      }
    }
    for (let first = 0; first < sums.length; first += samples) {
      let sum = 0;
      for (let x = first; x < first + samples; x++) sum += sums[x] ?? 0;
      plane[cell++] = sum * scale;
    }
  }
};
