/** Who goes with whom, each with one at most, so that the sum of what the pairs are worth is largest. Pure. */

/**
 * By the Hungarian method with potentials (Kuhn 1955; Jonker & Volgenant 1987), O(rows² × (rows + columns)).
 * `worth[row][column]` may be any number; a pair that is not worth more than 0 is never made. Gives the column of each
 * row, or undefined for a row that stays alone.
 */
export const assign = (worth: readonly (readonly number[])[]): readonly (number | undefined)[] => {
  const rows = worth.length;
  const real = worth.reduce((most, row) => Math.max(most, row.length), 0);
  // For each row a column of its own that is worth nothing: to stay alone.
  const columns = real + rows;
  const costOf = (row: number, column: number): number =>
    column < real ? Math.min(0, -(worth[row]?.[column] ?? 0)) : 0;

  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  /** Row of each column, from 1; 0 is none. Column 0 stands for the row that is being placed. */
  const rowOf = new Int32Array(columns + 1);
  const from = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    let column = 0;
    const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(columns + 1);
    do {
      used[column] = 1;
      const current = rowOf[column] ?? 0;
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let other = 1; other <= columns; other++) {
        if (used[other] === 1) continue;
        const reduced = costOf(current - 1, other - 1) - (rowPotential[current] ?? 0) - (columnPotential[other] ?? 0);
        if (reduced < (least[other] ?? 0)) {
          least[other] = reduced;
          from[other] = column;
        }
        if ((least[other] ?? 0) < delta) {
          delta = least[other] ?? 0;
          next = other;
        }
      }
      for (let other = 0; other <= columns; other++) {
        if (used[other] === 1) {
          const holder = rowOf[other] ?? 0;
          rowPotential[holder] = (rowPotential[holder] ?? 0) + delta;
          columnPotential[other] = (columnPotential[other] ?? 0) - delta;
        } else least[other] = (least[other] ?? 0) - delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = from[column] ?? 0;
      rowOf[column] = rowOf[before] ?? 0;
      column = before;
    }
  }
  const result: (number | undefined)[] = new Array(rows).fill(undefined);
  for (let column = 1; column <= real; column++) {
    const row = rowOf[column] ?? 0;
    if (row > 0 && (worth[row - 1]?.[column - 1] ?? 0) > 0) result[row - 1] = column - 1;
  }
  return result;
};

/** What an assignment is worth in sum. */
export const worthOf = (worth: readonly (readonly number[])[], assigned: readonly (number | undefined)[]): number =>
  assigned.reduce<number>((sum, column, row) => sum + (column === undefined ? 0 : (worth[row]?.[column] ?? 0)), 0);
