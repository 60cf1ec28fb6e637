import { expect, test } from 'vitest';
import { beginMotion, correctMotion, predictMotion, surpriseOf } from '../../../pipelines/detect/kalman.ts';

test('what moves evenly is expected where it will be', () => {
  let motion = beginMotion(0.1, 0.01, 1);
  for (let step = 1; step <= 20; step++)
    motion = correctMotion(predictMotion(motion, 0.2, 0.01), 0.1 + 0.03 * step, 0.01);
  expect(motion.velocity).toBeCloseTo(0.15, 2);
  expect(predictMotion(motion, 1, 0.01).position).toBeCloseTo(0.1 + 0.6 + 0.15, 2);
});

test('a correction lies between what was expected and what was measured, by their variances', () => {
  const motion = correctMotion(beginMotion(0, 0.3, 1), 1, 0.1);
  expect(motion.position).toBeCloseTo(0.09 / 0.1);
  expect(motion.pp).toBeCloseTo((0.09 * 0.01) / 0.1);
});

test('the longer nothing was seen, the less surprises', () => {
  const motion = beginMotion(0.5, 0.01, 0.1);
  const surprises = [0, 1, 2].map(elapsed => surpriseOf(predictMotion(motion, elapsed, 0.05), 0.6, 0.01));
  expect(surprises).toEqual(surprises.toSorted((a, b) => b - a));
  expect(surprises[0]).toBeCloseTo(0.01 / 0.0002);
});
