import { describe, expect, it } from 'vitest';
import type { Point } from '../../../core/polygon.ts';
import { type Crossing, crossLine, type Pending } from '../../../pipelines/zones/lines.ts';
import { createRandom } from '../../../simulators/world/random.ts';

/** From the top of the picture down: to the right of it is the left of the picture. */
const gate: readonly Point[] = [
  [0.5, 0.2],
  [0.5, 0.8],
];

/** A foot at each 100 ms. */
const walk = (way: readonly Point[], line = gate, frames = 2): readonly Crossing[] => {
  const found: Crossing[] = [];
  let pending: Pending | undefined;
  for (const [index, [x, y]] of way.entries()) {
    const [fromX, fromY] = way[index - 1] ?? [x, y];
    const at = index * 100;
    const outcome = crossLine(line, pending, { x: fromX, y: fromY, at: at - 100 }, { x, y, at }, frames);
    pending = outcome.pending;
    if (outcome.crossing !== undefined) found.push(outcome.crossing);
  }
  return found;
};

const along = (...xs: readonly number[]): readonly Point[] => xs.map(x => [x, 0.5]);

describe('a line', () => {
  it('is crossed to the side that lies there as one looks from its first point to its last', () => {
    expect(walk(along(0.3, 0.4, 0.6, 0.7))).toEqual([{ to: 'left', at: 150 }]);
    expect(walk(along(0.7, 0.6, 0.4, 0.3))).toEqual([{ to: 'right', at: 150 }]);
    expect(walk(along(0.3, 0.4, 0.6, 0.7), gate.toReversed())).toEqual([{ to: 'right', at: 150 }]);
  });

  it('is crossed when that is so for some frames, and at the moment in which it was cut', () => {
    expect(walk(along(0.3, 0.4, 0.6))).toEqual([]);
    expect(walk(along(0.3, 0.45, 0.6, 0.6, 0.6), gate, 3)).toEqual([{ to: 'left', at: 133 }]);
  });

  it('is not crossed by what trembles on it', () => {
    expect(walk(along(0.3, 0.49, 0.51, 0.49, 0.51, 0.49, 0.51, 0.49, 0.3))).toEqual([]);
  });

  it('is crossed once by what trembles on it and goes on', () => {
    expect(walk(along(0.3, 0.49, 0.51, 0.49, 0.51, 0.52, 0.49, 0.53, 0.6, 0.7)).map(({ to }) => to)).toEqual(['left']);
  });

  it('is crossed there and back again', () => {
    expect(walk(along(0.4, 0.6, 0.7, 0.6, 0.4, 0.3)).map(({ to }) => to)).toEqual(['left', 'right']);
  });

  it('is not crossed by what passes by its end', () => {
    expect(
      walk([
        [0.4, 0.9],
        [0.6, 0.9],
        [0.7, 0.9],
      ]),
    ).toEqual([]);
  });

  it('is crossed again by what comes back around its end', () => {
    const round: readonly Point[] = [
      [0.4, 0.5],
      [0.6, 0.5],
      [0.6, 0.9],
      [0.4, 0.9],
      [0.4, 0.5],
      [0.6, 0.5],
      [0.7, 0.5],
    ];
    expect(walk(round).map(({ to }) => to)).toEqual(['left', 'left']);
  });

  it('is crossed once at a corner of its own, and where a foot stands on it', () => {
    const bent: readonly Point[] = [
      [0.5, 0.2],
      [0.5, 0.5],
      [0.6, 0.8],
    ];
    expect(walk(along(0.3, 0.5, 0.7, 0.8), bent).map(({ to }) => to)).toEqual(['left']);
    expect(walk(along(0.3, 0.4, 0.7, 0.8), bent).map(({ to }) => to)).toEqual(['left']);
  });

  it('that closes a figure is crossed as often inward as outward, whatever the way, by who ends where it began', () => {
    const random = createRandom('lines', 1);
    const closed: readonly Point[] = [
      [0.2, 0.2],
      [0.8, 0.25],
      [0.5, 0.5],
      [0.75, 0.9],
      [0.2, 0.2],
    ];
    for (let round = 0; round < 200; round++) {
      const way = Array.from({ length: 30 }, (): Point => [random(), random()]);
      const crossings = walk([[0, 0], ...way, [0, 0]], closed, 1);
      const net = crossings.reduce((sum, { to }) => sum + (to === 'left' ? 1 : -1), 0);
      expect(net).toBe(0);
    }
  });
});
