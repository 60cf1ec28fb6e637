/**
 * The scenario of the station over real lines and brokers: its faults come to what it names and to nothing else, and
 * every value that the gateway took is at the center once, under the name of the instrument that measured it.
 */
import path from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { hours, systemClock } from '../../core/time.ts';
import { openSettableClock } from '../../scripts/capture/settable-clock.ts';
import { type JudgedEvent, judge } from '../../simulators/fleet/expectation.ts';
import { simulators } from '../../simulators/registry.generated.ts';
import { runScenario, type StartedDevice } from '../../simulators/scenarios/run.ts';
import { parseScenario, readScenario, type Scenario } from '../../simulators/scenarios/scenario.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto', 'socat');
const silent = { info: () => {}, warn: () => {}, error: () => {} };

const judged = z.object({ type: z.string(), subject: z.string(), time: z.string(), data: z.looseObject({}) });
const nameOf = (type: string): string => type.replace(/^vn\.ioc\.(.*)\.v\d+$/, '$1');
/** What is merely observed. */
const isObserved = (name: string): boolean => /^environment\..*\.observed$|^gateway\..*\.reported$/.test(name);

const sampleCounts = z.record(z.string(), z.number());
const period = z.object({
  type: z.string(),
  source: z.string(),
  data: z.looseObject({
    type: z.string(),
    period: z.object({ start: z.string() }),
    samples: sampleCounts,
    setAside: sampleCounts.optional(),
    pm25: z.number().optional(),
  }),
});
const deviceOf = ({ source }: { readonly source: string }): string => source.split('/').at(-1) ?? '';

/** The same scenario in a folder and at a broker of this test. */
const placed = (scenario: Scenario, folder: string, broker: string): Scenario => ({
  ...scenario,
  devices: scenario.devices.map(device => {
    const config = JSON.stringify(device.config).replaceAll('.cache/simulate/station', folder);
    return {
      ...device,
      config: { ...JSON.parse(config), ...(device.simulator === 'mqtt-json' && { url: broker }) },
    };
  }),
});

/** Each address of the bus is a device to the gateway, also the one at which nothing is. */
const toGatewayDevices = ({ id, simulator, address }: StartedDevice) => {
  if (simulator === 'mqtt-json') return [{ id, driver: simulator, ...address, broker: 'embedded' }];
  if (simulator !== 'modbus') return [{ id, driver: simulator, ...address }];
  return [1, 2, 3, 4].map(number => ({
    id: `${id}-${number}`,
    driver: simulator,
    ...address,
    address: number,
    map: 'renke-weather-station',
    interval: `${readEvery}ms`,
    timeout: '200ms',
  }));
};

/** What a device that measures air and weather tells in both of its events. */
const besideAir: ReadonlySet<string> = new Set(['temperature', 'relativeHumidity']);

/** Made of what a counter says, which is told too. */
const counted = 'precipitation';

/** From one reading of an address of the bus to the next, ms. */
const readEvery = 1000;
/** Values of a reading. */
const valuesRead = 10;

test.skipIf(missing !== undefined)(
  'twelve instruments with faults on the line come to the events that the scenario names, and no value gets lost, doubled or mixed up',
  { timeout: 180_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, sensorsPort] = await Promise.all([freePort(), freePort()]);
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);
    const clock = await openSettableClock(folder.path);
    const { file, text } = await readScenario('station');
    const scenario = placed(
      parseScenario(text, file, {}),
      path.join(folder.path, 'dev'),
      `mqtt://127.0.0.1:${sensorsPort}`,
    );
    const world = createWorld(scenario.seed);
    const shown: string[] = [];
    const stop = new AbortController();
    const running = await runScenario(scenario, {
      simulators,
      world,
      clock: systemClock,
      log: () => silent,
      onProgress: (device, what) => {
        if (what.kind === 'failed') throw what.error;
        if (what.kind === 'shows') shown.push(`${device} ${what.fault ?? 'well'}`);
      },
      setClock: ahead => {
        shown.push(`clock ${ahead}`);
        void clock.set(ahead);
      },
      signal: stop.signal,
    });
    await using _ = running;
    const devices = running.devices.flatMap(toGatewayDevices);
    expect(devices).toHaveLength(12);
    const config = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
broker: { port: ${sensorsPort} }
${stringify({ devices })}
pipelines:
  - name: station
    from: [${devices.map(({ id }) => id).join(', ')}]
    stages:
      - { stage: normalize }
      - { stage: quality, devices: { gauge: { waterLevel: { flat: { suspect: 6s, fail: 10m } } } } }
      - { stage: aggregate, periods: [5s], lateness: 1s }
`,
    );
    await using gateway = await startGateway(config, apiPort, clock.env);
    const dead = 'bus-4';
    await until('every instrument but the dead one speaks', async () => {
      const status = await gateway.status();
      return status?.devices.every(({ id, state }) => state === 'running' || id === dead);
    });
    const began = Date.now();
    running.play();

    const conditions = (): readonly JudgedEvent[] =>
      [...center.events.values()].flatMap(event => {
        if (isObserved(nameOf(event.type))) return [];
        const { type, subject, time, data } = judged.parse(event);
        return [{ event: nameOf(type), subject, time, data }];
      });
    const complaints = (): readonly string[] => judge([], scenario.expect, conditions());
    await until(
      'everything that the scenario names has arrived',
      () => complaints().every(complaint => complaint.startsWith('not expected')),
      300_000,
    );
    const countedNorth = async (): Promise<number> =>
      (await gateway.status())?.devices.find(({ id }) => id === 'pm-north')?.observations ?? 0;
    const before = await countedNorth();
    await until(
      'the adapter that came back last is read for a while',
      async () => (await countedNorth()) > before + 90,
    );
    const lasted = Date.now() - began;

    // Nobody speaks any more, so that what was taken can be counted.
    await running[Symbol.asyncDispose]();
    const counts = async () => (await gateway.status())?.devices.map(each => [each.id, each.observations] as const);
    const periods = () =>
      [...center.events.values()].filter(({ type }) => type.endsWith('.observed.v1')).map(event => period.parse(event));
    const told = (): ReadonlyMap<string, number> => {
      const sums = new Map(devices.map(({ id }) => [id, 0]));
      for (const { source, data } of periods())
        for (const [quantity, count] of Object.entries(data.samples)) {
          if (quantity === counted || (data.type === 'AirQualityObserved' && besideAir.has(quantity))) continue;
          const device = deviceOf({ source });
          sums.set(device, (sums.get(device) ?? 0) + count + (data.setAside?.[quantity] ?? 0));
        }
      return sums;
    };
    const isTold = (taken: ReadonlyMap<string, number>): boolean =>
      [...told()].every(([device, count]) => count >= (taken.get(device) ?? 0));
    const taken = await until(
      'the last period is told',
      async () => {
        const now = new Map(await counts());
        return now.size === devices.length && isTold(now) && now;
      },
      300_000,
    );
    expect(told()).toEqual(taken);
    expect(complaints()).toEqual([]);

    // The dead address keeps its neighbors waiting for 200 ms now and then, and no longer.
    for (const neighbor of ['bus-1', 'bus-2', 'bus-3'])
      expect((taken.get(neighbor) ?? 0) / valuesRead, neighbor).toBeGreaterThan((0.75 * lasted) / readEvery);
    expect(taken.get(dead)).toBe(0);

    // Whoever reads the other adapter's instrument finds three times as much, or a third.
    for (const [device, gain] of [
      ['pm-north', 1],
      ['pm-south', 3],
    ] as const) {
      const means = periods().filter(one => deviceOf(one) === device);
      expect(means.length, device).toBeGreaterThan(2);
      for (const { data } of means) {
        const start = Date.parse(data.period.start);
        const { pm25 = 0 } = world.quantitiesAt(start > Date.now() ? start - hours(1) : start);
        expect(Math.abs((data.pm25 ?? Number.NaN) - gain * pm25), device).toBeLessThan(2 + 0.3 * gain * pm25);
      }
    }
    expect(shown).toEqual(expect.arrayContaining(['pm-north away', 'pm-south away', 'gauge stuck', 'clock 3600000']));

    expect(center.report()).toMatchObject({ duplicates: 0, invalid: new Map() });
    expect(center.report().streams.every(({ lost }) => lost === 0)).toBe(true);
    expect(gateway.output()).not.toContain('"level":"error"');
    expect(await gateway.stop()).toBe(0);
  },
);
