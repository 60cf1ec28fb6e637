/** Few parameters that make many residuals small. Pure. */

/** A problem with `parameters.length` unknowns. */
export interface LeastSquares {
  readonly start: readonly number[];
  /** By how much each parameter is moved to see what that changes. */
  readonly steps: readonly number[];
  /** As many numbers each time, in units of their own standard deviations. All finite. */
  readonly residuals: (parameters: readonly number[]) => readonly number[];
}

export interface Solution {
  readonly parameters: readonly number[];
  /** Half the sum of the squares. */
  readonly cost: number;
  /** One standard deviation of each; undefined for a parameter that the residuals do not determine at all. */
  readonly errors: readonly (number | undefined)[];
}

const mostRounds = 100;
const smallestGain = 1e-12;

const costOf = (residuals: readonly number[]): number => residuals.reduce((sum, value) => sum + value * value, 0) / 2;

/** Central differences, parameter by parameter. */
const slopesOf = ({ steps, residuals }: LeastSquares, at: readonly number[]): readonly (readonly number[])[] =>
  steps.map((step, index) => {
    const above = residuals(at.with(index, (at[index] ?? 0) + step));
    const below = residuals(at.with(index, (at[index] ?? 0) - step));
    return above.map((value, row) => (value - (below[row] ?? 0)) / (2 * step));
  });

const productOf = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/** Solves a symmetric system by Gauss's elimination with pivots; undefined when it is singular. */
const solve = (matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] | undefined => {
  const size = right.length;
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row;
    }
    const [from, to] = [rows[pivot], rows[column]];
    if (from === undefined || to === undefined) return undefined;
    rows[column] = from;
    rows[pivot] = to;
    const head = from[column] ?? 0;
    if (!(Math.abs(head) > 1e-12)) return undefined;
    for (let row = column + 1; row < size; row++) {
      const line = rows[row] ?? [];
      const factor = (line[column] ?? 0) / head;
      for (let each = column; each <= size; each++) line[each] = (line[each] ?? 0) - factor * (from[each] ?? 0);
    }
  }
  const result = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    const line = rows[row] ?? [];
    let sum = line[size] ?? 0;
    for (let each = row + 1; each < size; each++) sum -= (line[each] ?? 0) * (result[each] ?? 0);
    result[row] = sum / (line[row] ?? 1);
  }
  return result;
};

/** Parameters that move nothing are told apart from others by this part of the largest slope. */
const leastSlope = 1e-9;

const errorsOf = (slopes: readonly (readonly number[])[]): readonly (number | undefined)[] => {
  const lengths = slopes.map(slope => Math.sqrt(productOf(slope, slope)));
  const most = Math.max(...lengths);
  // Scaled to length 1, so that degrees and metres can be compared.
  const scaled = slopes.map((slope, index) => slope.map(value => value / (lengths[index] || 1)));
  const normal = scaled.map(a => scaled.map(b => productOf(a, b)));
  return slopes.map((_, index) => {
    const length = lengths[index] ?? 0;
    if (length <= leastSlope * most) return undefined;
    const unit = slopes.map((__, each) => (each === index ? 1 : 0));
    const variance = solve(normal, unit)?.[index];
    return variance === undefined || !(variance > 0) || variance > 1e10 ? undefined : Math.sqrt(variance) / length;
  });
};

/** By Levenberg's and Marquardt's method (Marquardt 1963), damping in proportion to each parameter's own curvature. */
export const minimize = (problem: LeastSquares): Solution => {
  let parameters = problem.start;
  let residuals = problem.residuals(parameters);
  let cost = costOf(residuals);
  let damping = 1e-3;
  for (let round = 0; round < mostRounds && damping < 1e12; round++) {
    const slopes = slopesOf(problem, parameters);
    const normal = slopes.map(a => slopes.map(b => productOf(a, b)));
    const downhill = slopes.map(slope => -productOf(slope, residuals));
    let isBetter = false;
    let gain = 0;
    while (!isBetter && damping < 1e12) {
      const damped = normal.map((row, index) =>
        row.map((value, column) => (column === index ? value * (1 + damping) + 1e-15 : value)),
      );
      const move = solve(damped, downhill);
      const next = move && parameters.map((value, index) => value + (move[index] ?? 0));
      const nextResiduals = next && problem.residuals(next);
      const nextCost = nextResiduals === undefined ? Number.NaN : costOf(nextResiduals);
      isBetter = nextCost <= cost;
      if (isBetter && next !== undefined && nextResiduals !== undefined) {
        gain = cost - nextCost;
        parameters = next;
        residuals = nextResiduals;
        cost = nextCost;
        damping = Math.max(1e-9, damping / 5);
      } else damping *= 4;
    }
    if (!isBetter || gain <= smallestGain * (1 + cost)) break;
  }
  return { parameters, cost, errors: errorsOf(slopesOf(problem, parameters)) };
};
