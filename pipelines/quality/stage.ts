/**
 * Measurements → the same with their quality by the tests of IOOS QARTOD, and what is wrong with sensors: a condition
 * for each sensor and test, raised once and cleared once. Where two devices measure the same, the better one is heard.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import { type Measurement, type Quality, type QualityTest, qualities } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { type Duration, type Instant, minutes } from '../../core/time.ts';
import type { QualityConfig } from './config.ts';
import { qualityConfig } from './config.ts';
import { endPair, takeValue, tickPair } from './failover.ts';
import { type Change, changeOf, concludeFault, nextShare, scoredTests, type Verdict } from './faults.ts';
import type { Limits, Range } from './limits.ts';
import { type Flag, judge, medianOf, newestOf } from './series.ts';
import {
  encodeOpen,
  encodePair,
  restore,
  type Sensor,
  type State,
  sensorOf,
  shiftState,
  takeChanged,
} from './state.ts';

interface Outcome {
  readonly output: (Measurement | Conclusion)[];
  /** Devices whose open conditions changed. */
  readonly told: Set<string>;
  replaced: number;
}

/** The value itself counts among its neighbors: one that is far off moves their median little. */
const othersOf = (state: State, { device, quantity }: Sensor, { time, value: own }: Measurement) => {
  const near = state.neighborsOf.get(`${device}/${quantity}`);
  if (near === undefined) return undefined;
  const values: number[] = [];
  for (const other of near.devices) {
    const series = other === device ? undefined : state.devices.get(other)?.get(quantity)?.series;
    const value = series && newestOf(series);
    if (value !== undefined && Math.abs(time - (series?.time ?? 0)) <= near.within) values.push(value);
  }
  // Of one other alone nobody knows whether it is the one that is wrong.
  const median = values.length < 2 ? undefined : medianOf([own, ...values]);
  return median === undefined ? undefined : { median, limit: near.limit + near.relative * Math.abs(median) };
};

const worst = (found: Iterable<Quality>): Quality => {
  let rank = 0;
  for (const quality of found) rank = Math.max(rank, qualities.indexOf(quality));
  return qualities[rank] ?? 'pass';
};

const apply = (sensor: Sensor, test: QualityTest, change: Change, flag: Verdict, time: Instant, out: Outcome): void => {
  const before = sensor.open.get(test);
  const open = change === 'clear' && before !== undefined ? before : { since: time, named: time, ...before, flag };
  if (change === 'clear') sensor.open.delete(test);
  else sensor.open.set(test, open);
  const { device, quantity, series } = sensor;
  out.told.add(device);
  out.output.push(concludeFault({ device, quantity, test, open, lastValue: newestOf(series) }, change, time));
};

const tell = (
  sensor: Sensor,
  flags: ReadonlyMap<QualityTest, Flag | 'missing'>,
  elapsed: Duration,
  time: Instant,
  out: Outcome,
): void => {
  for (const test of scoredTests) {
    const flag = flags.get(test);
    if (flag === undefined) continue;
    const verdict = flag === 'pass' ? undefined : flag;
    const share = nextShare(test, sensor.shares[test], verdict !== undefined, elapsed, sensor.limits);
    sensor.shares[test] = share;
    const change = changeOf(test, share, verdict, sensor.open.get(test));
    if (change !== undefined) apply(sensor, test, change, verdict ?? 'suspect', time, out);
  }
};

/** Tells how a value is judged; one that is none is missing. */
const judgeSample = (state: State, sensor: Sensor, sample: Measurement, climate: Range | undefined, out: Outcome) => {
  const { time, value } = sample;
  const { series, limits } = sensor;
  const flags = new Map<QualityTest, Flag | 'missing'>();
  let elapsed: Duration | undefined;
  if (Number.isFinite(value) && sample.quality !== 'missing') {
    const judgment = judge(series, sample, limits, climate, othersOf(state, sensor, sample));
    for (const [test, flag] of judgment.flags) flags.set(test, flag);
    flags.set('syntax', 'pass');
    elapsed = judgment.elapsed;
  } else {
    flags.set('syntax', 'missing');
    elapsed = series.time === undefined || time <= series.time ? undefined : Math.min(time - series.time, limits.gap);
    if (elapsed !== undefined) series.time = time;
  }
  if (elapsed !== undefined) tell(sensor, flags, elapsed, time, out);
  // What a stage before could not do well stays suspect; the range is judged here, by the limits of this stage.
  const before = (sample.failed ?? []).filter(test => !flags.has(test));
  const failed = [...before, ...[...flags].filter(([, flag]) => flag !== 'pass').map(([test]) => test)];
  const quality = worst([...flags.values(), before.length > 0 ? 'suspect' : 'pass']);
  const { failed: _, ...rest } = sample;
  return { ...rest, quality, ...(failed.length > 0 && { failed }) };
};

const takeSample = (state: State, config: QualityConfig, sample: Measurement, out: Outcome): void => {
  const { device, quantity, time } = sample;
  const sensor = sensorOf(state, config, device, quantity);
  const climate = sensor.limits.climatology?.[state.monthOf(time)];
  const judged = judgeSample(state, sensor, sample, climate, out);
  sensor.arrived = true;
  state.changed.add(device);
  let isHeard = true;
  const more: Measurement[] = [];
  for (const pair of state.pairsOf.get(`${device}/${quantity}`) ?? []) {
    const passed = takeValue(pair, judged, state.steady);
    if (!passed.includes(judged)) isHeard = false;
    more.push(...passed.filter(one => one !== judged));
  }
  if (isHeard) out.output.push(judged);
  else out.replaced++;
  for (const one of more) out.output.push(one);
};

/** A sensor is deaf after some of its own intervals without a value. */
const missedIntervals = 3;
const intervalFade = 0.9;
/** It is heard again when it was for so long. */
const mostUntilBack = minutes(2);

const listen = (sensor: Sensor, steady: Duration): void => {
  if (sensor.arrived && sensor.heardAt !== undefined && !sensor.open.has('gap')) {
    const interval = steady - sensor.heardAt;
    sensor.interval = Math.max(interval, intervalFade * (sensor.interval ?? 0));
  }
  if (sensor.arrived) sensor.heardAt = steady;
  // After a restart the time to wait begins anew.
  sensor.heardAt ??= steady;
  sensor.arrived = false;
};

/** Where the whole device says nothing, its supervisor tells. */
const tickSensor = (sensor: Sensor, deviceHeardAt: Duration, now: Instant, steady: Duration, out: Outcome): void => {
  const { limits, interval } = sensor;
  const heardAt = sensor.heardAt ?? steady;
  const quiet = steady - heardAt;
  const patience = Math.max(limits.gap, missedIntervals * (interval ?? 0));
  const isOpen = sensor.open.has('gap');
  if (!isOpen) {
    sensor.backSince = undefined;
    const isDeviceAlive = steady - deviceHeardAt <= limits.gap;
    if (interval !== undefined && quiet > patience && isDeviceAlive)
      apply(sensor, 'gap', 'raise', 'missing', Math.round(now), out);
    return;
  }
  if (quiet > patience) sensor.backSince = undefined;
  else sensor.backSince ??= steady;
  if (sensor.backSince !== undefined && steady - sensor.backSince >= Math.min(patience, mostUntilBack))
    apply(sensor, 'gap', 'clear', 'missing', Math.round(now), out);
};

const isTested = (limits: Limits, isNear: boolean, test: QualityTest): boolean => {
  switch (test) {
    case 'spike':
      return limits.spike !== undefined;
    case 'rate-of-change':
      return limits.ratePerMinute !== undefined;
    case 'flat-line':
      return limits.flat !== undefined;
    case 'climatology':
      return limits.climatology !== undefined;
    case 'neighbor':
      return isNear;
    default:
      return true;
  }
};

/** Conditions of devices and tests that are not configured any more. */
const clearRemoved = (state: State, site: Site, now: Instant, out: Outcome): void => {
  for (const [device, sensors] of state.devices)
    for (const sensor of sensors.values())
      for (const [test, open] of sensor.open) {
        const { quantity, limits, series } = sensor;
        const isNear = state.neighborsOf.has(`${device}/${quantity}`);
        if (site.devices.has(device) && isTested(limits, isNear, test)) continue;
        sensor.open.delete(test);
        out.told.add(device);
        const fault = { device, quantity, test, open, lastValue: newestOf(series) };
        out.output.push(concludeFault(fault, 'clear', now, 'config-removed'));
      }
};

const finish = (state: State, out: Outcome, save: Map<string, Uint8Array | undefined>): Step => {
  for (const device of out.told) save.set(...encodeOpen(state, device));
  return {
    output: out.output,
    ...(save.size > 0 && { save }),
    ...(out.replaced > 0 && { dropped: { replaced: out.replaced } }),
  };
};

export const stage = defineStage({
  name: 'quality',
  summary:
    'Flags measurements by tests of IOOS QARTOD, tells of sensors that are stuck, deaf, noisy or out of range, and of backups.',
  consumes: ['measurement'],
  config: qualityConfig,
  restore,
  step: (state, batch, config): Step => {
    const out: Outcome = { output: [], told: new Set(), replaced: 0 };
    for (const sample of batch) takeSample(state, config, sample, out);
    return finish(state, out, new Map());
  },
  tick: (state, now, _, site, steady): Step => {
    state.steady = steady;
    const out: Outcome = { output: [], told: new Set(), replaced: 0 };
    const save = new Map<string, Uint8Array | undefined>();
    if (state.isFresh) clearRemoved(state, site, now, out);
    state.isFresh = false;
    for (const sensors of state.devices.values()) {
      let deviceHeardAt = 0;
      for (const sensor of sensors.values()) {
        listen(sensor, steady);
        deviceHeardAt = Math.max(deviceHeardAt, sensor.heardAt ?? 0);
      }
      for (const sensor of sensors.values()) tickSensor(sensor, deviceHeardAt, now, steady, out);
    }
    // Before the others: a pair with another backup has the same key.
    for (const pair of state.removedPairs.splice(0)) {
      const told = endPair(pair, now);
      if (told !== undefined) out.output.push(told);
      save.set(...encodePair(pair));
    }
    for (const pair of state.pairs) {
      const told = tickPair(pair, now, steady);
      if (told === undefined) continue;
      out.output.push(told);
      save.set(...encodePair(pair));
    }
    return finish(state, out, save);
  },
  shift: shiftState,
  checkpoint: takeChanged,
});
