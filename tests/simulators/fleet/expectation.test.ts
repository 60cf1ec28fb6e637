import { expect, test } from 'vitest';
import { createBoats } from '../../../simulators/fleet/boats.ts';
import { expectation, type JudgedEvent, judge } from '../../../simulators/fleet/expectation.ts';

const boats = createBoats(1, 3, new Map([[2, { vms: 'vnpt' }]]));
const [first, second] = boats;
if (first === undefined || second === undefined) throw new Error('there are three boats');

const event = (name: string, subject: string, data: JudgedEvent['data'] = {}): JudgedEvent => ({
  event: name,
  subject,
  time: '2026-11-23T08:00:00.000Z',
  data,
});
const lost = (subject: string) => event('fishing-vessel.vms-silence.raised', subject);
const expected = (...rows: readonly object[]) => rows.map(row => expectation.parse(row));
const ofBoat = (boat: number | readonly number[]) => expected({ event: 'fishing-vessel.vms-silence.raised', boat });

test.each([
  ['its registration mark', `vessel/vnfish/${second.mark}`],
  ['its MMSI', `vessel/mmsi/${second.vessel.mmsi}`],
  ['its VMS device', `vessel/vms/vnpt/${second.vmsId}`],
])('a boat is known by %s', (_, subject) => {
  expect(judge(boats, ofBoat(2), [lost(subject)])).toEqual([]);
  expect(judge(boats, ofBoat(1), [lost(subject)])).toHaveLength(2);
  expect(judge(boats, ofBoat([1, 2]), [lost(subject)])).toEqual([]);
});

test('what does not come, comes too often, or was not named is said', () => {
  const one = lost(`vessel/vnfish/${first.mark}`);
  expect(judge(boats, ofBoat(1), [])).toEqual(['fishing-vessel.vms-silence.raised of boat 1 came 0 times, not 1']);
  expect(judge(boats, ofBoat(1), [one, one])).toEqual([
    'fishing-vessel.vms-silence.raised of boat 1 came 2 times, not 1',
  ]);
  expect(judge(boats, [], [one])).toEqual([
    `not expected: fishing-vessel.vms-silence.raised of vessel/vnfish/${first.mark} at 2026-11-23T08:00:00.000Z`,
  ]);
});

test('data are compared in part, and the narrower expectation is met first', () => {
  const entered = (id: string, subject: string) =>
    event('fishing-vessel.zone.entered', subject, { zone: { id, kind: 'port' } });
  const rows = expected(
    { event: 'fishing-vessel.zone.entered', count: 2 },
    { event: 'fishing-vessel.zone.entered', data: { zone: { id: 'port' } } },
    { event: 'fishing-vessel.zone.entered', data: { zone: { id: 'port' } }, boat: 1 },
  );
  const subjects = [`vessel/vnfish/${first.mark}`, `vessel/vnfish/${second.mark}`] as const;
  const events = [
    entered('channel', subjects[0]),
    entered('port', subjects[0]),
    entered('port', subjects[1]),
    entered('channel', subjects[1]),
  ];
  expect(judge(boats, rows, events)).toEqual([]);
  expect(judge(boats, rows, events.toReversed())).toEqual([]);
  expect(judge(boats, rows, events.slice(1))).toEqual(['fishing-vessel.zone.entered came 1 times, not 2']);
});
