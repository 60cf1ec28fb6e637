import { z } from 'zod';
import { decoding } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { seconds } from '../../../core/time.ts';
import { connection, openConnection } from '../../transports/connection.ts';
import { createDecoder } from './codec.ts';

export const driver = defineDriver({
  name: 'pms5003',
  family: 'sensors',
  summary: 'Plantower PMS5003, PMS7003 and PMSA003 particulate sensors, on a serial line or behind a serial server.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({ connection: connection({ baudRate: 9600 }) }),
  // The sensor speaks every 0.2 s to 2.3 s by itself.
  silence: seconds(30),
  createDecoder: (_config, device) => createDecoder(device),
  open: (config, device, context) =>
    decoding(openConnection(config.connection, context), createDecoder(device), context.count),
});
