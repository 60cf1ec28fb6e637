import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { type QuantityName, quantities, unitsOf } from '../../../core/quantity.ts';
import { hours, minutes } from '../../../core/time.ts';
import { mqttFields, refineMqttFields } from '../../transports/mqtt.ts';

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

/** §4.1: no `+`, `/` or `#`. */
const identifier = () =>
  z
    .string()
    .max(256)
    .regex(/^[^+/#\p{Cc}]+$/u, 'expected an id without "+", "/" and "#"');

const metric = z
  .strictObject({
    name: z.string().min(1).max(512).describe('Name of the metric, as the births tell it: "Outdoor/Temperature".'),
    quantity: z.enum(quantityNames).describe('What is measured.'),
    unit: z.string().optional().describe("UCUM code of the unit of the metric; the quantity's own when absent."),
  })
  .superRefine(({ quantity, unit }, context) => {
    const units = unitsOf(quantity);
    if (unit === undefined || units.includes(unit)) return;
    context.addIssue({ code: 'custom', path: ['unit'], message: `${quantity} comes in one of: ${units.join(', ')}` });
  });

export const sparkplugConfig = z
  .strictObject({
    ...mqttFields,
    group: identifier().describe('Group of the edge node.'),
    edgeNode: identifier().describe('The edge node.'),
    device: identifier().optional().describe('The device at the edge node; absent for metrics of the node itself.'),
    metrics: z
      .array(metric)
      .min(1)
      .max(256)
      .refine(list => new Set(list.map(({ name }) => name)).size === list.length, 'a metric stands here twice')
      .describe('The metrics that are measurements.'),
    hold: duration({ minimum: minutes(1), maximum: hours(24) })
      .optional()
      .describe(
        'A value that does not change is not sent: for so long it is told again each minute. Not at all when absent.',
      ),
  })
  .superRefine(refineMqttFields);

export type SparkplugConfig = z.output<typeof sparkplugConfig>;

/** All that the edge node and its devices say, since one sequence of numbers runs through it, and what it is told. */
export const filtersOf = ({ group, edgeNode }: SparkplugConfig): readonly string[] => [
  `spBv1.0/${group}/+/${edgeNode}`,
  `spBv1.0/${group}/+/${edgeNode}/+`,
];

export const commandTopic = ({ group, edgeNode }: Pick<SparkplugConfig, 'group' | 'edgeNode'>): string =>
  `spBv1.0/${group}/NCMD/${edgeNode}`;
