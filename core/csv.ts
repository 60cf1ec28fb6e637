/** Tables as text (RFC 4180 and what is sent in its name): the one door to the library that reads them. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** Loaded with the first table: most gateways never read one. */
const library = (): typeof import('csv-parse/sync') => require('csv-parse/sync');

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

interface Line {
  readonly cells: readonly string[];
  /** Counted from 1; the last one where cells hold line ends. */
  readonly line: number;
}

const linesOf = (text: string, separator: CsvSeparator): readonly Line[] => {
  const lines: Line[] = [];
  library().parse(text, {
    delimiter: csvSeparators[separator],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: longestRow,
    // Where there is no line end the library looks for the three kinds of it at each character anew.
    ...(!/[\r\n]/.test(text) && { record_delimiter: '\n' }),
    on_record: (cells: readonly string[], { lines: line }) => {
      lines.push({ cells, line });
      return null;
    },
  });
  return lines;
};

/** Of one line. To begin anew with each is slow, and without quotes there is nothing to understand. */
const cellsOf = (line: string, separator: CsvSeparator): readonly (readonly string[])[] =>
  line.includes('"') || line.length > longestRow || line.trim() === ''
    ? linesOf(line, separator).map(({ cells }) => cells)
    : [line.split(csvSeparators[separator]).map(cell => cell.trim())];

export interface CsvLines {
  readonly lines: readonly Line[];
  /** Numbers of the lines that could not be read. */
  readonly broken: readonly number[];
}

/** As `parseCsv`, for tables whose keepers are told which line is wrong. */
export const parseCsvLines = (text: string, separator?: CsvSeparator): CsvLines => {
  const bare = text.replace(/^\uFEFF/, '');
  const used = separator ?? separatorOf(bare.trimStart());
  try {
    return { lines: linesOf(bare, used), broken: [] };
  } catch (thrown) {
    if (!(thrown instanceof library().CsvError)) throw thrown;
  }
  // A quote that is never closed swallows all that follows; line by line it swallows its own line.
  const lines: Line[] = [];
  const broken: number[] = [];
  for (const [index, text] of bare.split(/\r\n|\n|\r/).entries()) {
    try {
      for (const cells of cellsOf(text, used)) lines.push({ cells, line: index + 1 });
    } catch (thrown) {
      if (!(thrown instanceof library().CsvError)) throw thrown;
      broken.push(index + 1);
    }
  }
  return { lines, broken };
};

/**
 * Reads a table; `separator` is found out when absent. Empty lines, a byte order mark and any kind of line end are passed
 * over, and cells in quotes may hold separators, quotes ("") and line ends. One broken line costs itself alone. Never
 * throws.
 */
export const parseCsv = (text: string, separator?: CsvSeparator): CsvTable => {
  const { lines, broken } = parseCsvLines(text, separator);
  return { rows: lines.map(({ cells }) => cells), broken: broken.length };
};
