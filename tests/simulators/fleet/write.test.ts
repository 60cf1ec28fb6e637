/** A recorded scenario is a folder that `haidang replay` reads from wherever it is called. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../config/parse.ts';
import { recordScenario } from '../../../simulators/fleet/write.ts';
import { parseScenario } from '../../../simulators/scenarios/scenario.ts';
import { temporaryFolder } from '../../support/resources.ts';

const devices = `devices:
  - { id: ais-quay, simulator: ais-receiver, connection: { transport: tcp-server, port: 10110 } }
`;

const recorded = async (text: string, folder: string): Promise<string> => {
  let told = '';
  const tell = (line: string): void => {
    told += line;
  };
  const { signal } = new AbortController();
  await recordScenario(parseScenario(text, 'own.yaml', {}), folder, { out: tell, err: tell, signal });
  return told;
};

test('writes recordings, their files and the line that replays them, whatever the folder is called', async () => {
  await using folder = await temporaryFolder();
  const day = path.join(folder.path, "the captain's day");
  const told = await recorded(
    `summary: Two boats at their berths.
seed: 7
fleet: { boats: 2, duration: 10m, stayIn: 1, vmsInterval: 2m, change: [{ number: 1, ais: A, vms: vnpt }, { number: 2, vms: none }] }
${devices}`,
    day,
  );
  expect(told.trim().split('\n').at(-1)).toBe(
    `haidang replay --config '${day.replace("'", "'\\''")}/gateway.yaml' ` +
      `'ais-quay=${day.replace("'", "'\\''")}/ais.nmea' 'vms-vnpt=${day.replace("'", "'\\''")}/vms-vnpt.naf'`,
  );
  const text = await readFile(path.join(day, 'gateway.yaml'), 'utf8');
  expect(parseConfig(text, 'gateway.yaml').problems).toEqual([]);
  expect(text).toContain(`registry: ${day}/registry.csv`);
  expect((await readFile(path.join(day, 'registry.csv'), 'utf8')).trim().split('\n')).toHaveLength(3);
  expect(await readFile(path.join(day, 'vms-vnpt.naf'), 'utf8')).toMatch(/^\/\/SR\/\/TM\/POS\/\/.*\/\/ER\/\/\r?\n/);
});

test('a scenario without a fleet is refused', async () => {
  await using folder = await temporaryFolder();
  await expect(recorded(`summary: Nothing.\nseed: 1\n${devices}`, folder.path)).rejects.toMatchObject({
    kind: 'config',
    message: 'the scenario has no fleet that could be recorded',
  });
});
