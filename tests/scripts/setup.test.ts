import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { missingPrograms, projectFile, temporaryFolder } from '../support/resources.ts';

const setUp = (searched: string, ...args: string[]) => {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [projectFile('scripts/setup.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searched },
  });
  return { status, stdout, stderr, elapsedMs: performance.now() - began };
};

test.skipIf(missingPrograms('ffmpeg', 'socat') !== undefined)('with nothing to do it says nothing and is quick', () => {
  const { status, stdout, stderr, elapsedMs } = setUp(process.env['PATH'] ?? '');
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(elapsedMs).toBeLessThan(5000);
});

test('where it cannot install, one line says what to install, and the run goes on', async () => {
  await using folder = await temporaryFolder();
  const { status, stdout } = setUp(folder.path);
  expect(stdout).toBe(
    'setup: not installed: ffmpeg, socat (there is no apt-get here). Install: apt-get install ffmpeg socat\n',
  );
  expect(status).toBe(0);
});

test('the tests need more than the demonstration', async () => {
  await using folder = await temporaryFolder();
  const { stdout } = setUp(folder.path, '--with-test-servers');
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  for (const name of ['ffmpeg', 'mosquitto-clients', 'gpsd-clients', 'jq']) expect(stdout).toContain(name);
});
