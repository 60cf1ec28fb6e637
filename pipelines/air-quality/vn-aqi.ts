/** VN_AQI by QD 1459/QD-TCMT of 2019-11-12: sub-indices, Nowcast, the larger of them. Pure. */
import { type Pollutant, pollutants, type Scale } from './law.ts';

/** Half up. Twelve digits first: 109.5 must not be 109.49999999999999. */
const roundHalfUp = (value: number): number => Math.floor(Number(value.toPrecision(12)) + 0.5);

/** Between the two breakpoints that hold it, in a straight line; the last index beyond the last breakpoint. */
const along = (breakpoints: readonly number[], index: readonly number[], concentration: number): number => {
  const upper = breakpoints.findIndex(point => concentration <= point);
  if (upper === 0) return index[0] ?? 0;
  if (upper < 0) return index[breakpoints.length - 1] ?? 0;
  const [low = 0, high = 0] = breakpoints.slice(upper - 1, upper + 1);
  const [from = 0, to = 0] = index.slice(upper - 1, upper + 1);
  return ((to - from) / (high - low)) * (concentration - low) + from;
};

export const subIndex = ({ breakpoints, index }: Scale, pollutant: Pollutant, concentration: number): number =>
  roundHalfUp(along(breakpoints[pollutant], index, concentration));

/** Of the highest mean of eight hours; undefined beyond the table, where the hour alone counts. */
export const ozoneIndex = ({ ozoneOfEightHours, index }: Scale, concentration: number): number | undefined =>
  concentration > (ozoneOfEightHours.at(-1) ?? 0)
    ? undefined
    : roundHalfUp(along(ozoneOfEightHours, index, concentration));

const nowcastHours = 12;

/**
 * Weighted mean of the last twelve hours, the newest first; undefined without two of the newest three. With a weight of
 * one half the decision prints a sum that is not divided by the weights: here it is, which is the same to four digits
 * when no hour is missing, and does not read low when one is.
 */
export const nowcast = (hours: readonly (number | undefined)[]): number | undefined => {
  const newest = hours.slice(0, nowcastHours);
  if (newest.slice(0, 3).filter(hour => hour !== undefined).length < 2) return undefined;
  const known = newest.filter(hour => hour !== undefined);
  const highest = Math.max(...known);
  const ratio = highest > 0 ? Math.min(...known) / highest : 1;
  const weight = Math.max(ratio, 0.5);
  let total = 0;
  let weights = 0;
  for (const [age, hour] of newest.entries()) {
    if (hour === undefined) continue;
    total += weight ** age * hour;
    weights += weight ** age;
  }
  return total / weights;
};

export interface Highest {
  readonly index: number;
  readonly pollutant: Pollutant;
  readonly level: Scale['levels'][number];
}

export const highestOf = (scale: Scale, found: ReadonlyMap<Pollutant, number>): Highest | undefined => {
  let pollutant: Pollutant | undefined;
  for (const name of pollutants) {
    const index = found.get(name);
    if (index !== undefined && index > (pollutant === undefined ? -1 : (found.get(pollutant) ?? 0))) pollutant = name;
  }
  if (pollutant === undefined) return undefined;
  const index = found.get(pollutant) ?? 0;
  const level = scale.levels.find(({ to }) => index <= to) ?? scale.levels.at(-1);
  return level && { index, pollutant, level };
};
