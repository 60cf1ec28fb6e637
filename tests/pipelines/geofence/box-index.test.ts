import { describe, expect, it } from 'vitest';
import { createBoxIndex, eachBoxNear } from '../../../pipelines/geofence/box-index.ts';
import type { Box } from '../../../pipelines/geofence/chain.ts';
import { createRandom } from '../../../simulators/world/random.ts';

const random = createRandom('boxes');

const boxOf = (extent: number): Box => {
  const [west, south] = [random() * 10, random() * 10];
  return { west, south, east: west + random() * extent, north: south + random() * extent };
};

const meet = (one: Box, other: Box): boolean =>
  one.west <= other.east && other.west <= one.east && one.south <= other.north && other.south <= one.north;

const found = (boxes: readonly Box[], near: Box): readonly number[] => {
  const items: number[] = [];
  eachBoxNear(createBoxIndex(boxes), near, item => items.push(item));
  return items.toSorted((a, b) => a - b);
};

describe('an index of boxes', () => {
  it.each([0, 1, 2, 3, 7, 8, 9, 500])('of %i gives every one that meets another, once', count => {
    // Now and then one that holds all the others, or one in the place of another.
    const boxes = Array.from({ length: count }, (_, item) => (item % 97 === 5 ? boxOf(20) : boxOf(1)));
    if (count > 2) boxes[1] = boxes[0] ?? boxOf(1);
    let hits = 0;
    for (let trial = 0; trial < 200; trial++) {
      const near = boxOf(trial % 2 === 0 ? 0 : 3);
      const expected = boxes.flatMap((box, item) => (meet(box, near) ? [item] : []));
      expect(found(boxes, near)).toEqual(expected);
      hits += expected.length;
    }
    if (count > 2) expect(hits).toBeGreaterThan(0);
  });

  it('counts boxes that only touch', () => {
    const box = { west: 0, south: 0, east: 1, north: 1 };
    expect(found([box], { west: 1, south: 1, east: 2, north: 2 })).toEqual([0]);
    expect(found([box], { west: 1.001, south: 1, east: 2, north: 2 })).toEqual([]);
  });
});
