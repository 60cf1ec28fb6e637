/**
 * Numbers of many things side by side. Objects would double their size, and each lies somewhere else in the memory: with
 * 100 000 vessels it is the way there that costs.
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
