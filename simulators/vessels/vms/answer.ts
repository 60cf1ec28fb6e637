/** A provider that is asked over HTTP: it answers with what it has, or that nothing changed. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { z } from 'zod';
import { GatewayError, systemCode } from '../../../core/errors.ts';
import { host } from '../../../core/fields.ts';
import type { Fault } from '../../../core/simulator.ts';
import type { Courier } from './courier.ts';

export const answerCourierConfig = z.strictObject({
  transport: z.literal('http-server').describe('The gateway asks the provider.'),
  host: host().default('127.0.0.1'),
  port: z.int().min(0).max(65535).default(0).describe('TCP port on which it answers; 0 takes a free one.'),
  token: z.string().optional().describe('Token that it asks for.'),
  interval: z.string().optional().describe('How often the gateway is to ask.'),
  timeout: z.string().optional().describe('How long the gateway is to wait.'),
});

const pathname = '/api/positions';

/** Throws `unreachable` when the port is taken. */
export const openAnswerCourier = async (
  config: z.output<typeof answerCourierConfig>,
  contentType: string,
): Promise<Courier> => {
  let { port } = config;
  let current: Uint8Array = Buffer.from('[]');
  let whole = true;
  let shown: Fault | undefined;

  const answer = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    // It took the question, and says nothing.
    if (shown === 'silent') return;
    const isKnown = config.token === undefined || request.headers.authorization === `Bearer ${config.token}`;
    if (!isKnown || shown === 'refuse-login') {
      response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
      return;
    }
    const tag = `"${createHash('sha256').update(current).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, { ETag: tag }).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': current.length, ETag: tag });
    if (whole) response.end(current);
    else response.write(current.subarray(0, Math.ceil(current.length / 2)));
  };

  const server = http.createServer(answer);
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
  await listen();
  let settled = Promise.resolve();
  return {
    connection: {
      transport: 'http-client',
      url: `http://${config.host}:${port}${pathname}`,
      ...(config.interval !== undefined && { interval: config.interval }),
      ...(config.timeout !== undefined && { timeout: config.timeout }),
    },
    deliver: async (bytes, isWhole) => {
      current = bytes;
      whole = isWhole;
      return isWhole;
    },
    show: fault => {
      shown = fault;
      whole = true;
      server.closeAllConnections();
      settled = settled.then(async () => {
        if (fault === 'away' && server.listening) {
          server.close();
          server.closeAllConnections();
        } else if (fault !== 'away' && !server.listening) await listen();
      });
    },
    [Symbol.asyncDispose]: async () => {
      await settled;
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
