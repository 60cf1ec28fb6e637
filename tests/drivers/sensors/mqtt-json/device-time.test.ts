import { describe, expect, it } from 'vitest';
import { isTimeZone, parseDeviceTime } from '../../../../drivers/sensors/mqtt-json/device-time.ts';

const iso = (text: unknown, zone = 'UTC'): string | undefined => {
  const instant = parseDeviceTime(text, { format: 'iso', zone });
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
    expect(parseDeviceTime(value, { format, zone: 'UTC' })).toBe(expected);
  });

  it('knows zones from names that are none', () => {
    expect(isTimeZone('Asia/Ho_Chi_Minh')).toBe(true);
    expect(isTimeZone('+07:00')).toBe(true);
    expect(isTimeZone('Asia/Hue')).toBe(false);
  });
});
