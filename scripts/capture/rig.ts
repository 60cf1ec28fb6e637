/**
 * A whole gateway (`haidang run`) with simulated devices before it and mosquitto behind it, and the handles by which
 * something can be made to happen to any of them. What it sends is recorded by mosquitto_sub.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import mqtt from 'mqtt';
import type { RunningSimulator } from '../../core/simulator.ts';
import { systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { createAuthority } from '../../simulators/ioc/certificate.ts';
import { type MediaServer, startMediaServer } from '../../simulators/ioc/media.ts';
import { simulator as mqttJson } from '../../simulators/sensors/mqtt-json.ts';
import { simulator as pms5003 } from '../../simulators/sensors/pms5003.ts';
import { simulator as aisReceiver } from '../../simulators/vessels/ais-receiver.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { type RunningGateway, startGateway } from '../../tests/support/gateway.ts';
import { freePort, startMosquitto, temporaryFolder, until } from '../../tests/support/resources.ts';
import type { Captured } from './captured.ts';
import { nameOf, startRecorder } from './recorder.ts';

/** That of the demonstration, whose films are rendered once for both. */
const seed = 7;
const site = 'ioc/v1/hue/gw-017';

export interface Rig extends AsyncDisposable {
  /** Where the gateway keeps its outbox. */
  readonly storage: string;
  /** The broker of the center. */
  readonly brokerPort: number;
  readonly apiPort: number;
  readonly devices: {
    readonly camera: RunningSimulator;
    readonly receiver: RunningSimulator;
    /** Alone on its line. */
    readonly air: RunningSimulator;
    /** Two that share a fuse. */
    readonly fused: readonly RunningSimulator[];
  };
  readonly media: MediaServer;
  /** Publishes to the gateway's own broker as the water gauge does; resolves when all of it was acknowledged. */
  gaugeSays(payloads: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  gateway(): RunningGateway;
  /** Everything recorded so far, the oldest first. */
  recorded(): readonly Captured[];
  /** The first recorded event of this type that pleases; waits for it. */
  seen(name: string, pleases?: (event: Captured['event']) => boolean): Promise<Captured>;
  /** From now on the center listens to all services, not only to what the gateway says of itself. */
  listenToAll(): void;
  /** Stops the gateway, does `meanwhile`, and starts it again. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/** How long anything may take that was provoked. */
const patience = 60_000;

const configuration = (parts: {
  readonly folder: string;
  readonly apiPort: number;
  readonly brokerPort: number;
  readonly embeddedPort: number;
  readonly media: object;
  readonly devices: Readonly<Record<'camera' | 'receiver' | 'air' | 'first' | 'second', RunningSimulator>>;
}): object => {
  const { folder, devices } = parts;
  const { camera, receiver, air, first, second } = devices;
  const ofTest = (name: string): string => `\${env:${name}}`;
  const quay = [107.64612, 16.55734];
  const station = [107.5508, 16.4637];
  return {
    gateway: {
      id: 'gw-017',
      city: 'hue',
      site: 'pole-thuanan-07',
      area: '00000',
      status: 'simulated',
      clockWait: '0s',
    },
    storage: { folder: path.join(folder, 'storage'), outbox: '200MB', media: '100KB' },
    api: { port: parts.apiPort },
    broker: {
      port: parts.embeddedPort,
      users: [
        { username: 'weather', password: ofTest('SENSOR_PASSWORD'), publish: ['tele/weather'] },
        { username: 'gauge', password: ofTest('SENSOR_PASSWORD'), publish: ['tele/gauge'] },
      ],
    },
    uplinks: [{ name: 'ioc', sink: 'mqtt', url: `mqtt://127.0.0.1:${parts.brokerPort}` }],
    media: parts.media,
    devices: [
      {
        id: 'cam-3',
        driver: 'onvif-camera',
        name: 'Camera đường Lê Lợi',
        location: quay,
        ...camera.address,
        username: 'viewer',
        password: ofTest('CAMERA_PASSWORD'),
        detect: { model: 'simulated-scenes', fps: 2, snapshot: { width: 640 } },
      },
      { id: 'ais-1', driver: 'ais-receiver', name: 'Máy thu AIS Thuận An', location: quay, ...receiver.address },
      {
        id: 'aq-kimlong',
        driver: 'pms5003',
        name: 'Trạm không khí Kim Long',
        location: station,
        silence: '2s',
        ...air.address,
      },
      ...[first, second].map((fused, index) => ({
        id: `aq-vyda-${index + 1}`,
        driver: 'pms5003',
        name: `Trạm không khí Vỹ Dạ ${index + 1}`,
        location: [107.6022, 16.4731],
        power: 'fuse-3',
        silence: '2s',
        ...fused.address,
      })),
      {
        id: 'ws-kimlong',
        driver: 'mqtt-json',
        name: 'Trạm khí tượng Kim Long',
        location: station,
        topics: ['tele/weather'],
        values: weatherValues.map(quantity => ({ quantity, path: quantity })),
        time: { path: 'Time' },
      },
      {
        id: 'wl-kimlong',
        driver: 'mqtt-json',
        name: 'Trạm đo mực nước Kim Long',
        location: station,
        alsoServes: ['warning'],
        topics: ['tele/gauge'],
        values: [
          { quantity: 'waterLevel', path: 'level' },
          { quantity: 'batteryLevel', path: 'battery', unit: '%' },
          { quantity: 'rssi', path: 'rssi' },
        ],
        time: { path: 'time' },
      },
    ],
    pipelines: [
      {
        name: 'air',
        from: ['aq-kimlong', 'aq-vyda-1', 'aq-vyda-2', 'ws-kimlong', 'wl-kimlong'],
        stages: [{ stage: 'normalize' }, { stage: 'aggregate', period: '2s', lateness: '500ms' }],
      },
      { name: 'vessels', from: ['ais-1'], stages: [{ stage: 'downsample', every: '5s' }] },
      {
        name: 'cameras',
        from: ['cam-3'],
        stages: [
          {
            stage: 'zones',
            zones: [
              {
                id: 'roadway',
                name: 'Lòng đường Lê Lợi',
                englishName: 'Le Loi roadway',
                polygon: [
                  [0, 0.47],
                  [1, 0.55],
                  [1, 0.94],
                  [0.5, 0.85],
                  [0, 0.77],
                ],
              },
            ],
          },
        ],
      },
    ],
  };
};

const weatherValues = [
  'temperature',
  'relativeHumidity',
  'atmosphericPressure',
  'windSpeed',
  'windDirection',
  'illuminance',
  'LAeq',
] as const;

/** Everything runs when it resolves; the center listens only to what the gateway says of itself. */
export const openRig = async (): Promise<Rig> => {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await temporaryFolder());
  const stop = new AbortController();
  starting.defer(() => stop.abort());
  const context = {
    world: createWorld(seed),
    clock: systemClock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    signal: stop.signal,
    random: () => 0.5,
  };
  const [apiPort, embeddedPort] = await Promise.all([freePort(), freePort()]);
  const password = (): string => randomBytes(18).toString('base64url');
  const env = { SENSOR_PASSWORD: password(), CAMERA_PASSWORD: password() };

  const broker = starting.use(await startMosquitto({ folder: folder.path }));
  const authority = createAuthority(Date.now());
  const media = starting.use(await startMediaServer({ port: 0, authority, identity: authority.issueServer('center') }));
  const client = authority.issueClient('gw-017');
  const pem = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder.path, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };

  const onTcp = async () => ({ connection: { transport: 'tcp-server', port: await freePort() } });
  const camera = starting.use(
    await onvifCamera.start({ scene: 'street', username: 'viewer', password: env.CAMERA_PASSWORD }, context),
  );
  const receiver = starting.use(await aisReceiver.start(await onTcp(), context));
  const air = starting.use(await pms5003.start(await onTcp(), context));
  const first = starting.use(await pms5003.start(await onTcp(), context));
  const second = starting.use(await pms5003.start(await onTcp(), context));
  starting.use(
    await mqttJson.start(
      {
        url: `mqtt://127.0.0.1:${embeddedPort}`,
        username: 'weather',
        password: env.SENSOR_PASSWORD,
        topic: 'tele/weather',
        interval: '500ms',
        values: weatherValues.map(quantity => ({ quantity, path: quantity })),
      },
      context,
    ),
  );

  const recorded: Captured[] = [];
  const record = (captured: Captured): void => {
    recorded.push(captured);
  };
  starting.use(startRecorder(broker.port, [`${site}/gateway/#`], record));
  const file = path.join(folder.path, 'gateway.yaml');
  const mediaSection = {
    url: media.url,
    ca: await pem('ca.pem', authority.certificate),
    certificate: await pem('gateway.pem', client.certificate),
    key: await pem('gateway.key', client.key),
  };
  const devices = { camera, receiver, air, first, second };
  // What is JSON is YAML too.
  await writeFile(
    file,
    JSON.stringify(
      configuration({
        folder: folder.path,
        apiPort,
        brokerPort: broker.port,
        embeddedPort,
        media: mediaSection,
        devices,
      }),
    ),
  );
  let gateway = await startGateway(file, apiPort, env);
  starting.defer(() => gateway[Symbol.asyncDispose]());

  const seen: Rig['seen'] = (name, pleases = () => true) =>
    until(
      `${name} arrived at the center`,
      () => recorded.find(captured => nameOf(captured) === name && pleases(captured.event)),
      patience,
    );
  const parts = starting.move();
  return {
    storage: path.join(folder.path, 'storage'),
    brokerPort: broker.port,
    apiPort,
    devices: { camera, receiver, air, fused: [first, second] },
    media,
    gaugeSays: async payloads => {
      const gauge = await mqtt.connectAsync(`mqtt://127.0.0.1:${embeddedPort}`, {
        username: 'gauge',
        password: env.SENSOR_PASSWORD,
      });
      try {
        const time = new Date().toISOString();
        const says = (payload: object) =>
          gauge.publishAsync('tele/gauge', JSON.stringify({ time, ...payload }), { qos: 1 });
        await Promise.all(payloads.map(says));
      } finally {
        await gauge.endAsync();
      }
    },
    gateway: () => gateway,
    recorded: () => recorded,
    seen,
    listenToAll: () => {
      const services = ['environment', 'fishing-vessel', 'urban-camera', 'warning'];
      parts.use(
        startRecorder(
          broker.port,
          services.map(service => `${site}/${service}/#`),
          record,
        ),
      );
    },
    restart: async meanwhile => {
      await gateway.stop();
      await meanwhile();
      gateway = await startGateway(file, apiPort, env);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
};
