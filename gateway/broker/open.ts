/**
 * The gateway's own MQTT 3.1.1 broker, where sensors publish. It is an inlet, not a bus: no session outlives its
 * connection and nothing is retained, so its memory is bounded by what is connected. A QoS 1 message is acknowledged
 * when its events are on the disk.
 */
import { once } from 'node:events';
import net from 'node:net';
import type { AuthenticateError, Client, PublishPacket } from 'aedes';
import type { Context } from '../../core/driver.ts';
import { GatewayError, systemCode, toGatewayError } from '../../core/errors.ts';
import type { Reveal } from '../../core/fields.ts';
import { createInOrder, type InOrder } from '../../core/in-order.ts';
import type { Log } from '../../core/log.ts';
import type { MessageBatch, MessageSource } from '../../core/message.ts';
import { type Clock, seconds } from '../../core/time.ts';
import { createPacketSizeGuard } from '../../drivers/protocols/mqtt/packet-size.ts';
import { formatPlace, socketError } from '../../drivers/transports/socket-error.ts';
import { type BrokerUser, createAccess, type Rights } from './access.ts';
import { createReaders } from './readers.ts';
import { createSubscribers } from './subscribers.ts';

export interface BrokerOptions {
  /** Anything but loopback is refused without users. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly users: readonly BrokerUser[];
  readonly reveal: Reveal;
  readonly clock: Clock;
  readonly log: Log;
  readonly count: Context['count'];
  /** Until it resolves whoever connects waits: devices subscribe first, so that nothing is taken that nobody reads. */
  readonly ready?: Promise<void>;
}

export interface Broker extends AsyncDisposable {
  readonly port: number;
  readonly source: MessageSource;
  /** Clients that are connected now. */
  connected(): number;
}

/** Bytes of one packet behind its fixed header. */
const largestPacket = 256 * 1024;

/** A site has some hundred sensors; each connection may hold up to one socket buffer of messages. */
const mostConnections = 2000;

/** Whoever guesses passwords waits for each answer. */
const refusalDelay = seconds(1);

const loggedAgainAfter = seconds(60);

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));

/** MQTT 3.1.1, clause 3.2.2.3: return code 4. */
const badCredentials = (): AuthenticateError =>
  Object.assign(new Error('bad user name or password'), { returnCode: 4 });

/** Cuts a connection off before a packet that is too large is buffered. Aedes reads the socket by `read` alone. */
const limitPackets = (socket: net.Socket, onTooLarge: () => void): void => {
  const guard = createPacketSizeGuard(largestPacket);
  const read = socket.read.bind(socket);
  socket.read = size => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array) || guard(chunk) === 'ok') return chunk;
    onTooLarge();
    socket.destroy();
    return null;
  };
};

/** Says the same thing once a minute, with how often it happened since. */
const createSparingLog = (log: Log, clock: Clock) => {
  const said = new Map<string, { readonly at: number; times: number }>();
  return (message: string, fields: Readonly<Record<string, unknown>>): void => {
    const before = said.get(message);
    if (before !== undefined && clock.steady() - before.at < loggedAgainAfter) {
      before.times++;
      return;
    }
    log.warn(message, { ...fields, ...(before !== undefined && before.times > 0 && { alsoBefore: before.times }) });
    said.set(message, { at: clock.steady(), times: 0 });
  };
};

interface Answer {
  readonly reply: (error?: Error | null) => void;
  failure?: GatewayError;
}

/**
 * Throws `config` for a host on the network without users. While the port cannot be listened on, or the password of a
 * device's user cannot be revealed, it is the subscriptions that throw `unreachable` or `config`; each tries again.
 */
export const openBroker = async (options: BrokerOptions): Promise<Broker> => {
  const { host, clock, count } = options;
  if (!isLoopback(host) && options.users.length === 0) {
    throw new GatewayError('config', `the broker would listen on ${host} for anybody`, {
      advice: 'Add "users" to the broker, or let it listen on 127.0.0.1.',
      path: ['broker', 'users'],
    });
  }
  const access = createAccess(options.users, options.reveal);
  for (const { message, advice } of access.lockedOut) options.log.error(message, { advice });
  const warn = createSparingLog(options.log, clock);
  const readers = createReaders();
  const subscribers = createSubscribers();
  const rightsOf = new WeakMap<Client, Rights>();
  const answersOf = new WeakMap<Client, InOrder<Answer>>();
  let closing = false;

  const answersTo = (client: Client): InOrder<Answer> => {
    let answers = answersOf.get(client);
    if (answers === undefined) {
      answers = createInOrder<Answer>(done => {
        for (const { reply, failure } of done) reply(failure ?? null);
      });
      answersOf.set(client, answers);
    }
    return answers;
  };

  /** Aedes acknowledges as soon as this replied; an error closes the connection, so that the message comes again. */
  const accept = (client: Client, rights: Rights, packet: PublishPacket, reply: Answer['reply']): void => {
    const answer: Answer = { reply };
    const leave = answersTo(client).enter(answer);
    const bytes = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const outcome = readers.offer({
      message: { bytes, receivedAt: clock.now(), channel: packet.topic, retained: false },
      device: rights.device,
      sender: client.conn,
      // A last will has no message id: its sender is gone.
      repeats: packet.qos > 0 && packet.messageId !== undefined ? 'again' : 'never',
      done: failure => {
        if (failure !== undefined) answer.failure = failure;
        leave();
      },
    });
    if (outcome !== 'taken') count(`broker.${outcome}`);
  };

  const { Aedes } = await import('aedes');
  const { writeToStream } = await import('mqtt-packet');
  // Otherwise it keeps a buffer for each of 65 536 numbers: 18 MB.
  writeToStream.cacheNumbers = false;
  const broker = await Aedes.createBroker({
    connectTimeout: seconds(10),
    // Whoever subscribes and does not read would hold up the others.
    drainTimeout: seconds(5),
    preConnect: (_client, packet, done) => {
      packet.clean = true;
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const rights = access.login(username, password);
      if (rights === undefined) {
        count('broker.login-refused');
        warn('the broker refused a login', { user: username?.slice(0, 64) });
        setTimeout(() => done(badCredentials(), false), refusalDelay).unref();
        return;
      }
      rightsOf.set(client, rights);
      // Each user has client ids of its own: nobody can take over another's connection.
      client.id = `${username ?? ''}/${client.id}`;
      done(null, true);
    },
    authorizePublish: (client, packet, reply) => {
      const rights = client === null ? undefined : rightsOf.get(client);
      if (closing || client === null || rights === undefined) {
        reply(new Error('the broker stops'));
        return;
      }
      if (!rights.mayPublish(packet.topic)) {
        count('broker.publish-refused');
        warn('a client may not publish under this topic', { client: client.id, topic: packet.topic.slice(0, 256) });
        reply(new Error('not allowed'));
        return;
      }
      packet.retain = false;
      accept(client, rights, packet, reply);
    },
    authorizeSubscribe: (client, subscription, done) => {
      if (rightsOf.get(client)?.maySubscribe(subscription.topic)) done(null, subscription);
      else {
        count('broker.subscribe-refused');
        done(null, null);
      }
    },
  });
  broker.on('subscribe', (subscriptions, client) =>
    subscribers.subscribed(
      client,
      subscriptions.map(({ topic }) => topic).filter(topic => rightsOf.get(client)?.maySubscribe(topic)),
    ),
  );
  broker.on('unsubscribe', (filters, client) => subscribers.unsubscribed(client, filters));
  broker.on('clientDisconnect', client => subscribers.left(client));
  broker.on('clientError', (client, error) => {
    count('broker.client-failed');
    warn('a client of the broker was disconnected', { client: client.id, reason: error.message.slice(0, 256) });
  });
  broker.on('connectionError', () => count('broker.connection-failed'));

  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: seconds(60) }, socket => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      readers.withdraw(socket);
    });
    socket.on('error', () => count('broker.connection-failed'));
    limitPackets(socket, () => count('broker.packet-too-large'));
    void (options.ready ?? Promise.resolve()).then(() => {
      if (!closing && !socket.destroyed) broker.handle(socket);
    });
  });
  server.maxConnections = mostConnections;
  // Also of single connections that cannot be accepted (no file handle left).
  server.on('error', () => count('broker.listener-failed'));
  server.on('drop', () => count('broker.too-many-connections'));

  const close = async (): Promise<void> => {
    closing = true;
    readers.close();
    for (const socket of sockets) socket.destroy();
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
    await new Promise<void>(resolve => broker.close(resolve));
  };

  const listen = async (): Promise<void> => {
    try {
      server.listen(options.port, host);
      await once(server, 'listening');
    } catch (failure) {
      const { kind, message, advice } = socketError(failure, formatPlace(host, options.port));
      throw new GatewayError(kind, `the broker cannot listen: ${message}`, {
        advice:
          systemCode(failure) === 'EADDRINUSE'
            ? 'Is another gateway or mosquitto running here? Otherwise set "port" under "broker".'
            : (advice ?? 'Set "host" and "port" under "broker".'),
        path: ['broker', 'port'],
        cause: failure,
      });
    }
  };
  let attempt: Promise<void> | undefined;
  /** One attempt for all devices that ask at the same time. */
  const listening = (): Promise<void> => {
    if (server.listening) return Promise.resolve();
    attempt ??= listen().finally(() => {
      attempt = undefined;
    });
    return attempt;
  };

  /** What the device reads is known before the first client is let in. */
  async function* whileOpen(device: string, messages: AsyncIterable<MessageBatch>): AsyncGenerator<MessageBatch, void> {
    access.admit(device);
    await listening();
    yield* messages;
  }

  // Another program may have the port: then the devices that read here say so and try again, and the others go on.
  await listening().catch((failure: unknown) => {
    const { message, advice } = toGatewayError(failure);
    options.log.error(message, { advice });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    source: {
      subscribe: (device, filters, signal) => whileOpen(device, readers.source.subscribe(device, filters, signal)),
      publish: subscribers.publish,
    },
    connected: () => broker.connectedClients,
    [Symbol.asyncDispose]: close,
  };
};
