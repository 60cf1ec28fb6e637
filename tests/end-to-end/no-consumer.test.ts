import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');

test.skipIf(missing !== undefined)(
  'keeps everything while nobody subscribes at the broker, says so, and delivers when somebody does',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, embeddedPort] = await Promise.all([freePort(), freePort()]);
    await using broker = await startMosquitto({ folder: folder.path });
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
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
    await using gateway = await startGateway(file, apiPort, { SENSOR_PASSWORD: 'secret' });
    const sensor = await mqtt.connectAsync(`mqtt://127.0.0.1:${embeddedPort}`, {
      protocolVersion: 4,
      username: 'sensor',
      password: 'secret',
    });
    const from = Date.now() - 20_000;
    for (let n = 0; n < 20; n++) {
      await sensor.publishAsync('air/state', JSON.stringify({ time: from + n * 1000, value: n }), { qos: 1 });
    }
    await sensor.endAsync();

    const status = await until('the uplink warns that nobody receives', async () => {
      const now = await gateway.status();
      const [uplink] = now?.uplinks ?? [];
      return uplink?.warnings.some(warning => warning.includes('environment')) && uplink.backlog >= 20 && now;
    });
    expect(status.uplinks[0]).toMatchObject({ state: 'connected' });

    await using center = await openCenter(broker.port, { protocol: 5 });
    const types = () => [...center.events.values()].map(({ type }) => type);
    await until(
      'all that waited is at the center, and the report about it',
      () =>
        types().filter(type => type === 'vn.ioc.environment.air-quality.observed.v1').length >= 20 &&
        types().includes('vn.ioc.gateway.uplink.no-consumer.v1'),
      300_000,
    );
    await until('nothing waits any more and no number is missing', () =>
      center.report().streams.every(({ lost, late }) => lost === 0 && late === 0),
    );
    expect(Object.fromEntries(center.report().invalid)).toEqual({});
  },
);
