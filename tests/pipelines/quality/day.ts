/** A seeded day of a station: what its sensors say every minute, with faults whose places are known. */
import type { Measurement, QualityTest } from '../../../core/observation.ts';
import type { QuantityName } from '../../../core/quantity.ts';

export const midnight = Date.UTC(2026, 10, 22, 17);
export const minute = 60_000;
export const minutesOfDay = 1440;

/** mulberry32: the same day on every machine. */
export const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const createNormal = (random: () => number) => (): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

interface Weather {
  readonly level: number;
  readonly swing: number;
  readonly noise: number;
  readonly digits: number;
}

/** What a day in November is like in Hue, and how many digits the instrument tells. */
export const weather = {
  pm25: { level: 28, swing: 14, noise: 2, digits: 0 },
  temperature: { level: 23, swing: 4, noise: 0.1, digits: 1 },
  relativeHumidity: { level: 0.8, swing: 0.12, noise: 0.005, digits: 3 },
  atmosphericPressure: { level: 1012, swing: 2, noise: 0.1, digits: 1 },
  no2: { level: 30, swing: 12, noise: 2, digits: 1 },
} as const satisfies Partial<Record<QuantityName, Weather>>;

export type DayQuantity = keyof typeof weather;
export const dayQuantities = Object.keys(weather) as DayQuantity[];

export interface DayValue {
  readonly sample: Measurement;
  /** The test that should not pass it. */
  readonly fault?: QualityTest;
}

export interface DayFaults {
  /** Part of the values that are spikes. */
  readonly spikes: number;
  /** The temperature stays from 10:00 for almost two hours longer than the test waits. */
  readonly stuck: boolean;
  /** The humidity says nothing from 14:00 to 16:00. */
  readonly deaf: boolean;
  /** The pressure leaves its range from 18:00 to 20:00. */
  readonly broken: boolean;
}

export const cleanDay: DayFaults = { spikes: 0, stuck: false, deaf: false, broken: false };

const spikeOf: Readonly<Record<DayQuantity, number>> = {
  pm25: 250,
  temperature: 9,
  relativeHumidity: 0.3,
  atmosphericPressure: 12,
  no2: 350,
};

/** When the temperature is stuck, minutes of the day. */
export const stuck = { from: 600, until: 830 };
export const deaf = { from: 840, until: 960 };
export const broken = { from: 1080, until: 1200 };

const isIn = (at: number, { from, until }: { readonly from: number; readonly until: number }): boolean =>
  at >= from && at < until;

/** Values of one minute each, in order of their time. */
export const createDay = (seed: number, faults: DayFaults, device = 'aq-kimlong'): readonly (readonly DayValue[])[] => {
  const random = createRandom(seed);
  const normal = createNormal(random);
  const last = new Map<DayQuantity, number>();
  return Array.from({ length: minutesOfDay }, (_, at) =>
    dayQuantities.flatMap((quantity): DayValue[] => {
      const { level, swing, noise, digits } = weather[quantity];
      const phase = ((at - 360) / minutesOfDay) * 2 * Math.PI;
      let value = level + swing * Math.sin(phase) + noise * normal();
      let fault: QualityTest | undefined;
      if (faults.stuck && quantity === 'temperature' && isIn(at, stuck)) value = last.get(quantity) ?? value;
      else if (faults.broken && quantity === 'atmosphericPressure' && isIn(at, broken)) {
        value = 600;
        fault = 'gross-range';
      } else if (random() < faults.spikes) {
        value += spikeOf[quantity] * (0.7 + 0.6 * random()) * (quantity === 'relativeHumidity' ? -1 : 1);
        fault = 'spike';
      }
      value = Number(value.toFixed(digits));
      if (faults.stuck && quantity === 'temperature' && isIn(at, stuck) && at - stuck.from >= 120) fault = 'flat-line';
      if (fault === undefined || fault === 'flat-line') last.set(quantity, value);
      if (faults.deaf && quantity === 'relativeHumidity' && isIn(at, deaf)) return [];
      const time = midnight + at * minute;
      const sample: Measurement = { kind: 'measurement', device, time, timeFrom: 'device', quantity, value };
      return [{ sample, ...(fault !== undefined && { fault }) }];
    }),
  );
};
