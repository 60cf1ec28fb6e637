import { toColumns } from '../../core/columns.ts';

/** As wide as the terminal, where there is one. */
export const tableRows = (rows: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  toColumns(rows, process.stdout.isTTY ? process.stdout.columns : 100);

export const formatTable = (rows: readonly (readonly string[])[]): string =>
  tableRows(rows)
    .flat()
    .map(line => `${line}\n`)
    .join('');
