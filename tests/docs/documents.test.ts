/** Documents that lead somewhere, and speak of commands that are there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../support/project-files.ts';
import { missingPrograms, projectFile } from '../support/resources.ts';

const withFile = <T>(name: string, text: string, use: (file: string) => T): T => {
  const folder = mkdtempSync(path.join(tmpdir(), 'haidang-'));
  try {
    writeFileSync(path.join(folder, name), text);
    return use(path.join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const documents = projectFiles().filter(file => file.endsWith('.md'));

const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replace(/ /g, '-'),
  );

test('every link of every document leads to a file or a heading of the project', () => {
  let visited = 0;
  const lost: string[] = [];
  for (const file of documents) {
    const text = readProjectFile(file);
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      visited++;
      const [place = '', heading] = target.split('#');
      const absolute = place === '' ? projectFile(file) : path.resolve(projectFile(path.dirname(file)), place);
      const isThere =
        existsSync(absolute) && (heading === undefined || place !== '' || headingsOf(text).includes(heading));
      if (!isThere) lost.push(`${file}: ${target}`);
    }
  }
  expect(lost).toEqual([]);
  expect(visited).toBeGreaterThan(20);
});

test('every command that the documents name is there', () => {
  const { stdout } = spawnSync(process.execPath, [projectFile('bin/haidang.mjs'), '--help'], { encoding: 'utf8' });
  const known = new Set([...stdout.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name));
  const named = documents.flatMap(file =>
    [...readProjectFile(file).matchAll(/(?:`|npx |^)haidang ([a-z]+)/gm)].map(([, name]) => ({ file, name })),
  );
  expect(named.filter(({ name }) => !known.has(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(15);
});

test('the page on operating names every metric, and no other', () => {
  const namesIn = (file: string, pattern: RegExp): readonly string[] =>
    [...new Set([...readProjectFile(file).matchAll(pattern)].map(([, name = '']) => name))].sort();
  const metrics = namesIn('gateway/ops/metrics.ts', /name: '(haidang_\w+)'/g);
  expect(namesIn('docs/operating.md', /`(haidang_\w+)`/g)).toEqual(metrics);
  expect(metrics.length).toBeGreaterThan(10);
});

test('every message in the page on operating is one that a program of the project says', () => {
  const sources = projectFiles()
    .filter(file => /^(?:core|config|drivers|gateway|models|sinks)\/.*\.ts$/.test(file))
    .map(readProjectFile)
    .join('\n');
  const [, table = ''] = readProjectFile('docs/operating.md').split('## Troubleshooting');
  const messages = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, message = '']) => message);
  const said = (message: string): boolean =>
    message
      .replace('20s', '…')
      .split('…')
      .map(part => part.trim().replace(/:$/, ''))
      .every(part => sources.includes(part));
  expect(messages.filter(message => !said(message))).toEqual([]);
  expect(messages.length).toBeGreaterThan(15);
});

test.skipIf(missingPrograms('systemd-analyze') !== undefined)('the unit of systemd is a good one', () => {
  const unit = readProjectFile('docs/haidang.service').replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
  const { status, stderr } = withFile('haidang.service', unit, file =>
    spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' }),
  );
  // It judges the whole machine too; what it says of others is not ours.
  expect(stderr.split('\n').filter(line => line.includes('haidang'))).toEqual([]);
  expect(status).not.toBeNull();
});

test('the README of every driver has the table of its configuration', () => {
  const files = documents.filter(file => /^drivers\/[^/]+\/[^/]+\/README\.md$/.test(file));
  expect(files.filter(file => !readProjectFile(file).includes('<!-- generated: configuration -->'))).toEqual([]);
  expect(files.length).toBeGreaterThanOrEqual(5);
});
