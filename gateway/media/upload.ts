/** One file by HTTPS PUT to the operations center, with the gateway's client certificate. */
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { pemError } from '../../core/pem-error.ts';
import { type Clock, seconds } from '../../core/time.ts';
import { tlsError } from '../../core/tls-error.ts';
import { socketError } from '../../drivers/transports/socket-error.ts';

/** PEM files; read again for each new connection, so that a renewed certificate needs no restart. */
export interface MediaTls {
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

export interface Upload {
  readonly key: string;
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface Uploader extends Disposable {
  /**
   * `stored`, or `refused` when the other side will never take this very file. Throws `denied` when it wants other
   * credentials, `config` for an address where nothing can be stored, `unreachable` or `protocol` otherwise.
   */
  put(upload: Upload, signal: AbortSignal): Promise<'stored' | 'refused'>;
}

/** Silence on the line for so long ends the attempt. */
const silentFor = seconds(30);

/** RFC 9110: content too large, unsupported media type, unprocessable content. */
const refusedForGood: ReadonlySet<number> = new Set([413, 415, 422]);

const readPem = (file: string | undefined, field: string): Promise<Buffer> | undefined =>
  file === undefined
    ? undefined
    : readFile(file).catch((cause: unknown) => {
        throw pemError(file, ['media', field], cause);
      });

const judge = (status: number, place: string): 'stored' | 'refused' => {
  if (status === 200 || status === 201 || status === 204) return 'stored';
  if (refusedForGood.has(status)) return 'refused';
  if (status === 401 || status === 403) {
    throw new GatewayError('denied', `${place} does not let this gateway store pictures (HTTP ${status})`, {
      advice: 'Check the client certificate under "media", and what the center allows it.',
    });
  }
  if (status === 429 || status >= 500) {
    throw new GatewayError('unreachable', `${place} cannot take pictures now (HTTP ${status})`);
  }
  throw new GatewayError('config', `${place} is no place where pictures can be put (HTTP ${status})`, {
    advice: 'Check "url" under "media".',
    path: ['media', 'url'],
  });
};

/** `url` is followed by `/` and the key. */
export const createUploader = (url: string, tls: MediaTls, clock: Clock): Uploader => {
  const base = url.replace(/\/+$/, '');
  const { host } = new URL(base);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });

  const translate = (failure: unknown): GatewayError =>
    failure instanceof GatewayError
      ? failure
      : (tlsError(systemCode(failure), host, clock.now(), failure) ?? socketError(failure, host));

  const request = async ({ key, sha256, mediaType, bytes }: Upload, signal: AbortSignal): Promise<number> => {
    const [ca, cert, privateKey] = await Promise.all([
      readPem(tls.ca, 'ca'),
      readPem(tls.certificate, 'certificate'),
      readPem(tls.key, 'key'),
    ]);
    return new Promise((resolve, reject) => {
      const put = https.request(`${base}/${key}`, {
        method: 'PUT',
        agent,
        signal,
        timeout: silentFor,
        headers: {
          'content-type': mediaType,
          'content-length': bytes.length,
          // RFC 9530: what arrives can be checked without asking the event.
          'content-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
        },
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(privateKey !== undefined && { key: privateKey }),
      });
      put.on('timeout', () =>
        put.destroy(new GatewayError('unreachable', `${host} did not answer within ${silentFor / 1000} s`)),
      );
      put.on('error', reject);
      put.on('response', response => {
        response.on('error', reject);
        response.on('end', () => resolve(response.statusCode ?? 0));
        // What it says is not needed, but the connection is free only when all of it was read.
        response.resume();
      });
      put.end(bytes);
    });
  };

  return {
    put: async (upload, signal) => {
      try {
        return judge(await request(upload, signal), host);
      } catch (failure) {
        throw translate(failure);
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
};
