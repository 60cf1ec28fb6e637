/** A provider that sends over TCP: it dials the gateway, or the gateway dials it. */
import net from 'node:net';
import { z } from 'zod';
import { host, port } from '../../../core/fields.ts';
import type { Outlet } from '../../outlets/outlet.ts';
import type { Courier } from './courier.ts';

export const dialCourierConfig = z.strictObject({
  transport: z.literal('tcp-client').describe('The provider dials the gateway.'),
  host: host().default('127.0.0.1'),
  port: port().describe('TCP port on which the gateway listens.'),
});

const part = (bytes: Uint8Array, whole: boolean): Uint8Array =>
  whole ? bytes : bytes.subarray(0, Math.ceil(bytes.length / 2));

/** Dials when it has something to say, and keeps the connection. */
export const createDialCourier = ({ host: hostname, port: at }: z.output<typeof dialCourierConfig>): Courier => {
  let shown: Parameters<Courier['show']>[0];
  let socket: net.Socket | undefined;

  const hangUp = (): void => {
    socket?.destroy();
    socket = undefined;
  };

  const connected = (): Promise<net.Socket | undefined> =>
    new Promise(resolve => {
      if (socket !== undefined && !socket.destroyed) {
        resolve(socket);
        return;
      }
      const dialed = net.connect({ host: hostname, port: at, noDelay: true });
      socket = dialed;
      dialed.once('connect', () => resolve(dialed));
      dialed.on('error', () => dialed.destroy());
      dialed.once('close', () => resolve(undefined));
      dialed.resume();
    });

  return {
    connection: { transport: 'tcp-server', host: hostname, port: at },
    deliver: async (bytes, whole) => {
      if (shown === 'away' || shown === 'refuse-login') return false;
      const line = await connected();
      if (line === undefined) return false;
      return new Promise(resolve => line.write(part(bytes, whole), failure => resolve(whole && failure == null)));
    },
    show: fault => {
      shown = fault;
      if (fault === 'away' || fault === 'refuse-login') hangUp();
    },
    [Symbol.asyncDispose]: async () => hangUp(),
  };
};

/** Whoever listens to the outlet hears what is delivered while it listens. */
export const createListenCourier = (outlet: Outlet): Courier => ({
  connection: outlet.connection,
  deliver: async (bytes, whole) => {
    if (outlet.connections() === 0) return false;
    outlet.write(part(bytes, whole));
    return whole;
  },
  show: fault => outlet.setAvailability(fault === 'refuse-login' ? 'refusing' : fault === 'away' ? 'away' : 'open'),
  [Symbol.asyncDispose]: () => outlet[Symbol.asyncDispose](),
});
