import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { createDecoder, request } from './codec.ts';

const baudRate = 9600;

export const driver = defineDriver({
  name: 'hydreon-rg15',
  family: 'sensors',
  summary: 'Hydreon RG-15 optical rain gauges: the counter of rain and how hard it rains, asked for on a serial line.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: lineConnection({ baudRate }),
    interval: duration({ minimum: seconds(1), maximum: minutes(10) })
      .prefault('10s')
      .describe('From one reading to the next.'),
  }),
  silence: minutes(15),
  createDecoder: (_, device) => createDecoder(device),
  open: ({ connection, interval }, device, context) =>
    asking(
      {
        connection,
        sensor: 'RG-15',
        baudRate,
        request,
        createDecoder: () => createDecoder(device),
        interval,
        within: seconds(2),
        begin: async () => 'measured-already',
        warmUp: 0,
      },
      context,
    ),
});
