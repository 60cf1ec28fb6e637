import { expect, it } from 'vitest';
import { minutes, seconds } from '../../../core/time.ts';
import { driver as pms5003 } from '../../../drivers/sensors/pms5003/driver.ts';
import { driver as sds011 } from '../../../drivers/sensors/sds011/driver.ts';

const connection = { transport: 'serial', path: '/dev/serial/by-path/port0' };

it.each(['10s', '5m', '60m'])('a PMS5003 that is asked every %s and then wakes up is not called silent', interval => {
  const { silence } = pms5003.bind('aq-1', { connection, mode: 'passive', rest: 'between-readings', interval });
  const between = { '10s': seconds(10), '5m': minutes(5), '60m': minutes(60) }[interval] ?? Number.NaN;
  // Rested, it runs for 30 s before it is read.
  expect(silence).toBeGreaterThan(between + seconds(30));
});

it('a PMS5003 that speaks by itself is missed after half a minute, whatever its interval', () => {
  expect(pms5003.bind('aq-1', { connection, interval: '60m' }).silence).toBe(seconds(30));
});

it('an SDS011 that is asked once in two hours is not called silent', () => {
  const { silence } = sds011.bind('aq-1', { connection, mode: 'query', interval: '2h' });
  expect(silence).toBeGreaterThan(minutes(120));
});
