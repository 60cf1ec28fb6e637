/** A gateway that wears its disk faster than it may: does less step by step, tells of it, and all of it again the next day. */
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openSettableClock } from '../../scripts/capture/settable-clock.ts';
import { openCenter } from '../support/center.ts';
import { configFile, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const hour = 3_600_000;

const missing = process.platform === 'linux' ? missingPrograms('mosquitto') : '/proc';

const governed = z.object({
  governor: z.object({
    budgets: z.array(
      z.object({ resource: z.string(), value: z.number().optional(), limit: z.number().optional(), level: z.number() }),
    ),
    measures: z.array(z.string()),
  }),
  outbox: z.object({ refused: z.record(z.string(), z.number()), history: z.object({ rows: z.number() }) }),
});

const stepped = z.object({ phase: z.string(), budget: z.string(), level: z.number(), measures: z.array(z.string()) });

/** A zone in which it is one o'clock now, so that most of the day's budget is not to be used yet. */
const zoneAtOne = (): string => {
  const ahead = (25 - new Date().getUTCHours()) % 24;
  // Etc/GMT-14 is 14 hours ahead of UTC, Etc/GMT+12 twelve behind.
  return ahead <= 14 ? `Etc/GMT-${ahead}` : `Etc/GMT+${24 - ahead}`;
};

test.skipIf(missing !== undefined)(
  'bounds what it writes to the disk in a day, and loses no event of more weight than an observation',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, embeddedPort] = await Promise.all([freePort(), freePort()]);
    await using broker = await startMosquitto({ folder: folder.path });
    const settable = await openSettableClock(folder.path);
    const file = await configFile(
      folder.path,
      `
gateway: { id: gw-1, city: hue, site: test-site, area: "00000", status: test, clockWait: 0s, timeZone: ${zoneAtOne()} }
storage: { folder: ${folder.path}/storage, outbox: 200MB }
api: { port: ${apiPort} }
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:${broker.port}" }]
governor: { writesPerDay: 30MB, stepAfter: 1s, calmAfter: 1s }
broker:
  port: ${embeddedPort}
  users: [{ username: sensor, password: "\${env:SENSOR_PASSWORD}", publish: ["air/#"] }]
devices:
  - id: air
    driver: mqtt-json
    topics: [air/state]
    time: { path: time, format: epoch-ms }
    values: [{ quantity: pm25, path: value }]
pipelines:
  - { name: air, from: [air], stages: [{ stage: normalize }, { stage: aggregate, periods: [1s], lateness: 200ms }] }
`,
    );
    await using center = await openCenter(broker.port, { protocol: 5 });
    await using gateway = await startGateway(file, apiPort, { SENSOR_PASSWORD: 'secret', ...settable.env });
    const sensor = await mqtt.connectAsync(`mqtt://127.0.0.1:${embeddedPort}`, {
      protocolVersion: 4,
      username: 'sensor',
      password: 'secret',
    });
    let second = Date.now() - 4000_000;
    /** One acknowledged commit. */
    const say = (): Promise<unknown> => {
      second += 1000;
      return sensor.publishAsync('air/state', JSON.stringify({ time: second, value: 1 }), { qos: 1 });
    };
    const state = async () => {
      const { governor, outbox } = governed.parse(await gateway.status());
      return { ...governor, outbox, writes: governor.budgets.find(({ resource }) => resource === 'writes') };
    };
    const observed = (): number =>
      [...center.events.values()].filter(({ type }) => type === 'vn.ioc.environment.air-quality.observed.v1').length;
    const steps = (): readonly z.output<typeof stepped>[] =>
      [...center.events.values()].flatMap(({ type, data }) =>
        type === 'vn.ioc.gateway.governor.stepped.v1' ? [stepped.parse(data)] : [],
      );

    await until(
      'it has written more than it may by now',
      async () => {
        await Promise.all(Array.from({ length: 5 }, say));
        const { value = 0, limit = 0 } = (await state()).writes ?? {};
        return value > limit;
      },
      300_000,
    );
    const taken = await until('it takes every measure', async () => {
      const now = await state();
      return now.measures.length === 5 && now.outbox.history.rows === 0 && now;
    });
    expect(taken.measures).toEqual(['commits-10s', 'commits-60s', 'no-pictures', 'no-history', 'no-observations']);

    const { pid } = gateway.process;
    const ioOf = (name: string): number =>
      Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
    const told = ioOf('write_bytes') - ioOf('cancelled_write_bytes');
    await until('what it says it wrote is what the system says', async () => {
      const value = (await state()).writes?.value ?? 0;
      return value >= told && value <= ioOf('write_bytes');
    });

    await until(
      'what was accepted before is delivered',
      async () => (await gateway.status())?.uplinks[0]?.backlog === 0,
    );
    const before = observed();
    expect(before).toBeGreaterThan(0);
    await Promise.all(Array.from({ length: 10 }, say));
    await until('observations are refused', async () => ((await state()).outbox.refused['writes'] ?? 0) >= 8);
    await until('every step is at the center', () => steps().at(-1)?.level === 5);
    expect(observed()).toBe(before);
    // One after the other, but for a disk so fast that all of the day's budget is gone before.
    const levels = steps().map(({ level }) => level);
    expect(levels).toEqual([...new Set(levels)].toSorted());
    expect(steps().map(({ phase }) => phase)).toEqual(levels.map((_, index) => (index === 0 ? 'raised' : 'updated')));

    await settable.set(23 * hour);
    await until('it works in full the next day', async () => (await state()).measures.length === 0);
    await until('the center knows', () => steps().at(-1)?.phase === 'cleared');
    await Promise.all(Array.from({ length: 5 }, say));
    await until('observations are accepted again', () => observed() > before);
    await sensor.endAsync();
  },
);
