import { describe, expect, it } from 'vitest';
import { type Chain, createChain } from '../../../pipelines/geofence/chain.ts';
import { findConflict } from '../../../pipelines/geofence/simple.ts';
import { createRandom } from '../../../simulators/world/random.ts';

type Corner = readonly [x: number, y: number];

const ringOf = (...corners: readonly Corner[]): Chain => createChain([...corners, ...corners.slice(0, 1)]);

/** Exact: whole numbers as BigInt, every pair of edges. */
const sign = (value: bigint): number => (value > 0n ? 1 : value < 0n ? -1 : 0);
const side = ([ax, ay]: Corner, [bx, by]: Corner, [cx, cy]: Corner): number =>
  sign((BigInt(bx) - BigInt(ax)) * (BigInt(cy) - BigInt(ay)) - (BigInt(by) - BigInt(ay)) * (BigInt(cx) - BigInt(ax)));
const isBetween = (a: Corner, b: Corner, c: Corner): boolean =>
  side(a, b, c) === 0 &&
  Math.min(a[0], b[0]) <= c[0] &&
  c[0] <= Math.max(a[0], b[0]) &&
  Math.min(a[1], b[1]) <= c[1] &&
  c[1] <= Math.max(a[1], b[1]);
const meet = (a: Corner, b: Corner, c: Corner, d: Corner): boolean =>
  (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) ||
  isBetween(a, b, c) ||
  isBetween(a, b, d) ||
  isBetween(c, d, a) ||
  isBetween(c, d, b);

const isSimple = (corners: readonly Corner[]): boolean => {
  const edges = corners.map((corner, index) => [corner, corners[(index + 1) % corners.length] ?? corner] as const);
  return edges.every(([a, b], one) =>
    edges.every(([c, d], other) => {
      if (other <= one) return true;
      const isNext = other === one + 1;
      const isLast = one === 0 && other === edges.length - 1;
      if (!isNext && !isLast) return !meet(a, b, c, d);
      // Neighbors share a corner; they may not lie on each other.
      const [shared, own, theirs] = isNext ? [b, a, d] : [a, b, c];
      if (edges.length === 3) return side(a, b, isNext ? d : c) !== 0;
      const along =
        (BigInt(own[0]) - BigInt(shared[0])) * (BigInt(theirs[0]) - BigInt(shared[0])) +
        (BigInt(own[1]) - BigInt(shared[1])) * (BigInt(theirs[1]) - BigInt(shared[1]));
      return !(side(own, shared, theirs) === 0 && along > 0n);
    }),
  );
};

describe('rings', () => {
  it('are refused where an exact judge that compares every pair of sides refuses them, and nowhere else', () => {
    const random = createRandom('simple rings');
    const verdicts = { simple: 0, crossed: 0 };
    for (let trial = 0; trial < 4000; trial++) {
      const count = 3 + Math.floor(random() * 6);
      const extent = trial % 2 === 0 ? 6 : 1000;
      const corners: Corner[] = [];
      while (corners.length < count) {
        const corner: Corner = [Math.floor(random() * extent), Math.floor(random() * extent)];
        const [first, last] = [corners[0], corners.at(-1)];
        const repeats = (other: Corner | undefined) => other?.[0] === corner[0] && other[1] === corner[1];
        if (!repeats(last) && !(corners.length === count - 1 && repeats(first))) corners.push(corner);
      }
      const expected = isSimple(corners);
      verdicts[expected ? 'simple' : 'crossed']++;
      expect(findConflict([ringOf(...corners)]) === undefined, JSON.stringify(corners)).toBe(expected);
    }
    expect(Math.min(verdicts.simple, verdicts.crossed)).toBeGreaterThan(500);
  });

  it('may touch each other in a place, but not cross or share a side', () => {
    const outline = ringOf([0, 0], [10, 0], [10, 10], [0, 10]);
    expect(findConflict([outline, ringOf([2, 2], [4, 2], [4, 4])])).toBeUndefined();
    expect(findConflict([outline, ringOf([0, 5], [4, 2], [4, 8])])).toBeUndefined();
    expect(findConflict([outline, ringOf([-1, 5], [4, 2], [4, 8])])).toMatchObject({ ring: 0, otherRing: 1 });
    expect(findConflict([outline, ringOf([0, 2], [4, 4], [0, 8])])).toMatchObject({ ring: 0, otherRing: 1 });
  });

  it('of a hundred thousand corners are judged within seconds, whichever way they wind', () => {
    const count = 100_000;
    const corners = Array.from({ length: count }, (_, corner): Corner => {
      const angle = (corner / count) * 2 * Math.PI;
      const length = corner % 2 === 0 ? 1 : 0.999;
      return [Math.cos(angle) * length, Math.sin(angle) * length];
    });
    const begin = performance.now();
    expect(findConflict([ringOf(...corners)])).toBeUndefined();
    expect(findConflict([ringOf(...corners.toReversed())])).toBeUndefined();
    // About 0.2 s on one core.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it('are given up on when every side lies close to every other, instead of taking hours', () => {
    // A comb: every tooth reaches across the whole height, and so do the boxes around it, slanted over each other.
    const corners: Corner[] = [];
    for (let tooth = 0; tooth < 40_000; tooth++) corners.push([tooth, 0], [tooth + 100_000, 1000]);
    expect(findConflict([ringOf(...corners, [-1, 2000])])).toBe('undecided');
  });
});
