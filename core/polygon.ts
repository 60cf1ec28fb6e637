/** Points and outlines in a picture: fractions 0–1 of its width and height from the top left. Pure. */
import type { Box } from './observation.ts';

export type Point = readonly [x: number, y: number];

/** Even-odd rule; a point on the outline may count either way. */
export const isInside = (outline: readonly Point[], [x, y]: Point): boolean => {
  let inside = false;
  let [previousX, previousY] = outline.at(-1) ?? [0, 0];
  for (const [cornerX, cornerY] of outline) {
    const crosses = cornerY > y !== previousY > y;
    if (crosses && x < ((previousX - cornerX) * (y - cornerY)) / (previousY - cornerY) + cornerX) inside = !inside;
    previousX = cornerX;
    previousY = cornerY;
  }
  return inside;
};

/** Where a thing touches the ground: the middle of its lower edge. */
export const footOf = ({ x, y, width, height }: Box): Point => [x + width / 2, Math.min(1, y + height)];
