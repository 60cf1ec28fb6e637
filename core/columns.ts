/** Text in columns for a terminal. */

/** Cells that a text takes: marks that stand above or below a letter take none of their own. */
const widthOf = (text: string): number => [...text.normalize('NFC').replaceAll(/\p{Mark}/gu, '')].length;

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Broken between words; a longer word keeps a line of its own. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** Narrower columns are harder to read than long lines. */
const narrowest = 24;

/**
 * Each row as the lines it takes: every column as wide as its widest cell, the last one broken so that a line keeps
 * within `width`.
 */
export const toColumns = (rows: readonly (readonly string[])[], width = 100): readonly (readonly string[])[] => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    }
  }
  return rows.map(row => {
    const left = row.slice(0, -1).map((cell, column) => `${pad(cell, widths[column] ?? 0)}  `);
    const margin = left.reduce((sum, cell) => sum + widthOf(cell), 0);
    const [first = '', ...further] = wrap(row.at(-1) ?? '', Math.max(narrowest, width - margin));
    return [(left.join('') + first).trimEnd(), ...further.map(line => ' '.repeat(margin) + line)];
  });
};
