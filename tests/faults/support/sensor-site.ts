/** A gateway with a sensor on its embedded broker, beside devices that are made up for a test. */
import net from 'node:net';
import mqtt from 'mqtt';
import { configFile, type RunningGateway, siteSections, startGateway } from '../../support/gateway.ts';
import { freePort, startMosquitto, temporaryFolder } from '../../support/resources.ts';

const password = 'a-password-of-this-test';
export const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

export interface Device extends AsyncDisposable {
  readonly port: number;
  /** Connections taken so far. */
  connections(): number;
}

/** A TCP device; `serve` has each connection. */
export const openDevice = async (serve: (socket: net.Socket) => void): Promise<Device> => {
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

/** A sensor of the embedded broker that publishes at QoS 1 and measures how long its acknowledgement takes. */
export interface Sensor extends AsyncDisposable {
  /** Milliseconds from each of `count` publishes to its PUBACK, one after the other, sorted. */
  latencies(count: number): Promise<readonly number[]>;
  readonly published: readonly number[];
}

export const openSensor = async (port: number): Promise<Sensor> => {
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

export interface Site extends AsyncDisposable {
  readonly centerPort: number;
  readonly brokerPort: number;
  run(devices: string): Promise<RunningGateway>;
}

export const openSite = async (): Promise<Site> => {
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

export const receiver = (id: string, port: number): string =>
  `  - { id: ${id}, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${port} } }`;

export const pidOf = ({ process: { pid } }: RunningGateway): number => {
  if (pid === undefined) throw new Error('the gateway has no process');
  return pid;
};

/** Of the device, since the gateway started. */
export const observationsOf = async (gateway: RunningGateway, id: string): Promise<number> =>
  (await gateway.status())?.devices.find(device => device.id === id)?.observations ?? 0;
