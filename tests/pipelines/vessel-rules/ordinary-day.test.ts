/** Rules of vessels that cry wolf are not done: the hours of an ordinary day on which they would, and what they must tell. */
import { expect, test } from 'vitest';
import { watchOrdinaryDay } from '../../../bench/vessel-alarms.ts';
import { tellMeetings } from '../../../bench/vessel-meetings.ts';
import { hours } from '../../../core/time.ts';

test('on an ordinary day at a harbor nothing is told but a shared MMSI and the odd close pass in a bend', {
  timeout: 120_000,
}, async () => {
  const { vesselDays, alarms } = await watchOrdinaryDay(1, 60, hours(8));
  expect(vesselDays).toBeGreaterThan(30);
  const others = alarms.filter(({ event }) => event !== 'fishing-vessel.collision-risk.raised');
  expect(others).toMatchObject([{ event: 'fishing-vessel.identity.changed', subject: 'vessel/mmsi/574599999' }]);
  expect(alarms.length - others.length).toBeLessThanOrEqual(vesselDays * 0.1);
});

test('meetings at sea, loiterers and collision courses are told, however they come about', { timeout: 60_000 }, () => {
  for (const [rule, told] of tellMeetings(20)) expect(told, rule).toBeGreaterThanOrEqual(18);
});
