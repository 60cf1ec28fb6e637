/**
 * A gateway between two sensors that publish at QoS 1 as fast as they are acknowledged and a center that keeps a ledger;
 * and what must be true of it in the end, whatever happened in between.
 */
import path from 'node:path';
import mqtt from 'mqtt';
import { expect } from 'vitest';
import { z } from 'zod';
import { type Center, openCenter } from '../../support/center.ts';
import { configFile, type RunningGateway, siteSections, startGateway } from '../../support/gateway.ts';
import { freePort, type Mosquitto, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { type Link, openLink } from '../../support/rough-broker.ts';

/** Means are told to three decimals. */
const rounding = 0.0005;
/** Of the user `sensor`, who may publish below `air/`. */
export const sensorPassword = 'a-password-of-this-test';

/** A mean of the `aggregate` stage, as far as it tells which samples it holds. */
const mean = z.looseObject({
  period: z.looseObject({ start: z.string() }),
  part: z.string().optional(),
  pm25: z.number(),
  samples: z.looseObject({ pm25: z.number() }),
});

export interface Publisher extends AsyncDisposable {
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
    ...(username !== undefined && { username, password: sensorPassword }),
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

export interface AirSiteOptions {
  /** Where the gateway stores; a folder of its own when absent. */
  readonly storage?: (folder: string) => string;
  /** Further sections and entries of `devices`. */
  readonly sections?: string;
  readonly devices?: string;
  /** Of the gateway's process, beside the secrets. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface AirSite extends AsyncDisposable {
  readonly storage: string;
  /** Between the gateway and the center's broker. */
  readonly link: Link;
  readonly centerPort: number;
  /** Where the gateway's own broker listens. */
  readonly embeddedPort: number;
  readonly embedded: Publisher;
  readonly external: Publisher;
  gateway(): RunningGateway;
  /** Starts the gateway again, which must have ended. */
  restart(): Promise<void>;
  stopCenterBroker(): Promise<void>;
  startCenterBroker(): Promise<void>;
  /**
   * Ends the sensors and holds everything against what was acknowledged to them; returns how many samples that were.
   * Throws when one is lost, told twice, or not explained.
   */
  settle(): Promise<number>;
}

export const openAirSite = async ({
  storage: place,
  sections = '',
  devices = '',
  env = {},
}: AirSiteOptions = {}): Promise<AirSite> => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const storage = place?.(folder.path) ?? path.join(folder.path, 'storage');
  const [apiPort, embeddedPort, centerPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const configuration = `listener ${centerPort} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${folder.path}/`;
  const openBroker = (): Promise<Mosquitto> => startMosquitto({ folder: folder.path, port: centerPort, configuration });
  let centerBroker = await openBroker();
  stack.defer(() => centerBroker[Symbol.asyncDispose]());
  const deviceBroker = stack.use(await startMosquitto({ folder: folder.path }));
  const center: Center = stack.use(await openCenter(centerPort));
  const link = stack.use(await openLink(centerPort));
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
${siteSections({ folder: folder.path, storage, apiPort, brokerPort: link.port })}
broker:
  port: ${embeddedPort}
  users: [{ username: sensor, password: "\${env:SENSOR_PASSWORD}", publish: ["air/#"] }]
${sections}
devices:${device('embedded', '')}${device('external', `broker: mqtt://127.0.0.1:${deviceBroker.port}`)}
${devices}
pipelines:
  - name: air
    from: [embedded, external]
    stages: [{ stage: normalize }, { stage: aggregate, periods: [1s], lateness: 500ms }]
`,
  );
  const run = () => startGateway(file, apiPort, { SENSOR_PASSWORD: sensorPassword, ...env });
  let gateway = await run();
  stack.defer(() => gateway[Symbol.asyncDispose]());
  const embedded = stack.use(openPublisher(`mqtt://127.0.0.1:${embeddedPort}`, 'air/embedded', 'sensor'));
  await subscribed(`mqtt://127.0.0.1:${deviceBroker.port}`, 'air/external');
  const external = stack.use(openPublisher(`mqtt://127.0.0.1:${deviceBroker.port}`, 'air/external'));

  const told = (id: string) => {
    const means = [...center.events.values()]
      .filter(event => event.source.endsWith(`/${id}`) && event.type.includes('.environment.'))
      .map(event => mean.parse(event.data));
    return {
      samples: means.reduce((sum, { samples }) => sum + samples.pm25, 0),
      total: means.reduce((sum, { samples, pm25 }) => sum + samples.pm25 * pm25, 0),
      ownPeriods: means.flatMap(({ part, period }) => (part === undefined ? [period.start] : [])),
    };
  };

  const judge = async (id: string, { published, acknowledged }: Publisher): Promise<void> => {
    expect(acknowledged.size, `${id}: all that was published is acknowledged`).toBe(published.size);
    await until('the means hold every sample', () => told(id).samples >= published.size, 60_000).catch(() => {});
    if (told(id).samples < published.size) {
      const { streams } = center.report();
      const { uplinks = [] } = (await gateway.status()) ?? {};
      const known = JSON.stringify({ streams, uplinks }, undefined, 1);
      throw new Error(`the means of ${id} hold ${told(id).samples} of ${published.size} samples: ${known}`);
    }
    const found = told(id);
    expect(found.samples, `${id}: no sample is in two means`).toBe(published.size);
    const sum = [...published.values()].reduce((a, b) => a + b, 0);
    expect(Math.abs(found.total - sum), `${id}: the means are right`).toBeLessThanOrEqual(published.size * rounding);
    expect(new Set(found.ownPeriods).size, `${id}: no period under two ids`).toBe(found.ownPeriods.length);
  };

  const owned = stack.move();
  return {
    storage,
    link,
    centerPort,
    embeddedPort,
    embedded,
    external,
    gateway: () => gateway,
    restart: async () => {
      gateway = await run();
    },
    stopCenterBroker: async () => {
      await centerBroker[Symbol.asyncDispose]();
    },
    startCenterBroker: async () => {
      centerBroker = await openBroker();
    },
    settle: async () => {
      await Promise.all([embedded.finish(), external.finish()]);
      await judge('embedded', embedded);
      await judge('external', external);
      expect(Object.fromEntries(center.report().invalid)).toEqual({});
      await until(
        'the delivery state explains every number',
        () => center.report().streams.every(({ lost, late }) => lost === 0 && late === 0),
        30_000,
      );
      expect(await gateway.stop()).toBe(0);
      return embedded.acknowledged.size + external.acknowledged.size;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
