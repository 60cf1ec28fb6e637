/** What happens to the process and to its neighbors: a device that floods, devices that flap, a process that stands still. */
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { simulator as rtspCamera } from '../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { configFile, type RunningGateway, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';
import { inForm, tell } from './support/form.ts';
import { endForWantOfMemory, visionPid } from './support/vision.ts';

const missing = missingPrograms('mosquitto');
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const password = 'a-password-of-this-test';
const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

interface Device extends AsyncDisposable {
  readonly port: number;
  /** Connections taken so far. */
  connections(): number;
}

/** A TCP device; `serve` has each connection. */
const openDevice = async (serve: (socket: net.Socket) => void): Promise<Device> => {
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {
      // The gateway went away.
    });
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>(resolve => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

/** Sentences as fast as the gateway takes them. */
const flood = (socket: net.Socket): void => {
  const many = Buffer.from(sentence.repeat(1000));
  const pour = (): void => {
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', pour);
  pour();
};

/** A sensor of the embedded broker that publishes at QoS 1 and measures how long its acknowledgement takes. */
interface Sensor extends AsyncDisposable {
  /** Milliseconds from each of `count` publishes to its PUBACK, one after the other, sorted. */
  latencies(count: number): Promise<readonly number[]>;
  readonly published: readonly number[];
}

const openSensor = async (port: number): Promise<Sensor> => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 4,
    clientId: 'sensor',
    username: 'sensor',
    password,
    reconnectPeriod: 50,
  });
  client.on('error', () => {
    // The gateway stands still; the client tries again.
  });
  const published: number[] = [];
  let last = 0;
  const publish = async (): Promise<number> => {
    // Each sample has a time of its own.
    last = Math.max(last + 1, Date.now());
    published.push(last);
    const before = performance.now();
    await client.publishAsync('air', JSON.stringify({ time: last, value: published.length % 100 }), { qos: 1 });
    return performance.now() - before;
  };
  return {
    published,
    latencies: async count => {
      const measured: number[] = [];
      while (measured.length < count) measured.push(await publish());
      return measured.toSorted((a, b) => a - b);
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

interface Site extends AsyncDisposable {
  readonly centerPort: number;
  readonly brokerPort: number;
  run(devices: string): Promise<RunningGateway>;
}

const openSite = async (): Promise<Site> => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const mosquitto = stack.use(await startMosquitto({ folder: folder.path }));
  const [apiPort, brokerPort] = await Promise.all([freePort(), freePort()]);
  const owned = stack.move();
  return {
    centerPort: mosquitto.port,
    brokerPort,
    run: async devices => {
      const file = await configFile(
        folder.path,
        `
${siteSections({ folder: folder.path, apiPort, brokerPort: mosquitto.port })}
broker:
  port: ${brokerPort}
  users: [{ username: sensor, password: "\${env:SENSOR_PASSWORD}", publish: [air] }]
devices:
  - { id: air-1, driver: mqtt-json, topics: [air], time: { path: time, format: epoch-ms }, values: [{ quantity: pm25, path: value }] }
${devices}
`,
      );
      return owned.use(await startGateway(file, apiPort, { SENSOR_PASSWORD: password }));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const receiver = (id: string, port: number): string =>
  `  - { id: ${id}, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${port} } }`;

const pidOf = ({ process: { pid } }: RunningGateway): number => {
  if (pid === undefined) throw new Error('the gateway has no process');
  return pid;
};
const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

const observationsOf = async (gateway: RunningGateway, id: string): Promise<number> =>
  (await gateway.status())?.devices.find(device => device.id === id)?.observations ?? 0;

describe.skipIf(missing !== undefined)('a device beside others', { timeout: 300_000 }, () => {
  it('that sends as fast as it can does not slow them down', async () => {
    await using site = await openSite();
    let isFlooding = false;
    const waiting = new Set<net.Socket>();
    await using flooding = await openDevice(socket => (isFlooding ? flood(socket) : waiting.add(socket)));
    await using gateway = await site.run(receiver('ais-1', flooding.port));
    await using sensor = await openSensor(site.brokerPort);
    const count = inForm({ short: 150, long: 2000 });
    await sensor.latencies(50);
    const alone = await sensor.latencies(count);
    isFlooding = true;
    for (const socket of waiting) flood(socket);
    const before = await until('the flood arrives', async () => {
      const observations = await observationsOf(gateway, 'ais-1');
      return observations > 10_000 && observations;
    });
    const started = performance.now();
    const beside = await sensor.latencies(count);
    const took = (performance.now() - started) / 1000;
    const sentences = (await observationsOf(gateway, 'ais-1')) - before;
    const [quiet, busy] = [quantile(alone, 0.95), quantile(beside, 0.95)];
    tell(
      `flood: ${Math.round(sentences / took)} sentences/s beside a QoS 1 sensor; 95 % of its acknowledgements within ` +
        `${busy.toFixed(1)} ms (alone ${quiet.toFixed(1)} ms), ${residentMegabytes(pidOf(gateway)).toFixed(0)} MB`,
    );
    // A turn of the event loop now and then is all that a neighbor may cost.
    expect(busy).toBeLessThan(quiet + 250);
    expect(sentences).toBeGreaterThan(0);
  });

  it('that comes and goes thousands of times costs them nothing, and leaves nothing behind', async () => {
    await using site = await openSite();
    await using center = await openCenter(site.centerPort);
    const devices = inForm({ short: 100, long: 250 });
    const flaps = inForm({ short: 500, long: 5000 });
    // One sentence, and gone: the next attempt comes about a second later.
    await using flapping = await openDevice(socket => socket.end(sentence));
    await using gateway = await site.run(
      Array.from({ length: devices }, (_, index) => receiver(`ais-${index + 1}`, flapping.port)).join('\n'),
    );
    await using sensor = await openSensor(site.brokerPort);
    await until('each has come once', () => flapping.connections() >= devices, 30_000);
    const pid = pidOf(gateway);
    const [filesBefore, memoryBefore] = [openFiles(pid), residentMegabytes(pid)];
    const latencies: number[] = [];
    while (flapping.connections() < flaps) {
      latencies.push(...(await sensor.latencies(20)));
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    const slowest = quantile(
      latencies.toSorted((a, b) => a - b),
      0.95,
    );
    const [filesAfter, memoryAfter] = [openFiles(pid), residentMegabytes(pid)];
    const told = [...center.events.values()].filter(({ type }) => type.includes('.gateway.device.')).length;
    tell(
      `flaps: ${flapping.connections()} of ${devices} devices; ${filesBefore} → ${filesAfter} open files, ` +
        `${memoryBefore.toFixed(0)} → ${memoryAfter.toFixed(0)} MB, ${told} events about them, ` +
        `95 % of a neighbor's acknowledgements within ${slowest.toFixed(1)} ms`,
    );
    expect(filesAfter).toBeLessThan(filesBefore + devices);
    expect(memoryAfter).toBeLessThan(memoryBefore + 60);
    // Who comes back within ten seconds was not away.
    expect(told).toBe(0);
    expect(slowest).toBeLessThan(250);
  });
});

describe.skipIf(missing !== undefined)('a process that stands still', { timeout: 180_000 }, () => {
  it('goes on where it stood, and has lost nothing', async () => {
    await using site = await openSite();
    await using center = await openCenter(site.centerPort);
    await using peer = await openDevice(socket => {
      const talking = setInterval(() => socket.write(sentence), 200);
      socket.on('close', () => clearInterval(talking));
    });
    await using gateway = await site.run(receiver('ais-1', peer.port));
    await using sensor = await openSensor(site.brokerPort);
    await sensor.latencies(50);
    const pid = pidOf(gateway);
    process.kill(pid, 'SIGSTOP');
    const during = sensor.latencies(20);
    await new Promise(resolve => setTimeout(resolve, inForm({ short: 4000, long: 60_000 })));
    process.kill(pid, 'SIGCONT');
    await during;
    const before = await observationsOf(gateway, 'ais-1');
    await sensor.latencies(20);
    await until('the other device is read on', async () => (await observationsOf(gateway, 'ais-1')) > before, 30_000);
    // The last mean is told when its minute is over, or when the gateway stops and says what it has.
    expect(await gateway.stop()).toBe(0);
    await using again = await site.run(receiver('ais-1', peer.port));
    await until(
      'the means hold every acknowledged sample',
      () => samplesIn(center.events.values()) >= new Set(sensor.published).size,
      300_000,
    );
    expect(samplesIn(center.events.values())).toBe(sensor.published.length);
    await until('the ledgers agree', () => center.report().streams.every(({ lost, late }) => lost === 0 && late === 0));
    expect(Object.fromEntries(center.report().invalid)).toEqual({});
    expect(await again.stop()).toBe(0);
  });
});

describe.skipIf(missingPrograms('mosquitto', 'ffmpeg') !== undefined)(
  'a vision process that runs out of memory',
  { timeout: 240_000 },
  () => {
    it('costs the other devices nothing, and its cameras are seen again', async () => {
      await using site = await openSite();
      const ending = new AbortController();
      await using camera = await rtspCamera.start(
        { scene: 'street' },
        { world: createWorld(7), clock: systemClock, log: silent, signal: ending.signal, random: () => 0.5 },
      );
      await using gateway = await site.run(
        `  - ${JSON.stringify({ id: 'street', driver: 'rtsp-camera', ...camera.address, detect: { model: 'simulated-scenes', fps: 2 } })}`,
      );
      await using sensor = await openSensor(site.brokerPort);
      await until('the camera is seen', async () => (await observationsOf(gateway, 'street')) > 0, 60_000);
      let kernelKills = 0;
      const rounds = inForm({ short: 1, long: 5 });
      for (let round = 0; round < rounds; round++) {
        const pid = await until('there is a vision process', () => visionPid(pidOf(gateway)));
        if (await endForWantOfMemory(pid)) kernelKills++;
        const latencies = await sensor.latencies(50);
        expect(quantile(latencies, 0.95)).toBeLessThan(500);
        const before = await observationsOf(gateway, 'street');
        await until(
          'the camera is seen again',
          async () => (await observationsOf(gateway, 'street')) > before + 2,
          300_000,
        );
      }
      tell(
        `out of memory: ${rounds} vision processes ended, ${kernelKills} of them by the kernel, and were started afresh`,
      );
      ending.abort();
      expect(await gateway.stop()).toBe(0);
    });
  },
);

const samplesIn = (events: Iterable<{ readonly data: Readonly<Record<string, unknown>> }>): number => {
  let sum = 0;
  for (const { data } of events) {
    const { samples } = data;
    if (typeof samples === 'object' && samples !== null && 'pm25' in samples) sum += Number(samples.pm25);
  }
  return sum;
};
