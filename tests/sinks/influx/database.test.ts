import { expect, test } from 'vitest';
import { influxSchema } from '../../../sinks/influx/config.ts';
import { judgeFailure, judgeStatus } from '../../../sinks/influx/database.ts';

const config = influxSchema.parse({
  name: 'history',
  sink: 'influx',
  url: 'http://db:8086',
  version: 1,
  database: 'h',
});

test.each([
  [400, 'partial write: field type conflict dropped=1', { kind: 'at-fault' }],
  [413, 'Request Entity Too Large', { kind: 'at-fault' }],
  [422, 'failed to parse', { kind: 'at-fault' }],
  [400, 'partial write: points beyond retention policy dropped=12', { kind: 'taken', tooOld: 12 }],
  [401, 'authorization failed', { kind: 'away', error: { kind: 'denied' } }],
  [403, 'not authorized', { kind: 'away', error: { kind: 'denied' } }],
  [404, 'database not found', { kind: 'away', error: { kind: 'config' } }],
  [429, 'slow down', { kind: 'away', error: { kind: 'unreachable' }, retryAfter: 7000 }],
  [503, 'timeout', { kind: 'away', error: { kind: 'unreachable' }, retryAfter: 7000 }],
  [301, '', { kind: 'away', error: { kind: 'protocol' } }],
])('HTTP status %d with "%s" is judged', (status, detail, verdict) => {
  expect(judgeStatus(config, { status, detail, retryAfter: 7000 })).toMatchObject(verdict);
});

test('says what to look at when the certificate is not trusted', () => {
  const failure = Object.assign(new Error('no'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  expect(judgeFailure(config, failure)).toMatchObject({ error: { advice: expect.stringContaining('"ca"') } });
});
