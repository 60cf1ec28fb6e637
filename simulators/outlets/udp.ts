import dgram from 'node:dgram';
import net from 'node:net';
import { z } from 'zod';
import { host, port } from '../../core/fields.ts';
import type { Outlet } from './outlet.ts';

/** What goes through every network in one piece. */
const maximumDatagram = 1472;

export const udpOutletConfig = z.strictObject({
  transport: z.literal('udp').describe('The device sends datagrams to the gateway.'),
  host: host().default('127.0.0.1').describe('Where the gateway receives.'),
  port: port().describe('UDP port on which the gateway receives.'),
});
export type UdpOutletConfig = z.output<typeof udpOutletConfig>;

export const openUdpOutlet = async (config: UdpOutletConfig): Promise<Outlet> => {
  const socket = dgram.createSocket(net.isIPv6(config.host) ? 'udp6' : 'udp4');
  // Nobody receives there yet: a sender of datagrams does not care.
  socket.on('error', () => {});
  let open = true;
  return {
    connection: { transport: 'udp', host: config.host, port: config.port },
    write: bytes => {
      if (!open) return;
      for (let at = 0; at < bytes.length; at += maximumDatagram) {
        socket.send(bytes.subarray(at, at + maximumDatagram), config.port, config.host);
      }
    },
    connections: () => 0,
    setAvailability: availability => {
      open = availability === 'open';
    },
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => socket.close(() => resolve())),
  };
};
