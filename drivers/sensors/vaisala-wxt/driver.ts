import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { addresses } from '../../protocols/sdi12/address.ts';
import { asking } from '../../transports/asking.ts';
import { lineConnection } from '../../transports/line.ts';
import { listening } from '../../transports/listening.ts';
import { createDecoder, request } from './codec.ts';

const baudRate = 19_200;

export const driver = defineDriver({
  name: 'vaisala-wxt',
  family: 'sensors',
  summary: 'Vaisala WXT510, WXT520 and WXT530 weather transmitters in ASCII, by themselves or polled.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: lineConnection({ baudRate }),
    address: z
      .string()
      .regex(/^[0-9A-Za-z]$/)
      .default('0')
      .describe('Address of the transmitter, one digit or letter.'),
    mode: z
      .enum(['automatic', 'polled', 'polled-checked'])
      .default('automatic')
      .describe('automatic: it speaks by itself. Otherwise it is asked, polled-checked with the check of SDI-12.'),
    interval: duration({ minimum: seconds(1), maximum: minutes(60) })
      .prefault('10s')
      .describe('From one reading to the next where it is asked.'),
  }),
  silence: minutes(65),
  signs: [
    ...addresses.map(address => ({ lines: [{ baudRate }, { baudRate: 9600 }], config: { address } })),
    { lines: [{ baudRate }], config: { address: '0', mode: 'polled' }, question: request('0', false) },
  ],
  createDecoder: ({ address }, device) => createDecoder(device, address),
  open: ({ connection, address, mode, interval }, device, context) => {
    const decoder = () => createDecoder(device, address);
    const sensor = 'WXT transmitter';
    if (mode === 'automatic')
      // Several of the longest lines.
      return listening({ connection, sensor, baudRate, decode: decoder(), mostStrange: 4096 }, context);
    return asking(
      {
        connection,
        sensor,
        baudRate,
        request: request(address, mode === 'polled-checked'),
        createDecoder: decoder,
        interval,
        within: seconds(2),
        begin: async () => 'measured-already',
        warmUp: 0,
      },
      context,
    );
  },
});
