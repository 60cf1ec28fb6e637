import { describe, expect, it } from 'vitest';
import { createTimeParser, isTimePattern, isTimeZone } from '../../../../drivers/protocols/records/device-time.ts';

const iso = (text: unknown, zone = 'UTC'): string | undefined => {
  const instant = createTimeParser({ format: 'iso', zone })(text);
  return instant === undefined ? undefined : new Date(instant).toISOString();
};

describe('the time of a device', () => {
  it.each([
    ['2026-11-23T08:00:00', 'Asia/Ho_Chi_Minh', '2026-11-23T01:00:00.000Z'],
    ['2026-11-23 08:00:00', '+07:00', '2026-11-23T01:00:00.000Z'],
    ['2026-11-23T08:00:00Z', 'Asia/Ho_Chi_Minh', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T08:00:00+07:00', 'UTC', '2026-11-23T01:00:00.000Z'],
    ['2026-11-23T08:00:00+0700', 'UTC', '2026-11-23T01:00:00.000Z'],
    ['2026-11-23T08:00:00-03', 'UTC', '2026-11-23T11:00:00.000Z'],
    ['2026-11-23T08:00', 'UTC', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T08:00:00.5', 'UTC', '2026-11-23T08:00:00.500Z'],
    ['2026-11-23T08:00:00,123456789Z', 'UTC', '2026-11-23T08:00:00.123Z'],
    ['2028-02-29T00:00:00Z', 'UTC', '2028-02-29T00:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(iso(text, zone)).toBe(expected);
  });

  it('follows a zone over the change of its offset', () => {
    expect(iso('2026-03-29T01:59:59', 'Europe/Berlin')).toBe('2026-03-29T00:59:59.000Z');
    expect(iso('2026-03-29T03:00:00', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z');
    expect(iso('2026-10-25T03:00:00', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z');
  });

  it.each([
    '',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-11-23',
    '2026-11-23T25:00:00Z',
    5,
    null,
  ])('%j is none', text => {
    expect(iso(text)).toBeUndefined();
  });

  it.each([
    ['epoch-s', 1_795_395_600, 1_795_395_600_000],
    ['epoch-s', 1_795_395_600.25, 1_795_395_600_250],
    ['epoch-s', '1795395600', 1_795_395_600_000],
    ['epoch-ms', 1_795_395_600_123, 1_795_395_600_123],
    ['epoch-ms', 'soon', undefined],
    ['epoch-s', '', undefined],
    ['epoch-s', true, undefined],
  ] as const)('%s %j is %s', (format, value, expected) => {
    expect(createTimeParser({ format, zone: 'UTC' })(value)).toBe(expected);
  });

  it('keeps to the zone when one time comes after another', () => {
    const parse = createTimeParser({ format: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/Berlin' });
    const read = (text: string): string => new Date(parse(text) ?? 0).toISOString();
    expect(read('2026-10-25 01:59:59')).toBe('2026-10-24T23:59:59.000Z');
    expect(read('2026-10-25 03:00:01')).toBe('2026-10-25T02:00:01.000Z');
    expect(read('2026-10-25 03:14:59')).toBe('2026-10-25T02:14:59.000Z');
    expect(read('2026-03-29 03:00:00')).toBe('2026-03-29T01:00:00.000Z');
  });

  it.each([
    ['dd/MM/yyyy HH:mm:ss', '26/11/2026 07:05:09', '2026-11-26T00:05:09.000Z'],
    ['dd/MM/yyyy HH:mm:ss', ' 26/11/2026  07:05:09 ', '2026-11-26T00:05:09.000Z'],
    ['d/M/yyyy H:mm', '6/1/2026 7:05', '2026-01-06T00:05:00.000Z'],
    ['HH:mm:ss dd-MM-yy', '07:05:09 26-11-26', '2026-11-26T00:05:09.000Z'],
    ['yyyyMMddHHmmss', '20261126070509', '2026-11-26T00:05:09.000Z'],
    ['yyyyMMddHHmmss', 20261126070509, '2026-11-26T00:05:09.000Z'],
    ['yyyy.MM.dd HH:mm:ss.SSS', '2026.11.26 07:05:09.250', '2026-11-26T00:05:09.250Z'],
    ['dd/MM/yyyy HH:mm:ss', '30/02/2026 07:05:09', undefined],
    ['dd/MM/yyyy HH:mm:ss', '11/26/2026 07:05:09', undefined],
    ['dd/MM/yyyy HH:mm:ss', '26/11/2026 24:05:09', undefined],
    ['dd/MM/yyyy HH:mm:ss', '26/11/2026', undefined],
    ['dd/MM/yyyy HH:mm:ss', 20261126, undefined],
    ['yyyy.MM.dd HH:mm', '2026x11x26 07:05', undefined],
  ])('%s reads %j as %s', (format, value, expected) => {
    const instant = createTimeParser({ format, zone: 'Asia/Ho_Chi_Minh' })(value);
    expect(instant === undefined ? undefined : new Date(instant).toISOString()).toBe(expected);
  });

  it.each(['', 'dd/MM/yyyy', 'HH:mm', 'dd/MM/yyyy hh:mm', 'dd/MM/yyyy HH:mm dd', 'iso', 'day dd MM yyyy HH mm'])(
    '%j is no pattern',
    text => {
      expect(isTimePattern(text)).toBe(false);
    },
  );

  it('knows zones from names that are none', () => {
    expect(isTimeZone('Asia/Ho_Chi_Minh')).toBe(true);
    expect(isTimeZone('+07:00')).toBe(true);
    expect(isTimeZone('Asia/Hue')).toBe(false);
  });
});
