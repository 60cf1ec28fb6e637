/** A broker that misbehaves as its test says, and a link to a real one that can be slow, cut, or dead without a word. */
import { once } from 'node:events';
import net from 'node:net';
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';

/** What the broker does with a CONNECT. The code is of the client's own MQTT version; 0 lets it in. */
export type Welcome =
  | { readonly kind: 'answer'; readonly code: number; readonly properties?: object }
  | { readonly kind: 'close' }
  | { readonly kind: 'ignore' };

/** What the broker does with a PUBLISH; the code is said to MQTT 5 clients only. */
export type Reaction =
  | { readonly kind: 'acknowledge'; readonly code?: number; readonly afterMs?: number }
  | { readonly kind: 'ignore' }
  /** DISCONNECT where there is a code and the client speaks 5; then the end of the connection. */
  | { readonly kind: 'end'; readonly code?: number; readonly properties?: object };

export interface BrokerScript {
  welcome?(packet: IConnectPacket): Welcome;
  react?(packet: IPublishPacket): Reaction;
}

export interface RoughBroker extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Every CONNECT and PUBLISH that came, whatever was done with it. */
  readonly connects: readonly IConnectPacket[];
  readonly publishes: readonly IPublishPacket[];
  /** Publishes to `topic` (a whole topic) that were acknowledged with 0, without the retained ones. */
  taken(topic: string): readonly IPublishPacket[];
  /** Ends every connection; with a code, DISCONNECT before it. */
  end(code?: number, properties?: object): void;
}

const portOf = (server: net.Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
};

/** Speaks 3.1.1 and 5, takes what it is sent, and gives a client back what it subscribed to by its whole topic. */
export const openRoughBroker = async (script: BrokerScript = {}, port = 0): Promise<RoughBroker> => {
  const connects: IConnectPacket[] = [];
  const publishes: IPublishPacket[] = [];
  const taken: IPublishPacket[] = [];
  const connections = new Map<net.Socket, { version: number }>();

  const end = (socket: net.Socket, code?: number, properties?: object): void => {
    const version = connections.get(socket)?.version ?? 4;
    if (code === undefined || version < 5) {
      socket.destroy();
      return;
    }
    const packet: Packet = { cmd: 'disconnect', reasonCode: code, ...(properties !== undefined && { properties }) };
    socket.end(mqttPacket.generate(packet, { protocolVersion: 5 }));
  };

  const server = net.createServer({ noDelay: true }, socket => {
    const connection = { version: 4 };
    connections.set(socket, connection);
    const subscribed = new Set<string>();
    const send = (packet: Packet): void => {
      if (socket.writable) socket.write(mqttPacket.generate(packet, { protocolVersion: connection.version }));
    };

    const welcome = (packet: IConnectPacket): void => {
      connects.push(packet);
      connection.version = packet.protocolVersion ?? 4;
      const how = script.welcome?.(packet) ?? { kind: 'answer', code: 0 };
      if (how.kind === 'close') socket.destroy();
      if (how.kind !== 'answer') return;
      send({
        cmd: 'connack',
        sessionPresent: false,
        ...(connection.version === 5 ? { reasonCode: how.code } : { returnCode: how.code }),
        ...(connection.version === 5 && how.properties !== undefined && { properties: how.properties }),
      });
      if (how.code !== 0) socket.end();
    };

    const react = (packet: IPublishPacket): void => {
      publishes.push(packet);
      const how = script.react?.(packet) ?? { kind: 'acknowledge' };
      if (how.kind === 'end') end(socket, how.code, how.properties);
      if (how.kind !== 'acknowledge' || packet.messageId === undefined) return;
      const code = how.code ?? 0;
      if (code === 0 && !packet.retain) taken.push(packet);
      const { messageId } = packet;
      const acknowledge = (): void =>
        send({ cmd: 'puback', messageId, ...(connection.version === 5 && { reasonCode: code }) });
      if (how.afterMs === undefined) acknowledge();
      else setTimeout(acknowledge, how.afterMs);
      if (subscribed.has(packet.topic)) {
        send({ cmd: 'publish', topic: packet.topic, payload: packet.payload, qos: 0, dup: false, retain: false });
      }
    };

    const parser = mqttPacket.parser();
    parser.on('error', () => socket.destroy());
    parser.on('packet', packet => {
      // What was read together with what ended the connection is nobody's any more.
      if (!socket.writable) return;
      const { messageId } = packet;
      if (packet.cmd === 'connect') welcome(packet);
      else if (packet.cmd === 'publish') react(packet);
      else if (packet.cmd === 'pingreq') send({ cmd: 'pingresp' });
      else if (packet.cmd === 'subscribe' && messageId !== undefined) {
        for (const { topic } of packet.subscriptions) subscribed.add(topic);
        send({ cmd: 'suback', messageId, granted: packet.subscriptions.map(({ qos }) => qos) });
      } else if (packet.cmd === 'unsubscribe' && messageId !== undefined) {
        for (const topic of packet.unsubscriptions) subscribed.delete(topic);
        send({ cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(() => 0) });
      }
    });
    socket.on('data', bytes => parser.parse(bytes));
    socket.on('error', () => {
      // The other side went away.
    });
    socket.on('close', () => connections.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    url: `mqtt://127.0.0.1:${portOf(server)}`,
    connects,
    publishes,
    taken: topic => taken.filter(packet => packet.topic === topic),
    end: (code, properties) => {
      for (const socket of connections.keys()) end(socket, code, properties);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections.keys()) socket.destroy();
      await new Promise<void>(resolve => void server.close(() => resolve()));
    },
  };
};

export interface Link extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Connections made so far. */
  readonly connections: () => number;
  /** Bytes that came from the client, and that went to it. */
  readonly bytes: () => { readonly up: number; readonly down: number };
  /** Nothing passes any more, and nobody is told: a half-open link. */
  freeze(): void;
  /** New connections pass again; those that were frozen stay dead. */
  thaw(): void;
  /** Ends every connection. */
  cut(): void;
}

export interface LinkOptions {
  /** Toward the broker. What waits for its turn stands in a queue, as in a modem. */
  readonly bytesPerSecond?: number;
  /** One way, each way. */
  readonly latencyMs?: number;
  /** Every connection is cut after it. */
  readonly cutAfterMs?: number;
}

/** Stands between a client and the server on `port` of this host. */
export const openLink = async (port: number, options: LinkOptions = {}): Promise<Link> => {
  const { bytesPerSecond = Number.POSITIVE_INFINITY, latencyMs = 0, cutAfterMs } = options;
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let connections = 0;
  let up = 0;
  let down = 0;
  let isFrozen = false;

  /** In order; each piece arrives when the line had time for it. */
  const carry = (from: net.Socket, to: net.Socket, speed: number, count: (bytes: number) => void): void => {
    let freeAt = 0;
    from.on('data', bytes => {
      count(bytes.length);
      if (from.isPaused()) return;
      freeAt = Math.max(freeAt, performance.now()) + (bytes.length / speed) * 1000;
      const wait = freeAt - performance.now() + latencyMs;
      if (wait < 1) to.write(bytes);
      else setTimeout(() => to.writable && to.write(bytes), wait);
    });
  };

  const server = net.createServer({ noDelay: true, highWaterMark: 4096 }, client => {
    connections++;
    const broker = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const pair = [client, broker] as const;
    pairs.add(pair);
    const end = (): void => {
      client.destroy();
      broker.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    carry(client, broker, bytesPerSecond, bytes => {
      up += bytes;
    });
    carry(broker, client, Number.POSITIVE_INFINITY, bytes => {
      down += bytes;
    });
    if (isFrozen) for (const socket of pair) socket.pause();
    if (cutAfterMs !== undefined) setTimeout(end, cutAfterMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    url: `mqtt://127.0.0.1:${portOf(server)}`,
    connections: () => connections,
    bytes: () => ({ up, down }),
    freeze: () => {
      isFrozen = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    thaw: () => {
      isFrozen = false;
    },
    cut: () => {
      for (const [client] of pairs) client.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const [client] of pairs) client.destroy();
      await new Promise<void>(resolve => void server.close(() => resolve()));
    },
  };
};
