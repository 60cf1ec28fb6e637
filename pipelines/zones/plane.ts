/**
 * The ground before a camera as a plane: from places in the picture to metres on it, by points whose place is known in both
 * (a homography: Hartley and Zisserman, Multiple View Geometry, 2nd edition, section 4.1). Pure.
 */

import type { Point } from '../../core/polygon.ts';
import type { Footprint } from './path.ts';

/** A point of the ground: fractions of the picture, and metres from anywhere on the plane. */
export interface GroundPoint {
  readonly picture: Point;
  readonly metres: Point;
}

export type Plane = (place: Point) => Point;

/** Solves `rows` (each the factors and the sum) by elimination with pivots; undefined where they do not determine it. */
const solve = (rows: number[][]): readonly number[] | undefined => {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column; row < size; row++)
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row;
    const [top, other] = [rows[pivot], rows[column]];
    const lead = top?.[column] ?? 0;
    if (top === undefined || other === undefined || Math.abs(lead) < 1e-9) return undefined;
    rows[pivot] = other;
    rows[column] = top;
    for (const [index, row] of rows.entries()) {
      const factor = (row[column] ?? 0) / lead;
      if (index === column || factor === 0) continue;
      for (let each = column; each <= size; each++) row[each] = (row[each] ?? 0) - factor * (top[each] ?? 0);
    }
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
};

/** Moves points around their middle and to about one of size, so that elimination is exact enough, and back. */
const normalized = (points: readonly Point[]) => {
  const middle = [0, 1].map(axis => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / points.length);
  const [middleX = 0, middleY = 0] = middle;
  const size = Math.max(1e-9, ...points.map(([x, y]) => Math.hypot(x - middleX, y - middleY)));
  return {
    to: ([x, y]: Point): Point => [(x - middleX) / size, (y - middleY) / size],
    back: ([x, y]: Point): Point => [x * size + middleX, y * size + middleY],
  };
};

/** By four points or more, the last ones evening out the errors of all. Undefined where three of four lie on one line. */
export const createPlane = (points: readonly GroundPoint[]): Plane | undefined => {
  const seen = normalized(points.map(({ picture }) => picture));
  const real = normalized(points.map(({ metres }) => metres));
  const unknowns = 8;
  const normal = Array.from({ length: unknowns }, () => Array.from({ length: unknowns + 1 }, () => 0));
  for (const { picture, metres } of points) {
    const [x, y] = seen.to(picture);
    const [u, v] = real.to(metres);
    for (const equation of [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ])
      for (const [row, sums] of normal.entries())
        for (let column = 0; column <= unknowns; column++)
          sums[column] = (sums[column] ?? 0) + (equation[row] ?? 0) * (equation[column] ?? 0);
  }
  const solved = solve(normal);
  if (solved === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = solved;
  return place => {
    const [x, y] = seen.to(place);
    const scale = g * x + h * y + 1;
    return real.back([(a * x + b * y + c) / scale, (d * x + e * y + f) / scale]);
  };
};

/** A speed is the mean over about so long: shorter, and the trembling of boxes is fast. Milliseconds. */
const speedOver = 1000;

/** Two sights that are nearer in time tell no speed. */
const leastTime = 400;

/** Metres a second from the first to the last of its feet; undefined where they do not tell. */
export const speedOf = (plane: Plane, feet: readonly Footprint[]): number | undefined => {
  const [first, last] = [feet[0], feet.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < leastTime) return undefined;
  const [from, to] = [plane([first.x, first.y]), plane([last.x, last.y])];
  const speed = Math.hypot(to[0] - from[0], to[1] - from[1]) / ((last.at - first.at) / 1000);
  return Number.isFinite(speed) ? speed : undefined;
};

/** The feet of the last moments, with one more, in place. */
export const rememberFoot = (feet: Footprint[], next: Footprint): void => {
  feet.push(next);
  while (feet.length > 2 && (feet[1]?.at ?? 0) <= next.at - speedOver) feet.shift();
  // A gap tells the mean over all of it, and not what it did then.
  if (next.at - (feet[0]?.at ?? next.at) > 2 * speedOver) feet.splice(0, feet.length - 1);
};
