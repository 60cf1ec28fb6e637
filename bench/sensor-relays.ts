/** Who carries the sensors' messages to the center: our gateway, the same job as a Node-RED flow, and mosquitto alone. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  freePort,
  missingPrograms,
  projectFile,
  type Running,
  start,
  startMosquitto,
  until,
} from '../tests/support/resources.ts';
import { percentile } from './measure.ts';
import type { BenchRow } from './row.ts';
import {
  connectionName,
  listenAtCenter,
  sensorName,
  sensorsOfConnection,
  startTraffic,
  topicOf,
} from './sensor-traffic.ts';
import { residentMegabytes } from './station.ts';

const password = 'a-password-of-the-bench';
const city = 'ioc/v1/hue/gw-bench';
const nodeRed = projectFile('.cache', 'peers', 'node_modules', 'node-red', 'red.js');
const nodeRedVersion = '5.0.7';

export const missingForSensors = (): string | undefined =>
  process.platform === 'linux' ? missingPrograms('mosquitto') : 'it reads /proc';
export const missingNodeRed = (): string | undefined =>
  missingForSensors() ??
  (existsSync(nodeRed)
    ? undefined
    : `Node-RED is not installed: npm install --no-save --prefix .cache/peers node-red@${nodeRedVersion}`);

export interface Relay {
  /** Where the sensors publish. */
  readonly port: number;
  readonly password?: string;
  /** What arrives at the center's broker of one sensor's message. */
  readonly arrivals: string;
  readonly programs: readonly Running[];
}

/** Starts one, and says where it carries messages to: the center's broker on `center`. */
export type StartRelay = (
  stack: AsyncDisposableStack,
  folder: string,
  center: number,
  sensors: number,
) => Promise<Relay>;

const indices = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/**
 * A message is acknowledged when the period that holds it is on the disk (`synchronous=FULL`), and each second of a sensor
 * becomes an event: as many as there are messages.
 */
const gatewayConfig = (
  folder: string,
  ports: { api: number; broker: number; center: number },
  sensors: number,
): string =>
  JSON.stringify({
    gateway: { id: 'gw-bench', city: 'hue', site: 'bench', area: '00000', status: 'simulated', clockWait: '0s' },
    storage: { folder: path.join(folder, 'storage') },
    api: { port: ports.api },
    broker: {
      port: ports.broker,
      users: indices(sensors / sensorsOfConnection).map(index => ({
        username: connectionName(index),
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the gateway reads it from its environment
        password: '${env:HAIDANG_BENCH_PASSWORD}',
        publish: [`tele/${connectionName(index)}/+`],
      })),
    },
    uplinks: [{ name: 'center', sink: 'mqtt', url: `mqtt://127.0.0.1:${ports.center}` }],
    devices: indices(sensors).map(index => ({
      id: sensorName(index),
      driver: 'mqtt-json',
      tags: ['bench'],
      location: [107.58, 16.46],
      topics: [topicOf(index)],
      values: [
        { quantity: 'temperature', path: 'Temperature' },
        { quantity: 'relativeHumidity', path: 'Humidity', unit: '%' },
        { quantity: 'pm25', path: '["PM2.5"]' },
      ],
      time: { path: 'Time' },
    })),
    pipelines: [
      {
        name: 'sensors',
        from: ['bench'],
        stages: [{ stage: 'normalize' }, { stage: 'aggregate', periods: ['1s'], lateness: '0s' }],
      },
    ],
  });

export const startOurs: StartRelay = async (stack, folder, center, sensors) => {
  const [api, broker] = [await freePort(), await freePort()];
  const file = path.join(folder, 'gateway.yaml');
  // What is JSON is YAML too.
  await writeFile(file, gatewayConfig(folder, { api, broker, center }, sensors));
  const gateway = stack.use(
    start(process.execPath, [projectFile('bin', 'haidang.mjs'), 'run', file], {
      ...process.env,
      HAIDANG_BENCH_PASSWORD: password,
    }),
  );
  await until(
    'the gateway is ready',
    async () => {
      if (gateway.process.exitCode !== null) throw new Error(`the gateway ended: ${gateway.output()}`);
      return await fetch(`http://127.0.0.1:${api}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    120_000,
  );
  return { port: broker, password, arrivals: `${city}/environment/obs/+`, programs: [gateway] };
};

/**
 * MQTT in → function → file, and → MQTT out: an event of the same attributes, written to a file without a sync and sent
 * at QoS 1. Its sensors log in at a mosquitto, since Node-RED has no broker of its own.
 */
const flow = (sensorPort: number, centerPort: number, file: string): string => {
  const broker = (id: string, port: number) => ({
    id,
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(port),
    clientid: `node-red-${id}`,
    autoConnect: true,
    usetls: false,
    protocolVersion: '5',
    keepalive: '60',
    cleansession: true,
  });
  const toEvent = `
    const reading = msg.payload;
    const device = msg.topic.split('/')[2];
    const recorded = new Date().toISOString();
    msg.topic = '${city}/environment/obs/' + device;
    msg.payload = JSON.stringify({
      specversion: '1.0',
      id: crypto.createHash('sha256').update(device + reading.Time).digest('hex').slice(0, 32),
      source: '/ioc/hue/gw-bench/' + device,
      type: 'vn.ioc.environment.air-quality.observed.v1',
      subject: 'station/bench',
      time: reading.Time,
      recordedtime: recorded,
      datacontenttype: 'application/json',
      services: 'environment',
      data: {
        type: 'AirQualityObserved',
        dateObserved: reading.Time,
        location: { type: 'Point', coordinates: [107.58, 16.46] },
        temperature: reading.Temperature,
        relativeHumidity: reading.Humidity / 100,
        pm25: reading['PM2.5'],
        units: { temperature: 'Cel', relativeHumidity: '1', pm25: 'ug/m3' },
      },
    });
    return msg;`;
  return JSON.stringify([
    { id: 'tab', type: 'tab', label: 'bench', disabled: false },
    broker('sensors', sensorPort),
    broker('center', centerPort),
    {
      id: 'in',
      type: 'mqtt in',
      z: 'tab',
      topic: 'tele/#',
      qos: '1',
      datatype: 'json',
      broker: 'sensors',
      inputs: 0,
      wires: [['event']],
    },
    {
      id: 'event',
      type: 'function',
      z: 'tab',
      func: toEvent,
      outputs: 1,
      libs: [{ var: 'crypto', module: 'crypto' }],
      wires: [['archive', 'out']],
    },
    {
      id: 'archive',
      type: 'file',
      z: 'tab',
      filename: file,
      filenameType: 'str',
      appendNewline: true,
      createDir: false,
      overwriteFile: 'false',
      encoding: 'none',
      wires: [[]],
    },
    { id: 'out', type: 'mqtt out', z: 'tab', topic: '', qos: '1', retain: 'false', broker: 'center', wires: [] },
  ]);
};

export const startNodeRed: StartRelay = async (stack, folder, center) => {
  const inlet = stack.use(await startMosquitto({ folder }));
  const user = path.join(folder, 'node-red');
  await mkdir(user);
  await writeFile(path.join(user, 'flows.json'), flow(inlet.port, center, path.join(user, 'events.jsonl')));
  await writeFile(
    path.join(user, 'settings.cjs'),
    'module.exports = { flowFile: "flows.json", uiHost: "127.0.0.1", httpAdminRoot: false, httpNodeRoot: false, disableEditor: true, functionExternalModules: true };',
  );
  const program = stack.use(
    start(process.execPath, [
      nodeRed,
      '--userDir',
      user,
      '--settings',
      path.join(user, 'settings.cjs'),
      '--port',
      String(await freePort()),
    ]),
  );
  await until(
    'Node-RED is connected to both brokers',
    () => {
      if (program.process.exitCode !== null) throw new Error(`Node-RED ended: ${program.output()}`);
      return program.output().split('Connected to broker').length > 2;
    },
    60_000,
  );
  return { port: inlet.port, arrivals: `${city}/environment/obs/+`, programs: [program, inlet] };
};

/** It carries the bytes as they are: no event is made, nothing is on the disk when it acknowledges. */
export const startBridge: StartRelay = async (stack, folder, center) => {
  const port = await freePort();
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'connection center',
    `address 127.0.0.1:${center}`,
    'topic tele/# out 1',
    'cleansession false',
  ];
  const bridge = stack.use(await startMosquitto({ folder, port, configuration: lines.join('\n') }));
  return { port, arrivals: 'tele/#', programs: [bridge] };
};

/** What one round tells. */
export interface Journey {
  /** Of all threads of the relay's programs. */
  readonly cpuMicrosecondsPerMessage: number;
  /** From the sensor's publish until a subscriber of the center's broker has it: it was acknowledged there before. */
  readonly p99Ms: number;
  readonly messagesPerSecond: number;
  readonly residentMegabytes: number;
}

/** Of a process and its threads, in seconds: utime and stime of proc(5), in ticks of 10 ms. */
const cpuSecondsOf = async ({ process: { pid } }: Running): Promise<number> => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const sum = async (of: (program: Running) => Promise<number>, programs: readonly Running[]): Promise<number> =>
  (await Promise.all(programs.map(of))).reduce((total, one) => total + one, 0);

const roundSeconds = 10;
const settleSeconds = 3;

export interface Load {
  readonly sensors: number;
  /** Between two messages of a sensor. */
  readonly intervalMs: number;
  /** More than the relay carries is asked of it: it is not a fault that less arrives. */
  readonly isTooMuch?: boolean;
}

/** A relay between its sensors, which publish only while a round lasts, and a mosquitto of the center. */
const openRelay = async (
  stack: AsyncDisposableStack,
  folder: string,
  load: Load,
  startRelay: StartRelay,
): Promise<() => Promise<Journey>> => {
  const { sensors } = load;
  await mkdir(folder);
  const center = stack.use(await startMosquitto({ folder }));
  const relay = await startRelay(stack, folder, center.port, sensors);
  const journeys = stack.use(await listenAtCenter(center.port, relay.arrivals));
  const pause = (secondsLong: number) => new Promise(resolve => setTimeout(resolve, secondsLong * 1000));
  return async () => {
    await using traffic = await startTraffic(relay.port, load, relay.password);
    await pause(settleSeconds);
    journeys.reset();
    const [cpuBefore, began, publishedBefore] = [
      await sum(cpuSecondsOf, relay.programs),
      performance.now(),
      traffic.published,
    ];
    await pause(roundSeconds);
    const messages = journeys.taken().length;
    const seconds = (performance.now() - began) / 1000;
    const cpu = (await sum(cpuSecondsOf, relay.programs)) - cpuBefore;
    const published = traffic.published - publishedBefore;
    if (!load.isTooMuch && messages < published * 0.9)
      throw new Error(`of ${published} messages only ${messages} arrived in their time`);
    return {
      cpuMicrosecondsPerMessage: (cpu / messages) * 1e6,
      p99Ms: percentile(journeys.taken(), 0.99),
      messagesPerSecond: messages / seconds,
      residentMegabytes: await sum(residentMegabytes, relay.programs),
    };
  };
};

const describe = ({ messagesPerSecond, residentMegabytes, p99Ms, cpuMicrosecondsPerMessage }: Journey): string =>
  `${messagesPerSecond.toFixed(0)} messages/s, ${cpuMicrosecondsPerMessage.toFixed(0)} µs of CPU each, p99 ${p99Ms.toFixed(0)} ms, ${residentMegabytes.toFixed(0)} MiB`;

/** One side of a row: who carries the messages, and of how many sensors. */
interface Side {
  readonly startRelay: StartRelay;
  readonly load: Load;
}

/** Both sides' rounds, each of which gives one figure and reports the others. */
export const contestOf =
  (ours: Side, peer: Side, figureOf: (journey: Journey) => number): BenchRow['prepare'] =>
  async ({ folder, report }) => {
    await using stack = new AsyncDisposableStack();
    const open = async (name: string, { startRelay, load }: Side) => {
      const round = await openRelay(stack, path.join(folder, name), load, startRelay);
      return async () => {
        const journey = await round();
        report(`${name}: ${describe(journey)}`);
        return figureOf(journey);
      };
    };
    const rounds = { ours: await open('ours', ours), peer: await open('peer', peer) };
    const kept = stack.move();
    return { ...rounds, close: () => kept.disposeAsync() };
  };
