/** A provider that posts to the gateway. */
import http from 'node:http';
import { z } from 'zod';
import { host, port } from '../../../core/fields.ts';
import type { Courier } from './courier.ts';

export const postCourierConfig = z.strictObject({
  transport: z.literal('http-client').describe('The provider posts to the gateway.'),
  host: host().default('127.0.0.1'),
  port: port().describe('TCP port on which the gateway listens.'),
  path: z.string().startsWith('/').default('/'),
  token: z.string().optional().describe('Token of the login at the gateway.'),
});

export const createPostCourier = (config: z.output<typeof postCourierConfig>, contentType: string): Courier => {
  const open = new Set<http.ClientRequest>();
  let shown: Parameters<Courier['show']>[0];
  const { host: hostname, port: at, path, token } = config;

  const deliver: Courier['deliver'] = (bytes, whole) =>
    new Promise(resolve => {
      if (shown === 'away') {
        resolve(false);
        return;
      }
      const bearer = shown === 'refuse-login' ? 'not the token' : token;
      const request = http.request({
        host: hostname,
        port: at,
        path,
        method: 'POST',
        agent: false,
        headers: {
          'Content-Type': contentType,
          'Content-Length': bytes.length,
          ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
        },
      });
      open.add(request);
      request.on('error', () => resolve(false));
      request.on('close', () => {
        open.delete(request);
        resolve(false);
      });
      request.on('response', response => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      if (whole) request.end(bytes);
      else request.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => resolve(false));
    });

  const breakOff = (): void => {
    for (const request of open) request.destroy();
  };

  return {
    connection: { transport: 'http-server', host: hostname, port: at, path },
    deliver,
    show: fault => {
      shown = fault;
      breakOff();
    },
    [Symbol.asyncDispose]: async () => breakOff(),
  };
};
