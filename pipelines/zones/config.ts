import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import { duration, identifier } from '../../core/fields.ts';
import { hours, seconds } from '../../core/time.ts';
import { createPlane } from './plane.ts';

const fraction = () => z.number().min(0).max(1);

const severityNames = Object.keys(severities).filter((name): name is Severity => Object.hasOwn(severities, name));

const classes = () =>
  z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(100)
    .optional()
    .describe('Labels of the model that count; all when absent.');

const point = () => z.tuple([fraction(), fraction()]);

const after = (meaning: string) => duration({ minimum: seconds(1), maximum: hours(24) }).describe(meaning);

const common = (severity: Severity) => ({
  classes: classes().describe('Labels of the model to which the rule applies; those of the zone when absent.'),
  severity: z.enum(severityNames).default(severity).describe('Of the event that tells that it is broken.'),
});

const timeOfDay = () =>
  z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 22:00, in quotes');

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const restrictedHours = z.strictObject({
  from: timeOfDay().describe('Begin, by the clocks of the site.'),
  to: timeOfDay().describe('End; at or before `from` it is that of the next day.'),
  days: z.array(z.enum(weekdays)).min(1).max(7).optional().describe('Days on which it begins; every day when absent.'),
});

/** What may not happen in a zone, each a row. */
const rule = z.discriminatedUnion('rule', [
  z.strictObject({
    rule: z.literal('loitering').describe('To stay too long.'),
    after: after('Longest stay that is allowed.'),
    ...common('MEDIUM'),
  }),
  z.strictObject({
    rule: z.literal('restricted-hours').describe('To be there at forbidden hours.'),
    hours: z.array(restrictedHours).min(1).max(14).describe('When nobody may be there.'),
    ...common('HIGH'),
  }),
  z.strictObject({
    rule: z.literal('stopped').describe('To stand still, such as a vehicle in a lane.'),
    after: after('How long it may stand.'),
    ...common('MEDIUM'),
  }),
  z
    .strictObject({
      rule: z.literal('wrong-way').describe('To move against the direction of the zone.'),
      from: point().describe('The allowed direction is that from this point …'),
      to: point().describe('… to this one.'),
      ...common('HIGH'),
    })
    .refine(({ from, to }) => from[0] !== to[0] || from[1] !== to[1], 'a direction needs two different points'),
  z.strictObject({
    rule: z.literal('left-behind').describe('A thing that stands still without anybody near it.'),
    after: after('How long it may be alone.'),
    owners: z
      .array(z.string().min(1).max(32))
      .min(1)
      .max(20)
      .default(['person'])
      .describe('Labels of those whose presence keeps a thing from being left behind.'),
    ...common('HIGH'),
  }),
]);

const zone = z.strictObject({
  id: identifier().describe('Name of the zone; part of the events that tell of it.'),
  name: z.string().min(1).max(200).describe('For people, in Vietnamese.'),
  englishName: z.string().min(1).max(200).optional().describe('For people, in English; `name` when absent.'),
  camera: identifier()
    .optional()
    .describe('The camera in whose picture the zone lies; every camera of the pipeline when absent.'),
  polygon: z
    .array(point())
    .min(3)
    .max(64)
    .describe('Outline: corners as [x, y], fractions of the picture from the top left.'),
  classes: classes(),
  objects: z
    .enum(['at-end', 'while-there'])
    .default('at-end')
    .describe(
      'When each object is told, beside its entering and leaving: once at its end, or also when it comes here and as it moves.',
    ),
  rules: z
    .array(rule)
    .max(5)
    .default([])
    .refine(rules => new Set(rules.map(each => each.rule)).size === rules.length, 'a rule is there twice')
    .describe('What may not happen in the zone; each that is broken is told as begun and as ended.'),
  severity: z.enum(severityNames).default('INFORMATIONAL').describe('Of the event that tells of an entering.'),
});

const line = z.strictObject({
  id: identifier().describe('Name of the line; part of the events that tell of it.'),
  name: z.string().min(1).max(200).describe('For people, in Vietnamese.'),
  englishName: z.string().min(1).max(200).optional().describe('For people, in English; `name` when absent.'),
  camera: identifier()
    .optional()
    .describe('The camera in whose picture the line lies; every camera of the pipeline when absent.'),
  points: z
    .array(point())
    .min(2)
    .max(32)
    .describe('From its first end to its last: as [x, y], fractions of the picture from the top left.'),
  inward: z
    .enum(['left', 'right'])
    .default('right')
    .describe('The side that is inside, as one looks in the picture from the first point to the last.'),
  classes: classes(),
  crossings: z
    .enum(['told', 'counted'])
    .default('told')
    .describe('Whether each crossing is an event of its own, or only part of `counts`.'),
  severity: z.enum(severityNames).default('INFORMATIONAL').describe('Of the event that tells of a crossing.'),
});

const counts = z.strictObject({
  every: duration({ minimum: seconds(10), maximum: hours(1) })
    .prefault('15m')
    .refine(every => hours(1) % every === 0, 'expected a part of an hour, such as 5m, 15m or 1h')
    .describe('Length of an interval; they begin at the full hour.'),
});

const budget = z.strictObject({
  daily: z
    .int()
    .min(10)
    .max(1_000_000)
    .describe(
      'Events of one camera on a day of the city. Of 60 % of it on, informational ones are not told, of 75 % on low, of 90 % on medium, and all but critical ones when it is spent; what was told to begin is told to end.',
    ),
});

const plane = z.strictObject({
  camera: identifier().describe('The camera before which the ground lies.'),
  points: z
    .array(
      z.strictObject({
        picture: point().describe('Where it is in the picture.'),
        metres: z
          .tuple([z.number().min(-10_000).max(10_000), z.number().min(-10_000).max(10_000)])
          .describe('Where it is on the ground: metres along two sides at right angles, from any point.'),
      }),
    )
    .min(4)
    .max(32)
    .refine(points => createPlane(points) !== undefined, 'the points do not span a plane: no three of four on one line')
    .describe('Points of the ground whose place is known, far apart; more than four even out their errors.'),
});

export const zonesConfig = z.strictObject({
  zones: z
    .array(zone)
    .max(64)
    .default([])
    .refine(zones => new Set(zones.map(({ id }) => id)).size === zones.length, 'two zones have the same id')
    .describe('Parts of the pictures to watch.'),
  lines: z
    .array(line)
    .max(64)
    .default([])
    .refine(lines => new Set(lines.map(({ id }) => id)).size === lines.length, 'two lines have the same id')
    .describe('Lines in the pictures whose crossings are told or counted.'),
  planes: z
    .array(plane)
    .max(64)
    .default([])
    .refine(planes => new Set(planes.map(({ camera }) => camera)).size === planes.length, 'two planes of one camera')
    .describe('The ground before cameras, so that the speed of what crosses a line is told.'),
  counts: counts
    .optional()
    .describe('How many crossed each line and were in each zone is told for each interval; not at all when absent.'),
  budget: budget
    .optional()
    .describe('How many events a camera may send a day, the most severe in any case; as many as come when absent.'),
  frames: z
    .int()
    .min(1)
    .max(50)
    .default(2)
    .describe('Frames in a row that an object must be inside, outside, or beyond a line, before it counts.'),
  update: duration({ minimum: seconds(1), maximum: hours(1) })
    .prefault('30s')
    .describe('How often an object that moves in a zone with `objects: while-there` is told, at most.'),
  lost: duration({ minimum: seconds(1), maximum: hours(1) })
    .prefault('1m')
    .describe('Time without any picture of an object after which its track is closed.'),
});

export type ZonesConfig = z.output<typeof zonesConfig>;
export type Zone = ZonesConfig['zones'][number];
export type Rule = Zone['rules'][number];
export type RuleName = Rule['rule'];
export type Line = ZonesConfig['lines'][number];
