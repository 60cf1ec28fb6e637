/** The gateway's HTTP interface: health for supervisors, metrics for Prometheus, the read model for people and programs. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { fastify } from 'fastify';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { GatewayStatus } from '../runtime/status.ts';
import { createMetrics, type Metrics } from './metrics.ts';

export interface ApiOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked for on every path but `/healthz` and `/readyz`. */
  readonly token?: string;
  readonly status: () => GatewayStatus;
  /** Why the gateway is not well and should be started afresh; undefined while it is. */
  readonly defect: () => string | undefined;
}

export interface Api extends AsyncDisposable {
  readonly port: number;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const noCompiler = (): never => {
  throw new GatewayError('defect', 'a route of the API has a schema');
};

/** Throws `config` when the port is taken or the address is not of this machine. */
export const openApi = async (options: ApiOptions): Promise<Api> => {
  const { host, port, token, status } = options;
  const server = fastify({
    logger: false,
    bodyLimit: 16_384,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    // No route has a schema; the compilers of schemas cost a tenth of a second and 2 MB.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
  let opened: Promise<Metrics> | undefined;
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`);

  server.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (expected === undefined || request.url === '/healthz' || request.url === '/readyz') return undefined;
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return undefined;
    return reply.code(401).send({ error: 'send the token as "Authorization: Bearer …"' });
  });
  server.get('/healthz', async (_request, reply) => {
    const defect = options.defect();
    return reply.code(defect === undefined ? 200 : 503).send({ healthy: defect === undefined, reason: defect });
  });
  server.get('/readyz', async (_request, reply) => {
    const { ready } = status();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  server.get('/metrics', async (_request, reply) => {
    // Where nobody asks, the library is not loaded.
    opened ??= createMetrics(status);
    const metrics = await opened;
    return reply.type(metrics.contentType).send(await metrics.text());
  });
  server.get('/api/v1/status', async () => status());
  server.get('/api/v1/outbox', async () => {
    const { outbox, uplinks, now } = status();
    return { now, outbox, uplinks };
  });

  try {
    await server.listen({ host, port });
  } catch (cause) {
    await server.close();
    const taken = systemCode(cause) === 'EADDRINUSE';
    throw new GatewayError('config', `the API cannot listen on ${host}:${port}${taken ? ': the port is taken' : ''}`, {
      cause,
      advice: taken
        ? 'Is another gateway running? Otherwise set "port" under "api".'
        : 'Set "host" and "port" under "api" to an address of this machine.',
      path: ['api', 'port'],
    });
  }
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: async () => {
      await server.close();
    },
  };
};
