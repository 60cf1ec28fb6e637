import { z } from 'zod';
import { decoding } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { minutes } from '../../../core/time.ts';
import { connection, openConnection } from '../../transports/connection.ts';
import { createDecoder, modelNames } from './codec.ts';

const baudRate = 9600;

export const driver = defineDriver({
  name: 'maxbotix',
  family: 'sensors',
  summary: 'MaxBotix ultrasonic sensors that look down on water (MB736x, MB738x, MB746x), as the level of the water.',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: connection({ baudRate }),
    model: z
      .enum(modelNames)
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
  signs: modelNames.map(model => ({
    lines: [{ baudRate }],
    config: { model, mountHeight: 0 },
    toFill: {
      model: 'the longest range by its type plate, 5m or 10m',
      mountHeight: 'from the zero of the gauge up to the face of the sensor, in meters',
    },
  })),
  createDecoder: (config, device) => createDecoder(device, config),
  open: (config, device, context) =>
    decoding(openConnection(config.connection, context), createDecoder(device, config), context.count),
});
