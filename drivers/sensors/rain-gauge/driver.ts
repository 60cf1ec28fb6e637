import { z } from 'zod';
import { decoding } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { openConnection } from '../../transports/connection.ts';
import { serialConfig } from '../../transports/serial.ts';
import { tcpClientConfig, tcpServerConfig } from '../../transports/tcp.ts';
import { udpConfig } from '../../transports/udp.ts';
import { createDecoder, createSignDecoder } from './codec.ts';
import { withDryMinutes } from './dry-minutes.ts';
import { linuxCounterConfig, readLinuxCounter } from './linux-counter.ts';

const baudRate = 9600;

const config = z
  .strictObject({
    connection: z
      .discriminatedUnion('transport', [
        tcpClientConfig,
        tcpServerConfig,
        udpConfig,
        serialConfig({ baudRate }),
        linuxCounterConfig,
      ])
      .describe('How the counter of the tips is connected.'),
    tipMillimeters: z
      .number()
      .min(0.01)
      .max(10)
      .describe('Rain that tips the bucket, in millimeters, as its plate says: 0.2, 0.25, 0.254, 0.5.'),
    tip: z
      .string()
      .min(1)
      .max(32)
      .optional()
      .describe('The line that says one tip, for a box that sends a line for each tip; absent where it sends a count.'),
    debounce: duration({ maximum: seconds(2) })
      .prefault('100ms')
      .describe('With "tip": tips that follow each other faster are one, since a contact bounces.'),
    counterBits: z
      .literal([8, 16, 24, 32])
      .optional()
      .describe('Bits of a count that begins at 0 again after its highest: 16 after 65535.'),
  })
  .superRefine(({ connection, tip, counterBits }, context) => {
    if (tip === undefined) return;
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (connection.transport === 'linux-counter') refuse('tip', 'a Linux counter holds a count');
    if (counterBits !== undefined) refuse('counterBits', 'not used with "tip": a line for each tip holds no count');
  });

/** Beginnings: what tips the bucket stands on its plate. */
const begun = { tipMillimeters: 0.2 };
const toFill = { tipMillimeters: 'as the plate of the bucket says: 0.2, 0.25, 0.254, 0.5' };

export const driver = defineDriver({
  name: 'rain-gauge',
  family: 'sensors',
  summary: 'Tipping-bucket rain gauges, by a box that sends its count or its tips in lines, or by a counter of Linux.',
  host: 'main',
  emits: ['measurement'],
  config,
  silence: minutes(15),
  signs: [begun, { ...begun, tip: 'TIP' }].map(sign => ({
    lines: [{ baudRate }],
    config: sign,
    toFill,
    createDecoder: () => createSignDecoder('found', { debounce: 0, ...sign }),
  })),
  createDecoder: (settings, device) => createDecoder(device, settings),
  open: (settings, device, context) => {
    const { connection, tip } = settings;
    if (connection.transport === 'linux-counter') return readLinuxCounter(connection, settings, device, context);
    const tips = decoding(openConnection(connection, context), createDecoder(device, settings), context.count);
    return tip === undefined ? tips : withDryMinutes(tips, device, context);
  },
});
