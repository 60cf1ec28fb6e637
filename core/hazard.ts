/** What a city is warned of by its sensors, and what it is judged by. */
import { type QuantityName, quantities } from './quantity.ts';

export const hazards = ['flood', 'heat', 'noise', 'air-quality', 'gas', 'other'] as const;
export type Hazard = (typeof hazards)[number];

/** Figures that are made of quantities, each with its unit (UCUM). */
const derived = {
  /** Apparent temperature of air and its humidity (US National Weather Service). */
  heatIndex: { unit: 'Cel' },
  /** VN_AQI of the hour. */
  airQualityIndex: { unit: '1' },
} as const;

/** Everything that a rule of a warning can be about. */
export type Figure = QuantityName | keyof typeof derived;

const units: Readonly<Record<Figure, { readonly unit: string }>> = { ...quantities, ...derived };

export const figures = Object.keys(units) as [Figure, ...Figure[]];
export const unitOf = (figure: Figure): string => units[figure].unit;
