/** What the properties of a zone may say: the schema of `properties` in the file of zones. */
import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import { duration, identifier } from '../../core/fields.ts';
import { hours, minutes } from '../../core/time.ts';
import { zoneKinds } from '../../core/vessel.ts';

const severityNames = Object.keys(severities).filter((name): name is Severity => Object.hasOwn(severities, name));

const metres = () => z.number().positive().max(500);

const instant = () =>
  z.iso
    .datetime({
      offset: true,
      error: 'expected a time with its offset from UTC such as "2026-04-01T00:00:00+07:00"',
    })
    .transform(text => Date.parse(text));

/** What drawing programs write for the look of a feature (simplestyle-spec 1.1.0). */
const look = Object.fromEntries(
  [
    'title',
    'marker-size',
    'marker-symbol',
    'marker-color',
    'stroke',
    'stroke-opacity',
    'stroke-width',
    'fill',
    'fill-opacity',
  ].map(name => [name, z.union([z.string(), z.number()]).optional()] as const),
);

const common = {
  ...look,
  id: identifier().describe('Name of the zone; part of the events that tell of it.'),
  name: z.string().min(1).max(200).describe('For people, in Vietnamese.'),
  englishName: z.string().min(1).max(200).optional().describe('For people, in English; `name` when absent.'),
  description: z.string().max(4000).optional().describe('Where the shape comes from; read by nobody but people.'),
  bufferNauticalMiles: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe('How near to a boundary a vessel counts as approaching it, whatever its course.'),
  effectiveFrom: instant().optional().describe('The zone holds from this moment on.'),
  effectiveTo: instant().optional().describe('The zone holds until this moment.'),
  severity: z
    .enum(severityNames)
    .optional()
    .describe('Of what is told of the zone, instead of the severity that each type of event has by itself.'),
};

const permits = z.strictObject({
  activity: z
    .enum(['presence', 'fishing'])
    .default('presence')
    .describe('What is permitted to these vessels only: to be here at all, or to fish here.'),
  lengthMetres: z
    .strictObject({
      least: metres().optional().describe('Shortest greatest length (Lmax) that is permitted.'),
      below: metres().optional().describe('Greatest length (Lmax) from which on it is not permitted any more.'),
    })
    .refine(({ least, below }) => (least ?? 0) < (below ?? Number.POSITIVE_INFINITY), '`least` is not below `below`')
    .optional(),
  gear: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(50)
    .optional()
    .describe('Gear that is permitted, in the words of the vessel registry.'),
});

export const lineRules = z.strictObject({ ...common, kind: z.literal('boundary') });

export const areaRules = z.strictObject({
  ...common,
  kind: z.enum(zoneKinds),
  speedLimitKnots: z.number().positive().max(100).optional().describe('Greatest speed over ground.'),
  anchoring: z.enum(['permitted', 'forbidden']).optional().describe('Whether vessels may lie here.'),
  dwell: duration({ minimum: minutes(1), maximum: hours(24 * 365) })
    .optional()
    .describe('Longest stay.'),
  permits: permits
    .optional()
    .describe('The only vessels that may be or fish here; others with known length and gear break it.'),
});

type AreaRules = z.output<typeof areaRules>;

/** What a zone asks of vessels; of a line, only what lines have. */
export type ZoneRules = Pick<
  AreaRules,
  | 'englishName'
  | 'bufferNauticalMiles'
  | 'effectiveFrom'
  | 'effectiveTo'
  | 'severity'
  | 'speedLimitKnots'
  | 'anchoring'
  | 'dwell'
  | 'permits'
>;
