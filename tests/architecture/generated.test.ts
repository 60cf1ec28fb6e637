/** What is generated is what `npm run generate` would write now. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { projectFile } from '../support/resources.ts';

test('generated files are fresh', () => {
  const { status, stderr } = spawnSync(process.execPath, [projectFile('scripts/generate.ts'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
