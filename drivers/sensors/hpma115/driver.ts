import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking, tell } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { acknowledgement, commands, createDecoder, models } from './codec.ts';

const baudRate = 9600;

export const driver = defineDriver({
  name: 'hpma115',
  family: 'sensors',
  summary: 'Honeywell HPMA115 particulate sensors, standard and compact, on a serial line or behind a serial server.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: lineConnection({ baudRate }),
    model: z.enum(models).default('standard').describe('standard: HPMA115S0. compact: HPMA115C0.'),
    mode: z
      .enum(['autosend', 'request'])
      .default('autosend')
      .describe('autosend: it speaks every second by itself. request: it is asked.'),
    interval: duration({ minimum: 1000, maximum: minutes(60) })
      .prefault('10s')
      .describe('From one request to the next.'),
  }),
  silence: minutes(65),
  intervalOf: ({ mode, interval }) => (mode === 'request' ? interval : undefined),
  signs: [
    ...models.map(model => ({ lines: [{ baudRate }], config: { model } })),
    ...models.map(model => ({ lines: [{ baudRate }], config: { model, mode: 'request' }, question: commands.read })),
  ],
  createDecoder: ({ model, mode }, device) => createDecoder(model, mode, device),
  open: ({ connection, model, mode, interval }, device, context) =>
    asking(
      {
        connection,
        sensor: 'HPMA115',
        baudRate,
        request: mode === 'request' ? commands.read : new Uint8Array(0),
        createDecoder: () => createDecoder(model, mode, device),
        interval: mode === 'request' ? interval : 0,
        within: seconds(3),
        warmUp: 0,
        begin: async talk => {
          await tell(talk, mode === 'request' ? commands.stopAutosend : commands.autosend, acknowledgement.length);
          await tell(talk, commands.start, acknowledgement.length);
          return 'measured-already';
        },
      },
      context,
    ),
});
