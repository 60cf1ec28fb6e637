import { expect, it } from 'vitest';
import { footOf, isInside, type Point } from '../../core/polygon.ts';
import { createRandom } from '../../simulators/world/random.ts';

const square: readonly Point[] = [
  [0.2, 0.2],
  [0.8, 0.2],
  [0.8, 0.8],
  [0.2, 0.8],
];
/** An arrow that points left, with a bay on its right side. */
const arrow: readonly Point[] = [
  [0.1, 0.5],
  [0.9, 0.1],
  [0.5, 0.5],
  [0.9, 0.9],
];

it.each([
  [square, [0.5, 0.5], true],
  [square, [0.1, 0.5], false],
  [square, [0.9, 0.5], false],
  [square, [0.5, 0.1], false],
  [square, [0.5, 0.9], false],
  [arrow, [0.3, 0.5], true],
  [arrow, [0.7, 0.5], false],
  [arrow, [0.75, 0.24], true],
] as const)('says of the outline %j and the point %j: %s', (outline, point, inside) => {
  expect(isInside(outline, point)).toBe(inside);
});

it('does not depend on where an outline begins nor on the way it goes round', () => {
  const random = createRandom('polygon', 1);
  for (let round = 0; round < 500; round++) {
    const point: Point = [random(), random()];
    const turned = [...arrow.slice(2), ...arrow.slice(0, 2)];
    expect(isInside(turned, point)).toBe(isInside(arrow, point));
    expect(isInside(arrow.toReversed(), point)).toBe(isInside(arrow, point));
  }
});

it('lets things stand on the middle of their lower edge, inside of the picture', () => {
  expect(footOf({ x: 0.2, y: 0.3, width: 0.2, height: 0.4 })).toEqual([expect.closeTo(0.3), expect.closeTo(0.7)]);
  expect(footOf({ x: 0.2, y: 0.8, width: 0.2, height: 0.4 })[1]).toBe(1);
});
