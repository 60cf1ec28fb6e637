import { expect, test } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import type { VesselUpdate } from '../../../core/vessel.ts';
import { createSummary, type Summary } from '../../../gateway/cli/replay-summary.ts';

const from = Date.parse('2026-11-23T00:00:00Z');
const hour = 3_600_000;

const update = (key: string, after: number): VesselUpdate => {
  const time = from + after * hour;
  return {
    kind: 'vessel-update',
    cause: 'position',
    device: 'ais-1',
    time,
    timeFrom: 'device',
    vessel: { key },
    fix: { source: 'ais', time, longitude: 107.6, latitude: 16.5 },
    receivers: ['ais-1'],
    firstSeen: from,
    lastSeen: time,
  };
};

const event = (name: Conclusion['event'], severity?: Conclusion['severity']): Conclusion => ({
  kind: 'conclusion',
  event: name,
  source: 'track',
  subject: 'vessel/mmsi/574000001',
  time: from,
  key: 'a',
  ...(severity !== undefined && { severity }),
  data: {},
});

/** What is said at the end of a day. */
const formatted = (summary: Summary): string =>
  summary.format({ from, to: from + 24 * hour, took: 1500, pipeline: 'vessels', stages: ['track', 'downsample'] });

const follow = (summary: Summary, ...updates: readonly VesselUpdate[]): void =>
  summary.onStep('track', { output: updates });

test('counts what asks somebody to look, per hundred days of vessels that were followed', () => {
  const summary = createSummary();
  follow(summary, update('mmsi/1', 0), update('mmsi/2', 6), update('mmsi/1', 12), update('mmsi/2', 18));
  follow(summary, update('mmsi/1', 6));
  for (const severity of ['MEDIUM', 'INFORMATIONAL', undefined] as const)
    summary.onEvent(event('fishing-vessel.boundary.crossed', severity));
  summary.onEvent(event('fishing-vessel.distress.raised', 'CRITICAL'));
  summary.onEvent(event('fishing-vessel.distress.updated', 'CRITICAL'));
  summary.onEvent(event('fishing-vessel.distress.cleared', 'CRITICAL'));
  const text = formatted(summary);
  expect(text).toContain('2026-11-23T00:00:00Z to 2026-11-24T00:00:00Z (1d), replayed in 2s');
  expect(text).toContain('through the pipeline vessels: track, downsample');
  expect(text).toContain('2 vessels, followed from report to report: 1.00 vessel-days');
  expect(text).toContain('2 alarms: 200.0 per 100 vessel-days');
  expect(text).toMatch(/^fishing-vessel\.boundary\.crossed +3 +100\.0$/m);
  expect(text).toMatch(/^fishing-vessel\.distress\.raised +1 +100\.0$/m);
  expect(text).toMatch(/^fishing-vessel\.distress\.updated +1 *$/m);
  expect(text).toMatch(/^fishing-vessel\.distress\.cleared +1 *$/m);
});

test('nobody followed a vessel between two reports that are more than a day apart', () => {
  const summary = createSummary();
  follow(summary, update('mmsi/1', 0), update('mmsi/1', 24), update('mmsi/1', 24 * 400), update('mmsi/1', 24 * 401));
  expect(formatted(summary)).toContain('1 vessel, followed from report to report: 2.00 vessel-days');
});

test('tells no rate of less than a vessel-day', () => {
  const summary = createSummary();
  follow(summary, update('mmsi/1', 0), update('mmsi/1', 1));
  summary.onEvent(event('fishing-vessel.distress.raised', 'CRITICAL'));
  const text = formatted(summary);
  expect(text).toContain('1 alarm: too few vessel-days for a rate');
  expect(text).toMatch(/^fishing-vessel\.distress\.raised +1 *$/m);
});

test('says what downsampling left of the positions, and what could not be read or was passed over', () => {
  const summary = createSummary();
  const at = { device: 'ais-1', time: from, timeFrom: 'device', longitude: 107.6, latitude: 16.5 } as const;
  for (let count = 0; count < 1234; count++)
    summary.onObservation({
      ...at,
      kind: 'vessel-position',
      mmsi: 574_000_001,
      stationClass: 'A',
      messageType: 1,
      accurate: true,
    });
  for (let count = 0; count < 123; count++) summary.onEvent(event('fishing-vessel.vessel.observed'));
  summary.onCount('ais-1', 'malformed bad-checksum');
  summary.onStep('track', { output: [], dropped: { repeated: 30 } });
  summary.onStep('track', { output: [], dropped: { repeated: 12 } });
  const text = formatted(summary);
  expect(text).toContain('1,234 positions of vessels became 123 events: 10.0 %');
  expect(text).toMatch(/^vessel-position +1,234$/m);
  expect(text).toMatch(/^ais-1: malformed bad-checksum +1$/m);
  expect(text).toMatch(/^track: repeated +42$/m);
});

test('says where the clock of a recording was not believed', () => {
  const summary = createSummary();
  expect(formatted(summary)).not.toContain('with a time');
  summary.onDoubt('time-before-the-last');
  summary.onDoubt('time-far-ahead');
  summary.onDoubt('start-not-used');
  const text = formatted(summary);
  expect(text).toContain('1 record with a time more than a minute before');
  expect(text).toContain('1 record with a time far ahead');
  expect(text).toContain('1 recording with times of its own, for which --start was not used');
});

test('says how far a reader of the events is off from what was reported', () => {
  const summary = createSummary();
  const at = (seconds: number, latitude: number): VesselUpdate => {
    const time = from + seconds * 1000;
    return { ...update('mmsi/1', 0), time, fix: { source: 'ais', time, longitude: 107.6, latitude } };
  };
  const told = (latitude: number): Conclusion => ({
    ...event('fishing-vessel.vessel.observed'),
    subject: 'vessel/mmsi/1',
    data: { location: { coordinates: [107.6, latitude] }, speedOverGround: 5, courseOverGround: 0 },
  });
  summary.onStep('track', { output: [at(0, 16.5)] });
  summary.onStep('geofence', { output: [at(0, 16.5)] });
  summary.onEvent(told(16.5));
  // Believed to be 50 m farther north, it still is where it was.
  summary.onStep('track', { output: [at(10, 16.5)] });
  // What is not believed is nobody's error, and neither is what came late from another source.
  summary.onStep('track', { output: [at(5, 16.6)] });
  summary.onStep('track', { output: [{ ...at(20, 20), implausible: true }] });
  expect(formatted(summary)).toContain('off by up to 50 m in 95 % of them, by 50 m at most');
});
