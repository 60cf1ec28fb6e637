/**
 * A whole gateway (`haidang run`) with simulated devices before it and mosquitto behind it, and the handles by which
 * something can be made to happen to any of them. What it sends is recorded by mosquitto_sub.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import mqtt from 'mqtt';
import { services } from '../../core/service.ts';
import type { RunningSimulator } from '../../core/simulator.ts';
import { systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { simulator as rtspCamera } from '../../simulators/cameras/rtsp-camera.ts';
import { createAuthority } from '../../simulators/ioc/certificate.ts';
import { type MediaServer, startMediaServer } from '../../simulators/ioc/media.ts';
import { simulator as mqttJson } from '../../simulators/sensors/mqtt-json.ts';
import { simulator as pms5003 } from '../../simulators/sensors/pms5003.ts';
import { simulator as aisReceiver } from '../../simulators/vessels/ais-receiver.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { type RunningGateway, startGateway } from '../../tests/support/gateway.ts';
import { freePort, startMosquitto, temporaryFolder } from '../../tests/support/resources.ts';
import type { Captured } from './captured.ts';
import { writeFloodModel } from './flood.ts';
import { openOperator } from './operator.ts';
import { createQuay } from './quay.ts';
import { nameOf, startRecorder } from './recorder.ts';
import { openSea, type Sea } from './sea.ts';
import { openSettableClock } from './settable-clock.ts';
import { gatewayName, siteConfiguration, topicRoot, weatherValues } from './site.ts';

/** That of the demonstration, whose films are rendered once for both. */
const seed = 7;

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
  readonly sea: Sea;
  /** Publishes to the gateway's own broker as the water gauge does; resolves when all of it was acknowledged. */
  gaugeSays(payloads: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** As `gaugeSays`, of the gauge in the river. */
  riverSays(payloads: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** As `gaugeSays`, of the station that measures the air of a district. */
  airSays(payloads: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  gateway(): RunningGateway;
  /** Everything recorded so far, the oldest first. */
  recorded(): readonly Captured[];
  /** The first recorded event of this type that pleases; waits for it. */
  seen(name: string, pleases?: (event: Captured['event']) => boolean): Promise<Captured>;
  /** The center orders something, signed by an operator. */
  order(command: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** From now on the center's broker refuses larger messages; undefined: it takes all of them again. */
  limitMessages(bytes: number | undefined): Promise<void>;
  /** Sets the clock of the gateway's machine by so many milliseconds. */
  setClock(by: number): Promise<void>;
  /** From now on the center listens to all services, not only to what the gateway says of itself. */
  listenToAll(): void;
  /** What the gateway was configured with at first. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** What the gateway's configuration says beside the rest from its next start on. */
  reconfigure(sections: Readonly<Record<string, unknown>>): Promise<void>;
  /** Stops the gateway, does `meanwhile`, and starts it again. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/** How long anything may take that was provoked. */
const patience = 240_000;

/** Orders and their answers are no events. */
const filtersOf = (service: string): readonly string[] =>
  ['obs', 'event', 'alert', 'state'].map(name => `${topicRoot}/${service}/${name}/+`);

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
  const operator = openOperator();
  const settable = await openSettableClock(folder.path);
  const env = { SENSOR_PASSWORD: password(), CAMERA_PASSWORD: password(), ...settable.env };

  const brokerPort = await freePort();
  const broker = starting.use(
    await startMosquitto({
      folder: folder.path,
      port: brokerPort,
      // With queues without end, mosquitto 2.0.11 ends the connection over a message that is too large.
      configuration: `listener ${brokerPort} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 1000`,
    }),
  );
  const brokerFile = path.join(folder.path, `mosquitto-${broker.port}.conf`);
  const brokerConfiguration = await readFile(brokerFile, 'utf8');
  const authority = createAuthority(Date.now());
  const media = starting.use(await startMediaServer({ port: 0, authority, identity: authority.issueServer('center') }));
  const client = authority.issueClient(gatewayName);
  const pem = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder.path, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };

  const onTcp = async () => ({ connection: { transport: 'tcp-server', port: await freePort() } });
  const camera = starting.use(
    await onvifCamera.start({ scene: 'street', username: 'viewer', password: env.CAMERA_PASSWORD }, context),
  );
  const quayCamera = starting.use(
    await rtspCamera.start({ scene: 'harbour', username: 'viewer', password: env.CAMERA_PASSWORD }, context),
  );
  const quay = createQuay(seed);
  const receiver = starting.use(await aisReceiver.start(await onTcp(), { ...context, world: quay.world }));
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

  const sea = starting.use(await openSea(folder.path));

  const recorded: Captured[] = [];
  const waiting = new Set<(captured: Captured) => void>();
  const record = (captured: Captured): void => {
    recorded.push(captured);
    for (const look of waiting) look(captured);
  };
  starting.use(startRecorder(broker.port, filtersOf('gateway'), record));
  const file = path.join(folder.path, 'gateway.yaml');
  const mediaSection = {
    url: media.url,
    ca: await pem('ca.pem', authority.certificate),
    certificate: await pem('gateway.pem', client.certificate),
    key: await pem('gateway.key', client.key),
  };
  const devices = { camera, quayCamera, receiver, air, first, second };
  const configuration = siteConfiguration({
    folder: folder.path,
    apiPort,
    brokerPort: broker.port,
    embeddedPort,
    media: mediaSection,
    operatorKey: operator.publicKey,
    sea,
    sighting: quay.sighting,
    floodModel: await writeFloodModel(folder.path),
    devices,
  });
  // What is JSON is YAML too.
  const reconfigure: Rig['reconfigure'] = sections =>
    writeFile(file, JSON.stringify({ ...configuration, ...sections }));
  await reconfigure({});
  let gateway = await startGateway(file, apiPort, env);
  starting.defer(() => gateway[Symbol.asyncDispose]());

  const seen: Rig['seen'] = async (name, pleases = () => true) => {
    const isIt = (captured: Captured): boolean => nameOf(captured) === name && pleases(captured.event);
    const known = recorded.find(isIt);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = Promise.withResolvers<Captured>();
    const look = (captured: Captured): void => {
      if (isIt(captured)) resolve(captured);
    };
    waiting.add(look);
    const timer = setTimeout(
      () => reject(new Error(`did not happen within ${patience} ms: ${name} arrived at the center`)),
      patience,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(look);
    }
  };
  const publish = async (topic: string, payloads: readonly Readonly<Record<string, unknown>>[]): Promise<void> => {
    const gauge = await mqtt.connectAsync(`mqtt://127.0.0.1:${embeddedPort}`, {
      username: 'gauge',
      password: env.SENSOR_PASSWORD,
    });
    try {
      const time = new Date().toISOString();
      const says = (payload: object) => gauge.publishAsync(topic, JSON.stringify({ time, ...payload }), { qos: 1 });
      await Promise.all(payloads.map(says));
    } finally {
      await gauge.endAsync();
    }
  };
  const parts = starting.move();
  return {
    storage: path.join(folder.path, 'storage'),
    brokerPort: broker.port,
    apiPort,
    devices: { camera, receiver, air, fused: [first, second] },
    media,
    sea,
    gaugeSays: payloads => publish('tele/gauge', payloads),
    riverSays: payloads => publish('tele/river', payloads),
    airSays: payloads => publish('tele/air', payloads),
    order: (command, input) => operator.order(broker.port, command, input),
    limitMessages: async bytes => {
      const limited = `${brokerConfiguration}message_size_limit ${bytes}\n`;
      await writeFile(brokerFile, bytes === undefined ? brokerConfiguration : limited);
      broker.process.kill('SIGHUP');
    },
    setClock: settable.set,
    gateway: () => gateway,
    recorded: () => recorded,
    seen,
    listenToAll: () => {
      parts.use(
        startRecorder(broker.port, services.filter(service => service !== 'gateway').flatMap(filtersOf), record),
      );
    },
    configuration,
    reconfigure,
    restart: async meanwhile => {
      await gateway.stop();
      await meanwhile();
      gateway = await startGateway(file, apiPort, env);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
};
