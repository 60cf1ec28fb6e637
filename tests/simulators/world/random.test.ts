import { expect, test } from 'vitest';
import { between, createRandom, hash, wander } from '../../../simulators/world/random.ts';

test('the same keys give the same numbers, on every machine', () => {
  const random = createRandom(7, 'street');
  expect([random(), random(), random()].map(number => number.toFixed(6))).toMatchInlineSnapshot(`
    [
      "0.139412",
      "0.811198",
      "0.779398",
    ]
  `);
  expect(hash(7, 'street')).toBe(hash(7, 'street'));
  expect(hash(7, 'street')).not.toBe(hash(8, 'street'));
});

test('numbers fill their range evenly', () => {
  const random = createRandom(1);
  const numbers = Array.from({ length: 10_000 }, () => between(random, 2, 4));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...numbers)).toBeLessThan(4);
  expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(3, 1);
});

test('wandering has no steps', () => {
  for (let at = 0; at < 20; at += 0.01) expect(Math.abs(wander(at + 0.01, 3) - wander(at, 3))).toBeLessThan(0.05);
});
