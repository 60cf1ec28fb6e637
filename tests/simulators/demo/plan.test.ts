import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readDemoPlan } from '../../../simulators/demo/plan.ts';
import { readScenario } from '../../../simulators/scenarios/scenario.ts';
import { projectFile, temporaryFolder } from '../../support/resources.ts';

const read = async (environment: NodeJS.ProcessEnv = {}) =>
  readDemoPlan({
    configFile: projectFile('config/demo.yaml'),
    folder: projectFile(),
    scenarioText: (await readScenario('demo')).text,
    environment,
  });

test('the plan follows from the gateway’s own configuration', async () => {
  const plan = await read();
  expect(plan.apiUrl).toBe('http://127.0.0.1:18080/api/v1/status');
  expect(plan.center).toMatchObject({ port: 18832, username: 'gw-demo' });
  expect(plan.media.port).toBe(18443);
  expect(plan.devices.length).toBeGreaterThanOrEqual(6);
});

test('every password of a run is new and long', async () => {
  const [first, second] = [await read(), await read()];
  const names = Object.keys(first.environment);
  expect(names.length).toBeGreaterThanOrEqual(3);
  for (const name of names) {
    expect(first.environment[name]).toMatch(/^[\w-]{24}$/);
    expect(first.environment[name]).not.toBe(second.environment[name]);
  }
  expect(Object.values(first.environment)).toContain(first.center.password);
});

test('a password that is set already is kept', async () => {
  const plan = await read({ HAIDANG_DEMO_CAMERA_PASSWORD: 'mine' });
  expect(plan.environment['HAIDANG_DEMO_CAMERA_PASSWORD']).toBe('mine');
});

test('a configuration around which no demonstration can stand is refused with its place', async () => {
  await using folder = await temporaryFolder();
  const configFile = path.join(folder.path, 'config.yaml');
  await writeFile(configFile, 'api: { port: 1 }\n');
  await expect(
    readDemoPlan({ configFile, folder: folder.path, scenarioText: '', environment: {} }),
  ).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining('storage') });
});
