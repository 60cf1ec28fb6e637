/** InfluxDB 1.x, and what takes its `/write`. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { sleep } from '../../core/abort.ts';
import { seconds } from '../../core/time.ts';
import {
  answerTimeout,
  type Database,
  type DatabaseOptions,
  judgeFailure,
  judgeStatus,
  type Written,
} from './database.ts';
import type { Point } from './point.ts';

/** The client library takes a host out of its list for a while after a failure: whether to wait is not its to decide. */
const noPause = {
  getDelay: () => 0,
  next: () => noPause,
  reset: () => noPause,
};

export const openVersion1 = async ({ config, secrets, ca }: DatabaseOptions): Promise<Database> => {
  const { InfluxDB } = await import('influx');
  const url = new URL(config.url);
  const isSecure = url.protocol === 'https:';
  const agent = isSecure ? new HttpsAgent({ keepAlive: true, ca }) : new HttpAgent({ keepAlive: true });
  const { password } = secrets;
  const client = new InfluxDB({
    ...(config.database !== undefined && { database: config.database }),
    ...(config.username !== undefined && { username: config.username }),
    ...(password !== undefined && { password }),
    hosts: [
      {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port === '' ? (isSecure ? 443 : 80) : url.port),
        protocol: isSecure ? 'https' : 'http',
        path: url.pathname === '/' ? '' : url.pathname.replace(/\/$/, ''),
        options: { agent },
      },
    ],
    pool: { maxRetries: 0, requestTimeout: answerTimeout, backoff: noPause },
  });
  const write = async (points: readonly Point[]): Promise<Written> => {
    const writing = client.writePoints(
      points.map(({ measurement, tags, fields, time }) => ({ measurement, tags, fields, timestamp: new Date(time) })),
      {
        precision: 'ms',
        ...(config.retentionPolicy !== undefined && { retentionPolicy: config.retentionPolicy }),
      },
    );
    const impatience = new AbortController();
    // An answer that breaks off in the middle never comes to an end for the library.
    const tooLate = sleep(answerTimeout + seconds(5), impatience.signal).then(() => {
      throw new Error('its answer did not end');
    });
    writing.catch(() => {});
    tooLate.catch(() => {});
    try {
      await Promise.race([writing, tooLate]);
      return { kind: 'taken', tooOld: 0 };
    } catch (thrown) {
      const { status, retryAfter } = answerIn(thrown);
      if (status === undefined) return judgeFailure(config, thrown);
      const detail = thrown instanceof Error ? thrown.message.replace(/^A \d+ .* error occurred: /, '') : '';
      return judgeStatus(config, { status, detail, ...(retryAfter !== undefined && { retryAfter }) });
    } finally {
      impatience.abort();
    }
  };

  return { knock: () => write([]), write, [Symbol.dispose]: () => agent.destroy() };
};

/** The library gives an answer that is no success as the `res` of its error, and keeps none of a 5xx. */
const answerIn = (thrown: unknown): { readonly status?: number; readonly retryAfter?: number } => {
  if (typeof thrown !== 'object' || thrown === null || !('res' in thrown)) return {};
  const { res } = thrown;
  if (typeof res !== 'object' || res === null || !('statusCode' in res) || !('headers' in res)) return {};
  const { statusCode, headers } = res;
  if (typeof statusCode !== 'number') return {};
  const asked =
    typeof headers === 'object' && headers !== null && 'retry-after' in headers ? Number(headers['retry-after']) : NaN;
  return { status: statusCode, ...(asked >= 0 && { retryAfter: seconds(asked) }) };
};
