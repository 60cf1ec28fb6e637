import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { createDecoder, readRequest } from './codec.ts';

const baudRate = 9600;

export const driver = defineDriver({
  name: 'mh-z19',
  family: 'sensors',
  summary: 'Winsen MH-Z19 carbon dioxide sensors, on a serial line or behind a serial server.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: lineConnection({ baudRate }),
    interval: duration({ minimum: 100, maximum: minutes(60) })
      .prefault('10s')
      .describe('From one reading to the next.'),
  }),
  silence: minutes(65),
  intervalOf: ({ interval }) => interval,
  signs: [{ lines: [{ baudRate }], config: {}, question: readRequest }],
  createDecoder: (_config, device) => createDecoder(device),
  open: ({ connection, interval }, device, context) =>
    asking(
      {
        connection,
        sensor: 'MH-Z19',
        baudRate,
        request: readRequest,
        createDecoder: () => createDecoder(device),
        interval,
        within: seconds(1),
        // Nobody can tell for how long it has had power.
        begin: async () => 'begun',
        warmUp: minutes(3),
      },
      context,
    ),
});
