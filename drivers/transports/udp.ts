/**
 * Datagrams that devices send to the gateway. Overflow policy: drop-oldest, counted as `dropped.overflow`, because a
 * sender of datagrams cannot be slowed down.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { z } from 'zod';
import { onAbort } from '../../core/abort.ts';
import type { Chunk } from '../../core/chunk.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { host, port } from '../../core/fields.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { formatPlace, socketError } from './socket-error.ts';

/** A second of a busy harbour's traffic, while the process is held up. */
const heldDatagrams = 512;

type Needs = Pick<Context, 'signal' | 'clock' | 'count'>;

export const udpConfig = z.strictObject({
  transport: z.literal('udp').describe('The device sends datagrams to the gateway.'),
  host: host()
    .default('127.0.0.1')
    .describe('Address of this machine on which the gateway receives; 0.0.0.0 for all of them.'),
  port: port().describe('UDP port on which the gateway receives; 10110 is usual for NMEA 0183.'),
  multicast: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe('Multicast group to join, such as 239.192.0.4 of IEC 61162-450; needs `host: 0.0.0.0` (or `::`).'),
  interface: host().optional().describe('Address of the network interface on which the group is joined.'),
});
export type UdpConfig = z.output<typeof udpConfig>;

/**
 * One chunk for each datagram, each sender under its own channel (`address:port`). Throws `unreachable` when the port
 * is taken and `config` when the group cannot be joined or the port is not allowed.
 */
export async function* openUdp(config: UdpConfig, context: Needs): AsyncGenerator<Chunk, void> {
  const { signal, clock, count } = context;
  const place = formatPlace(config.host, config.port);
  if (signal.aborted) return;
  const queue = new BoundedQueue<Chunk>({
    capacity: heldDatagrams,
    overflow: 'drop-oldest',
    onDrop: dropped => count('dropped.overflow', dropped),
  });
  const socket = dgram.createSocket({
    type: net.isIPv6(config.host) ? 'udp6' : 'udp4',
    // Several programs of one machine may listen to a group; a port of our own is ours alone.
    reuseAddr: config.multicast !== undefined,
  });
  using _ = onAbort(signal, () => {
    queue.close();
    socket.close();
  });
  try {
    socket.bind(config.port, config.host);
    await once(socket, 'listening', { signal });
    if (config.multicast !== undefined) join(socket, config.multicast, config.interface);
    socket.on('error', failure => queue.fail(socketError(failure, place)));
    socket.on('message', (bytes, sender) => {
      queue.offer({ bytes, receivedAt: clock.now(), channel: formatPlace(sender.address, sender.port) });
    });
    for await (const chunk of queue) {
      if (signal.aborted) return;
      yield chunk;
    }
  } catch (failure) {
    if (signal.aborted) return;
    throw socketError(failure, place);
  }
}

const join = (socket: dgram.Socket, group: string, address: string | undefined): void => {
  try {
    socket.addMembership(group, address);
  } catch (failure) {
    const where = address === undefined ? '' : ` on the interface ${address}`;
    throw new GatewayError('config', `cannot join the multicast group ${group}${where}`, {
      advice: 'Give a group address (224.0.0.0 to 239.255.255.255) and an address of this machine as `interface`.',
      cause: failure,
    });
  }
};
