import { describe, expect, it } from 'vitest';
import { minimize } from '../../../pipelines/sighting/least-squares.ts';

describe('least squares', () => {
  it('finds a straight line with the errors of its parameters', () => {
    const xs = [0, 1, 2, 3, 4];
    const ys = [1.1, 2.9, 5.2, 6.8, 9];
    const { parameters, cost, errors } = minimize({
      start: [0, 0],
      steps: [1e-4, 1e-4],
      residuals: ([a = 0, b = 0]) => xs.map((x, index) => a + b * x - (ys[index] ?? 0)),
    });
    expect(parameters[0]).toBeCloseTo(1.06, 8);
    expect(parameters[1]).toBeCloseTo(1.97, 8);
    expect(2 * cost).toBeCloseTo(0.091, 6);
    // Of the normal equations: √(30 / 50) and √(5 / 50).
    expect(errors[0]).toBeCloseTo(Math.sqrt(0.6), 6);
    expect(errors[1]).toBeCloseTo(Math.sqrt(0.1), 6);
  });

  it('comes down the bent valley of Rosenbrock', () => {
    const { parameters } = minimize({
      start: [-1.2, 1],
      steps: [1e-5, 1e-5],
      residuals: ([x = 0, y = 0]) => [10 * (y - x * x), 1 - x],
    });
    expect(parameters[0]).toBeCloseTo(1, 5);
    expect(parameters[1]).toBeCloseTo(1, 5);
  });

  it('solves Powell’s singular function, whose slopes vanish at the solution', () => {
    const { cost } = minimize({
      start: [3, -1, 0, 1],
      steps: [1e-5, 1e-5, 1e-5, 1e-5],
      residuals: ([a = 0, b = 0, c = 0, d = 0]) => [
        a + 10 * b,
        Math.sqrt(5) * (c - d),
        (b - 2 * c) ** 2,
        Math.sqrt(10) * (a - d) ** 2,
      ],
    });
    expect(cost).toBeLessThan(1e-8);
  });

  it('says which parameters nothing determines', () => {
    const { errors } = minimize({
      start: [0, 0, 5],
      steps: [1e-4, 1e-4, 1e-4],
      // Only the sum of the first two is known, and nothing of the third.
      residuals: ([a = 0, b = 0]) => [a + b - 3, 2 * (a + b) - 6],
    });
    expect(errors).toEqual([undefined, undefined, undefined]);
  });
});
