/** `npm run -s bench [-- [--json] [--long] [ROW…]]`: figures on standard output, progress on standard error. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figure, measure } from './measure.ts';
import { rows } from './registry.generated.ts';

const help = `Usage: npm run -s bench -- [--json] [--long] [ROW…]

Measures our hot paths beside a peer's, in the same run, median of several rounds in alternation.

  --json   one JSON line a row on standard output instead of a table
  --long   with a backlog of ten million events: some minutes and 20 GB of disk more
  --help   this text

Rows:
${rows.map(row => `  ${row.name.padEnd(18)} ${row.summary}`).join('\n')}

Examples:
  npm run -s bench
  npm run -s bench -- --json ais-decode outbox-append
`;

const columns = ['row', 'value', 'unit', 'peer', 'peerValue', 'ratio', 'goal', 'holds'] as const;

const cell = (figure: Figure, column: (typeof columns)[number]): string => {
  const value = figure[column];
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'NO';
  return typeof value === 'number' ? value.toLocaleString('en-US', { maximumSignificantDigits: 4 }) : value;
};

const formatTable = (figures: readonly Figure[]): string => {
  const lines = [[...columns], ...figures.map(figure => columns.map(column => cell(figure, column)))];
  const widths = columns.map((_, index) => Math.max(...lines.map(line => (line[index] ?? '').length)));
  return lines
    .map(line =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, long: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = positionals.filter(name => !rows.some(row => row.name === name));
  if (unknown.length > 0) {
    progress(`no such row: ${unknown.join(', ')}. Rows: ${rows.map(row => row.name).join(', ')}`);
    return 2;
  }
  const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../.cache/bench');
  await mkdir(folder, { recursive: true });

  const figures: Figure[] = [];
  let failed = 0;
  for (const row of rows) {
    if (positionals.length > 0 && !positionals.includes(row.name)) continue;
    const missing = row.missing?.();
    if (missing !== undefined) {
      progress(`${row.name}: not measured: ${missing}`);
      continue;
    }
    progress(`${row.name}: ${row.summary}`);
    try {
      const figure = await measure(row, folder, line => progress(`  ${line}`), values.long ? 'long' : 'short');
      figures.push(figure);
      if (values.json) process.stdout.write(`${JSON.stringify(figure)}\n`);
    } catch (failure) {
      failed++;
      progress(
        `${row.name}: failed: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}`,
      );
    }
  }
  if (!values.json) process.stdout.write(`${formatTable(figures)}\n`);
  return failed === 0 ? 0 : 1;
};

process.exitCode = await main();
