/** Names that say nothing, or say it in another way than the rest of the project does. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../support/project-files.ts';
import { projectFile } from '../support/resources.ts';

const files = projectFiles();
const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('.generated.ts'));

const written = new Set(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'Dockerfile']);
/** Dots separate a name from what kind of file it is: `zones.test.ts`, `registry.generated.ts`. */
const kebab = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;

test('folders and files are named in kebab-case', () => {
  const odd = files.filter(file => {
    const segments = file.split('/');
    const isFixture = file.includes('/fixtures/') || file.startsWith('events/schemas/');
    return segments.some((segment, at) => {
      if (at === segments.length - 1 && (written.has(segment) || isFixture)) return false;
      return !kebab.test(segment);
    });
  });
  expect(odd).toEqual([]);
  expect(files.length).toBeGreaterThan(100);
});

const vague = /^(?:.*(?:manager|helpers?|utils?|impl|misc|common)|index|(?:abstract|base)-(?!station).*)$/;

test('no file is named for nothing in particular, and none only passes others on', () => {
  const names = files
    .filter(file => /\.(?:ts|mjs)$/.test(file))
    .flatMap(file => file.split('/').map(segment => ({ file, name: segment.replace(/\..*$/, '') })));
  expect(names.filter(({ name }) => vague.test(name)).map(({ file }) => file)).toEqual([]);
});

const exported =
  /^export (?:declare )?(?:abstract )?(?:async )?(const|function\*?|class|interface|type|enum|namespace|default)\b\s*([A-Za-z0-9_$]*)/gm;
const forbidden = /(?:Manager|Helpers?|Utils?|Impl|Info)$|^(?:Abstract|Base(?!Station))[A-Z]|^I[A-Z][a-z]/;

test('exported names are those of the domain', () => {
  let visited = 0;
  const odd: string[] = [];
  for (const file of sources.filter(source => source !== 'vitest.config.ts')) {
    for (const [, kind = '', name = ''] of readProjectFile(file).matchAll(exported)) {
      visited++;
      if (forbidden.test(name)) odd.push(`${file}: ${name}`);
      if (['enum', 'namespace', 'default'].includes(kind)) odd.push(`${file}: ${kind}`);
    }
  }
  expect(odd).toEqual([]);
  expect(visited).toBeGreaterThan(300);
});

test('classes extend nothing but errors', () => {
  const odd = sources.flatMap(file =>
    [...readProjectFile(file).matchAll(/^\s*(?:export )?class \w+(?:<[^>]*>)? extends (\w+)/gm)].flatMap(
      ([, parent = '']) => (/Error$/.test(parent) ? [] : [`${file}: extends ${parent}`]),
    ),
  );
  expect(odd).toEqual([]);
});

test('comments keep no reminders', () => {
  const reminder = new RegExp(
    `\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'X', 'X'].join('')})\\b`,
  );
  expect(sources.filter(file => reminder.test(readProjectFile(file)))).toEqual([]);
});

/** Judges of the whole, which no single source folder answers to. */
const general = [
  'tests/architecture/',
  'tests/end-to-end/',
  'tests/faults/',
  'tests/docs/',
  'tests/drivers/meetings/',
  'tests/scripts/',
  'tests/support/',
];

test('tests stand where the source stands', () => {
  const tests = files.filter(file => file.endsWith('.test.ts') && !general.some(folder => file.startsWith(folder)));
  const orphans = tests.filter(file => {
    const mirrored = file.replace(/^tests\//, '').replace(/\.test\.ts$/, '');
    const folder = mirrored.split('/').slice(0, -1).join('/');
    return !existsSync(projectFile(`${mirrored}.ts`)) && !existsSync(projectFile(folder === '' ? mirrored : folder));
  });
  expect(orphans).toEqual([]);
  expect(tests.length).toBeGreaterThan(0);
});
