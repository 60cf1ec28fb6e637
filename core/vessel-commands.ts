/** What a duty officer orders of the device `duty-officer`: words about vessels that no device of their own sends. */
import { z } from 'zod';
import { defineRemoteCommand } from './command.ts';
import { deviceField, instantField } from './command-fields.ts';
import { parseRegistrationMark } from './registration-mark.ts';
import { seconds } from './time.ts';
import { vesselStatuses } from './vessel.ts';

const markField = () =>
  z
    .string()
    .max(32)
    .refine(text => parseRegistrationMark(text) !== undefined, 'expected a mark such as "TTH-96969-TS"')
    .meta({ description: 'Registration mark, written in any way', examples: ['TTH-96969-TS'] });

const mmsiField = () =>
  z
    .int()
    .min(1)
    .max(999_999_999)
    .meta({ description: 'MMSI, of a vessel or beacon without a mark', unit: '1', examples: [574_123_456] });

const byField = () =>
  z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'Who says so', examples: ['duty officer, Thuan An'] });

const which = { mark: markField().optional(), mmsi: mmsiField().optional() };
const isNamed = ({ mark, mmsi }: { mark?: string | undefined; mmsi?: number | undefined }): boolean =>
  (mark === undefined) !== (mmsi === undefined);
const naming = { message: 'name the vessel by its mark or by its MMSI', path: ['mark'] };

/** The answer follows the commit: what it tells is on the disk. */
const recorded = () =>
  z.strictObject({
    recordedAt: instantField('When it was written down'),
    time: instantField('When it was so'),
  });

const recordedExample = { recordedAt: '2026-11-23T05:00:04.120Z', time: '2026-11-23T05:00:00.000Z' };

export const vesselReportPosition = defineRemoteCommand({
  name: 'vessel.report-position',
  summary: "Write down a vessel's position that its captain reported by radio.",
  served: 'device',
  input: z
    .strictObject({
      device: deviceField('The duty officer, as configured'),
      ...which,
      longitude: z
        .number()
        .min(-180)
        .max(180)
        .meta({ description: 'Longitude, WGS 84, east positive', unit: 'deg', examples: [107.9] }),
      latitude: z
        .number()
        .min(-90)
        .max(90)
        .meta({ description: 'Latitude, WGS 84, north positive', unit: 'deg', examples: [16.9] }),
      time: instantField('When the vessel was there; now when absent').optional(),
      speedKnots: z
        .number()
        .min(0)
        .max(60)
        .meta({ description: 'Speed over ground', unit: '[kn_i]', examples: [6.5] })
        .optional(),
      courseDegrees: z
        .number()
        .min(0)
        .max(360)
        .meta({ description: 'Course over ground, clockwise from true north', unit: 'deg', examples: [212] })
        .optional(),
    })
    .refine(isNamed, naming),
  output: recorded(),
  timeLimit: seconds(20),
  example: {
    input: {
      device: 'duty-desk',
      mark: 'TTH-96969-TS',
      longitude: 107.9,
      latitude: 16.9,
      time: '2026-11-23T05:00:00Z',
    },
    output: recordedExample,
  },
});

export const vesselSetStatus = defineRemoteCommand({
  name: 'vessel.set-status',
  summary: 'Say that a vessel is ashore, under repair, sunk, seized, reported lost, or sails again.',
  served: 'device',
  input: z
    .strictObject({
      device: deviceField('The duty officer, as configured'),
      ...which,
      status: z.enum(vesselStatuses).meta({ description: 'What it is now', examples: ['under-repair'] }),
      by: byField(),
      reason: z
        .string()
        .min(1)
        .max(256)
        .meta({ description: 'How that is known', examples: ['hauled out at Thuan An'] }),
    })
    .refine(isNamed, naming),
  output: recorded(),
  timeLimit: seconds(20),
  example: {
    input: {
      device: 'duty-desk',
      mark: 'TTH-96969-TS',
      status: 'under-repair',
      by: 'duty officer, Thuan An',
      reason: 'hauled out at Thuan An',
    },
    output: recordedExample,
  },
});

export const vesselAcknowledge = defineRemoteCommand({
  name: 'vessel.acknowledge',
  summary: 'Say that somebody sees to what is open of a vessel: a silence, a mismatch, a beacon of distress.',
  served: 'device',
  input: z
    .strictObject({
      device: deviceField('The duty officer, as configured'),
      ...which,
      condition: z
        .string()
        .regex(/^[a-z-]{1,32}$/)
        .meta({
          description: 'Noun of its events; all that are open of the vessel when absent',
          examples: ['vms-silence'],
        })
        .optional(),
      by: byField(),
      note: z
        .string()
        .min(1)
        .max(256)
        .meta({ description: 'What is being done', examples: ['family called, no answer'] })
        .optional(),
    })
    .refine(isNamed, naming),
  output: recorded(),
  timeLimit: seconds(20),
  example: {
    input: { device: 'duty-desk', mark: 'TTH-96969-TS', condition: 'vms-silence', by: 'duty officer, Thuan An' },
    output: recordedExample,
  },
});
