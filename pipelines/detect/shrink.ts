/** A picture made to fit a smaller input than it was scaled for. Pure. */
import type { Picture, PictureSize } from '../../core/observation.ts';

/** How far each pixel of the scaled row or column reaches over those of the original, as [first, part of it, …]. */
interface Reach {
  readonly first: number;
  readonly parts: readonly number[];
}

const reaches = (from: number, to: number): readonly Reach[] => {
  const step = from / to;
  return Array.from({ length: to }, (_, index) => {
    const begin = index * step;
    const end = Math.min((index + 1) * step, from);
    const first = Math.floor(begin);
    const count = Math.ceil(end) - first;
    const parts = Array.from(
      { length: count },
      (_each, at) => (Math.min(first + at + 1, end) - Math.max(first + at, begin)) / (end - begin),
    );
    return { first, parts };
  });
};

/**
 * The picture itself where it fits into `limit`; else one with the same aspect ratio that does, each pixel the mean of the
 * area that it stands for.
 */
export const shrinkInto = (picture: Picture, limit: PictureSize): Picture => {
  const scale = Math.min(limit.width / picture.width, limit.height / picture.height);
  if (scale >= 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const columns = reaches(picture.width, width);
  const rows = reaches(picture.height, height);
  const pixels = new Uint8Array(width * height * 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      let [red, green, blue] = [0, 0, 0];
      for (const [y, rowPart] of row.parts.entries()) {
        let from = ((row.first + y) * picture.width + column.first) * 3;
        for (const columnPart of column.parts) {
          const part = rowPart * columnPart;
          red += part * (picture.pixels[from++] ?? 0);
          green += part * (picture.pixels[from++] ?? 0);
          blue += part * (picture.pixels[from++] ?? 0);
        }
      }
      pixels[to++] = Math.round(red);
      pixels[to++] = Math.round(green);
      pixels[to++] = Math.round(blue);
    }
  }
  return { width, height, pixels };
};
