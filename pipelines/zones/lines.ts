/**
 * When an object counts as having crossed a line: where its way cuts the line itself, not where it passes by an end of
 * it, and when it then stays on the other side for a few frames. Pure.
 */

import type { Point } from '../../core/polygon.ts';
import type { Instant } from '../../core/time.ts';
import type { Footprint } from './path.ts';

/** As it is seen from the first point of the line to the last, in the picture. */
export type Side = 'left' | 'right';

export interface Crossing {
  /** The side on which it is now. */
  readonly to: Side;
  /** Interpolated between the frames before and after. */
  readonly at: Instant;
}

/** A crossing that one frame more may take back. */
export interface Pending extends Crossing {
  readonly frames: number;
}

/** Above 0 where `point` is to the right of the way from `from` to `to`; y grows downwards. */
const sideOf = ([fromX, fromY]: Point, [toX, toY]: Point, [x, y]: Point): number =>
  (toX - fromX) * (y - fromY) - (toY - fromY) * (x - fromX);

/**
 * Where two straight ways cut each other, as the part of the first one. A point on a way counts as left of it, so that
 * a corner of a line, and a foot on a line, are cut once.
 */
const cutOf = (from: Point, to: Point, start: Point, end: Point): number | undefined => {
  const [before, after] = [sideOf(start, end, from), sideOf(start, end, to)];
  if (before > 0 === after > 0) return undefined;
  if (sideOf(from, to, start) > 0 === sideOf(from, to, end) > 0) return undefined;
  return before / (before - after);
};

/** How often it came to the right, less how often to the left, and when it did so last. */
const cutsOf = (
  line: readonly Point[],
  from: Footprint,
  to: Footprint,
): { readonly net: number; readonly at: Instant } => {
  const [a, b]: readonly [Point, Point] = [
    [from.x, from.y],
    [to.x, to.y],
  ];
  let net = 0;
  let last = 0;
  for (const [index, end] of line.entries()) {
    const start = line[index - 1];
    if (start === undefined) continue;
    const part = cutOf(a, b, start, end);
    if (part === undefined) continue;
    net += sideOf(start, end, b) > 0 ? 1 : -1;
    last = Math.max(last, part);
  }
  return { net, at: Math.round(from.at + (to.at - from.at) * last) };
};

/** What is pending after one more step of its way, and the crossing that is certain with it. */
export const crossLine = (
  line: readonly Point[],
  pending: Pending | undefined,
  from: Footprint,
  to: Footprint,
  frames: number,
): { readonly pending?: Pending; readonly crossing?: Crossing } => {
  const { net, at } = cutsOf(line, from, to);
  const before = pending === undefined ? 0 : pending.to === 'right' ? 1 : -1;
  const now = before + net;
  if (now === 0) return {};
  const side = now > 0 ? 'right' : 'left';
  const next: Pending = pending?.to === side ? { ...pending, frames: pending.frames + 1 } : { to: side, at, frames: 1 };
  return next.frames < frames ? { pending: next } : { crossing: { to: side, at: next.at } };
};
