import { describe, expect, it } from 'vitest';
import type { VmsPosition } from '../../../../core/observation.ts';
import { type ReportedPosition, toVmsCall, toVmsPosition } from '../../../../drivers/protocols/vms/position.ts';

const receivedAt = Date.UTC(2026, 10, 26, 7);
const at = { device: 'vms-1', provider: 'viettel', receivedAt };
const reported: ReportedPosition = {
  report: 'position',
  time: receivedAt - 3_600_000,
  longitude: 107.1234567,
  latitude: 16.7654321,
  vmsId: 'V-1',
};

const observed = (changes: Partial<ReportedPosition>): VmsPosition => {
  const decoded = toVmsPosition({ ...reported, ...changes }, at);
  if (decoded.kind !== 'observation' || decoded.observation.kind !== 'vms-position') throw new Error(decoded.kind);
  return decoded.observation;
};
const reasonOf = (changes: Partial<ReportedPosition>, now = receivedAt): string => {
  const decoded = toVmsPosition({ ...reported, ...changes }, { ...at, receivedAt: now });
  return decoded.kind === 'observation' ? 'observed' : `${decoded.kind}.${decoded.reason}`;
};

describe('a position that a provider reports', () => {
  it('is observed at the time that it names, with six decimals', () => {
    expect(observed({ speedKnots: 7.26, courseDegrees: 359.96 })).toEqual({
      kind: 'vms-position',
      device: 'vms-1',
      time: receivedAt - 3_600_000,
      timeFrom: 'device',
      provider: 'viettel',
      vmsId: 'V-1',
      longitude: 107.123457,
      latitude: 16.765432,
      sogKnots: 7.3,
      cogDegrees: 0,
      report: 'position',
    });
  });

  it('keeps what is said of an alarm, and only that', () => {
    expect([observed({ alarm: 'distress' }).alarm, observed({ alarm: 'none' }).alarm]).toEqual(['distress', 'none']);
    expect(observed({})).not.toHaveProperty('alarm');
  });

  it('has speed and course only where they can be', () => {
    for (const changes of [
      { speedKnots: -1, courseDegrees: -1 },
      { speedKnots: 102.3, courseDegrees: 360.1 },
    ]) {
      expect(observed(changes)).not.toHaveProperty('sogKnots');
      expect(observed(changes)).not.toHaveProperty('cogDegrees');
    }
  });

  it.each<[Partial<ReportedPosition>, string]>([
    [{ latitude: 90.1 }, 'malformed.bad-position'],
    [{ longitude: -180.1 }, 'malformed.bad-position'],
    [{ longitude: Number.NaN }, 'malformed.bad-position'],
    [{ longitude: 0, latitude: 0 }, 'ignored.no-position'],
    [{ longitude: 0 }, 'observed'],
    [{ time: Date.UTC(1999, 7, 22) }, 'malformed.implausible-time'],
    [{ time: Number.NaN }, 'malformed.implausible-time'],
    [{ time: receivedAt - 40 * 86_400_000 }, 'observed'],
    [{ time: receivedAt + 9 * 60_000 }, 'observed'],
    // Local time of Viet Nam, taken for UTC.
    [{ time: receivedAt + 7 * 3_600_000 }, 'malformed.time-ahead'],
    // Latitude and longitude of Viet Nam the wrong way round.
    [{ latitude: 107.7, longitude: 16.6 }, 'malformed.bad-position'],
    [{ longitude: 0, latitude: 0, alarm: 'none' }, 'ignored.no-position'],
    [{ vmsId: undefined }, 'malformed.no-identity'],
    // What stands where a number is not known.
    [{ vmsId: undefined, mmsi: 0 }, 'malformed.no-identity'],
    [{ vmsId: undefined, mmsi: 999_999_999 }, 'malformed.no-identity'],
    [{ vmsId: undefined, imo: 0 }, 'malformed.no-identity'],
    [{ vmsId: undefined, imo: 9_134_271 }, 'malformed.no-identity'],
    [{ vmsId: undefined, imo: 9_134_270 }, 'observed'],
    [{ vmsId: ' \0 ' }, 'malformed.no-identity'],
  ])('with %j is %s', (changes, expected) => {
    expect(reasonOf(changes)).toBe(expected);
  });

  it('is not judged by a gateway whose own clock was never set', () => {
    expect(reasonOf({ time: receivedAt }, Date.UTC(2020, 0, 1))).toBe('observed');
    // Milliseconds taken for seconds: a year that cannot be written down.
    expect(reasonOf({ time: receivedAt * 1000 }, Date.UTC(2020, 0, 1))).toBe('malformed.implausible-time');
    expect(reasonOf({ time: 1e300 }, Date.UTC(2020, 0, 1))).toBe('malformed.implausible-time');
  });

  it.each([
    [{ mark: 'tth 96969 ts' }, { mark: 'TTH-96969-TS', vmsId: 'V-1' }],
    // Where the mark is, differs: as the name, as the device's id.
    [
      { vmsId: undefined, name: 'TTH 96969 TS' },
      { mark: 'TTH-96969-TS', name: 'TTH 96969 TS' },
    ],
    [{ vmsId: 'QT96969TS' }, { mark: 'QT-96969-TS', vmsId: 'QT96969TS' }],
    // What is no mark in Viet Nam still tells vessels apart.
    [{ vmsId: undefined, mark: 'SCH43' }, { vmsId: 'SCH43' }],
    [
      { vmsId: undefined, name: 'FAITH SZ 1146' },
      { vmsId: 'FAITH SZ 1146', name: 'FAITH SZ 1146' },
    ],
    [
      { vmsId: undefined, name: 'HẢI ĐĂNG', callSign: 'xva1234' },
      { callSign: 'XVA1234', name: 'HẢI ĐĂNG' },
    ],
    [{ vmsId: undefined, mmsi: 574_000_001 }, { mmsi: 574_000_001 }],
    [{ name: `A\0\u202e B\n${'x'.repeat(100)}` }, { vmsId: 'V-1', name: `A B ${'x'.repeat(60)}` }],
    [{ flag: 'vnm' }, { vmsId: 'V-1', flag: 'VNM' }],
    [{ flag: 'X' }, { vmsId: 'V-1' }],
  ])('with %j is known as %j', (changes, expected) => {
    const { vmsId, mark, name, callSign, mmsi, flag } = observed(changes);
    expect(JSON.parse(JSON.stringify({ vmsId, mark, name, callSign, mmsi, flag }))).toEqual(expected);
  });
});

describe('a call for help', () => {
  const call = { kind: 'vms-call', device: 'vms-1', provider: 'viettel', vmsId: 'V-1' };

  it.each<[Partial<ReportedPosition>, 'device' | 'gateway']>([
    [{ longitude: 0, latitude: 0 }, 'device'],
    [{ latitude: 90.1 }, 'device'],
    [{ time: receivedAt + 7 * 3_600_000 }, 'gateway'],
    [{ time: Date.UTC(1999, 7, 22) }, 'gateway'],
  ])('is heard without its position where that or its time cannot be: %j', (changes, timeFrom) => {
    expect(toVmsPosition({ ...reported, alarm: 'distress', ...changes }, at)).toEqual({
      kind: 'observation',
      observation: { ...call, time: timeFrom === 'device' ? reported.time : receivedAt, timeFrom },
    });
  });

  it('without any time is heard when it comes, and is lost only where nothing says who calls', () => {
    expect(toVmsCall({ vmsId: 'V-1' }, at)).toEqual({
      kind: 'observation',
      observation: { ...call, time: receivedAt, timeFrom: 'gateway' },
    });
    expect(toVmsCall({ flag: 'VNM' }, at)).toEqual({ kind: 'malformed', reason: 'no-identity' });
  });
});
