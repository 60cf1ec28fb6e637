/** kill -9 of the whole gateway at random instants, while devices publish to it at QoS 1. */
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createRandom } from '../../simulators/world/random.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';
import { inForm, seed, tell } from './support/form.ts';

const missing = missingPrograms('mosquitto');

const kills = inForm({ short: 10, long: 75 });
/** While these runs of the gateway last, the center's broker is away. */
const brokerAway = { from: 4, to: 7 };
/** Means are told to three decimals. */
const rounding = 0.0005;
const password = 'a-password-of-this-test';

/** A mean of the `aggregate` stage, as far as it tells which samples it holds. */
const mean = z.looseObject({
  period: z.looseObject({ start: z.string() }),
  part: z.string().optional(),
  pm25: z.number(),
  samples: z.looseObject({ pm25: z.number() }),
});

interface Publisher extends AsyncDisposable {
  readonly published: ReadonlyMap<number, number>;
  readonly acknowledged: ReadonlySet<number>;
  /** Publishes no more; resolves when all that was published is acknowledged. */
  finish(): Promise<void>;
}

/** A device that publishes samples at QoS 1 as fast as 8 may wait for an acknowledgement, each with its own time. */
const openPublisher = (url: string, topic: string, username?: string): Publisher => {
  const client = mqtt.connect(url, {
    protocolVersion: 4,
    clientId: topic.replaceAll('/', '-'),
    clean: false,
    reconnectPeriod: 20,
    ...(username !== undefined && { username, password }),
  });
  client.on('error', () => {
    // The gateway is away; the client tries again and sends again what was not acknowledged.
  });
  const published = new Map<number, number>();
  const acknowledged = new Set<number>();
  let isFinishing = false;
  let last = 0;
  /** The client gives up what a broken connection interrupts while it sends again: then the device sends once more. */
  const send = async (payload: string): Promise<void> => {
    for (;;) {
      const isAcknowledged = await client.publishAsync(topic, payload, { qos: 1 }).then(
        () => true,
        () => client.disconnecting,
      );
      if (isAcknowledged) return;
    }
  };
  const publish = async (): Promise<void> => {
    while (!isFinishing) {
      // One sample a millisecond at most: each needs a time of its own that is not ahead of the clock.
      if (Date.now() <= last) {
        await new Promise(resolve => setTimeout(resolve, 1));
        continue;
      }
      const time = Date.now();
      last = time;
      const value = (published.size * 7) % 500;
      published.set(time, value);
      await send(JSON.stringify({ time, value }));
      acknowledged.add(time);
    }
  };
  const lines = Array.from({ length: 8 }, publish);
  return {
    published,
    acknowledged,
    finish: async () => {
      isFinishing = true;
      await Promise.all(lines);
    },
    [Symbol.asyncDispose]: async () => {
      isFinishing = true;
      await client.endAsync(true);
    },
  };
};

/** Until then the broker drops what is published: MQTT 5 answers 0x10 (§3.4.2.1) while nobody subscribes. */
const subscribed = async (url: string, topic: string): Promise<void> => {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5 });
  let reasonCode: number | undefined;
  client.on('packetreceive', packet => {
    if (packet.cmd === 'puback') reasonCode = packet.reasonCode ?? 0;
  });
  await until(`somebody subscribes to ${topic}`, async () => {
    await client.publishAsync(topic, 'no sample', { qos: 1 });
    return reasonCode === 0;
  });
  await client.endAsync();
};

test.skipIf(missing !== undefined)(
  `loses no acknowledged sample and tells none twice over ${kills} kills and a broker that was away`,
  { timeout: inForm({ short: 240_000, long: 600_000 }) },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, embeddedPort, centerPort] = await Promise.all([freePort(), freePort(), freePort()]);
    const persistent = `listener ${centerPort} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${folder.path}/`;
    const startCenterBroker = () =>
      startMosquitto({ folder: folder.path, port: centerPort, configuration: persistent });
    await using stack = new AsyncDisposableStack();
    let centerBroker = stack.use(await startCenterBroker());
    await using deviceBroker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(centerPort);

    const device = (id: string, more: string) => `
  - id: ${id}
    driver: mqtt-json
    topics: [air/${id}]
    time: { path: time, format: epoch-ms }
    values: [{ quantity: pm25, path: value }]
    ${more}`;
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: centerPort })}
broker:
  port: ${embeddedPort}
  users: [{ username: sensor, password: "\${env:SENSOR_PASSWORD}", publish: ["air/#"] }]
devices:${device('embedded', '')}${device('external', `broker: mqtt://127.0.0.1:${deviceBroker.port}`)}
pipelines:
  - name: air
    from: [embedded, external]
    stages: [{ stage: normalize }, { stage: aggregate, period: 1s, lateness: 500ms }]
`,
    );
    const run = () => startGateway(file, apiPort, { SENSOR_PASSWORD: password });

    const random = createRandom('crash-gateway', seed);
    let gateway = await run();
    stack.defer(() => gateway[Symbol.asyncDispose]());
    await using embedded = openPublisher(`mqtt://127.0.0.1:${embeddedPort}`, 'air/embedded', 'sensor');
    await subscribed(`mqtt://127.0.0.1:${deviceBroker.port}`, 'air/external');
    await using external = openPublisher(`mqtt://127.0.0.1:${deviceBroker.port}`, 'air/external');

    for (let kill = 1; kill <= kills; kill++) {
      if (kill === brokerAway.from) await centerBroker[Symbol.asyncDispose]();
      if (kill === brokerAway.to) centerBroker = stack.use(await startCenterBroker());
      const enough = embedded.acknowledged.size + Math.floor(random() * 200);
      await until('some more samples are acknowledged', () => embedded.acknowledged.size > enough);
      // A moment that nothing in the gateway is in step with.
      await new Promise(resolve => setTimeout(resolve, random() * 300));
      await gateway.kill();
      gateway = await run();
    }
    await Promise.all([embedded.finish(), external.finish()]);

    const told = (id: string) => {
      const means = [...center.events.values()]
        .filter(event => event.source.endsWith(`/${id}`))
        .map(event => mean.parse(event.data));
      return {
        samples: means.reduce((sum, { samples }) => sum + samples.pm25, 0),
        total: means.reduce((sum, { samples, pm25 }) => sum + samples.pm25 * pm25, 0),
        ownPeriods: means.flatMap(({ part, period }) => (part === undefined ? [period.start] : [])),
      };
    };
    for (const [id, publisher] of Object.entries({ embedded, external })) {
      const { published, acknowledged } = publisher;
      expect(acknowledged.size, `${id}: all that was published is acknowledged`).toBe(published.size);
      await until(
        `the means of ${id} hold ${published.size} samples, and not ${told(id).samples}`,
        () => told(id).samples >= published.size,
        30_000,
      );
      const found = told(id);
      expect(found.samples, `${id}: no sample is in two means`).toBe(published.size);
      const sum = [...published.values()].reduce((a, b) => a + b, 0);
      expect(Math.abs(found.total - sum), `${id}: the means are right`).toBeLessThanOrEqual(published.size * rounding);
      expect(new Set(found.ownPeriods).size, `${id}: no period under two ids`).toBe(found.ownPeriods.length);
    }
    const report = center.report();
    expect(Object.fromEntries(report.invalid)).toEqual({});
    await until('the delivery state explains every number', () =>
      center.report().streams.every(stream => stream.lost === 0 && stream.late === 0),
    );
    expect(await gateway.stop()).toBe(0);
    const acknowledged = embedded.acknowledged.size + external.acknowledged.size;
    tell(
      `crash of the gateway, seed ${seed}: ${kills} kills, ${acknowledged} samples acknowledged, 0 lost, 0 told twice`,
    );
  },
);
