/**
 * Documents that others post to the gateway (HTTP push). Overflow policy: block, and 503 beyond what may wait. A sender
 * gets its answer when the document is settled: 200 when it is on the disk, 422 when nothing of it can be read, 503 when
 * it has to be sent again.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { z } from 'zod';
import { onAbort } from '../../core/abort.ts';
import type { Document, DocumentOutcome, Documents } from '../../core/document.ts';
import type { Context } from '../../core/driver.ts';
import { byteSize, host, port } from '../../core/fields.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { type Duration, minutes, seconds } from '../../core/time.ts';
import { largestDocument } from './document-size.ts';
import { authorizationOf, createLoginGuard, loginFields, refineLogin } from './http-login.ts';
import { formatPlace, socketError } from './socket-error.ts';
import { readTlsFiles, refineTls, stampTlsFiles, tlsFields } from './tls-files.ts';

/** Documents that wait to be read or settled. */
const mostWaiting = 8;
const mostConnections = 64;
/** A body that is not complete by then is given up. */
const sentWithin = seconds(30);
const idleAfter = seconds(60);
/** How often it is looked for connections that took too long. */
const checkEvery = seconds(5);
/** Seconds after which a sender that was told 503 does well to come again. */
const comeAgainAfter = '30';

const isLoopback = (address: string): boolean => /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/.test(address);

export const httpServerConfig = z
  .strictObject({
    transport: z.literal('http-server').describe('The provider posts to the gateway (HTTP POST).'),
    host: host()
      .default('127.0.0.1')
      .describe('Address of this machine on which the gateway listens; others than loopback only with a login.'),
    port: port().describe('TCP port on which the gateway listens.'),
    path: z
      .string()
      .regex(/^\/[A-Za-z0-9._~/-]{0,255}$/, 'expected a path such as "/positions"')
      .default('/')
      .describe('Path under which it takes positions.'),
    maximumSize: byteSize()
      .refine(bytes => bytes >= 1 && bytes <= largestDocument, 'from "1B" to "16MiB"')
      .prefault('4MiB')
      .describe('Of a body; a larger one is refused with 413.'),
    ...tlsFields,
    ...loginFields,
  })
  .superRefine((config, context) => {
    refineLogin(config, context);
    refineTls(config, context);
    if (isLoopback(config.host) || config.token !== undefined || config.username !== undefined) return;
    const message = 'other machines may post only with "token", or "username" and "password"';
    context.addIssue({ code: 'custom', path: ['host'], message });
  });
export type HttpServerConfig = z.output<typeof httpServerConfig>;

type Answer = readonly [status: number, body: Readonly<Record<string, unknown>>];

const answerTo = (outcome: DocumentOutcome): Answer => {
  if (outcome.kind === 'failed') return [503, { error: 'not accepted now: send it again' }];
  const { accepted, reasons } = outcome.tally;
  const refused = Object.fromEntries(reasons);
  if (outcome.kind === 'taken') return [200, { accepted, refused }];
  return [422, { error: 'nothing of it can be read', refused }];
};

const send = (response: http.ServerResponse, [status, body]: Answer): void => {
  if (response.headersSent || response.destroyed) return;
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer, Basic realm="haidang"' }),
    ...(status === 405 && { Allow: 'POST' }),
    ...(status === 503 && { 'Retry-After': comeAgainAfter }),
    // What is left of a body that nobody reads would be taken for the next request.
    ...(status !== 200 && status !== 422 && { Connection: 'close' }),
  });
  response.end(text);
};

/** The body, or undefined when it is longer than `maximum`. Throws when the sender breaks off. */
const readBody = async (request: http.IncomingMessage, maximum: number): Promise<Buffer | undefined> => {
  if (Number(request.headers['content-length'] ?? 0) > maximum) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maximum) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/**
 * Every body that is posted, until aborted; by HTTPS where there is a certificate. Throws `unreachable` when the port is
 * taken, `config` when it is not allowed, or a secret or certificate is missing.
 */
export async function* openHttpServer(
  config: HttpServerConfig,
  context: Pick<Context, 'signal' | 'clock' | 'count' | 'reveal'>,
  lookForRenewalEvery: Duration = minutes(1),
): Documents & AsyncGenerator<Document, void> {
  const { signal, clock, count, reveal } = context;
  const place = formatPlace(config.host, config.port);
  if (signal.aborted) return;
  const expected = authorizationOf(config, reveal);
  const mayPost = expected === undefined ? () => true : createLoginGuard(expected);
  const queue = new BoundedQueue<Document>({ capacity: mostWaiting, overflow: 'block' });
  let waiting = 0;

  /** What is wrong with a request before its body is read. */
  const refuse = (request: http.IncomingMessage): Answer | undefined => {
    if (!mayPost(request.headers.authorization)) {
      count('refused.login');
      return [401, { error: 'send the login as "Authorization: Bearer …" or "Authorization: Basic …"' }];
    }
    const [path] = (request.url ?? '').split('?', 1);
    if (path !== config.path) return [404, { error: 'no positions are taken under this path' }];
    if (request.method !== 'POST') return [405, { error: 'positions are taken by POST' }];
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      count('refused.encoding');
      return [415, { error: 'send the body as it is, without Content-Encoding' }];
    }
    if (waiting < mostWaiting) return undefined;
    count('refused.too-many');
    return [503, { error: 'too many wait already: send it again' }];
  };

  const take = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const refusal = refuse(request);
    if (refusal !== undefined) {
      send(response, refusal);
      return;
    }
    waiting++;
    let isWaiting = true;
    const conclude = (answer: Answer): void => {
      if (isWaiting) waiting--;
      isWaiting = false;
      send(response, answer);
    };
    try {
      const bytes = await readBody(request, config.maximumSize);
      if (bytes === undefined) {
        count('malformed.too-long');
        conclude([413, { error: `a body may have ${config.maximumSize} bytes` }]);
        return;
      }
      const settle = (outcome: DocumentOutcome): void => conclude(answerTo(outcome));
      if (!queue.offer({ bytes, receivedAt: clock.now(), settle }))
        conclude([503, { error: 'the gateway is closing' }]);
    } catch {
      // The sender went away, or took too long.
      count('malformed.broken-off');
      conclude([400, { error: 'the body is not complete' }]);
    }
  };

  let tlsStamp = await stampTlsFiles(config);
  const files = await readTlsFiles(config);
  const limits = {
    requestTimeout: sentWithin,
    headersTimeout: sentWithin,
    connectionsCheckingInterval: checkEvery,
    keepAliveTimeout: idleAfter,
    maxHeaderSize: 16_384,
  } as const;
  const listener: http.RequestListener = (request, response) => void take(request, response);
  const secure = files && https.createServer({ ...limits, ...files, handshakeTimeout: sentWithin }, listener);
  const server = secure ?? http.createServer(limits, listener);
  /** While renewed files are no good the old ones stand. */
  const renew = async (): Promise<void> => {
    const stamp = await stampTlsFiles(config);
    if (stamp === tlsStamp) return;
    try {
      const renewed = await readTlsFiles(config);
      if (renewed !== undefined) secure?.setSecureContext(renewed);
      tlsStamp = stamp;
    } catch {
      count('refused.certificate');
    }
  };
  const renewing = secure && setInterval(() => void renew(), lookForRenewalEvery);
  server.maxConnections = mostConnections;
  using _ = onAbort(signal, () => {
    queue.close();
    server.close();
    server.closeAllConnections();
  });
  try {
    server.listen(config.port, config.host);
    // A host name is looked up first; what was closed meanwhile must not begin to listen.
    server.on('listening', () => signal.aborted && server.close());
    await once(server, 'listening', { signal });
    server.on('error', failure => queue.fail(socketError(failure, place)));
    for await (const document of queue) {
      if (signal.aborted) return;
      yield document;
    }
  } catch (failure) {
    if (signal.aborted) return;
    throw socketError(failure, place);
  } finally {
    clearInterval(renewing);
  }
}
