import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import { duration, identifier } from '../../core/fields.ts';
import { hours, seconds } from '../../core/time.ts';

const fraction = () => z.number().min(0).max(1);

const severityNames = Object.keys(severities).filter((name): name is Severity => Object.hasOwn(severities, name));

const zone = z.strictObject({
  id: identifier().describe('Name of the zone; part of the events that tell of it.'),
  name: z.string().min(1).max(200).describe('For people, in Vietnamese.'),
  englishName: z.string().min(1).max(200).optional().describe('For people, in English; `name` when absent.'),
  camera: identifier()
    .optional()
    .describe('The camera in whose picture the zone lies; every camera of the pipeline when absent.'),
  polygon: z
    .array(z.tuple([fraction(), fraction()]))
    .min(3)
    .max(64)
    .describe('Outline: corners as [x, y], fractions of the picture from the top left.'),
  classes: z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(100)
    .optional()
    .describe('Labels of the model that count; all when absent.'),
  objects: z
    .enum(['at-end', 'while-there'])
    .default('at-end')
    .describe(
      'When each object is told, beside its entering and leaving: once at its end, or also when it comes here and as it moves.',
    ),
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
    .array(z.tuple([fraction(), fraction()]))
    .min(2)
    .max(32)
    .describe('From its first end to its last: as [x, y], fractions of the picture from the top left.'),
  inward: z
    .enum(['left', 'right'])
    .default('right')
    .describe('The side that is inside, as one looks in the picture from the first point to the last.'),
  classes: z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(100)
    .optional()
    .describe('Labels of the model that count; all when absent.'),
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
  counts: counts
    .optional()
    .describe('How many crossed each line and were in each zone is told for each interval; not at all when absent.'),
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
export type Line = ZonesConfig['lines'][number];
