/** Tables as text (RFC 4180 and what is sent in its name): the one door to the library that reads them. */
import { CsvError, parse } from 'csv-parse/sync';

/** How cells can be separated, by the words of configurations. */
export const csvSeparators = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type CsvSeparator = keyof typeof csvSeparators;

export interface CsvTable {
  /** Cells without blanks around them, row by row, the header among them. Rows may differ in length. */
  readonly rows: readonly (readonly string[])[];
  /** Lines that could not be read: a quote too many, or longer than 64 KiB. */
  readonly broken: number;
}

const longestRow = 64 * 1024;

/** The separator that stands most often in the first line, outside of quotes; the comma where there is none. */
const separatorOf = (text: string): CsvSeparator => {
  const [line = ''] = /^[^\r\n]*/.exec(text.slice(0, longestRow)) ?? [];
  const bare = line.replace(/"[^"]*"/g, '');
  let found: CsvSeparator = 'comma';
  let most = 0;
  for (const [name, character] of Object.entries(csvSeparators)) {
    const count = bare.split(character).length - 1;
    if (count > most) [found, most] = [name as CsvSeparator, count];
  }
  return found;
};

const rowsOf = (text: string, separator: CsvSeparator): readonly (readonly string[])[] =>
  parse(text, {
    delimiter: csvSeparators[separator],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: longestRow,
  });

/**
 * Reads a table; `separator` is found out when absent. Empty lines, a byte order mark and any kind of line end are passed
 * over, and cells in quotes may hold separators, quotes ("") and line ends. One broken line costs itself alone. Never
 * throws.
 */
export const parseCsv = (text: string, separator?: CsvSeparator): CsvTable => {
  const bare = text.replace(/^\uFEFF?[\r\n]*/, '');
  const used = separator ?? separatorOf(bare);
  try {
    return { rows: rowsOf(bare, used), broken: 0 };
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
  }
  // A quote that is never closed swallows all that follows; line by line it swallows its own line.
  const rows: (readonly string[])[] = [];
  let broken = 0;
  for (const line of bare.split(/\r\n|\n|\r/)) {
    try {
      rows.push(...rowsOf(line, used));
    } catch (thrown) {
      if (!(thrown instanceof CsvError)) throw thrown;
      broken++;
    }
  }
  return { rows, broken };
};
