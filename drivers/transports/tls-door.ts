/**
 * A port of this machine behind which one connection to a device stands, whose certificate was judged before: for programs
 * that speak TLS without judging certificates, as ffmpeg's RTSP does.
 */
import { once } from 'node:events';
import net from 'node:net';
import { pipeline } from 'node:stream';
import { systemCode } from '../../core/errors.ts';
import { socketError } from './socket-error.ts';
import { connectTls, type TlsPlace, type Trust } from './tls.ts';

export interface TlsDoor extends AsyncDisposable {
  /** On 127.0.0.1. The first who connects has the connection; there is no second. */
  readonly port: number;
}

/** What passes goes on as it is: a broken side ends the other. */
const nothingToSay = (): void => {};

/** Throws as `connectTls` does. */
export const openTlsDoor = async (at: TlsPlace, trust: Trust): Promise<TlsDoor> => {
  const outside = await connectTls(at, trust);
  // Until somebody connects it may end.
  outside.on('error', nothingToSay);
  let inside: net.Socket | undefined;
  const server = net.createServer({ noDelay: true }, socket => {
    if (inside !== undefined) {
      socket.destroy();
      return;
    }
    inside = socket;
    server.close();
    pipeline(socket, outside, socket, nothingToSay);
  });
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  } catch (failure) {
    outside.destroy();
    throw socketError(failure, `a port of this machine (${systemCode(failure)})`);
  }
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.close();
      inside?.destroy();
      outside.destroy();
      if (!outside.closed) await once(outside, 'close');
    },
  };
};
