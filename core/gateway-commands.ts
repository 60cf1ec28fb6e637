/** Commands that the gateway itself serves. */
import { z } from 'zod';
import { defineRemoteCommand } from './command.ts';
import { deviceField, devicesField, instantField } from './command-fields.ts';
import { lanes } from './sealed.ts';
import { services } from './service.ts';
import { seconds } from './time.ts';

export const deviceRestart = defineRemoteCommand({
  name: 'device.restart',
  summary: 'Close the connection of a device and open it afresh, also where it was parked or waits.',
  served: 'gateway',
  input: z.strictObject({ device: deviceField() }),
  output: z.strictObject({
    device: deviceField(),
    state: z
      .enum(['connecting', 'running', 'waiting', 'parked', 'stopped'])
      .meta({ description: 'State afterwards', examples: ['connecting'] }),
  }),
  timeLimit: seconds(20),
  example: { input: { device: 'cam-3' }, output: { device: 'cam-3', state: 'connecting' } },
});

const numberField = (description: string, example: number) =>
  z
    .int()
    .min(0)
    .meta({ description, unit: '1', examples: [example] });

const missingReasons = ['never-accepted', 'other-epoch', 'trimmed', 'budget', 'expired', 'damaged', 'refused'] as const;

export const outboxReplay = defineRemoteCommand({
  name: 'outbox.replay',
  summary: 'Send a range of a stream again, as far as it is still kept: under the same ids and numbers, as historical.',
  served: 'gateway',
  input: z
    .strictObject({
      stream: z
        .string()
        .regex(new RegExp(`^(${services.join('|')})/(${lanes.join('|')})$`))
        .meta({ description: '`<service>/<class>`', examples: ['environment/obs'] }),
      epoch: z
        .string()
        .regex(/^\d{4,9}$/)
        .optional()
        .meta({ description: 'Epoch of the numbers; that of now when absent', examples: ['0001'] }),
      from: numberField('First number', 412),
      to: numberField('Last number', 430),
      uplink: z
        .string()
        .regex(/^[a-z0-9-]{1,32}$/)
        .optional()
        .meta({ description: 'To this uplink only; to each of them when absent', examples: ['ioc'] }),
    })
    .refine(({ from, to }) => from <= to, { path: ['to'], message: 'expected a number from "from" on' }),
  output: z.strictObject({
    through: numberField('Up to this number all was looked at; ask again from the next one for the rest', 430),
    offered: numberField('Events that are sent again, behind everything else', 16),
    waiting: numberField('Events that were not delivered yet, and come anyway', 1),
    missing: z
      .array(
        z.strictObject({
          from: numberField('First number', 415),
          to: numberField('Last number', 416),
          reason: z.enum(missingReasons).meta({ description: 'Why they cannot be sent again', examples: ['trimmed'] }),
        }),
      )
      .max(500)
      .meta({ description: 'Numbers that are not kept' }),
  }),
  timeLimit: seconds(60),
  example: {
    input: { stream: 'environment/obs', from: 412, to: 430 },
    output: { through: 430, offered: 16, waiting: 1, missing: [{ from: 415, to: 416, reason: 'trimmed' }] },
  },
});

export const maintenanceStart = defineRemoteCommand({
  name: 'maintenance.start',
  summary: 'Mark everything from these devices as "test" until then: somebody works on them.',
  served: 'gateway',
  input: z.strictObject({
    devices: devicesField('Devices that are worked on'),
    reason: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .meta({ description: 'Who and why, for the duty officer', examples: ['Cleaning the lens, Mr. Hai'] }),
    until: instantField('When it ends by itself, at most 24 h from now'),
  }),
  output: z.strictObject({
    devices: devicesField('Devices in maintenance by it'),
    until: instantField('When it ends'),
  }),
  timeLimit: seconds(20),
  example: {
    input: { devices: ['cam-3'], reason: 'Cleaning the lens, Mr. Hai', until: '2026-11-23T05:00:00Z' },
    output: { devices: ['cam-3'], until: '2026-11-23T05:00:00Z' },
  },
});

export const maintenanceStop = defineRemoteCommand({
  name: 'maintenance.stop',
  summary: 'End the maintenance of these devices before its time.',
  served: 'gateway',
  input: z.strictObject({ devices: devicesField('Devices whose maintenance ends') }),
  output: z.strictObject({
    devices: z
      .array(deviceField())
      .max(500)
      .meta({ description: 'Those that were in maintenance', examples: [['cam-3']] }),
  }),
  timeLimit: seconds(20),
  example: { input: { devices: ['cam-3'] }, output: { devices: ['cam-3'] } },
});

export const logsTail = defineRemoteCommand({
  name: 'logs.tail',
  summary: 'Give the newest lines of the log; secrets were taken out when they were written.',
  served: 'gateway',
  input: z.strictObject({
    lines: z
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .meta({ description: 'Lines at most; the answer holds what fits into 48 KiB', unit: '1', examples: [100] }),
    level: z
      .enum(['info', 'warn', 'error'])
      .default('info')
      .meta({ description: 'The least that is wanted', examples: ['warn'] }),
  }),
  output: z.strictObject({
    lines: z
      .array(
        z
          .string()
          .max(49_152)
          .meta({ description: 'One JSON object', examples: ['{"level":"warn"}'] }),
      )
      .max(1000)
      .meta({ description: 'The oldest first', examples: [['{"level":"warn"}']] }),
  }),
  timeLimit: seconds(10),
  example: {
    input: { lines: 1, level: 'warn' },
    output: { lines: ['{"level":"warn","time":"2026-11-22T17:04:10.240Z","message":"the device is away"}'] },
  },
});

export const gatewayRestart = defineRemoteCommand({
  name: 'gateway.restart',
  summary: 'Answer, stop cleanly and start afresh with the configuration as it now stands in the file.',
  served: 'gateway',
  input: z.strictObject({}),
  output: z.strictObject({}),
  timeLimit: seconds(10),
  example: { input: {}, output: {} },
});
