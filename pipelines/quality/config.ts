import { z } from 'zod';
import { duration, identifier } from '../../core/fields.ts';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import { hours, seconds } from '../../core/time.ts';
import { type Limits, limitsOf } from './limits.ts';

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];
const quantity = z.enum(quantityNames);

const range = z
  .tuple([z.number(), z.number()])
  .refine(([minimum, maximum]) => minimum <= maximum, 'expected [lowest, highest]');

const switchedOff = z.literal('off');

const limits = z.strictObject({
  range: range.optional().describe('Outside it a value fails: what the instrument can show.'),
  usual: z.union([range, switchedOff]).optional().describe('Outside it a value is suspect.'),
  spike: z
    .union([
      z.strictObject({
        suspect: z.number().positive(),
        fail: z.number().positive(),
        relative: z.number().min(0).default(0),
      }),
      switchedOff,
    ])
    .optional()
    .describe('Farther from the median of the last five values; the part "relative" of that median is added to both.'),
  ratePerMinute: z.union([z.number().positive(), switchedOff]).optional().describe('Suspect when it changes faster.'),
  flat: z
    .union([
      z.strictObject({
        tolerance: z.number().min(0).default(0),
        suspect: duration({ minimum: seconds(5) }),
        fail: duration({ minimum: seconds(5) }),
        rest: z.number().optional().describe('A value at which it may stay, such as 0 for rain.'),
      }),
      switchedOff,
    ])
    .optional()
    .describe('A value that stays the same, within the tolerance, for so long is that of a stuck sensor.'),
  gap: duration({ minimum: seconds(1), maximum: hours(48) })
    .optional()
    .describe('Nothing for so long, while the device says other things: the sensor is deaf.'),
  climatology: z
    .array(range)
    .length(12)
    .optional()
    .describe('Twelve ranges, January to December; outside that of its month a value is suspect.'),
});

const limitsByQuantity = z.partialRecord(quantity, limits).default({});

export const qualityConfig = z
  .strictObject({
    limits: limitsByQuantity.describe("Settings of the tests where they are not the table's, by quantity."),
    devices: z
      .record(identifier(), limitsByQuantity)
      .default({})
      .describe('Settings of single devices, by device and quantity.'),
    neighbors: z
      .array(
        z.strictObject({
          quantity,
          devices: z.array(identifier()).min(3).max(32).describe('Devices that should measure about the same.'),
          within: duration({ minimum: seconds(10), maximum: hours(6) })
            .prefault('10m')
            .describe("How old another's value may be."),
          limit: z.number().min(0).describe('Farther from the median of all of them is suspect.'),
          relative: z.number().min(0).default(0).describe('This part of the median is added to the limit.'),
        }),
      )
      .max(256)
      .default([])
      .describe('Devices that stand near each other. Three at least: of two nobody knows which one is wrong.'),
    failover: z
      .array(
        z
          .strictObject({
            quantities: z.array(quantity).min(1).describe('What is measured twice.'),
            primary: identifier().describe('Its values are used as long as they are good.'),
            backup: identifier().describe("Its values go on under the primary's name when that one is not good."),
            failAfter: duration({ minimum: seconds(5), maximum: hours(6) })
              .prefault('5m')
              .describe('So long without a good value, and the backup takes over.'),
            returnAfter: duration({ minimum: seconds(5), maximum: hours(48) })
              .prefault('15m')
              .describe('So long without a bad value, and the primary is used again.'),
          })
          .refine(({ primary, backup }) => primary !== backup, 'a device cannot be its own backup'),
      )
      .max(256)
      .default([])
      .describe('Primary and backup of what two devices measure.'),
  })
  .superRefine(({ failover }, context) => {
    const taken = new Set<string>();
    for (const [index, { primary, quantities: names }] of failover.entries())
      for (const name of names) {
        const key = `${primary}/${name}`;
        if (taken.has(key))
          context.addIssue({
            code: 'custom',
            path: ['failover', index, 'quantities'],
            message: `${key} has a backup already`,
          });
        taken.add(key);
      }
  });

export type QualityConfig = z.output<typeof qualityConfig>;
type Given = z.output<typeof limits>;

const chosen = <Value>(given: Value | 'off' | undefined, otherwise: Value | undefined): Value | undefined => {
  if (given === 'off') return undefined;
  return given ?? otherwise;
};

const override = (base: Limits, given: Given | undefined): Limits => {
  if (given === undefined) return base;
  const { flat } = given;
  const ownFlat =
    flat === undefined || flat === 'off'
      ? flat
      : {
          tolerance: flat.tolerance,
          suspect: flat.suspect,
          fail: flat.fail,
          ...(flat.rest !== undefined && { rest: flat.rest }),
        };
  return {
    range: given.range ?? base.range,
    usual: chosen(given.usual, base.usual),
    spike: chosen(given.spike, base.spike),
    ratePerMinute: chosen(given.ratePerMinute, base.ratePerMinute),
    flat: chosen(ownFlat, base.flat),
    gap: given.gap ?? base.gap,
    climatology: given.climatology ?? base.climatology,
  };
};

/** The device's own settings before those of the quantity, these before the table's. */
export const limitsFor = (config: QualityConfig, device: string, name: QuantityName): Limits =>
  override(override(limitsOf(name), config.limits[name]), config.devices[device]?.[name]);
