/** Asks a running gateway. */
import { loadConfig } from '../../config/load.ts';
import { createSecrets } from '../../config/reveal.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { requireConfig } from './report.ts';

export interface ApiAddress {
  readonly url: string;
  readonly token?: string;
}

/** Where the gateway of this configuration answers. Throws `config` with every problem of the file. */
export const apiOf = async (file: string): Promise<ApiAddress> => {
  const { api } = requireConfig(file, await loadConfig(file));
  const host = ['0.0.0.0', '::'].includes(api.host) ? '127.0.0.1' : api.host;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${api.port}`,
    ...(api.token !== undefined && { token: createSecrets(process.env).reveal(api.token) }),
  };
};

/** Nobody listens there, which is no failure for who can do without. */
export const nobody = Symbol('nobody');

/** The answer as JSON, or `nobody`. Throws `unreachable` for no answer, `denied` for a wrong token, else `protocol`. */
export const askApi = async ({ url, token }: ApiAddress, path: string): Promise<unknown> => {
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5000),
    });
  } catch (cause) {
    if (cause instanceof Error && systemCode(cause.cause) === 'ECONNREFUSED') return nobody;
    throw new GatewayError('unreachable', `no gateway answers at ${url}`, { cause });
  }
  if (response.status === 401) {
    throw new GatewayError('denied', `the gateway at ${url} asks for its token`, {
      advice: 'Give the configuration file, which names the token.',
    });
  }
  if (!response.ok) throw noHaidang({ url });
  return response.json().catch(() => {
    throw noHaidang({ url });
  });
};

/** Another program listens there. */
export const noHaidang = ({ url }: ApiAddress): GatewayError =>
  new GatewayError('protocol', `what answers at ${url} is no Haidang gateway`, {
    advice: 'Another program has this port: stop it, or set "port" under "api".',
  });

export const noGateway = ({ url }: ApiAddress): GatewayError =>
  new GatewayError('unreachable', `no gateway runs at ${url}`, {
    advice: '`haidang run FILE` starts one; FILE or --url says where to ask.',
  });
