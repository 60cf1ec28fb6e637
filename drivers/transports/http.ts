/** Single HTTP requests: bounded answers, HTTP Digest, no redirects, no connection kept. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { onAbort } from '../../core/abort.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { type Clock, type Duration, seconds, systemClock } from '../../core/time.ts';
import { tlsError } from '../../core/tls-error.ts';
import { answerChallenge, type Challenge, type Credentials, chooseChallenge } from './http-digest.ts';
import { formatPlace, socketError } from './socket-error.ts';
import { connectTls, type Trust } from './tls.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** `http:` or `https:`. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM text of the authorities that sign the server's certificate; the system's when absent. */
  readonly ca?: Uint8Array;
  /** The connection to take for `https:`, where it stands already; closed with the answer. */
  readonly secured?: TLSSocket;
  /** From the first byte out to the last byte in. */
  readonly within: Duration;
  /** Of the answer's body. */
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

const hostOf = (url: URL): { readonly host: string; readonly port: number } => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
});

/** Where a URL leads, for people: `host:port`, without anything secret that it may hold. */
export const placeOf = (url: URL): string => {
  const { host, port } = hostOf(url);
  return formatPlace(host, port);
};

/**
 * One request and its answer, whatever its status. Throws `unreachable` when there is none in time, `protocol` when it is
 * too long, and what TLS says of certificates.
 */
export const exchange = async (asked: HttpRequest): Promise<HttpResponse> => {
  const { method, url, body, ca, secured, within, maximumBytes, signal, clock } = asked;
  const place = placeOf(url);
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const headers = { ...asked.headers, ...length };
  const connection =
    secured === undefined
      ? { agent: false as const, ...(ca !== undefined && { ca: Buffer.from(ca) }) }
      : { createConnection: () => secured };
  const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers, ...connection });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays for what still fails after the answer.
    request.on('error', reject);
  });
  using _ = onAbort(signal, () => request.destroy());
  let late: GatewayError | undefined;
  const timer = setTimeout(() => {
    late = unanswered(place, within);
    request.destroy(late);
  }, within);
  try {
    request.end(body);
    const response = await answered;
    const chunks: Buffer[] = [];
    let received = 0;
    for await (const chunk of response) {
      received += chunk.length;
      if (received > maximumBytes) {
        throw new GatewayError('protocol', `${place} answered more than ${maximumBytes} bytes`);
      }
      chunks.push(chunk);
    }
    const { statusCode = 0, headers, rawHeaders } = response;
    return { status: statusCode, headers, rawHeaders, body: Buffer.concat(chunks) };
  } catch (failure) {
    // In the middle of an answer the library tells of a broken connection, not of why it was broken.
    throw late ?? tlsError(systemCode(failure), place, clock.now(), failure) ?? socketError(failure, place);
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
};

const unanswered = (place: string, within: Duration): GatewayError =>
  new GatewayError('unreachable', `${place} did not answer within ${within / 1000} s`, {
    advice: 'Check power, cable and address of the device.',
  });

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Values of all `WWW-Authenticate` headers, in their order. */
  readonly challenges: readonly string[];
}

export interface HttpPost {
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
  readonly authorization?: string;
  readonly trust: Trust;
  readonly signal: AbortSignal;
}

const maximumBytes = 1_048_576;
const answersWithin = seconds(10);

const post = async ({ url, contentType, body, authorization, trust, signal }: HttpPost): Promise<HttpAnswer> => {
  const at = { ...hostOf(url), within: answersWithin, signal, clock: systemClock };
  const secured = url.protocol === 'https:' ? await connectTls(at, trust) : undefined;
  const answer = await exchange({
    method: 'POST',
    url,
    headers: { 'Content-Type': contentType, ...(authorization !== undefined && { Authorization: authorization }) },
    body,
    ...(secured !== undefined && { secured }),
    within: answersWithin,
    maximumBytes,
    signal,
    clock: systemClock,
  });
  const challenges: string[] = [];
  for (const [at, name] of answer.rawHeaders.entries()) {
    if (at % 2 === 0 && name.toLowerCase() === 'www-authenticate') challenges.push(answer.rawHeaders[at + 1] ?? '');
  }
  return { status: answer.status, body: answer.body.toString('utf8'), challenges };
};

export type PostWithLogin = (request: Omit<HttpPost, 'authorization' | 'trust'>) => Promise<HttpAnswer>;

/**
 * Posts without a login first, and again with HTTP Digest where the device asks for it; later requests answer the same
 * challenge at once. An answer of 401 means that the login was refused, or that there is none to give. Over HTTPS nothing is
 * sent before the certificate was found to be trusted.
 */
export const createPost = (credentials: Credentials | undefined, trust: Trust = {}): PostWithLogin => {
  let challenge: Challenge | undefined;
  let count = 0;

  const authorize = (url: URL): string | undefined => {
    if (challenge === undefined || credentials === undefined) return undefined;
    count++;
    return answerChallenge(challenge, credentials, {
      method: 'POST',
      target: `${url.pathname}${url.search}`,
      count,
      clientNonce: randomBytes(8).toString('hex'),
    });
  };

  return async request => {
    const known = challenge;
    const authorization = authorize(request.url);
    const first = await post({ ...request, trust, ...(authorization !== undefined && { authorization }) });
    if (first.status !== 401) return first;
    const asked = chooseChallenge(first.challenges);
    // The same nonce again is a refusal of the login; another one only means that the old one is stale.
    if (asked === undefined || asked.nonce === known?.nonce) return first;
    challenge = asked;
    count = 0;
    const answer = authorize(request.url);
    return answer === undefined ? first : post({ ...request, trust, authorization: answer });
  };
};
