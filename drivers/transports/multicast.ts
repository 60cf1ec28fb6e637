/** A question to a multicast group of the local network, in one or several messages, and whoever answers in time. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { onAbort } from '../../core/abort.ts';
import type { Chunk } from '../../core/chunk.ts';
import { BoundedQueue } from '../../core/queue.ts';
import type { Clock, Duration } from '../../core/time.ts';
import { socketError } from './socket-error.ts';

export interface MulticastQuestion {
  readonly address: string;
  readonly port: number;
  readonly messages: readonly string[];
  /** Asked again after each such time, since a datagram may be lost; once when absent. */
  readonly repeatEvery?: Duration;
  /** How long answers are waited for. */
  readonly patience: Duration;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const maximumAnswers = 256;

const localAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);

/** Asks on every IPv4 interface. `channel` of an answer is the address of its sender. */
export async function* askMulticast(question: MulticastQuestion): AsyncGenerator<Chunk, void> {
  const { address, port, messages, repeatEvery, patience, signal, clock } = question;
  if (signal.aborted) return;
  const queue = new BoundedQueue<Chunk>({ capacity: maximumAnswers, overflow: 'drop-oldest' });
  const repeats: NodeJS.Timeout[] = [];
  const sockets = localAddresses().map(local => {
    const socket = dgram.createSocket('udp4');
    const ask = (): void => {
      for (const message of messages) socket.send(message, port, address, () => {});
    };
    socket.on('message', (bytes, from) => {
      queue.offer({ bytes, receivedAt: clock.now(), channel: from.address });
    });
    // An interface that is down or has no route answers nothing; others may.
    socket.on('error', () => {});
    socket.bind(0, local, () => {
      socket.setMulticastInterface(local);
      socket.setMulticastLoopback(true);
      ask();
      if (repeatEvery !== undefined) repeats.push(setInterval(ask, repeatEvery));
    });
    return socket;
  });
  using _ = onAbort(signal, () => queue.close());
  const timer = setTimeout(() => queue.close(), patience);
  try {
    yield* queue;
  } catch (failure) {
    throw socketError(failure, `${address}:${port}`);
  } finally {
    clearTimeout(timer);
    for (const repeat of repeats) clearInterval(repeat);
    for (const socket of sockets) socket.close();
    await Promise.all(sockets.map(socket => once(socket, 'close')));
  }
}
