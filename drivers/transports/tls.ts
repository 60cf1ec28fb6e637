/**
 * TLS to a device that may show a certificate of its own making: it is judged before a byte is sent, by the system's
 * authorities, by those of a file, or by its fingerprint.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { onAbort } from '../../core/abort.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { pemError } from '../../core/pem-error.ts';
import type { Clock, Duration } from '../../core/time.ts';
import { tlsError } from '../../core/tls-error.ts';
import { formatPlace, socketError } from './socket-error.ts';

/** Whom a device's certificate must come from; the system's authorities decide where neither is given. */
export interface Trust {
  /** PEM text of the authorities that sign it. */
  readonly ca?: Uint8Array;
  /** SHA-256 of the certificate itself (DER), in hexadecimal digits: then nothing else of it matters, nor its dates. */
  readonly fingerprint?: string;
}

/** Fields by which a driver lets people say whom to trust; never both. */
export const trustFields = {
  ca: z.string().optional().describe('PEM file with the authorities that sign its certificate.'),
  fingerprint: z
    .string()
    .regex(
      /^(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$|^[0-9A-Fa-f]{64}$/,
      'expected the SHA-256 fingerprint of a certificate: 32 pairs of hexadecimal digits',
    )
    .optional()
    .describe('SHA-256 fingerprint of its certificate, whoever signed it: no other one is spoken to.'),
} as const;

type TrustConfig = z.output<z.ZodObject<typeof trustFields>>;

export const trustsOneWay = ({ ca, fingerprint }: TrustConfig): boolean =>
  ca === undefined || fingerprint === undefined;

export const trustsNobody = ({ ca, fingerprint }: TrustConfig): boolean =>
  ca === undefined && fingerprint === undefined;

/** What `trustsOneWay` refuses, for people. */
export const eitherTrust = {
  message: 'either the authority of the certificate or its fingerprint',
  path: ['fingerprint'],
};

/** Throws `config` when the file of authorities cannot be read. */
export const readTrust = async ({ ca, fingerprint }: TrustConfig): Promise<Trust> => {
  if (fingerprint !== undefined) return { fingerprint };
  if (ca === undefined) return {};
  return {
    ca: await readFile(ca).catch((cause: unknown) => {
      throw pemError(ca, ['ca'], cause);
    }),
  };
};

export interface TlsPlace {
  readonly host: string;
  readonly port: number;
  readonly within: Duration;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const bare = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

const handshake = async ({ host, port, within, signal, clock }: TlsPlace, ca?: Uint8Array): Promise<TLSSocket> => {
  const place = formatPlace(host, port);
  const socket = connect({
    host,
    port,
    // Judged below: by itself it would be refused before its fingerprint can be told.
    rejectUnauthorized: false,
    // The name of a server is never an address (RFC 6066, 3).
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
  });
  const late = AbortSignal.timeout(within);
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.any([signal, late]) });
    return socket;
  } catch (failure) {
    socket.destroy();
    if (late.aborted) throw new GatewayError('unreachable', `${place} did not answer within ${within / 1000} s`);
    throw tlsError(systemCode(failure), place, clock.now(), failure) ?? socketError(failure, place);
  }
};

const fingerprintOf = (socket: TLSSocket): string => socket.getPeerX509Certificate()?.fingerprint256 ?? '';

/** `AB:CD:…`, whoever shows it; nothing is sent. */
export const readFingerprint = async (place: TlsPlace): Promise<string> => {
  const socket = await handshake(place);
  using _ = onAbort(place.signal, () => socket.destroy());
  return fingerprintOf(socket);
};

/**
 * A connection to whom it is meant for. Throws `denied` with the fingerprint that was seen when the certificate is not
 * trusted, otherwise as a socket does.
 */
export const connectTls = async (at: TlsPlace, { ca, fingerprint }: Trust): Promise<TLSSocket> => {
  const socket = await handshake(at, ca);
  const seen = fingerprintOf(socket);
  const place = formatPlace(at.host, at.port);
  if (fingerprint !== undefined) {
    if (bare(seen) === bare(fingerprint)) return socket;
    socket.destroy();
    throw new GatewayError('denied', `${place} shows another certificate than the pinned one: ${seen}`, {
      advice:
        'Compare that SHA-256 fingerprint with the one that the device itself shows: write it as "fingerprint" only when they are the same, else somebody stands between.',
      path: ['fingerprint'],
    });
  }
  if (socket.authorized) return socket;
  socket.destroy();
  const code = String(socket.authorizationError);
  const known = tlsError(code, place, at.clock.now(), undefined);
  throw new GatewayError(
    known?.kind ?? 'denied',
    `${known?.message ?? `${place} shows a certificate that is not trusted (${code})`}; its SHA-256 fingerprint is ${seen}`,
    {
      advice: `${known?.advice ?? 'Give its authority as "ca".'} Or compare the fingerprint with the one that the device itself shows, and write it as "fingerprint".`,
    },
  );
};
