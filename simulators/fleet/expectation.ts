/** What a scenario says must come of it, and the judge who holds the events to that: no more, no fewer. */
import { z } from 'zod';
import type { Boat } from './boats.ts';

export const expectation = z.strictObject({
  event: z.string().describe('Name of the event: fishing-vessel.vms.lost.'),
  boat: z
    .union([z.int().min(1), z.array(z.int().min(1)).min(1)])
    .optional()
    .describe('Number of the boat that it is about; of several, any of them.'),
  subject: z.string().optional().describe('What it is about, where that is no boat: vessel/mmsi/970574001.'),
  data: z.record(z.string(), z.unknown()).optional().describe('Members of its data that must be so.'),
  count: z.int().min(1).default(1).describe('How often it comes.'),
});
export type Expectation = z.output<typeof expectation>;

/** What the judge needs to see of an event. */
export interface JudgedEvent {
  readonly event: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const subjectsOf = ({ mark, vessel, vms, vmsId }: Boat): readonly string[] => [
  `vessel/vnfish/${mark}`,
  `vessel/mmsi/${vessel.mmsi}`,
  `vessel/vms/${vms}/${vmsId}`,
];

const isPart = (expected: unknown, actual: unknown): boolean => {
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, actual);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) => isPart(value, Reflect.get(actual, key)));
};

const describe = ({ event, boat, subject, data }: Expectation): string =>
  [
    event,
    ...(boat === undefined ? [] : [`of boat ${[boat].flat().join(' or ')}`]),
    ...(subject === undefined ? [] : [`of ${subject}`]),
    ...(data === undefined ? [] : [`with ${JSON.stringify(data)}`]),
  ].join(' ');

/** What is wrong, in words; empty when the events are exactly those expected. Narrower expectations are met first. */
export const judge = (
  boats: readonly Boat[],
  expectations: readonly Expectation[],
  events: readonly JudgedEvent[],
): readonly string[] => {
  const narrowness = ({ boat, subject, data }: Expectation): number =>
    (boat === undefined ? 0 : 2) + (subject === undefined ? 0 : 2) + (data === undefined ? 0 : 1);
  const open = expectations
    .toSorted((one, other) => narrowness(other) - narrowness(one))
    .map(expected => ({ expected, met: 0 }));
  const fits = ({ event, boat, subject, data }: Expectation, judged: JudgedEvent): boolean =>
    event === judged.event &&
    (subject === undefined || subject === judged.subject) &&
    (boat === undefined ||
      [boat].flat().some(number => {
        const found = boats[number - 1];
        return found !== undefined && subjectsOf(found).includes(judged.subject);
      })) &&
    isPart(data ?? {}, judged.data);
  const unexpected: string[] = [];
  for (const judged of events) {
    const row =
      open.find(({ expected, met }) => met < expected.count && fits(expected, judged)) ??
      open.find(({ expected }) => fits(expected, judged));
    if (row === undefined) unexpected.push(`not expected: ${judged.event} of ${judged.subject} at ${judged.time}`);
    else row.met++;
  }
  return [
    ...open.flatMap(({ expected, met }) =>
      met === expected.count ? [] : [`${describe(expected)} came ${met} times, not ${expected.count}`],
    ),
    ...unexpected,
  ];
};
