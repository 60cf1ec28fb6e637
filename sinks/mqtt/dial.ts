/** Sockets to the center's brokers, and what is proven with on them. */
import { readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { pemError } from '../../core/pem-error.ts';
import { seconds } from '../../core/time.ts';
import type { UplinkConfig } from './config.ts';

type Files = Pick<UplinkConfig, 'ca' | 'certificate' | 'key'>;

const readPem = (file: string, field: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw pemError(file, [field], cause);
  });

/** Read for each connection, so that a renewed certificate is used without a restart. */
export const readIdentity = async ({ ca, certificate, key }: Files) => ({
  ...(ca !== undefined && { ca: await readPem(ca, 'ca') }),
  ...(certificate !== undefined && { cert: await readPem(certificate, 'certificate') }),
  ...(key !== undefined && { key: await readPem(key, 'key') }),
});

export type Identity = Awaited<ReturnType<typeof readIdentity>>;

/** Another text when one of the files was written anew; empty when there are none. */
export const stampIdentity = async ({ ca, certificate, key }: Files): Promise<string> => {
  const stamps: string[] = [];
  for (const file of [ca, certificate, key]) {
    if (file === undefined) continue;
    const found = await stat(file).catch(() => undefined);
    stamps.push(found === undefined ? 'missing' : `${found.ino} ${found.mtimeMs} ${found.size}`);
  }
  return stamps.join();
};

export interface Line {
  /** What MQTT is spoken on. */
  readonly stream: Duplex;
  /** Bytes on the network so far, both ways. */
  carried(): number;
}

/** Throws for a certificate and a key that do not belong together, and leaves no socket behind. */
const secure = (socket: net.Socket, host: string, identity: Identity): tls.TLSSocket => {
  try {
    return tls.connect({ socket, host, ...identity, ...(net.isIP(host) === 0 && { servername: host }) });
  } catch (cause) {
    socket.destroy();
    throw cause;
  }
};

/** `onReady` when the other side is there and, with TLS, is who it should be; `onError` for everything that fails. */
export const dial = (
  url: string,
  identity: Identity,
  onReady: () => void,
  onError: (thrown: unknown) => void,
): Line => {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'mqtts:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = net.connect({ host, port: Number(port) || (isSecure ? 8883 : 1883), noDelay: true });
  socket.on('error', onError);
  const carried = (): number => socket.bytesRead + socket.bytesWritten;
  if (!isSecure) {
    socket.once('connect', onReady);
    return { stream: socket, carried };
  }
  const stream = secure(socket, host, identity);
  stream.on('error', onError);
  stream.once('secureConnect', onReady);
  return { stream, carried };
};

const patience = seconds(5);

/** Somebody listens there and, with TLS, is who it should be. Says nothing to it. */
export const isReachable = async (url: string, files: Files): Promise<boolean> => {
  const identity = await readIdentity(files).catch(() => undefined);
  if (identity === undefined) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let line: Line;
  try {
    line = dial(
      url,
      identity,
      () => resolve(true),
      () => resolve(false),
    );
  } catch {
    // Certificate and key that do not belong together.
    return false;
  }
  const timer = setTimeout(() => resolve(false), patience);
  const answers = await promise;
  clearTimeout(timer);
  line.stream.destroy();
  return answers;
};
