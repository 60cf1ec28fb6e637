import { once } from 'node:events';
import net from 'node:net';
import { z } from 'zod';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { host } from '../../core/fields.ts';
import type { Availability, Heard, Outlet } from './outlet.ts';

/** A reader that lags by so much is cut off. */
const maximumLag = 1_000_000;

export const tcpOutletConfig = z.strictObject({
  transport: z.literal('tcp-server').describe('The device listens, and the gateway dials it.'),
  host: host().default('127.0.0.1').describe('Address on which it listens.'),
  port: z.int().min(0).max(65535).default(0).describe('TCP port on which it listens; 0 takes a free one.'),
});
export type TcpOutletConfig = z.output<typeof tcpOutletConfig>;

/** Throws `unreachable` when the port is taken. */
export const openTcpOutlet = async (config: TcpOutletConfig, heard?: Heard): Promise<Outlet> => {
  let availability: Availability = 'open';
  let { port } = config;
  const clients = new Set<net.Socket>();
  let connections = 0;

  const server = net.createServer({ noDelay: true }, socket => {
    socket.on('error', () => socket.destroy());
    if (availability === 'refusing') {
      socket.destroy();
      return;
    }
    clients.add(socket);
    connections++;
    socket.once('close', () => clients.delete(socket));
    // Unread bytes would hide its leaving, also where the device only speaks.
    socket.on('data', bytes => heard?.(bytes));
  });

  const listen = async (): Promise<void> => {
    try {
      server.listen(port, config.host);
      await once(server, 'listening');
    } catch (failure) {
      throw new GatewayError('unreachable', `cannot listen on ${config.host}:${port}: ${systemCode(failure)}`, {
        advice: 'Stop the program that has the port, or choose another one.',
        cause: failure,
      });
    }
    const address = server.address();
    if (address !== null && typeof address !== 'string') port = address.port;
  };

  const disconnect = (): void => {
    for (const client of clients) client.destroy();
  };

  await listen();
  let settled = Promise.resolve();
  return {
    connection: { transport: 'tcp-client', host: config.host, port },
    write: bytes => {
      for (const client of clients) {
        if (client.writableLength > maximumLag) client.destroy();
        else client.write(bytes);
      }
    },
    connections: () => connections,
    setAvailability: next => {
      availability = next;
      if (next !== 'open') disconnect();
      settled = settled.then(async () => {
        if (next === 'away' && server.listening) server.close();
        else if (next !== 'away' && !server.listening) await listen();
      });
    },
    [Symbol.asyncDispose]: async () => {
      await settled;
      disconnect();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
};
