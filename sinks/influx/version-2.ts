/** InfluxDB 2.x, and what takes its `/api/v2/write`. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  answerTimeout,
  type Database,
  type DatabaseOptions,
  judgeFailure,
  judgeStatus,
  type Written,
} from './database.ts';

/** Smaller bodies gain nothing by it. */
const gzipThreshold = 1000;

export const openVersion2 = async ({ config, secrets, ca }: DatabaseOptions): Promise<Database> => {
  const { HttpError, InfluxDB, Point, setLogger } = await import('@influxdata/influxdb-client');
  // It would write to the console what is reported here.
  setLogger({ error: () => {}, warn: () => {} });
  const agent = config.url.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true, ca })
    : new HttpAgent({ keepAlive: true });
  const { token } = secrets;
  const client = new InfluxDB({
    url: config.url,
    ...(token !== undefined && { token }),
    timeout: answerTimeout,
    transportOptions: { agent },
  });
  const judge = (thrown: unknown): Written => {
    if (!(thrown instanceof HttpError)) return judgeFailure(config, thrown);
    const retryAfter = thrown.retryAfter();
    return judgeStatus(config, {
      status: thrown.statusCode,
      detail: thrown.body ?? thrown.message,
      ...(retryAfter > 0 && { retryAfter }),
    });
  };
  const organization = config.organization ?? '';
  const bucket = config.bucket ?? '';
  return {
    knock: async () => {
      // The library's writer sends no batch that is empty.
      const query = new URLSearchParams({ org: organization, bucket, precision: 'ms' });
      try {
        await client.transport.request(`/api/v2/write?${query}`, '', { method: 'POST' });
        return { kind: 'taken', tooOld: 0 };
      } catch (thrown) {
        return judge(thrown);
      }
    },
    write: async points => {
      const writer = client.getWriteApi(organization, bucket, 'ms', {
        // One request for the batch; whether and when it is tried again is not the library's to decide.
        batchSize: points.length + 1,
        maxBatchBytes: Number.MAX_SAFE_INTEGER,
        flushInterval: 0,
        maxRetries: 0,
        gzipThreshold,
      });
      try {
        writer.writePoints(
          points.map(({ measurement, tags, fields, time }) => {
            const point = new Point(measurement).timestamp(new Date(time));
            for (const [tag, value] of Object.entries(tags)) point.tag(tag, value);
            for (const [field, value] of Object.entries(fields)) {
              if (typeof value === 'boolean') point.booleanField(field, value);
              else point.floatField(field, value);
            }
            return point;
          }),
        );
        await writer.flush();
        return { kind: 'taken', tooOld: 0 };
      } catch (thrown) {
        return judge(thrown);
      } finally {
        writer.dispose();
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
};
