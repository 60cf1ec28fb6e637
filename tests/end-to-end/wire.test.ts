/** What stands on the wire, as a program sees it that knows nothing of ours: mosquitto_sub, CloudEvents, the schemas. */
import { CloudEvent } from 'cloudevents';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../core/time.ts';
import { createJudge } from '../../simulators/ioc/judge.ts';
import { loadSchemas } from '../../simulators/ioc/schemas.ts';
import { simulator as pms5003 } from '../../simulators/sensors/pms5003.ts';
import { simulator as aisReceiver } from '../../simulators/vessels/ais-receiver.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import {
  freePort,
  missingPrograms,
  projectFile,
  start,
  startMosquitto,
  temporaryFolder,
  until,
} from '../support/resources.ts';

const missing = missingPrograms('mosquitto', 'mosquitto_sub');
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** The envelope as events.md has it: scalars, and one object. */
const envelope = z
  .looseObject({
    id: z.string().regex(/^[0-9a-f]{32}$/),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    services: z.string(),
    data: z.looseObject({}),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean()]));

const subscribe = (port: number, ...more: readonly string[]) => {
  const running = start('mosquitto_sub', [
    ...['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', 'ioc/v1/#', '-F', '%t %r %p'],
    ...more,
  ]);
  return {
    ...running,
    messages: () =>
      running
        .output()
        .split('\n')
        .slice(0, -1)
        .map(line => {
          const [topic = '', retained, ...words] = line.split(' ');
          return { topic, retained: retained === '1', body: words.join(' ') };
        }),
  };
};

test.skipIf(missing !== undefined)(
  'every message of a running gateway is a CloudEvent of the contract, also the states that a late subscriber finds',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using subscriber = subscribe(broker.port);
    const [apiPort, embeddedPort, away] = await Promise.all([freePort(), freePort(), freePort()]);
    const stop = new AbortController();
    const context = {
      world: createWorld(1),
      clock: systemClock,
      log: silent,
      signal: stop.signal,
      random: () => 0.5,
    };
    await using air = await pms5003.start({ connection: { transport: 'tcp-server', port: await freePort() } }, context);
    await using sea = await aisReceiver.start(
      { connection: { transport: 'tcp-server', port: await freePort() } },
      context,
    );
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port, site: 'quay', area: '00001', status: 'actual' })}
broker: { port: ${embeddedPort}, users: [{ username: gauge, password: "\${env:GAUGE_PASSWORD}", publish: [gauge] }] }
devices:
  - { id: air, driver: pms5003, location: [107.6461, 16.5573], status: simulated, ${JSON.stringify(air.address).slice(1)}
  - { id: sea, driver: ais-receiver, ${JSON.stringify(sea.address).slice(1)}
  - id: gauge
    driver: mqtt-json
    service: warning
    alsoServes: [environment, field-report]
    name: Trạm đo mực nước Kim Long
    agencies: [flood-control]
    area: "19801"
    topics: [gauge]
    values: [{ quantity: waterLevel, path: level }]
  - { id: gone, driver: pms5003, connection: { transport: serial, path: /tmp } }
  - { id: dark-1, driver: ais-receiver, power: fuse-3, connection: { transport: tcp-client, host: 127.0.0.1, port: ${away} } }
  - { id: dark-2, driver: pms5003, power: fuse-3, connection: { transport: tcp-client, host: 127.0.0.1, port: ${away} } }
pipelines:
  - { name: means, from: [air, gauge], stages: [{ stage: normalize }, { stage: aggregate, periods: [1s], lateness: 200ms }] }
  - { name: sea, from: [sea], stages: [{ stage: track }, { stage: downsample }] }
`,
    );
    await using gateway = await startGateway(file, apiPort, { GAUGE_PASSWORD: 'a-password-of-this-test' });
    const gauge = await mqtt.connectAsync(`mqtt://127.0.0.1:${embeddedPort}`, {
      username: 'gauge',
      password: 'a-password-of-this-test',
    });
    await gauge.publishAsync('gauge', '{"level":1.25}', { qos: 1 });
    await gauge.endAsync();

    const wanted = [
      'environment.air-quality.observed',
      'environment.water-level.observed',
      'fishing-vessel.vessel.observed',
      'fishing-vessel.vessel.described',
      'fishing-vessel.base-station.observed',
      'gateway.gateway.started',
      'gateway.device.failed',
      'gateway.group.failed',
    ];
    await until(
      'one of each type arrived',
      () => wanted.every(name => subscriber.output().includes(`"vn.ioc.${name}.v1"`)),
      300_000,
    );
    await using late = subscribe(broker.port, '--retained-only');
    const states = ['connection', 'inventory', 'health', 'delivery', 'alerts'];
    await until('the late subscriber has every state', () => late.messages().length >= states.length);
    expect(
      late
        .messages()
        .map(({ topic }) => topic)
        .sort(),
    ).toEqual(states.map(name => `ioc/v1/hue/gw-1/gateway/state/${name}`).sort());

    const judge = createJudge({ check: await loadSchemas(projectFile('events/schemas')), from: 'one' });
    const events = [...subscriber.messages(), ...late.messages()].map(({ topic, retained, body }) => {
      judge.receive({ topic, retained, body: Buffer.from(body), at: Date.now() });
      const event = envelope.parse(JSON.parse(body));
      const parsed = new CloudEvent(event, true);
      expect(parsed.validate()).toBe(true);
      expect({ ...parsed.toJSON() }).toMatchObject({ id: event.id, subject: event.subject, data: event.data });
      return { topic, event };
    });
    expect([...judge.report(Date.now()).invalid]).toEqual([]);

    for (const { topic, event } of events) {
      const [, number] = /^vessel\/mmsi\/(\d+)$/.exec(event.subject) ?? [];
      if (number !== undefined) expect(topic, 'no vessel is named in a topic').not.toContain(number);
      expect(Object.entries(event).filter(([, value]) => typeof value === 'object')).toHaveLength(1);
    }
    const levels = events.filter(({ event }) => event.type === 'vn.ioc.environment.water-level.observed.v1');
    expect(levels, 'what serves three services is published once, under the first').toHaveLength(1);
    expect(levels).toMatchObject([
      {
        topic: 'ioc/v1/hue/gw-1/warning/obs/gauge',
        event: { services: 'warning,environment,field-report', agencies: 'flood-control', areacode: '19801' },
      },
    ]);
    const failures = events.filter(({ event }) => /device\.failed|group\.failed/.test(event.type));
    expect(failures.map(({ event }) => event.subject).sort(), 'what shares a fuse fails as one event').toEqual([
      'device/gone',
      'power/fuse-3',
    ]);
    const ofDevice = (id: string) => events.find(({ topic }) => topic.endsWith(`/${id}`))?.event;
    expect(ofDevice('air')).toMatchObject({ eventstatus: 'simulated', areacode: '00001', siteid: 'quay' });
    expect(ofDevice('sea')).toMatchObject({ eventstatus: 'actual' });

    stop.abort();
    expect(await gateway.stop()).toBe(0);
  },
);
