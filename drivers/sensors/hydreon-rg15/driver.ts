import { z } from 'zod';
import { type Decoder, defineDriver, type Sign } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { asking } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { createDecoder, request } from './codec.ts';

const baudRate = 9600;

/** What the gauge says beside its reports are lines such as others send too. */
const reportsAlone = (): Decoder => {
  const decode = createDecoder('found');
  return chunk => decode(chunk).filter(({ kind }) => kind === 'observation');
};

const sign: Sign = { lines: [{ baudRate }], config: {}, createDecoder: reportsAlone };

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
  // In its continuous mode it speaks when it rains.
  signs: [sign, { ...sign, question: request }],
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
