/** Documents that lead somewhere, and speak of commands that are there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../support/project-files.ts';
import { projectFile } from '../support/resources.ts';

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

test('the README of every driver has the table of its configuration', () => {
  const files = documents.filter(file => /^drivers\/[^/]+\/[^/]+\/README\.md$/.test(file));
  expect(files.filter(file => !readProjectFile(file).includes('<!-- generated: configuration -->'))).toEqual([]);
  expect(files.length).toBeGreaterThanOrEqual(5);
});
