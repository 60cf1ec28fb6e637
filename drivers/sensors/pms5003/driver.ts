import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking, tell } from '../../transports/asking.ts';
import { connection } from '../../transports/connection.ts';
import { listening } from '../../transports/listening.ts';
import { commands, createDecoder, modelNames } from './codec.ts';

const baudRate = 9600;

/** Answers to commands are 8 bytes; waking up has none. */
const acknowledgementLength = 8;

/** The fan runs for so long before values hold. */
const warmUp = seconds(30);

const config = z
  .strictObject({
    connection: connection({ baudRate }),
    model: z
      .enum(modelNames)
      .default('pms5003')
      .describe('Which sensor it is; pms5003 for PMS7003 and PMSA003 too, which speak the same.'),
    mode: z
      .enum(['active', 'passive'])
      .default('active')
      .describe('active: it speaks by itself. passive: it is asked, over a serial port or tcp-client.'),
    interval: duration({ minimum: 1000, maximum: minutes(60) })
      .prefault('10s')
      .describe('In passive mode, from one reading to the next.'),
    rest: z
      .enum(['never', 'between-readings'])
      .default('never')
      .describe('In passive mode, between-readings: laser and fan sleep, and run for 30 s before the next reading.'),
  })
  .refine(
    ({ mode, connection: { transport } }) => mode === 'active' || transport === 'serial' || transport === 'tcp-client',
    { path: ['mode'], error: 'passive needs a connection by serial or tcp-client, on which it can be asked' },
  )
  .refine(({ mode, model }) => mode === 'active' || model !== 'pms3003', {
    path: ['mode'],
    error: 'a PMS3003 takes no commands: it is read in active mode',
  });

/** Bytes in a row without a whole frame: eight frames of noise, which come within 20 s at the slowest. */
const mostStrange = 256;

export const driver = defineDriver({
  name: 'pms5003',
  family: 'sensors',
  summary: 'Plantower PMS3003, PMS5003, PMS7003 and PMSA003 particulate sensors, on a serial line or a serial server.',
  host: 'main',
  emits: ['measurement'],
  config,
  // The sensor speaks every 0.2 s to 2.3 s by itself.
  silence: seconds(30),
  // Asked, it says nothing from one reading to the next, and while it wakes and answers before that.
  silenceOf: ({ mode, interval }) => (mode === 'passive' ? interval + warmUp + seconds(30) : seconds(30)),
  intervalOf: ({ mode, interval, rest }) =>
    mode === 'active' ? undefined : interval + (rest === 'never' ? 0 : warmUp),
  signs: [
    ...modelNames.map(model => ({ lines: [{ baudRate }], config: { model } })),
    { lines: [{ baudRate }], config: { mode: 'passive' }, question: commands.read },
  ],
  createDecoder: ({ model }, device) => createDecoder(device, model),
  open: ({ connection: line, model, mode, interval, rest }, device, context) =>
    mode === 'active' || (line.transport !== 'serial' && line.transport !== 'tcp-client')
      ? listening(
          {
            connection: line,
            sensor: model.toUpperCase(),
            baudRate,
            decode: createDecoder(device, model),
            mostStrange,
          },
          context,
        )
      : asking(
          {
            connection: line,
            sensor: model.toUpperCase(),
            baudRate,
            request: commands.read,
            createDecoder: () => createDecoder(device, model),
            interval,
            within: seconds(2),
            begin: async talk => {
              await tell(talk, commands.wake, acknowledgementLength);
              await tell(talk, commands.passive, acknowledgementLength);
              return 'begun';
            },
            warmUp,
            ...(rest === 'between-readings' && {
              rest: async talk => {
                await tell(talk, commands.sleep, acknowledgementLength);
              },
            }),
          },
          context,
        ),
});
