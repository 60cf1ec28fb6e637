import { z } from 'zod';
import { decoding } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { minutes } from '../../../core/time.ts';
import { connection, openConnection } from '../../transports/connection.ts';
import { createDecoder } from './codec.ts';

export const driver = defineDriver({
  name: 'maxbotix',
  family: 'sensors',
  summary: 'MaxBotix ultrasonic sensors that look down on water (MB736x, MB738x, MB746x), as the level of the water.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: connection({ baudRate: 9600 }),
    model: z
      .enum(['5m', '10m'])
      .default('5m')
      .describe('The longest range of the model: 5m says 5000 where no echo came back, 10m says 9999.'),
    mountHeight: z
      .number()
      .min(-20)
      .max(100)
      .describe('From the zero of the gauge up to the face of the sensor, in meters.'),
    samples: z.int().min(5).max(255).default(15).describe('How many ranges make one reading, which is their median.'),
  }),
  silence: minutes(2),
  createDecoder: (config, device) => createDecoder(device, config),
  open: (config, device, context) =>
    decoding(openConnection(config.connection, context), createDecoder(device, config), context.count),
});
