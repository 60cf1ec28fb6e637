import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import { duration } from '../../core/fields.ts';
import { hours, seconds } from '../../core/time.ts';

const severityNames = Object.keys(severities).filter((name): name is Severity => Object.hasOwn(severities, name));

const classSchema = z.strictObject({
  label: z.string().min(1).max(32).describe('Label of the model.'),
  severity: z.enum(severityNames).default('MEDIUM').describe('Of the event that tells that it began.'),
});

export const scenesConfig = z.strictObject({
  classes: z
    .array(classSchema)
    .min(1)
    .max(32)
    .refine(classes => new Set(classes.map(({ label }) => label)).size === classes.length, 'a label stands here twice')
    .describe('What is told of all that the model knows: `flood`, but not `street`.'),
  begins: duration({ minimum: seconds(0), maximum: hours(1) })
    .prefault('30s')
    .describe('It is told once every picture has shown it for this long.'),
  ends: duration({ minimum: seconds(0), maximum: hours(24) })
    .prefault('2m')
    .describe('It is over once no picture has shown it for this long.'),
  keeps: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.8)
    .describe('While it lasts, this part of the threshold is enough for a picture to show it.'),
});

export type ScenesConfig = z.output<typeof scenesConfig>;
