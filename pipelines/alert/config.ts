import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import { duration, identifier } from '../../core/fields.ts';
import { figures, hazards } from '../../core/hazard.ts';
import { isQuantity } from '../../core/quantity.ts';
import { type Duration, hours, minutes, seconds } from '../../core/time.ts';
import { hourlyLimits, riverLaw } from './law.ts';
import { placeholders } from './text.ts';

/** Those of our own table, in `built-in.ts`. */
export const builtIns = ['flood', 'heat', 'noise', 'air-quality', 'gas'] as const;
export type BuiltIn = (typeof builtIns)[number];

const stationNames = [...new Set(riverLaw.stations.map(({ station }) => station))] as [string, ...string[]];
const severityNames = Object.keys(severities) as [Severity, ...Severity[]];

const words = (maximum: number) =>
  z.strictObject({
    vi: z.string().min(1).max(maximum).describe('Vietnamese.'),
    en: z.string().min(1).max(maximum).describe('English.'),
  });

const known: ReadonlySet<string> = new Set(placeholders);
const template = words(200).refine(
  ({ vi, en }) => [...`${vi} ${en}`.matchAll(/\{([^{}]*)\}/g)].every(([, name = '']) => known.has(name)),
  `in braces only ${placeholders.map(name => `{${name}}`).join(', ')}`,
);

const ownRule = z
  .strictObject({
    id: identifier().describe('Of the rule; it stands in its events.'),
    name: words(100).describe('What it tells of: "Ngập hầm chui An Dương Vương".'),
    hazard: z.enum(hazards).default('other').describe('What people are warned of.'),
    quantity: z.enum(figures).describe('What is judged.'),
    over: z
      .union([duration({ minimum: seconds(1), maximum: hours(24) }), z.literal('sample')])
      .optional()
      .describe(
        'Length of the means that are judged, one of the periods of aggregate; "sample": every value, where this stage stands before aggregate. By default that of the stage.',
      ),
    devices: z.array(identifier()).min(1).max(256).optional().describe('Only these; by default all that measure it.'),
    above: z.number().optional().describe('It is told above it.'),
    below: z.number().optional().describe('It is told below it.'),
    clearBelow: z.number().optional().describe('Of "above": it is over below it. By default below the same limit.'),
    clearAbove: z.number().optional().describe('Of "below": it is over above it. By default above the same limit.'),
    step: z
      .number()
      .positive()
      .optional()
      .describe('Told again when it is worse by so much than it was told; by default only when it begins and ends.'),
    for: duration({ maximum: hours(24) })
      .prefault('0s')
      .describe('So long without a break, and it is told.'),
    clearFor: duration({ maximum: hours(24) })
      .prefault('0s')
      .describe('So long without a break, and it is over.'),
    lostAfter: duration({ minimum: seconds(5), maximum: hours(72) })
      .optional()
      .describe('So long without a value, and nobody knows how it is. By default three means, 15 minutes at least.'),
    severity: z.enum(severityNames).default('MEDIUM').describe('How bad it is.'),
    text: template
      .prefault({ vi: '{value}, ngưỡng {limit}{trend}', en: '{value}, limit {limit}{trend}' })
      .describe('What it says; {value}, {limit} and {trend} are filled in, place and time are added.'),
  })
  .superRefine(({ above, below, clearBelow, clearAbove, quantity, over }, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (over === 'sample' && !isQuantity(quantity)) refuse('over', `${quantity} is made of means: write their length`);
    if ((above === undefined) === (below === undefined)) refuse('above', 'write either above or below');
    if (clearBelow !== undefined && (above === undefined || clearBelow > above))
      refuse('clearBelow', 'it belongs to "above", and is not higher');
    if (clearAbove !== undefined && (below === undefined || clearAbove < below))
      refuse('clearAbove', 'it belongs to "below", and is not lower');
  });
export type OwnRule = z.output<typeof ownRule>;

export const alertConfig = z
  .strictObject({
    over: duration({ minimum: seconds(1), maximum: hours(1) })
      .prefault('1m')
      .describe('Length of the means by which water and heat are judged: one of the periods of aggregate.'),
    gauges: z
      .array(
        z.strictObject({
          device: identifier().describe('It measures waterLevel.'),
          station: z.enum(stationNames).describe('Hydrological station whose alarm stages I to III count.'),
          zeroMetres: z
            .number()
            .min(-100)
            .max(5000)
            .describe("Zero of the gauge in the station's datum: added to what it says. 0 where it says that already."),
        }),
      )
      .max(64)
      .default([])
      .describe('Gauges on rivers with alarm stages.'),
    noise: z
      .strictObject({
        area: z
          .enum(['ordinary', 'special'])
          .default('ordinary')
          .describe('Kind of area: special are hospitals, schools, libraries, places of worship.'),
        limits: hourlyLimits.optional().describe('Limits by the hour of the day, in place of those of the table.'),
      })
      .prefault({})
      .describe('Whose limits count for LAeq of an hour.'),
    without: z.array(z.enum(builtIns)).max(builtIns.length).default([]).describe('Built-in rules that are left out.'),
    rules: z.array(ownRule).max(64).default([]).describe('Rules of your own.'),
  })
  .superRefine(({ rules, gauges }, context) => {
    const taken = new Set<string>(builtIns);
    for (const [index, { id }] of rules.entries()) {
      if (taken.has(id))
        context.addIssue({ code: 'custom', path: ['rules', index, 'id'], message: `there is a rule ${id} already` });
      taken.add(id);
    }
    const gauged = new Set<string>();
    for (const [index, { device }] of gauges.entries()) {
      if (gauged.has(device))
        context.addIssue({
          code: 'custom',
          path: ['gauges', index, 'device'],
          message: `${device} stands there twice`,
        });
      gauged.add(device);
    }
  });
export type AlertConfig = z.output<typeof alertConfig>;

/** Three means in a row that do not come, and at least a quarter of an hour. */
export const lostAfterOf = (over: Duration): Duration => Math.max(minutes(15), 3 * over);

/** Length of the means that a rule judges; 0 for single values. */
export const overOf = ({ over, quantity }: OwnRule, config: AlertConfig): Duration => {
  if (over === 'sample') return 0;
  return over ?? (quantity === 'airQualityIndex' ? hours(1) : config.over);
};
