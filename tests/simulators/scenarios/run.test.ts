import net from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../../core/time.ts';
import { simulators } from '../../../simulators/registry.generated.ts';
import { type Progress, runScenario } from '../../../simulators/scenarios/run.ts';
import type { Scenario } from '../../../simulators/scenarios/scenario.ts';
import { createWorld } from '../../../simulators/world/create.ts';

const networkAddress = z.object({ connection: z.object({ port: z.number() }) });

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const scenario = (...devices: Scenario['devices']): Scenario => ({
  summary: 'Of a test.',
  seed: 1,
  repeat: undefined,
  center: [],
  clock: [],
  fleet: undefined,
  expect: [],
  devices,
});

const sensor = (id: string, config: Readonly<Record<string, unknown>>): Scenario['devices'][number] => ({
  id,
  simulator: 'pms5003',
  faults: [],
  config,
});

const run = async (wanted: Scenario) => {
  const progress: [string, Progress][] = [];
  const running = await runScenario(wanted, {
    simulators,
    world: createWorld(wanted.seed),
    clock: systemClock,
    log: () => quiet,
    onProgress: (device, what) => progress.push([device, what]),
    signal: new AbortController().signal,
  });
  return { running, progress };
};

const firstByte = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('data', data => {
      socket.destroy();
      resolve(data[0]);
    });
    socket.once('error', reject);
  });

test('the devices of a scenario speak where their addresses say', async () => {
  const { running } = await run(scenario(sensor('air', { connection: { transport: 'tcp-server' } })));
  await using _ = running;
  const [device] = running.devices;
  expect(device).toMatchObject({ id: 'air', simulator: 'pms5003' });
  const { port } = networkAddress.parse(device?.address).connection;
  expect(await firstByte(port)).toBe(0x42);
});

test('a device that cannot start is reported, and the others run', async () => {
  const { running, progress } = await run(
    scenario(
      sensor('wrong', { connection: { transport: 'pigeon' } }),
      { ...sensor('foreign', {}), simulator: 'nobody' },
      sensor('air', { connection: { transport: 'tcp-server' } }),
    ),
  );
  await using _ = running;
  expect(running.devices.map(({ id }) => id)).toEqual(['air']);
  const failures = progress.flatMap(([id, what]) => (what.kind === 'failed' ? [[id, what.error.kind]] : []));
  expect(failures).toEqual([
    ['wrong', 'config'],
    ['foreign', 'config'],
  ]);
});
