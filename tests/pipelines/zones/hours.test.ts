import { expect, it } from 'vitest';
import { createHours, type Hours } from '../../../pipelines/zones/hours.ts';
import { createLocalTime } from '../../../pipelines/zones/local-time.ts';

const at = (text: string): number => Date.parse(text);
const night: Hours = [{ from: '22:00', to: '05:00' }];

it.each([
  ['21:59', '2026-11-23T14:59:59Z', false],
  ['22:00', '2026-11-23T15:00:00Z', true],
  ['midnight', '2026-11-23T17:00:00Z', true],
  ['04:59', '2026-11-23T21:59:59Z', true],
  ['05:00', '2026-11-23T22:00:00Z', false],
])('forbids the night from 22:00 to 05:00 by the clocks of the city: %s', (_, time, is) => {
  expect(createHours(createLocalTime('Asia/Ho_Chi_Minh'))(night, at(time))).toBe(is);
});

it('counts the small hours to the day on which the night began', () => {
  const isForbidden = createHours(createLocalTime('Asia/Ho_Chi_Minh'));
  const saturdays: Hours = [{ from: '22:00', to: '05:00', days: ['sat'] }];
  // 2026-11-28 is a Saturday.
  expect(isForbidden(saturdays, at('2026-11-28T16:00:00Z'))).toBe(true);
  expect(isForbidden(saturdays, at('2026-11-28T20:00:00Z'))).toBe(true);
  expect(isForbidden(saturdays, at('2026-11-27T20:00:00Z'))).toBe(false);
  expect(isForbidden(saturdays, at('2026-11-29T16:00:00Z'))).toBe(false);
});

it('forbids the whole day where both ends are the same, and part of it where the end is later', () => {
  const isForbidden = createHours(createLocalTime('Asia/Ho_Chi_Minh'));
  const sunday: Hours = [{ from: '00:00', to: '00:00', days: ['sun'] }];
  expect(isForbidden(sunday, at('2026-11-29T03:00:00Z'))).toBe(true);
  expect(isForbidden(sunday, at('2026-11-28T16:59:00Z'))).toBe(false);
  const noon: Hours = [{ from: '11:00', to: '13:00' }];
  expect(isForbidden(noon, at('2026-11-29T05:00:00Z'))).toBe(true);
  expect(isForbidden(noon, at('2026-11-29T06:00:00Z'))).toBe(false);
});
