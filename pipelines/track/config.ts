import { z } from 'zod';
import { duration } from '../../core/fields.ts';
import { hours, minutes, seconds } from '../../core/time.ts';

const knots = (maximum: number) => z.number().positive().max(maximum);

export const trackConfig = z.strictObject({
  registry: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('CSV file of the registered vessels, relative to the working directory; read again when it changes.'),
  repetition: duration({ maximum: minutes(1) })
    .prefault('8s')
    .describe('A report that equals one of the same vessel is a repetition when no more than this lies between them.'),
  delay: duration({ maximum: minutes(30) })
    .prefault('1m')
    .describe(
      'By so much another receiver may bring a report late: one that equals a report before the newest one is a repetition within this time.',
    ),
  heard: duration({ minimum: seconds(10), maximum: hours(24) })
    .prefault('10m')
    .describe('Receivers that heard a vessel no longer ago than this are told with it.'),
  fastest: z
    .strictObject({
      vessel: knots(200).prefault(70).describe('Knots.'),
      aircraft: knots(1200).prefault(600).describe('Knots; of aircraft in search and rescue.'),
    })
    .prefault({})
    .describe('A report that implies a higher speed since the one before it is told as implausible and moves nothing.'),
  believed: z
    .int()
    .min(2)
    .max(20)
    .prefault(3)
    .describe('So many implausible reports in a row that agree with each other move the vessel after all.'),
  uncertainty: z
    .strictObject({
      device: duration({ maximum: minutes(10) })
        .prefault('2s')
        .describe('Of times that the device or receiver gave.'),
      gateway: duration({ maximum: minutes(10) })
        .prefault('15s')
        .describe('Of times that the gateway gave when a report arrived.'),
      metres: z.number().min(0).max(10_000).prefault(200).describe('Of a position.'),
    })
    .prefault({})
    .describe('How far times and positions may be off before a report is called implausible.'),
  ahead: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('10m')
    .describe("A report dated further ahead of the gateway's clock is implausible."),
  forget: duration({ minimum: minutes(10), maximum: hours(24 * 400) })
    .prefault('7d')
    .describe('A vessel that is not in the registry is forgotten when it was silent for so long.'),
  forgetRegistered: duration({ minimum: minutes(10), maximum: hours(24 * 4000) })
    .prefault('400d')
    .describe('The same for a vessel of the registry.'),
  vessels: z
    .int()
    .min(10)
    .max(100_000)
    .prefault(100_000)
    .describe('Vessels that are known at once. Beyond them the one silent longest is forgotten, registered ones last.'),
  deafness: z
    .strictObject({
      period: duration({ minimum: seconds(15), maximum: hours(6) })
        .prefault('1h')
        .describe('Time over which the vessels that a receiver hears are counted.'),
      history: z
        .int()
        .min(3)
        .max(672)
        .prefault(48)
        .describe('Periods that must be known of a receiver before it is judged.'),
      least: z
        .int()
        .min(1)
        .max(10_000)
        .prefault(5)
        .describe('A receiver that usually hears fewer vessels in a period is not judged.'),
      raise: z
        .number()
        .min(0)
        .max(1)
        .prefault(0.25)
        .describe('It is deaf when it heard less than this share of what it usually hears.'),
      clear: z.number().min(0).max(1).prefault(0.5).describe('It has recovered when it heard at least this share.'),
      settle: z
        .int()
        .min(2)
        .max(2000)
        .prefault(336)
        .describe('After so many deaf periods what it hears is taken as usual: its place or antenna was changed.'),
    })
    .prefault({})
    .describe('When a receiver is called deaf against its own history.'),
});

export type TrackConfig = z.output<typeof trackConfig>;
