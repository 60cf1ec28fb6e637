import { z } from 'zod';
import { duration, identifier } from '../../core/fields.ts';
import { isGasByMass, type QuantityName, quantities } from '../../core/quantity.ts';
import { hours, minutes, seconds } from '../../core/time.ts';

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

const humidity = z.discriminatedUnion('method', [
  z.strictObject({
    method: z
      .literal('barkjohn-2021')
      .describe('PM2.5 of PurpleAir, nationwide in the US: Barkjohn et al., Atmos. Meas. Tech. 14, 4617 (2021).'),
    from: identifier().optional().describe('Device that measures the humidity; the same one when absent.'),
  }),
  z.strictObject({
    method: z
      .literal('kappa-koehler')
      .describe('Growth of particles in humid air: Crilley et al., Atmos. Meas. Tech. 11, 709 (2018).'),
    from: identifier().optional().describe('Device that measures the humidity; the same one when absent.'),
    kappa: z
      .number()
      .min(0.01)
      .max(1.3)
      .default(0.4)
      .describe('How hygroscopic the particles are; 0.38 to 0.41 in a city.'),
    densityGramsPerCm3: z.number().min(0.5).max(5).default(1.65).describe('Density of the dry particles.'),
  }),
]);

const correction = z
  .strictObject({
    reportedAt: z
      .strictObject({
        temperatureCelsius: z.number().min(-20).max(60).default(25),
        pressureHpa: z.number().min(500).max(1100).default(1013.25),
      })
      .optional()
      .describe(
        'Conditions to which the device refers masses of gas, where not 25 °C and 1013.25 hPa: 20 °C in Europe.',
      ),
    gain: z.number().default(1).describe('The value is multiplied by it.'),
    offset: z.number().default(0).describe('Added after the gain, in the unit of the quantity.'),
    polynomial: z
      .array(z.number())
      .min(2)
      .max(8)
      .optional()
      .describe('Instead of gain and offset: c0 + c1·x + c2·x² …, lowest power first.'),
    humidity: humidity.optional().describe('Correction of a low-cost particle sensor by the humidity of the air.'),
  })
  .refine(({ polynomial, gain, offset }) => polynomial === undefined || (gain === 1 && offset === 0), {
    path: ['polynomial'],
    message: 'expected either a polynomial or gain and offset',
  });

export type Correction = z.output<typeof correction>;
export type HumidityCorrection = z.output<typeof humidity>;

/** Quantities to which a correction by humidity applies. */
const isParticles = (quantity: QuantityName): boolean => ['pm1', 'pm25', 'pm4', 'pm10', 'tsp'].includes(quantity);

const device = z
  .strictObject({
    clock: z
      .enum(['device', 'receive'])
      .default('device')
      .describe('Whose time counts: "receive" for a device whose clock is wrong for good.'),
    quantities: z.partialRecord(z.enum(quantityNames), correction).default({}).describe('Corrections, by quantity.'),
  })
  .superRefine(({ quantities: corrections }, context) => {
    for (const [name, { humidity: byHumidity, reportedAt }] of Object.entries(corrections)) {
      const quantity = name as QuantityName;
      const refuse = (key: string, message: string): void =>
        context.addIssue({ code: 'custom', path: ['quantities', name, key], message });
      if (reportedAt !== undefined && !isGasByMass(quantity)) refuse('reportedAt', `${name} is no gas told as a mass`);
      if (byHumidity === undefined) continue;
      if (!isParticles(quantity)) refuse('humidity', `${name} is no mass of particles`);
      else if (byHumidity.method === 'barkjohn-2021' && quantity !== 'pm25')
        refuse('humidity', 'barkjohn-2021 was fitted to pm25 alone');
    }
  });

export const normalizeConfig = z.strictObject({
  ahead: duration({ minimum: seconds(1), maximum: hours(1) })
    .prefault('2m')
    .describe("A device's time that is farther ahead of the gateway's cannot be: the time of arrival counts."),
  old: duration({ minimum: hours(1), maximum: hours(24 * 400) })
    .prefault('30d')
    .describe("A device's time that is older is that of a clock that was never set: the time of arrival counts."),
  humidityAge: duration({ minimum: seconds(10), maximum: hours(6) })
    .prefault('10m')
    .describe('How old the humidity may be by which particles are corrected; without one they are suspect.'),
  counterGap: duration({ minimum: minutes(1), maximum: hours(48) })
    .prefault('90m')
    .describe('What fell since a stand of a counter that is older is suspect: nobody knows when it fell.'),
  devices: z.record(identifier(), device).default({}).describe('Calibration, corrections and clock, by device.'),
});

export type NormalizeConfig = z.output<typeof normalizeConfig>;
