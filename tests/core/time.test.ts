import { expect, it } from 'vitest';
import {
  formatDuration,
  hours,
  minutes,
  parseDuration,
  seconds,
  toTimestamp,
  toTimestampSeconds,
} from '../../core/time.ts';

it.each([
  ['500ms', 500],
  ['5s', seconds(5)],
  ['1.5m', seconds(90)],
  ['6h', hours(6)],
  ['7d', hours(168)],
  ['5', undefined],
  ['5 s', undefined],
  ['-5s', undefined],
  ['s', undefined],
])('reads the duration "%s" as %s', (text, duration) => {
  expect(parseDuration(text)).toBe(duration);
});

it.each([
  [850, '850ms'],
  [seconds(5), '5s'],
  [minutes(12) + seconds(5), '12m 5s'],
  [hours(76), '3d 4h'],
  [hours(24) + seconds(1), '1d'],
])('writes %d ms as %s', (duration, text) => {
  expect(formatDuration(duration).startsWith(text)).toBe(true);
});

it('writes instants in UTC, with milliseconds or without', () => {
  const instant = Date.UTC(2026, 10, 25, 1, 2, 3, 45);
  expect(toTimestamp(instant)).toBe('2026-11-25T01:02:03.045Z');
  expect(toTimestampSeconds(instant)).toBe('2026-11-25T01:02:03Z');
});
