/** The way of an object through a picture, in few points. Pure. */

import type { Point } from '../../core/polygon.ts';
import type { Instant } from '../../core/time.ts';

/** Where its foot was, and when. */
export interface Footprint {
  readonly x: number;
  readonly y: number;
  readonly at: Instant;
}

/** As an event tells it. */
const mostPoints = 32;

/** A step shorter than this, as a fraction of the picture, is the trembling of the box. */
const shortestStep = 0.01;

const distance = (a: Footprint, b: Footprint): number => Math.hypot(a.x - b.x, a.y - b.y);

/** How much of the way's shape goes with `b`: the area of the triangle with its neighbors (Visvalingam and Whyatt 1993). */
const weight = (a: Footprint, b: Footprint, c: Footprint): number =>
  Math.abs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)) / 2;

/** The point without which the way looks most like itself; never an end. */
const leastOf = (path: readonly Footprint[]): number => {
  let least = 1;
  let smallest = Number.POSITIVE_INFINITY;
  for (let index = 1; index < path.length - 1; index++) {
    const [a, b, c] = [path[index - 1], path[index], path[index + 1]];
    if (a === undefined || b === undefined || c === undefined) continue;
    const lost = weight(a, b, c);
    if (lost >= smallest) continue;
    smallest = lost;
    least = index;
  }
  return least;
};

/** Adds where it is now, in place; of a way that is full the least telling point goes. */
export const extendPath = (path: Footprint[], [x, y]: Point, at: Instant): void => {
  const next = { x, y, at };
  const last = path.at(-1);
  if (last !== undefined && distance(last, next) < shortestStep) return;
  path.push(next);
  if (path.length > mostPoints) path.splice(leastOf(path), 1);
};
