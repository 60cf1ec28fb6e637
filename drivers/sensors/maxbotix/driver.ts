import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { minutes } from '../../../core/time.ts';
import { connection } from '../../transports/connection.ts';
import { listening } from '../../transports/listening.ts';
import { createDecoder, modelNames } from './codec.ts';

const baudRate = 9600;

/** `R`, four digits and a carriage return. */
const messageLength = 6;

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
    listening(
      {
        connection: config.connection,
        sensor: 'MaxBotix sensor',
        baudRate,
        decode: createDecoder(device, config),
        // Nothing is told before the last of the ranges that make one reading.
        mostStrange: 2 * messageLength * config.samples + 512,
      },
      context,
    ),
});
