/** Formulas that turn what an instrument says into what is. Pure; each names its source. */
import { type GasConditions, molarDensity, referenceConditions } from '../../core/unit.ts';
import type { Correction, HumidityCorrection } from './config.ts';

/** A mass of gas per volume told at `given` conditions, at the reference: the same gas takes another volume there. */
export const toReference = (value: number, given: GasConditions): number =>
  (value * molarDensity(referenceConditions)) / molarDensity(given);

/** Gain and offset, or the polynomial by Horner's rule. */
export const calibrate = (value: number, { gain, offset, polynomial }: Correction): number =>
  polynomial === undefined ? gain * value + offset : polynomial.reduceRight((sum, factor) => sum * value + factor, 0);

/** Above it the particles grow without bound and no formula holds. */
const mostHumidity = 0.95;

/**
 * PM of a low-cost optical sensor at the relative humidity 0–1, never below 0. `isSure` is false where the air was more
 * humid than the formula reaches.
 */
export const correctHumidity = (
  value: number,
  relativeHumidity: number,
  by: HumidityCorrection,
): { readonly value: number; readonly isSure: boolean } => {
  const isSure = relativeHumidity <= mostHumidity;
  const activity = Math.min(Math.max(relativeHumidity, 0), mostHumidity);
  switch (by.method) {
    case 'barkjohn-2021':
      // Equation 11: the fit is linear in percent and was made up to 100 %.
      return { value: Math.max(0, 0.524 * value - 0.0862 * 100 * relativeHumidity + 5.75), isSure: true };
    case 'kappa-koehler': {
      // Equations 5 and 6; of no water at all nothing grows.
      const growth = activity === 0 ? 1 : 1 + by.kappa / by.densityGramsPerCm3 / (1 / activity - 1);
      return { value: value / growth, isSure };
    }
  }
};
