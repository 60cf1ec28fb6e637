import { expect, it } from 'vitest';
import { shrinkInto } from '../../../pipelines/detect/shrink.ts';

/** A picture of gray pixels. */
const gray = (width: number, height: number, levels: readonly number[]) => ({
  width,
  height,
  pixels: Uint8Array.from(levels.flatMap(level => [level, level, level])),
});

it('a picture that fits stays as it is', () => {
  const picture = gray(2, 1, [10, 20]);
  expect(shrinkInto(picture, { width: 2, height: 5 })).toBe(picture);
});

it('of a larger one each pixel is the mean of the area that it stands for', () => {
  expect(shrinkInto(gray(4, 2, [0, 100, 40, 40, 100, 0, 40, 80]), { width: 2, height: 9 })).toEqual(
    gray(2, 1, [50, 50]),
  );
  // One and a half pixels each: the middle one is shared.
  expect(shrinkInto(gray(3, 3, [0, 90, 0, 0, 90, 0, 0, 90, 0]), { width: 2, height: 2 })).toEqual(
    gray(2, 2, [30, 30, 30, 30]),
  );
});

it('keeps its colors and its aspect ratio', () => {
  const pixels = Uint8Array.from({ length: 416 * 234 * 3 }, (_, at) => [10, 20, 30][at % 3] ?? 0);
  const small = shrinkInto({ width: 416, height: 234, pixels }, { width: 320, height: 320 });
  expect([small.width, small.height]).toEqual([320, 180]);
  expect(new Set(Array.from({ length: 320 * 180 }, (_, at) => small.pixels.slice(at * 3, at * 3 + 3).join()))).toEqual(
    new Set(['10,20,30']),
  );
});
