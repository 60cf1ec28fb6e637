import { z } from 'zod';
import { sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import { type Context, defineDriver } from '../../../core/driver.ts';
import { GatewayError } from '../../../core/errors.ts';
import { duration } from '../../../core/fields.ts';
import type { Measurement } from '../../../core/observation.ts';
import { isQuantity, quantities, toQuantityUnit, unitsOf } from '../../../core/quantity.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { addresses } from '../../protocols/sdi12/address.ts';
import { lineConnection, openLine } from '../../transports/line.ts';
import { createAddressDecoder } from './codec.ts';
import { measure } from './measuring.ts';

const line = { baudRate: 1200, dataBits: 7, parity: 'even' } as const;

/** Measurements that fail in a row before the sensor counts as gone. */
const mostFailed = 3;

const valueSchema = z
  .strictObject({
    quantity: z.string().refine(isQuantity, 'is no quantity that sensors measure').describe('What the value is.'),
    unit: z.string().describe('Unit in which the sensor tells it (UCUM).'),
  })
  .refine(({ quantity, unit }) => !isQuantity(quantity) || unitsOf(quantity).includes(unit), {
    message: 'the quantity cannot be told in this unit',
    path: ['unit'],
  });

const configSchema = z.strictObject({
  connection: lineConnection(line),
  address: z
    .string()
    .regex(/^[0-9A-Za-z]$/)
    .default('0')
    .describe('Address of the sensor, one digit or letter.'),
  command: z
    .enum(['M', 'C'])
    .default('M')
    .describe('M measures alone on the line; C measures while other sensors are asked.'),
  set: z.int().min(0).max(9).default(0).describe('Number behind the command for further values, such as 1 in aM1!.'),
  checked: z
    .boolean()
    .default(true)
    .describe('Whether answers carry a check (aMC!, aCC!); sensors older than version 1.3 have none.'),
  values: z
    .array(valueSchema.nullable())
    .min(1)
    .max(99)
    .describe('What the values of the sensor are, in its order; null passes one over.'),
  interval: duration({ minimum: seconds(1), maximum: minutes(60) })
    .prefault('60s')
    .describe('From the end of one measurement to the next.'),
});
type Config = z.output<typeof configSchema>;

const measurementsOf = (config: Config, raw: readonly number[], device: string, context: Context): Measurement[] => {
  const time = context.clock.now();
  return config.values.flatMap((row, index) => {
    const value = raw[index];
    if (row === null || value === undefined || !isQuantity(row.quantity)) return [];
    const { quantity, unit } = row;
    const own = toQuantityUnit(quantity, value, unit);
    const { minimum, maximum } = quantities[quantity];
    // Sensors tell of a fault in a value that cannot be: -9999, -99.99, 999.9.
    if (own === undefined || !(own >= minimum && own <= maximum)) {
      context.count('malformed.implausible');
      return [];
    }
    return [{ kind: 'measurement', device, time, timeFrom: 'gateway', quantity, value: own }];
  });
};

async function* readings(config: Config, device: string, context: Context): AsyncGenerator<Batch<Measurement>, void> {
  const { signal, count } = context;
  try {
    await using line = await openLine(config.connection, context);
    let failed = 0;
    while (!signal.aborted) {
      const measured = await measure(line, config, signal);
      if (typeof measured === 'string') {
        count(measured === 'unanswered' ? measured : `malformed.${measured}`);
        if (++failed < mostFailed) continue;
        throw new GatewayError('unreachable', `the SDI-12 sensor at address ${config.address} does not answer`, {
          advice:
            'Check its 12 V and the data line, the address (?! asks for it), and that the adapter makes the break.',
        });
      }
      failed = 0;
      yield { items: measurementsOf(config, measured, device, context) };
      await sleep(config.interval, signal);
    }
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}

/** SDI-12 v1.4, 4.4.4: whoever is alone on the line answers with its address. */
const askAddress = Buffer.from('?!', 'latin1');

export const driver = defineDriver({
  name: 'sdi12',
  family: 'sensors',
  summary: 'Sensors on an SDI-12 line (water, soil, weather), through a serial adapter that makes the break.',
  host: 'main',
  emits: ['measurement'],
  config: configSchema,
  silence: minutes(80),
  intervalOf: ({ interval }) => interval,
  signs: addresses.map(address => ({
    lines: [line],
    config: { address, values: [null] },
    toFill: { values: 'what the values of the sensor are, in its order: - { quantity: waterLevel, unit: m }' },
    question: askAddress,
    createDecoder: () => createAddressDecoder(address),
  })),
  open: readings,
});
