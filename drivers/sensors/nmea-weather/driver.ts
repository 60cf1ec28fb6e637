import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { isQuantity, type QuantityName } from '../../../core/quantity.ts';
import { minutes } from '../../../core/time.ts';
import { connection } from '../../transports/connection.ts';
import { listening } from '../../transports/listening.ts';
import { createDecoder, depths, winds } from './codec.ts';

/** The names that stations and plotters agree on; a bare number, as others write, says nothing of the quantity. */
const usualTransducers = {
  AIRTEMP: 'temperature',
  TempAir: 'temperature',
  ENV_OUTAIR_T: 'temperature',
  ENV_OUTSIDE_T: 'temperature',
  ENV_WATER_T: 'waterTemperature',
  Barometer: 'atmosphericPressure',
  ENV_ATMOS_P: 'atmosphericPressure',
  Humidity: 'relativeHumidity',
  ENV_OUTSIDE_H: 'relativeHumidity',
} as const satisfies Record<string, QuantityName>;

const baudRate = 4800;

export const driver = defineDriver({
  name: 'nmea-weather',
  family: 'sensors',
  summary: 'Weather stations and water sounders that speak NMEA 0183 (MDA, MWV, XDR, MTW, DBT, DPT, VHW, ZDA).',
  host: 'main',
  emits: ['measurement'],
  config: z.strictObject({
    connection: connection({ baudRate }),
    windFrom: z
      .enum(winds)
      .default('MWV-R')
      .describe('The sentence whose wind is reported: MDA (from true north), or MWV relative or theoretical.'),
    windZeroAt: z
      .number()
      .min(0)
      .max(360)
      .default(0)
      .describe('Where the zero mark of the wind sensor points, in degrees from true north; added to angles of MWV.'),
    depthFrom: z
      .enum(depths)
      .default('DBT')
      .describe(
        'The sentence whose depth is reported: DBT (below the transducer) or DPT (with the offset to the surface).',
      ),
    transducers: z
      .record(z.string().min(1).max(64), z.string().refine(isQuantity, 'is no quantity that sensors measure'))
      .default(usualTransducers)
      .describe('What the transducers of XDR measure, by the name that the station gives them.'),
  }),
  silence: minutes(1),
  signs: [{ lines: [{ baudRate }, { baudRate: 9600 }, { baudRate: 19_200 }, { baudRate: 38_400 }], config: {} }],
  createDecoder: (config, device) => createDecoder(device, config),
  open: (config, device, context) =>
    listening(
      {
        connection: config.connection,
        sensor: 'NMEA 0183 station',
        baudRate,
        decode: createDecoder(device, config),
        // A dozen of the longest sentences.
        mostStrange: 1024,
      },
      context,
    ),
});
