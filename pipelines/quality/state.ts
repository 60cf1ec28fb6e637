/** What the stage knows of each device, and how it is kept. */
import { z } from 'zod';
import { type QualityTest, qualityTests } from '../../core/observation.ts';
import { isQuantity, type QuantityName } from '../../core/quantity.ts';
import type { Site } from '../../core/site.ts';
import { type ClockShift, type Duration, type Instant, minutes, shiftInstant } from '../../core/time.ts';
import { limitsFor, type QualityConfig } from './config.ts';
import { createPair, type RunningPair } from './failover.ts';
import { type Open, type ScoredTest, scoredTests } from './faults.ts';
import type { Limits } from './limits.ts';
import { createSeries, type Series } from './series.ts';

/** One quantity of one device. */
export interface Sensor {
  readonly device: string;
  readonly quantity: QuantityName;
  readonly limits: Limits;
  readonly series: Series;
  /** Of bad values of late, by test. */
  readonly shares: Record<ScoredTest, number>;
  readonly open: Map<QualityTest, Open>;
  /** Something came since the last tick. */
  arrived: boolean;
  /** By the steady clock; undefined until the first tick after a value or a restart. */
  heardAt: Duration | undefined;
  /** The longest time between two values, which fades; undefined before the second. */
  interval: Duration | undefined;
  /** Since when a deaf sensor is heard again. */
  backSince: Duration | undefined;
}

export interface State {
  readonly devices: Map<string, Map<QuantityName, Sensor>>;
  readonly pairs: readonly RunningPair[];
  /** Of an earlier configuration, whose backup still speaks: to be ended. */
  readonly removedPairs: RunningPair[];
  /** Pairs that a device is in, by `device/quantity`. */
  readonly pairsOf: ReadonlyMap<string, readonly RunningPair[]>;
  readonly neighborsOf: ReadonlyMap<string, QualityConfig['neighbors'][number]>;
  /** Devices whose series changed since the last checkpoint. */
  readonly changed: Set<string>;
  /** 0 for January. */
  readonly monthOf: (time: Instant) => number;
  /** What is open was moved with the clock since the last checkpoint. */
  isMoved: boolean;
  steady: Duration | undefined;
  /** Conditions of an earlier configuration are still to be looked for. */
  isFresh: boolean;
}

/** Months turn at the site's midnight; a quarter of an hour has one month in every time zone. */
const quarter = minutes(15);
const createMonths = (timeZone: string): ((time: Instant) => number) => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, month: 'numeric' });
  let known = Number.NaN;
  let month = 0;
  return time => {
    const slot = Math.floor(time / quarter);
    if (slot === known) return month;
    known = slot;
    month = Number(format.format(slot * quarter)) - 1;
    return month;
  };
};

const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const seriesKey = (device: string): string => `series/${device}`;
const openKey = (device: string): string => `open/${device}`;
const pairKey = ({ primary, quantity }: RunningPair): string => `pair/${primary}/${quantity}`;

const flag = z.enum(['suspect', 'fail', 'missing']);
const storedOpen = z.record(
  z.string(),
  z.object({ since: z.number(), named: z.number().optional(), flag }).transform(({ since, named = since, flag }) => ({
    since,
    named,
    flag,
  })),
);
const storedPair = z.object({
  backup: z.string(),
  failAfter: z.number(),
  returnAfter: z.number(),
  since: z.number(),
  named: z.number().optional(),
  lastGoodAt: z.number().optional(),
});
const storedSeries = z.record(
  z.string(),
  z.object({
    t: z.number().optional(),
    g: z.literal(1).optional(),
    v: z.array(z.number()),
    ok: z.tuple([z.number(), z.number()]).optional(),
    flat: z.tuple([z.number(), z.number(), z.number()]),
    bad: z.partialRecord(z.enum(scoredTests as [ScoredTest, ...ScoredTest[]]), z.number()).optional(),
    every: z.number().optional(),
  }),
);

export const sensorOf = (state: State, config: QualityConfig, device: string, quantity: QuantityName): Sensor => {
  let sensors = state.devices.get(device);
  if (sensors === undefined) {
    sensors = new Map();
    state.devices.set(device, sensors);
  }
  let sensor = sensors.get(quantity);
  if (sensor === undefined) {
    const shares = Object.fromEntries(scoredTests.map(test => [test, 0])) as Record<ScoredTest, number>;
    sensor = {
      device,
      quantity,
      limits: limitsFor(config, device, quantity),
      series: createSeries(),
      shares,
      open: new Map(),
      arrived: false,
      heardAt: undefined,
      interval: undefined,
      backSince: undefined,
    };
    sensors.set(quantity, sensor);
  }
  return sensor;
};

export const encodeOpen = (state: State, device: string): readonly [string, Uint8Array | undefined] => {
  const open: Record<string, Open> = {};
  for (const [quantity, sensor] of state.devices.get(device) ?? [])
    for (const [test, condition] of sensor.open) open[`${quantity}/${test}`] = condition;
  return [openKey(device), Object.keys(open).length === 0 ? undefined : encode(open)];
};

export const encodePair = (pair: RunningPair): readonly [string, Uint8Array | undefined] => [
  pairKey(pair),
  pair.since === undefined ? undefined : encode(storedPair.parse(pair)),
];

const encodeSensor = ({ series, shares, interval }: Sensor): z.input<typeof storedSeries>[string] => {
  const bad = Object.entries(shares).filter(([, share]) => share > 0);
  return {
    ...(series.time !== undefined && { t: series.time }),
    ...(series.timeFrom === 'gateway' && { g: 1 }),
    v: series.values,
    ...(series.good !== undefined && { ok: [series.good.time, series.good.value] }),
    flat: [series.anchor, series.flatSince, series.flatCount],
    ...(bad.length > 0 && { bad: Object.fromEntries(bad) }),
    ...(interval !== undefined && { every: Math.round(interval) }),
  };
};

export const takeChanged = (state: State): Map<string, Uint8Array | undefined> => {
  const save = new Map<string, Uint8Array | undefined>();
  for (const device of state.changed) {
    const sensors = state.devices.get(device) ?? [];
    save.set(
      seriesKey(device),
      encode(Object.fromEntries([...sensors].map(([name, one]) => [name, encodeSensor(one)]))),
    );
  }
  state.changed.clear();
  if (state.isMoved) {
    const open = [...state.devices.keys()].map(device => encodeOpen(state, device));
    for (const [key, value] of [...open, ...state.pairs.map(encodePair)]) if (value !== undefined) save.set(key, value);
    state.isMoved = false;
  }
  return save;
};

const restoreSeries = (state: State, config: QualityConfig, device: string, raw: unknown): void => {
  for (const [name, stored] of Object.entries(storedSeries.parse(raw))) {
    if (!isQuantity(name)) continue;
    const sensor = sensorOf(state, config, device, name);
    const { series } = sensor;
    series.time = stored.t;
    series.timeFrom = stored.g === undefined ? 'device' : 'gateway';
    series.values.push(...stored.v);
    series.good = stored.ok && { time: stored.ok[0], value: stored.ok[1] };
    [series.anchor, series.flatSince, series.flatCount] = stored.flat;
    Object.assign(sensor.shares, stored.bad);
    sensor.interval = stored.every;
  }
};

const isTest = (name: string): name is QualityTest => qualityTests.some(test => test === name);

const restorePair = (state: State, primary: string, quantity: string, raw: unknown): void => {
  if (!isQuantity(quantity)) return;
  const { backup, failAfter, returnAfter, since, named = since, lastGoodAt } = storedPair.parse(raw);
  const told = { since, named, lastGoodAt };
  const known = state.pairs.find(
    pair => pair.primary === primary && pair.quantity === quantity && pair.backup === backup,
  );
  if (known !== undefined) Object.assign(known, told);
  else state.removedPairs.push({ ...createPair({ quantity, primary, backup, failAfter, returnAfter }), ...told });
};

const restoreOpen = (state: State, config: QualityConfig, device: string, raw: unknown): void => {
  for (const [name, condition] of Object.entries(storedOpen.parse(raw))) {
    const [quantity = '', test = ''] = name.split('/');
    if (isQuantity(quantity) && isTest(test)) sensorOf(state, config, device, quantity).open.set(test, condition);
  }
};

const group = <Value>(entries: readonly (readonly [string, Value])[]): ReadonlyMap<string, readonly Value[]> => {
  const groups = new Map<string, Value[]>();
  for (const [key, value] of entries) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
};

export const restore = (config: QualityConfig, saved: ReadonlyMap<string, Uint8Array>, site: Site): State => {
  const pairs = config.failover.flatMap(({ quantities, ...pair }) =>
    quantities.map(quantity => createPair({ ...pair, quantity })),
  );
  const state: State = {
    devices: new Map(),
    pairs,
    removedPairs: [],
    pairsOf: group(
      pairs.flatMap(pair => [pair.primary, pair.backup].map(device => [`${device}/${pair.quantity}`, pair] as const)),
    ),
    neighborsOf: new Map(
      config.neighbors.flatMap(near => near.devices.map(device => [`${device}/${near.quantity}`, near] as const)),
    ),
    changed: new Set(),
    monthOf: createMonths(site.timeZone),
    isMoved: false,
    steady: undefined,
    isFresh: true,
  };
  for (const [key, value] of saved) {
    const [kind = '', device = '', quantity = ''] = key.split('/');
    const raw: unknown = JSON.parse(decoder.decode(value));
    if (kind === 'series') restoreSeries(state, config, device, raw);
    else if (kind === 'open') restoreOpen(state, config, device, raw);
    else restorePair(state, device, quantity, raw);
  }
  return state;
};

/** Instants that the gateway's own clock gave, and what was told by them, are moved with it. */
export const shiftState = (state: State, shift: ClockShift): void => {
  const move = (instant: Instant): Instant => shiftInstant(instant, shift);
  for (const [device, sensors] of state.devices) {
    for (const sensor of sensors.values()) {
      const { series, open } = sensor;
      for (const [test, condition] of open) {
        open.set(test, { ...condition, since: move(condition.since) });
      }
      if (series.timeFrom !== 'gateway' || series.time === undefined) continue;
      series.time = move(series.time);
      series.flatSince = move(series.flatSince);
      if (series.good !== undefined) series.good = { ...series.good, time: move(series.good.time) };
      state.changed.add(device);
    }
  }
  for (const pair of [...state.pairs, ...state.removedPairs]) {
    pair.since &&= move(pair.since);
    pair.lastGoodAt &&= move(pair.lastGoodAt);
  }
  state.isMoved = true;
};
