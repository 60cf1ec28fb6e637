/**
 * TCP in both directions: a device that listens, and devices that dial in. Overflow policy: block. While the consumer
 * is busy nothing is read, so the peer's own window closes and nothing is lost here.
 */
import { once } from 'node:events';
import net from 'node:net';
import { z } from 'zod';
import { onAbort } from '../../core/abort.ts';
import type { Chunk } from '../../core/chunk.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { host, port } from '../../core/fields.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { type Duration, seconds } from '../../core/time.ts';
import type { Write } from './serial.ts';
import { formatPlace, socketError } from './socket-error.ts';

const connectWithin = seconds(10);

/** A half-open connection to a device without power is noticed after about two minutes of silence. */
const keepAliveAfter = seconds(30);

type Needs = Pick<Context, 'signal' | 'clock' | 'count'>;

export const tcpClientConfig = z.strictObject({
  transport: z.literal('tcp-client').describe('The gateway dials the device.'),
  host: host().describe('Host name or IP address of the device or serial server.'),
  port: port().describe('TCP port on which it listens.'),
});
export type TcpClientConfig = z.output<typeof tcpClientConfig>;

/**
 * The bytes that a listening device sends; `opened` is given the way back. Throws `unreachable` when it refuses, does not answer within 10 s, or
 * closes the connection.
 */
export async function* openTcpClient(
  config: TcpClientConfig,
  { signal, clock }: Needs,
  opened?: (write: Write) => void,
): AsyncGenerator<Chunk, void> {
  const place = formatPlace(config.host, config.port);
  if (signal.aborted) return;
  const socket = net.connect({ host: config.host, port: config.port, noDelay: true });
  using _ = onAbort(signal, () => socket.destroy());
  try {
    const timer = setTimeout(() => socket.destroy(timedOut(place, connectWithin)), connectWithin);
    await once(socket, 'connect', { signal }).finally(() => clearTimeout(timer));
    socket.setKeepAlive(true, keepAliveAfter);
    opened?.(bytes => write(socket, bytes, place));
    for await (const bytes of socket) yield { bytes, receivedAt: clock.now() };
  } catch (failure) {
    if (signal.aborted) return;
    throw socketError(failure, place);
  }
  if (signal.aborted) return;
  throw new GatewayError('unreachable', `${place} closed the connection`, {
    advice: 'Check whether the device allows only one client, and whether another program reads it.',
  });
}

const answersKnockWithin = seconds(1);

/**
 * Whether anything listens there: the connection is closed as soon as it stands. Rejects with `unreachable` when nothing
 * does `within` a second, or when `signal` aborts.
 */
export const knockTcp = async (
  at: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  within: Duration = answersKnockWithin,
): Promise<void> => {
  const place = formatPlace(at.host, at.port);
  const socket = net.connect({ host: at.host, port: at.port });
  const timer = setTimeout(() => socket.destroy(timedOut(place, within)), within);
  using _ = onAbort(signal, () => socket.destroy());
  try {
    await once(socket, 'connect', { signal });
  } catch (failure) {
    throw socketError(failure, place);
  } finally {
    clearTimeout(timer);
  }
};

/** The first of `places`, in their order, where something listens; they are knocked at together, for a second. */
export const firstListening = async <T extends { readonly host: string; readonly port: number }>(
  places: readonly T[],
  signal: AbortSignal,
): Promise<T | undefined> => {
  const answers = await Promise.all(
    places.map(place =>
      knockTcp(place, signal).then(
        () => true,
        () => false,
      ),
    ),
  );
  return places.find((_, index) => answers[index]);
};

const write = (socket: net.Socket, bytes: Uint8Array, place: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(bytes, failure => (failure ? reject(socketError(failure, place)) : resolve()));
  });

const timedOut = (place: string, within: Duration): GatewayError =>
  new GatewayError('unreachable', `${place} did not answer within ${within / 1000} s`, {
    advice: 'Check power, cable and address of the device.',
  });

export const tcpServerConfig = z.strictObject({
  transport: z.literal('tcp-server').describe('The device dials the gateway.'),
  host: host()
    .default('127.0.0.1')
    .describe('Address of this machine on which the gateway listens; 0.0.0.0 for all of them.'),
  port: port().describe('TCP port on which the gateway listens.'),
  peers: z.int().min(1).max(64).default(8).describe('Connections at the same time; further ones are closed at once.'),
});
export type TcpServerConfig = z.output<typeof tcpServerConfig>;

/**
 * The bytes of everyone who dials in, each under its own channel (`address:port` of the peer). Peers come and go; only
 * a port that cannot be listened on is an error: `unreachable` when it is taken, `config` when it is not allowed.
 */
export async function* openTcpServer(config: TcpServerConfig, context: Needs): AsyncGenerator<Chunk, void> {
  const { signal, clock, count } = context;
  const place = formatPlace(config.host, config.port);
  if (signal.aborted) return;
  const queue = new BoundedQueue<Chunk>({ capacity: config.peers, overflow: 'block' });
  const peers = new Set<net.Socket>();

  const server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfter }, socket => {
    if (peers.size >= config.peers) {
      count('refused.too-many-peers');
      socket.destroy();
      return;
    }
    const channel = formatPlace(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
    peers.add(socket);
    socket.once('close', () => peers.delete(socket));
    socket.on('error', () => count('peer.failed'));
    socket.on('data', bytes => {
      socket.pause();
      void queue.push({ bytes, receivedAt: clock.now(), channel }).then(() => socket.resume());
    });
  });

  const close = (): void => {
    queue.close();
    server.close();
    for (const peer of peers) peer.destroy();
  };
  using _ = onAbort(signal, close);
  try {
    server.listen(config.port, config.host);
    // A host name is looked up first; what was closed meanwhile must not begin to listen.
    server.on('listening', () => signal.aborted && server.close());
    await once(server, 'listening', { signal });
    server.on('error', failure => queue.fail(socketError(failure, place)));
    for await (const chunk of queue) {
      if (signal.aborted) return;
      yield chunk;
    }
  } catch (failure) {
    if (signal.aborted) return;
    throw socketError(failure, place);
  }
}
