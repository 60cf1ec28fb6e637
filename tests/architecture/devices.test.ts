/** A device is one folder: whoever looks for its parts finds them where every other device has them. */
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drivers } from '../../drivers/registry.generated.ts';
import { stages } from '../../pipelines/registry.generated.ts';
import { simulators } from '../../simulators/registry.generated.ts';
import { readRigs } from '../drivers/support/rigs.ts';
import { projectFiles } from '../support/project-files.ts';
import { projectFile } from '../support/resources.ts';

const folderOf = ({ family, name }: { readonly family: string; readonly name: string }): string =>
  `drivers/${family}/${name}`;

const isSimulated = async ({ family, name }: (typeof drivers)[number]): Promise<boolean> =>
  (await readRigs(family, name)).exempt.simulator === undefined;

test('the registry knows every folder of a device, and nothing else', () => {
  const folders = projectFiles().flatMap(file => {
    const [, folder] = /^(drivers\/(?:cameras|sensors|vessels|services)\/[^/]+)\/driver\.ts$/.exec(file) ?? [];
    return folder === undefined ? [] : [folder];
  });
  expect(drivers.map(folderOf).sort()).toEqual(folders);
  expect(drivers.length).toBeGreaterThanOrEqual(5);
});

test.each(drivers.map(driver => [driver.name, driver] as const))('%s is complete', async (_, driver) => {
  const folder = folderOf(driver);
  const isThere = (part: string): boolean => existsSync(projectFile(folder, part));
  expect(['driver.ts', 'README.md'].filter(part => !isThere(part))).toEqual([]);
  expect(isThere('fixtures') ? readdirSync(projectFile(folder, 'fixtures')) : []).not.toEqual([]);
  const hasSimulator = simulators.some(({ name }) => name === driver.name);
  expect(hasSimulator).toBe(await isSimulated(driver));
  expect(driver.summary).toMatch(/^[A-Z].*\.$/);
  expect(driver.emits.length).toBeGreaterThan(0);
});

test('simulators and stages carry unique names and a summary', async () => {
  for (const units of [drivers, simulators, stages]) {
    expect(new Set(units.map(({ name }) => name)).size).toBe(units.length);
    for (const { summary } of units) expect(summary).toMatch(/^[A-Z].*\.$/);
  }
  const simulated = await Promise.all(drivers.map(isSimulated));
  expect(simulators.length).toBe(simulated.filter(Boolean).length);
});
