/** A picture's brightness on a coarse grid, the same for pictures of every size: what the motion gate and health look at. */
import type { Picture } from '../../core/observation.ts';

export interface LumaGrid {
  readonly columns: number;
  readonly rows: number;
  /** Sampled pixels a cell and direction: more would cost time and tell little that is new. */
  readonly samples: number;
}

/** Means of cells from the top, 0–255 (ITU-R BT.601 luma), written into `plane`, whose length is `columns × rows`. */
export const lumaInto = (
  plane: Float32Array,
  { width, height, pixels }: Picture,
  { columns, rows, samples }: LumaGrid,
): void => {
  const stepX = width / columns / samples;
  const stepY = height / rows / samples;
  const scale = 1 / (256 * samples * samples);
  for (let row = 0; row < rows; row++) {
    const top = (row * height) / rows;
    for (let column = 0; column < columns; column++) {
      const left = (column * width) / columns;
      let sum = 0;
      for (let y = 0; y < samples; y++) {
        const line = Math.floor(top + y * stepY) * width;
        for (let x = 0; x < samples; x++) {
          const at = (line + Math.floor(left + x * stepX)) * 3;
          sum += 77 * (pixels[at] ?? 0) + 150 * (pixels[at + 1] ?? 0) + 29 * (pixels[at + 2] ?? 0);
        }
      }
      plane[row * columns + column] = sum * scale;
    }
  }
};
