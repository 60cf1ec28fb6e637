/**
 * What is usual for each quantity outdoors in a city of central Vietnam: the settings of the tests where the
 * configuration says nothing else. Wide on purpose: a test that cries wolf is switched off. In the quantity's own unit.
 */
import { type QuantityName, quantities } from '../../core/quantity.ts';
import { type Duration, hours, minutes } from '../../core/time.ts';

export type Range = readonly [minimum: number, maximum: number];

export interface Limits {
  /** Outside it the value fails: no such instrument can show it. */
  readonly range: Range;
  /** Outside it the value is suspect. */
  readonly usual?: Range | undefined;
  /** From the median of the last five; `relative` of that median is added to both. */
  readonly spike?: { readonly suspect: number; readonly fail: number; readonly relative: number } | undefined;
  /** Suspect when it changes by more in a minute. */
  readonly ratePerMinute?: number | undefined;
  /** Suspect, then failing, when it stays within `tolerance` for so long; not at `rest`, where it may stay. */
  readonly flat?:
    | { readonly tolerance: number; readonly suspect: Duration; readonly fail: Duration; readonly rest?: number }
    | undefined;
  /** Nothing came for so long while its device said other things. */
  readonly gap: Duration;
  /** Ranges of January to December; outside them the value is suspect. */
  readonly climatology?: readonly Range[] | undefined;
}

type Usual = Omit<Limits, 'range' | 'gap' | 'climatology'>;

const particles: Usual = {
  spike: { suspect: 40, fail: 200, relative: 1 },
  ratePerMinute: 150,
  // Clean air is 0 to an optical counter that tells whole micrograms.
  flat: { tolerance: 0, suspect: hours(1), fail: hours(3), rest: 0 },
};

const gas = (spike: number): Usual => ({
  spike: { suspect: spike, fail: 5 * spike, relative: 1 },
  ratePerMinute: 4 * spike,
  flat: { tolerance: 0, suspect: hours(2), fail: hours(6), rest: 0 },
});

/** Water is slow. */
const water = (spike: number, rest?: number): Usual => ({
  spike: { suspect: spike, fail: 5 * spike, relative: 0.2 },
  ratePerMinute: spike,
  flat: { tolerance: 0, suspect: hours(12), fail: hours(24), ...(rest !== undefined && { rest }) },
});

const usual: Partial<Readonly<Record<QuantityName, Usual>>> = {
  pm25: particles,
  pm10: particles,
  pm1: particles,
  pm4: particles,
  tsp: particles,
  co2: {
    spike: { suspect: 300, fail: 2000, relative: 0.5 },
    ratePerMinute: 1000,
    flat: { tolerance: 0, suspect: hours(2), fail: hours(6) },
  },
  co: gas(2000),
  no2: gas(100),
  so2: gas(150),
  o3: gas(80),
  no: gas(150),
  h2s: gas(100),
  nh3: gas(150),
  temperature: {
    usual: [0, 48],
    spike: { suspect: 3, fail: 10, relative: 0 },
    ratePerMinute: 3,
    flat: { tolerance: 0, suspect: hours(2), fail: hours(4) },
  },
  relativeHumidity: {
    spike: { suspect: 0.15, fail: 0.4, relative: 0 },
    ratePerMinute: 0.15,
    // Weeks of drizzle in Hue saturate the air.
    flat: { tolerance: 0, suspect: hours(2), fail: hours(6), rest: 1 },
  },
  atmosphericPressure: {
    usual: [930, 1045],
    spike: { suspect: 3, fail: 15, relative: 0 },
    ratePerMinute: 2,
    flat: { tolerance: 0, suspect: hours(3), fail: hours(6) },
  },
  windSpeed: {
    spike: { suspect: 20, fail: 50, relative: 1 },
    flat: { tolerance: 0, suspect: hours(2), fail: hours(6), rest: 0 },
  },
  windDirection: { flat: { tolerance: 0, suspect: hours(6), fail: hours(24), rest: 0 } },
  solarRadiation: { flat: { tolerance: 0, suspect: hours(2), fail: hours(6), rest: 0 } },
  LAeq: { usual: [20, 130], flat: { tolerance: 0, suspect: hours(1), fail: hours(3) } },
  waterLevel: water(0.3),
  waterDepth: water(0.3),
  waterTemperature: { ...water(2), usual: [5, 45] },
  pH: { ...water(0.5), usual: [4, 10] },
  conductivity: water(200),
  turbidity: water(100, 0),
  dissolvedOxygen: { ...water(2, 0), usual: [0, 20] },
};

export const limitsOf = (name: QuantityName): Limits => {
  const { minimum, maximum } = quantities[name];
  return { range: [minimum, maximum], gap: minutes(10), ...usual[name] };
};
