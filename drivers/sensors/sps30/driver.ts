import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { commands, createDecoder, isStoppedIn, qualityIn, startedIn } from './codec.ts';

const baudRate = 115_200;

export const driver = defineDriver({
  name: 'sps30',
  family: 'sensors',
  summary: 'Sensirion SPS30 particulate sensors by SHDLC, on a serial line or behind a serial server.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: lineConnection({ baudRate }),
    interval: duration({ minimum: 1000, maximum: minutes(60) })
      .prefault('10s')
      .describe('From one reading to the next.'),
    rest: z
      .enum(['never', 'between-readings'])
      .default('never')
      .describe('between-readings: fan and laser stop after each reading, and run for 30 s before the next.'),
  }),
  silence: minutes(65),
  intervalOf: ({ interval }) => interval,
  // Stopped, it answers that it cannot tell, which is known as well; nothing starts it.
  signs: [{ lines: [{ baudRate }], config: {}, question: commands.read }],
  createDecoder: (_config, device) => createDecoder(device),
  open: ({ connection, interval, rest }, device, context) =>
    asking(
      {
        connection,
        sensor: 'SPS30',
        baudRate,
        request: commands.read,
        createDecoder: () => createDecoder(device),
        interval,
        within: seconds(1),
        begin: async ({ ask }) => (await ask(commands.start, startedIn, seconds(1))) ?? 'measured-already',
        // Datasheet table 1: up to 30 s where there are few particles.
        warmUp: seconds(30),
        check: async ({ ask }) => (await ask(commands.status, qualityIn, seconds(1)))?.quality,
        ...(rest === 'between-readings' && {
          rest: async ({ ask }) => {
            await ask(commands.stop, isStoppedIn, seconds(1));
          },
        }),
      },
      context,
    ),
});
