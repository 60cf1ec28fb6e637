/**
 * The devices of a large station on real sockets: MQTT sensors, each with its own connection, and one AIS receiver that
 * hears vessels. And the configuration of the gateway that reads them.
 */
import { once } from 'node:events';
import net from 'node:net';
import mqttPacket from 'mqtt-packet';
import { encode } from '../drivers/protocols/ais/encode.ts';
import { createRandom } from '../simulators/world/random.ts';

export const fleetSize = { sensors: 1000, vessels: 500 } as const;

/** Between two readings of a sensor, and between two positions of a vessel: each has its own moment in it. */
export const fleetInterval = 10_000;
/** How long a sensor waits before it tries again to reach its broker. */
const reconnectPause = 250;
const ticks = 100;

const password = 'a-password-of-the-bench';
/** The environment of the gateway. */
export const fleetEnvironment = { HAIDANG_BENCH_PASSWORD: password } as const;

export interface Fleet extends AsyncDisposable {
  /** Sensors whose login was accepted and that are connected now. */
  connected(): number;
  /** Readings that were acknowledged since the start. */
  acknowledged(): number;
}

export interface FleetPorts {
  /** Of the gateway's broker. */
  readonly broker: number;
  /** Where the AIS receiver listens. */
  readonly ais: number;
  readonly api: number;
  /** Of the center's broker. */
  readonly center: number;
}

const sensorName = (index: number): string => `sensor-${index}`;
const topicOf = (index: number): string => `tele/${sensorName(index)}/SENSOR`;

export const fleetConfig = ({ broker, ais, api, center }: FleetPorts, folder: string): string => {
  const sensors = Array.from({ length: fleetSize.sensors }, (_, index) => sensorName(index));
  const users = sensors.map(
    (name, index) =>
      `    - { device: ${name}, username: ${name}, password: "\${env:HAIDANG_BENCH_PASSWORD}", publish: [${topicOf(index)}] }`,
  );
  const devices = sensors.map(
    (name, index) => `  - id: ${name}
    driver: mqtt-json
    location: [107.58, 16.46]
    topics: [${topicOf(index)}]
    values:
      - { quantity: temperature, path: BME280.Temperature }
      - { quantity: relativeHumidity, path: BME280.Humidity, unit: "%" }
      - { quantity: pm25, path: 'SDS0X1["PM2.5"]' }
    time: { path: Time }`,
  );
  return `gateway: { id: gw-bench, city: hue, site: bench, area: "00000", status: simulated, clockWait: 0s }
storage: { folder: ${JSON.stringify(folder)} }
api: { port: ${api} }
broker:
  port: ${broker}
  users:
${users.join('\n')}
uplinks:
  - { name: center, sink: mqtt, url: "mqtt://127.0.0.1:${center}" }
devices:
  - { id: ais, driver: ais-receiver, location: [107.64, 16.55], connection: { transport: tcp-client, host: 127.0.0.1, port: ${ais} } }
${devices.join('\n')}
`;
};

interface Sensor {
  readonly index: number;
  socket: net.Socket | undefined;
  isConnected: boolean;
  messageId: number;
}

const readingOf = (random: () => number): string =>
  JSON.stringify({
    Time: new Date().toISOString().slice(0, 19),
    BME280: { Temperature: Number((20 + 15 * random()).toFixed(1)), Humidity: Number((50 + 50 * random()).toFixed(1)) },
    SDS0X1: { 'PM2.5': Number((80 * random()).toFixed(1)) },
  });

const positionOf = (vessel: number, random: () => number): string =>
  encode({
    messageType: 1,
    mmsi: 574_000_000 + vessel,
    longitude: 107.6 + vessel / 1000 + random() / 1000,
    latitude: 16.6 + random() / 10,
    sogKnots: 5 + random() * 10,
    cogDegrees: random() * 359,
    navigationalStatus: 0,
  });

/** Runs until disposed of. Sensors log in again whenever their connection ends. */
export const startFleet = async (ports: Pick<FleetPorts, 'broker' | 'ais'>): Promise<Fleet> => {
  const random = createRandom('fleet');
  const sensors: readonly Sensor[] = Array.from({ length: fleetSize.sensors }, (_, index) => ({
    index,
    socket: undefined,
    isConnected: false,
    messageId: 0,
  }));
  let closing = false;
  let acknowledged = 0;

  const connect = (sensor: Sensor): void => {
    if (closing) return;
    const parser = mqttPacket.parser({ protocolVersion: 4 });
    const socket = net.connect(ports.broker, '127.0.0.1');
    sensor.socket = socket;
    socket.setNoDelay(true);
    const name = sensorName(sensor.index);
    socket.on('connect', () =>
      socket.write(
        mqttPacket.generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          keepalive: 60,
          clientId: name,
          username: name,
          password: Buffer.from(password),
        }),
      ),
    );
    parser.on('packet', packet => {
      if (packet.cmd === 'connack') sensor.isConnected = packet.returnCode === 0;
      else if (packet.cmd === 'puback') acknowledged++;
    });
    socket.on('data', chunk => parser.parse(chunk));
    socket.on('error', () => {
      // Its broker is not there yet, or not any more.
    });
    socket.on('close', () => {
      sensor.isConnected = false;
      setTimeout(connect, reconnectPause, sensor);
    });
  };

  const publish = (sensor: Sensor): void => {
    if (!sensor.isConnected) return;
    sensor.messageId = (sensor.messageId % 65_535) + 1;
    sensor.socket?.write(
      mqttPacket.generate({
        cmd: 'publish',
        topic: topicOf(sensor.index),
        payload: readingOf(random),
        qos: 1,
        messageId: sensor.messageId,
        dup: false,
        retain: false,
      }),
    );
  };

  const readers = new Set<net.Socket>();
  const receiver = net.createServer(socket => {
    readers.add(socket);
    socket.on('close', () => readers.delete(socket));
    socket.on('error', () => {
      // The gateway went away.
    });
  });
  receiver.listen(ports.ais, '127.0.0.1');
  await once(receiver, 'listening');

  let tick = 0;
  const timer = setInterval(() => {
    const due = tick++ % ticks;
    for (const sensor of sensors) if (sensor.index % ticks === due) publish(sensor);
    for (let vessel = due; vessel < fleetSize.vessels; vessel += ticks) {
      const sentence = positionOf(vessel, random);
      for (const reader of readers) reader.write(sentence);
    }
  }, fleetInterval / ticks);
  for (const sensor of sensors) connect(sensor);

  return {
    connected: () => sensors.filter(({ isConnected }) => isConnected).length,
    acknowledged: () => acknowledged,
    [Symbol.asyncDispose]: async () => {
      closing = true;
      clearInterval(timer);
      for (const { socket } of sensors) socket?.destroy();
      for (const reader of readers) reader.destroy();
      receiver.close();
      await once(receiver, 'close');
    },
  };
};
