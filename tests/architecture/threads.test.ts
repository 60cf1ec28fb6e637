/** What a thread loads costs memory on every box. */
import { expect, test } from 'vitest';
import { importsOf } from '../support/project-files.ts';

/** Every package that is loaded with `file`, and by which of our files. */
const packagesOf = (file: string): ReadonlyMap<string, string> => {
  const packages = new Map<string, string>();
  const visited = new Set<string>();
  const visit = (current: string): void => {
    if (visited.has(current)) return;
    visited.add(current);
    for (const imported of importsOf(current)) {
      if (imported.kind !== 'static') continue;
      if (imported.file !== undefined) visit(imported.file);
      else if (imported.package !== undefined && !imported.package.startsWith('node:')) {
        packages.set(imported.package, current);
      }
    }
  };
  visit(file);
  expect(visited.size).toBeGreaterThan(5);
  return packages;
};

test('the worker of the outbox loads no library with itself: the one that it sends with is loaded when it sends', () => {
  expect([...packagesOf('gateway/outbox/worker.ts')]).toEqual([]);
});

test('a running gateway loads no library that reads YAML, and no signatures where nobody may order', () => {
  const packages = packagesOf('gateway/cli/service.ts');
  expect(packages.get('yaml')).toBeUndefined();
  expect(packages.get('jose')).toBeUndefined();
  expect(packages.has('zod')).toBe(true);
});
