/** Nothing in the project knows the machine on which it was written. */
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../support/project-files.ts';

const binary = /\.(?:onnx|png|jpe?g|mp4|h264|bin|gz|woff2?)$/;
const texts = projectFiles().filter(file => !binary.test(file) && !file.includes('/fixtures/'));

test('no file names a folder of somebody’s machine', () => {
  const personal = /(?:^|[\s'"`(=:])\/(?:work|root|home\/[a-z][\w-]*|Users\/\w+|tmp\/plan)\b/m;
  const allowed = new Set(['tests/architecture/places.test.ts']);
  expect(texts.filter(file => !allowed.has(file) && personal.test(readProjectFile(file)))).toEqual([]);
  expect(texts.length).toBeGreaterThan(100);
});

test('no file names a package registry or a mirror of one', () => {
  const host = /https?:\/\/[\w.:-]*(?:registry|artifactory|nexus|verdaccio|pypi|mirror)[\w.:-]*/i;
  expect(texts.filter(file => host.test(readProjectFile(file)))).toEqual([]);
  expect(readProjectFile('package-lock.json')).not.toMatch(/"resolved": "http/);
});

test('what lies beside the checkout is known to the tests’ resources alone', () => {
  const outside = new RegExp(['\\.\\.', 'shared'].join('/'));
  const allowed = new Set(['tests/support/resources.ts']);
  const sources = texts.filter(file => /\.(?:ts|mjs|py|json|ya?ml|md|sh)$/.test(file));
  expect(sources.filter(file => !allowed.has(file) && outside.test(readProjectFile(file)))).toEqual([]);
});

test('every dependency is pinned to one exact version', () => {
  const manifest: unknown = JSON.parse(readProjectFile('package.json'));
  const versions = Object.entries(manifest as Record<string, unknown>)
    .filter(([key]) => /ependencies$/.test(key))
    .flatMap(([, packages]) => Object.entries(packages as Record<string, string>));
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  expect(versions.length).toBeGreaterThan(10);
});
