import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLog } from '../../../gateway/ops/log.ts';

const openLog = (secrets: readonly string[] = []) => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', secrets: () => secrets, write: line => lines.push(line) });
  return { log, lines, last: () => z.record(z.string(), z.unknown()).parse(JSON.parse(lines.at(-1) ?? '')) };
};

describe('the log', () => {
  it('writes one JSON object a line with time, level and message', () => {
    const { log, last } = openLog();
    log.warn('the device cannot be read', { retryInMs: 1000 });
    expect(last()).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'warn',
      message: 'the device cannot be read',
      retryInMs: 1000,
    });
  });

  it('carries the fields of its part on every line', () => {
    const { log, last } = openLog();
    log.with({ device: 'pm-1' }).with({ driver: 'pms5003' }).info('the device speaks');
    expect(last()).toMatchObject({ device: 'pm-1', driver: 'pms5003' });
  });

  it('remembers its newest lines, secrets already taken out', () => {
    const { log } = openLog(['hunter22']);
    log.info('one');
    log.with({ device: 'pm-1' }).warn('two hunter22');
    expect(log.tail(1, 'info')).toEqual([expect.stringMatching(/^\{"level":"warn",.*"two \[secret\]"\}$/)]);
    expect(log.tail(10, 'warn')).toHaveLength(1);
  });

  it('writes a message that comes again and again only so often, each device by itself', () => {
    const { log, lines } = openLog();
    const [one, other] = [log.with({ device: 'pm-1' }), log.with({ device: 'pm-2' })];
    for (let time = 0; time < 1000; time++) one.warn('the device cannot be read', { time });
    other.warn('the device cannot be read');
    expect(lines).toHaveLength(21);
  });

  it('writes nothing below its level', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'error', secrets: () => [], write: line => lines.push(line) });
    log.warn('not so bad');
    expect(lines).toEqual([]);
  });

  it.each([
    ['as it is', 'hunter22'],
    ['with characters that JSON escapes', 'a"b\\c\n'],
    ['inside of an address', 'p@ss/w0rd'],
  ])('leaves out a revealed secret %s', (_, secret) => {
    const { log, lines } = openLog([secret]);
    log.error(`refused ${secret}`, { nested: { detail: `${encodeURIComponent(secret)}!` } });
    expect(lines.join('')).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(lines.join('')).not.toContain(encodeURIComponent(secret));
    expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });

  it('leaves out logins in addresses, known or not', () => {
    const { log, lines } = openLog();
    log.info('opened rtsp://admin:hunter22@10.0.0.9:554/live');
    expect(lines[0]).toContain('rtsp://[secret]@10.0.0.9:554/live');
  });

  it('leaves out fields that are named like a secret', () => {
    const { log, lines } = openLog();
    log.info('login', { password: 'hunter22', user: { token: 'hunter22' } });
    expect(lines[0]).not.toContain('hunter22');
  });
});
