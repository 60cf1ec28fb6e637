import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createSecrets } from '../../config/reveal.ts';
import { temporaryFolder } from '../support/resources.ts';

it('reads a variable at the moment of use', () => {
  const environment: NodeJS.ProcessEnv = {};
  const { reveal } = createSecrets(environment);
  environment['HAIDANG_TEST'] = 'hunter22';
  expect(reveal({ from: 'env', name: 'HAIDANG_TEST' })).toBe('hunter22');
});

it('reads a file without the newline that editors leave', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'password');
  await writeFile(file, 'hunter22\n');
  expect(createSecrets({}).reveal({ from: 'file', name: file })).toBe('hunter22');
});

it.each([
  [{ from: 'env', name: 'HAIDANG_MISSING' } as const, 'HAIDANG_MISSING is not set'],
  [{ from: 'file', name: '/nowhere/password' } as const, '/nowhere/password cannot be read'],
])('says what is missing: %j', (secret, message) => {
  expect(() => createSecrets({}).reveal(secret)).toThrow(
    expect.objectContaining({ kind: 'config', message: expect.stringContaining(message) }),
  );
});

it('remembers what was revealed, for the log to leave out', () => {
  const secrets = createSecrets({ A: 'first', B: 'second' });
  secrets.reveal({ from: 'env', name: 'A' });
  expect(secrets.revealed()).toEqual(['first']);
});
