/**
 * Numbers of many tracks side by side. An object for each would double their size, and make each new report survive its
 * way into the old part of the heap: with 100 000 tracks that costs more than the work itself.
 */

/** A row of columns: column `c` is `numbers[offset + c]`. */
export interface Row {
  readonly numbers: Float64Array;
  readonly offset: number;
}

export interface Rows {
  /** All NaN, which stands for absent. */
  take(): Row;
  /** The row must not be used any more. */
  giveBack(row: Row): void;
}

const rowsPerChunk = 1024;

export const createRows = (columns: number): Rows => {
  const free: Row[] = [];
  return {
    take: () => {
      if (free.length === 0) {
        const numbers = new Float64Array(rowsPerChunk * columns);
        for (let index = rowsPerChunk - 1; index >= 0; index--) free.push({ numbers, offset: index * columns });
      }
      const row = free.pop() ?? { numbers: new Float64Array(columns), offset: 0 };
      row.numbers.fill(Number.NaN, row.offset, row.offset + columns);
      return row;
    },
    giveBack: row => {
      free.push(row);
    },
  };
};
