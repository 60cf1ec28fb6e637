import { z } from 'zod';
import { decoding } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { minutes } from '../../../core/time.ts';
import { connection, openConnection } from '../../transports/connection.ts';
import { createDecoder } from './codec.ts';

export const driver = defineDriver({
  name: 'ais-receiver',
  family: 'vessels',
  summary: 'AIS receivers and feeds that send NMEA 0183 sentences (!AIVDM) over TCP, UDP or a serial line.',
  host: 'main',
  emits: ['vessel-position', 'vessel-static', 'navigation-aid', 'base-station'],
  config: z.strictObject({ connection: connection({ baudRate: 38_400 }) }),
  // A vessel at anchor reports every three minutes, so a quiet harbour may say nothing for a while.
  silence: minutes(10),
  createDecoder: (_config, device) => createDecoder(device),
  open: (config, device, context) =>
    decoding(openConnection(config.connection, context), createDecoder(device), context.count),
});
