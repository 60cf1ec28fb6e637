import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking, tell } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { commands, createDecoder, layouts, periodIn, type SdsModel, setPeriod } from './codec.ts';

const models = Object.keys(layouts) as [SdsModel, ...SdsModel[]];
const baudRate = 9600;

export const driver = defineDriver({
  name: 'sds011',
  family: 'sensors',
  summary: 'Nova SDS011 and SDS198 particulate sensors, on a serial line or behind a serial server.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: lineConnection({ baudRate }),
    model: z.enum(models).default('sds011').describe('Which sensor it is.'),
    mode: z
      .enum(['active', 'query'])
      .default('active')
      .describe('active: it speaks by itself, every second or once a working period. query: it is asked.'),
    interval: duration({ minimum: 1000 }).prefault('10s').describe('From one query to the next.'),
    workingPeriod: z
      .int()
      .min(0)
      .max(30)
      .optional()
      .describe(
        'Minutes in each of which it measures for 30 s and rests, which spares the laser; 0: it never rests. The sensor keeps it without power; left as it is when absent.',
      ),
  }),
  // A working period of 30 minutes, and the time until it is missed.
  silence: minutes(35),
  silenceOf: ({ mode, interval }) => minutes(35) + (mode === 'query' ? interval : 0),
  intervalOf: ({ mode, interval, workingPeriod = 0 }) =>
    mode === 'query' ? interval : workingPeriod > 0 ? minutes(workingPeriod) : undefined,
  signs: [
    ...models.map(model => ({ lines: [{ baudRate }], config: { model } })),
    ...models.map(model => ({ lines: [{ baudRate }], config: { model, mode: 'query' }, question: commands.query })),
  ],
  createDecoder: (config, device) => createDecoder(config.model, device),
  open: ({ connection, model, mode, interval, workingPeriod }, device, context) => {
    let period = workingPeriod ?? 0;
    return asking(
      {
        connection,
        sensor: model.toUpperCase(),
        baudRate,
        request: mode === 'query' ? commands.query : new Uint8Array(0),
        createDecoder: () => createDecoder(model, device),
        interval: mode === 'query' ? interval : 0,
        get within() {
          return mode === 'query' ? seconds(2) : seconds(3) + minutes(period);
        },
        warmUp: 0,
        begin: async talk => {
          await tell(talk, mode === 'query' ? commands.answerOnly : commands.speakByItself, 10);
          const kept = await talk.ask(commands.askPeriod, periodIn, seconds(1));
          // Written only when it is another: the sensor's memory wears out.
          if (workingPeriod !== undefined && kept !== workingPeriod) await tell(talk, setPeriod(workingPeriod), 10);
          period = workingPeriod ?? kept ?? 0;
          return 'measured-already';
        },
      },
      context,
    );
  },
});
