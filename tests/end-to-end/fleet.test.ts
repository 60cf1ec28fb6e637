/** A scenario of the fleet over real sockets: receiver, gateway, broker and center say what the scenario names. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../core/time.ts';
import { type JudgedEvent, judge } from '../../simulators/fleet/expectation.ts';
import { createFleet } from '../../simulators/fleet/fleet.ts';
import { formatRegistry } from '../../simulators/fleet/registry.ts';
import { simulators } from '../../simulators/registry.generated.ts';
import { runScenario } from '../../simulators/scenarios/run.ts';
import { fleetZonesFile, parseScenario, readScenario } from '../../simulators/scenarios/scenario.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const judged = z.object({ type: z.string(), subject: z.string(), time: z.string(), data: z.looseObject({}) });
const nameOf = (type: string): string => type.replace(/^vn\.ioc\.(.*)\.v\d+$/, '$1');
/** What follows a vessel's own words; the scenarios name everything else. */
const routine = /^(?:gateway\.|fishing-vessel\.(?:(?:vessel|navigation-aid|base-station)\.|fleet\.))/;

test.skipIf(missing !== undefined)(
  'what the scenario of the fleet alongside names arrives at the center, and nothing else',
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryFolder();
    const { file, text } = await readScenario('fleet-alongside');
    const [receiverPort, apiPort] = await Promise.all([freePort(), freePort()]);
    const scenario = parseScenario(text.replace('port: 10110', `port: ${receiverPort}`), file, {});
    if (scenario.fleet === undefined) throw new Error('the scenario has no fleet');
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);

    const plan = { ...scenario.fleet, start: new Date().toISOString() };
    const fleet = createFleet(scenario.seed, plan);
    const registry = path.join(folder.path, 'registry.csv');
    const zones = path.join(folder.path, 'zones.geojson');
    await writeFile(registry, formatRegistry(fleet));
    await copyFile(fleetZonesFile, zones);
    const stop = new AbortController();
    await using running = await runScenario(scenario, {
      simulators,
      world: createWorld(scenario.seed, fleet),
      clock: systemClock,
      log: () => silent,
      onProgress: () => {},
      signal: stop.signal,
    });
    const [receiver] = running.devices;
    const config = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
devices:
  - { id: ais-quay, driver: ais-receiver, ${JSON.stringify(receiver?.address).slice(1)}
pipelines:
  - name: vessels
    from: [ais-quay]
    stages:
      - { stage: track, registry: ${registry} }
      - { stage: geofence, zones: ${zones} }
      - { stage: vessel-rules }
      - { stage: downsample }
`,
    );
    await using gateway = await startGateway(config, apiPort);

    const events = (): readonly JudgedEvent[] =>
      [...center.events.values()].flatMap(event => {
        const { type, subject, time, data } = judged.parse(event);
        return routine.test(nameOf(type)) ? [] : [{ event: nameOf(type), subject, time, data }];
      });
    const complaints = (): readonly string[] => judge(fleet.boats, scenario.expect, events());
    await until(
      'everything that the scenario names has arrived',
      () => complaints().every(complaint => complaint.startsWith('not expected')),
      300_000,
    );
    expect(complaints()).toEqual([]);
    expect(gateway.output()).not.toContain('"level":"error"');
    expect([...center.report().invalid]).toEqual([]);
  },
);
