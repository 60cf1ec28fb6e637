import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Fault } from '../../core/simulator.ts';
import type { Authority, Identity } from './certificate.ts';

export interface MediaReport {
  /** Files that arrived whole and match what an event announced. */
  readonly stored: number;
  readonly bytes: number;
  /** Files whose bytes are not those that were announced. */
  readonly mismatched: number;
  /** Files that no event has announced (yet). */
  readonly unannounced: number;
  /** Announced and not here yet. */
  readonly awaited: number;
}

export interface MediaServer extends AsyncDisposable {
  /** `https://127.0.0.1:18443/media`. */
  readonly url: string;
  announce(key: string, sha256: string): void;
  show(fault: Fault | undefined): void;
  report(): MediaReport;
}

export interface MediaServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly authority: Authority;
  readonly identity: Identity;
}

const maximumBytes = 32 * 2 ** 20;
/** Beyond this many keys the oldest are forgotten. */
const rememberedKeys = 10_000;

const sha256Of = async (request: IncomingMessage): Promise<{ sha256: string; bytes: number } | undefined> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request) {
    const part: unknown = chunk;
    if (!(part instanceof Uint8Array)) continue;
    bytes += part.length;
    if (bytes > maximumBytes) return undefined;
    hash.update(part);
  }
  return { sha256: hash.digest('hex'), bytes };
};

/**
 * Takes pictures by HTTPS PUT from clients whose certificate the authority issued, and compares their bytes with what
 * the events announced. The bytes themselves are not kept. `refuse-login` answers 403, `hang` and `silent` never
 * answer, `away` closes the connection, `noise` answers 500.
 */
export const startMediaServer = async (options: MediaServerOptions): Promise<MediaServer> => {
  const announced = new Map<string, string>();
  const arrived = new Map<string, { readonly sha256: string; readonly bytes: number }>();
  let shown: Fault | undefined;

  const remember = <T>(map: Map<string, T>, key: string, value: T): void => {
    map.delete(key);
    map.set(key, value);
    const oldest = map.size > rememberedKeys ? map.keys().next().value : undefined;
    if (oldest !== undefined) map.delete(oldest);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (shown === 'hang' || shown === 'silent') return;
    if (shown === 'away') {
      request.destroy();
      return;
    }
    const key = decodeURI(new URL(request.url ?? '/', 'https://ioc').pathname).replace(/^\/media\//, '');
    if (shown === 'refuse-login') response.writeHead(403).end();
    else if (shown === 'noise') response.writeHead(500).end('<html>');
    else if (request.method !== 'PUT') response.writeHead(405, { allow: 'PUT' }).end();
    else {
      const file = await sha256Of(request);
      if (file === undefined) {
        response.writeHead(413).end();
        return;
      }
      const again = arrived.has(key);
      remember(arrived, key, file);
      response.writeHead(again ? 204 : 201).end();
    }
  };

  const server = https.createServer(
    {
      cert: options.identity.certificate,
      key: options.identity.key,
      ca: options.authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      answer(request, response).catch(() => request.destroy());
    },
  );
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;

  return {
    url: `https://127.0.0.1:${port}/media`,
    announce: (key, sha256) => remember(announced, key, sha256),
    show: fault => {
      shown = fault;
      if (fault === undefined || fault === 'away') server.closeAllConnections();
    },
    report: () => {
      let stored = 0;
      let mismatched = 0;
      let unannounced = 0;
      let bytes = 0;
      for (const [key, file] of arrived) {
        bytes += file.bytes;
        const expected = announced.get(key);
        if (expected === undefined) unannounced++;
        else if (expected === file.sha256) stored++;
        else mismatched++;
      }
      const awaited = [...announced.keys()].filter(key => !arrived.has(key)).length;
      return { stored, bytes, mismatched, unannounced, awaited };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
