/**
 * Sensors that publish at QoS 1 over MQTT 3.1.1, ten behind each connection as behind a radio gateway,
 * and the subscriber at the center's broker that takes the time of each message's journey.
 */
import { once } from 'node:events';
import net from 'node:net';
import mqttPacket from 'mqtt-packet';

export const sensorsOfConnection = 10;
const tickMs = 20;

export const connectionName = (index: number): string => `radio-${index}`;
export const sensorName = (index: number): string => `sensor-${index}`;
export const topicOf = (sensor: number): string =>
  `tele/${connectionName(Math.floor(sensor / sensorsOfConnection))}/${sensorName(sensor)}`;

/** A connection to a broker, by sockets and a codec alone: a client library's own work must not be what is measured. */
const connect = async (
  port: number,
  login: { readonly clientId: string; readonly password?: string },
  onPacket: (packet: mqttPacket.Packet) => void,
): Promise<net.Socket> => {
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  const socket = net.connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const { clientId, password } = login;
  await once(socket, 'connect');
  const admitted = Promise.withResolvers<void>();
  parser.on('packet', packet => {
    if (packet.cmd !== 'connack') onPacket(packet);
    else if (packet.returnCode === 0) admitted.resolve();
    else admitted.reject(new Error(`the broker refused ${clientId}: ${packet.returnCode}`));
  });
  socket.on('data', chunk => parser.parse(chunk));
  socket.on('error', admitted.reject);
  socket.on('close', () => admitted.reject(new Error('the broker ended the connection')));
  socket.write(
    mqttPacket.generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 600,
      clientId,
      ...(password !== undefined && { username: clientId, password: Buffer.from(password) }),
    }),
  );
  await admitted.promise;
  return socket;
};

export interface Journeys extends AsyncDisposable {
  /** Begins to count anew. */
  reset(): void;
  /** Milliseconds from the sensor's time until the message was here, of each since `reset`. */
  taken(): readonly number[];
}

const sentAt = /"[tT]ime":"([^"]{24})"/;

/** Listens to `filter` at the center's broker; each message says in its first `time` or `Time` when it was made. */
export const listenAtCenter = async (port: number, filter: string): Promise<Journeys> => {
  let taken: number[] = [];
  const socket = await connect(port, { clientId: 'bench-center' }, packet => {
    if (packet.cmd !== 'publish') return;
    const made = sentAt.exec(packet.payload.toString())?.[1];
    if (made !== undefined) taken.push(Date.now() - Date.parse(made));
  });
  socket.write(mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 0 }] }));
  return {
    reset: () => {
      taken = [];
    },
    taken: () => taken,
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
};

const readingOf = (sensor: number, count: number): string =>
  JSON.stringify({
    Time: new Date().toISOString(),
    Temperature: 20 + ((sensor * 7 + count * 3) % 150) / 10,
    Humidity: 50 + ((sensor * 3 + count * 7) % 500) / 10,
    'PM2.5': ((sensor + count * 11) % 800) / 10,
  });

export interface Traffic extends AsyncDisposable {
  readonly published: number;
  /** PUBACKs that came back to the sensors. */
  readonly acknowledged: number;
}

/** Every sensor is connected when it resolves, and publishes until it is disposed of. Throws when a connection ends. */
export const startTraffic = async (
  port: number,
  { sensors, intervalMs }: { readonly sensors: number; readonly intervalMs: number },
  password?: string,
): Promise<Traffic> => {
  const ticks = intervalMs / tickMs;
  const counts = { published: 0, acknowledged: 0 };
  const count = (packet: mqttPacket.Packet): void => {
    if (packet.cmd === 'puback') counts.acknowledged++;
  };
  const sockets: net.Socket[] = [];
  for (let index = 0; index < sensors / sensorsOfConnection; index++) {
    const login = { clientId: connectionName(index), ...(password !== undefined && { password }) };
    sockets.push(await connect(port, login, count));
  }
  let tick = 0;
  const timer = setInterval(() => {
    for (let sensor = tick % ticks; sensor < sensors; sensor += ticks) {
      sockets[Math.floor(sensor / sensorsOfConnection)]?.write(
        mqttPacket.generate({
          cmd: 'publish',
          topic: topicOf(sensor),
          payload: readingOf(sensor, tick),
          qos: 1,
          messageId: 1 + (counts.published % 65_535),
          dup: false,
          retain: false,
        }),
      );
      counts.published++;
    }
    tick++;
  }, tickMs);
  return {
    get published() {
      return counts.published;
    },
    get acknowledged() {
      return counts.acknowledged;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
};
