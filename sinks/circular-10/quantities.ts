/**
 * How quantities are written into a file of Circular 10/2021/TT-BTNMT: the symbol of its Appendix 15, table 34 (second
 * hand: the symbols stand alike in independent open data loggers), and the unit in which its limits are told.
 */
import { fromQuantityUnit, type QuantityName } from '../../core/quantity.ts';

export interface Writing {
  readonly symbol: string;
  /** UCUM */
  readonly unit: string;
  readonly decimals: number;
}

/** Where the configuration says nothing. A quantity that is not here needs its symbol there. */
export const usualWritings: Partial<Readonly<Record<QuantityName, Writing>>> = {
  pm25: { symbol: 'PM2,5', unit: 'ug/m3', decimals: 2 },
  pm10: { symbol: 'PM10', unit: 'ug/m3', decimals: 2 },
  tsp: { symbol: 'PM', unit: 'ug/m3', decimals: 2 },
  co: { symbol: 'CO', unit: 'ug/m3', decimals: 2 },
  no: { symbol: 'NO', unit: 'ug/m3', decimals: 2 },
  no2: { symbol: 'NO2', unit: 'ug/m3', decimals: 2 },
  so2: { symbol: 'SO2', unit: 'ug/m3', decimals: 2 },
  o3: { symbol: 'O3', unit: 'ug/m3', decimals: 2 },
  h2s: { symbol: 'H2S', unit: 'ug/m3', decimals: 2 },
  nh3: { symbol: 'NH3', unit: 'ug/m3', decimals: 2 },
  temperature: { symbol: 'Temp', unit: 'Cel', decimals: 2 },
  waterTemperature: { symbol: 'Temp', unit: 'Cel', decimals: 2 },
  relativeHumidity: { symbol: 'RH', unit: '%', decimals: 2 },
  atmosphericPressure: { symbol: 'P', unit: 'hPa', decimals: 2 },
  pH: { symbol: 'pH', unit: '[pH]', decimals: 2 },
  tss: { symbol: 'TSS', unit: 'mg/L', decimals: 2 },
  cod: { symbol: 'COD', unit: 'mg/L', decimals: 2 },
  nh4: { symbol: 'NH4', unit: 'mg/L', decimals: 2 },
};

/**
 * Units as people in Vietnam write them, in ASCII; any other stands as its UCUM code. Concentrations in the air are those
 * at 25 degrees C and 760 mmHg (QCVN 05:2023/BTNMT, 1.3.3), as events carry them: hence the N.
 */
const unitTexts: ReadonlyMap<string, string> = new Map([
  ['ug/m3', 'ug/Nm3'],
  ['mg/m3', 'mg/Nm3'],
  ['[ppm]', 'ppm'],
  ['[ppb]', 'ppb'],
  ['Cel', 'oC'],
  ['mm[Hg]', 'mmHg'],
  ['[pH]', '-'],
  ['{NTU}', 'NTU'],
  ['deg', 'o'],
]);

export const unitTextOf = (unit: string): string => unitTexts.get(unit) ?? unit;

/**
 * A value of an event in the unit of the file. Directions are written from 0 to 360 degrees, as on a compass; events have
 * them from -180 to 180. Undefined when the unit is none of the quantity.
 */
export const toWritten = (quantity: QuantityName, value: number, unit: string): number | undefined => {
  const written = fromQuantityUnit(quantity, value, unit);
  return quantity === 'windDirection' && unit === 'deg' && written !== undefined && written < 0
    ? written + 360
    : written;
};
