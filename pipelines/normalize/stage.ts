/**
 * Measurements → the same as they are meant: at reference conditions, calibrated, corrected for humidity, in the range of
 * their quantity's scale, with a time that can be, and judged by the plausible range; of a counter also what it grew by.
 */
import { z } from 'zod';
import type { Measurement, QualityTest } from '../../core/observation.ts';
import { countedBy, largestValue, type Quantity, quantities } from '../../core/quantity.ts';
import { defineStage, type Save } from '../../core/stage.ts';
import type { Instant } from '../../core/time.ts';
import { type NormalizeConfig, normalizeConfig } from './config.ts';
import { calibrate, correctHumidity, toReference } from './correct.ts';
import { advance, type Counter, storedCounter } from './counter.ts';

interface State {
  /** Of devices by whose humidity others or they themselves are corrected. */
  readonly humidity: Map<string, { readonly value: number; readonly time: Instant }>;
  readonly humidityFrom: ReadonlySet<string>;
  /** By device and quantity, as they are saved. */
  readonly counters: Map<string, Counter>;
  /** Keys of what changed since the last checkpoint. */
  readonly changed: Set<string>;
  /** The clock at the last tick; undefined before the first. */
  now: Instant | undefined;
}

const stored = z.object({ value: z.number(), time: z.number() });
const decoder = new TextDecoder();

const restore = (config: NormalizeConfig, saved: ReadonlyMap<string, Uint8Array>): State => {
  const sources = Object.entries(config.devices).flatMap(([device, { quantities: corrections }]) =>
    Object.values(corrections).flatMap(({ humidity }) => (humidity === undefined ? [] : [humidity.from ?? device])),
  );
  const humidityFrom = new Set(sources);
  const humidity: State['humidity'] = new Map();
  const counters: State['counters'] = new Map();
  for (const [key, value] of saved) {
    const raw: unknown = JSON.parse(decoder.decode(value));
    if (key.startsWith(counterPrefix)) counters.set(key, storedCounter.parse(raw));
    else if (humidityFrom.has(key)) humidity.set(key, stored.parse(raw));
  }
  return { humidity, humidityFrom, counters, changed: new Set(), now: undefined };
};

/** Before the device and the quantity in a key; humidity has the device alone. */
const counterPrefix = 'counter/';
const keyOf = ({ device, quantity }: Measurement): string => `${counterPrefix}${device}/${quantity}`;

const saved = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Compasses say 0–360, the Smart Data Models −180–180. */
const toSigned = (degrees: number): number => {
  if (degrees < 0 || degrees > 360) return degrees;
  return degrees > 180 ? degrees - 360 : degrees;
};

/** The time of arrival instead of one that cannot be; a redelivery is then not known as one. */
const timeOf = (state: State, config: NormalizeConfig, { device, time, timeFrom }: Measurement): Instant => {
  const { now } = state;
  if (timeFrom === 'gateway' || now === undefined) return time;
  const isPlausible = time <= now + config.ahead && time >= now - config.old;
  return isPlausible && config.devices[device]?.clock !== 'receive' ? time : now;
};

/** Nine digits, well beyond any sensor: 0.1 + 0.2 is 0.3. */
const rounded = (value: number): number => Number(value.toPrecision(9));

const normalize = (state: State, config: NormalizeConfig, sample: Measurement): Measurement => {
  const { device, quantity } = sample;
  const time = timeOf(state, config, sample);
  const correction = config.devices[device]?.quantities[quantity];
  const done = [...(sample.corrections ?? [])];
  const failed = new Set<QualityTest>(sample.failed);
  let { value } = sample;
  const isNumber = (): boolean => Math.abs(value) <= largestValue;
  const missing = { ...sample, time, value: Number.NaN, quality: 'missing', failed: ['syntax'] } as const;
  if (!isNumber()) return missing;

  if (quantity === 'windDirection') value = toSigned(value);
  if (correction?.reportedAt !== undefined) {
    value = rounded(toReference(value, correction.reportedAt));
    done.push('reference-conditions');
  }
  if (
    correction !== undefined &&
    (correction.polynomial !== undefined || correction.gain !== 1 || correction.offset !== 0)
  ) {
    value = rounded(calibrate(value, correction));
    done.push('calibration');
  }
  if (correction?.humidity !== undefined) {
    const known = state.humidity.get(correction.humidity.from ?? device);
    if (known === undefined || Math.abs(time - known.time) > config.humidityAge) failed.add('gap');
    else {
      const corrected = correctHumidity(value, known.value, correction.humidity);
      value = rounded(corrected.value);
      if (!corrected.isSure) failed.add('gap');
      done.push(`humidity-${correction.humidity.method}`);
    }
  }
  if (!isNumber()) return missing;
  if (time !== sample.time) done.push('receive-time');

  const { minimum, maximum }: Quantity = quantities[quantity];
  const isPlausible = value >= minimum && value <= maximum;
  if (!isPlausible) failed.add('gross-range');
  if (quantity === 'relativeHumidity' && isPlausible && state.humidityFrom.has(device)) {
    state.humidity.set(device, { value, time });
    state.changed.add(device);
  }
  return {
    ...sample,
    time,
    ...(time !== sample.time && { timeFrom: 'gateway' }),
    value,
    quality: failed.size > 0 ? 'suspect' : 'pass',
    ...(failed.size > 0 && { failed: [...failed] }),
    ...(done.length > 0 && { corrections: done }),
  };
};

/**
 * What a counter grew by since its stand before. Told as of the gateway's own time: it is not the same again in a
 * redelivery of the stand, which brings none.
 */
const growthOf = (
  state: State,
  config: NormalizeConfig,
  sample: Measurement,
  save: Map<string, Uint8Array>,
): readonly Measurement[] => {
  const { device, time, value, rollover, quality } = sample;
  const quantity = countedBy[sample.quantity];
  if (quantity === undefined || quality !== 'pass') return [];
  const key = keyOf(sample);
  const before = state.counters.get(key);
  const { counter, growth } = advance(before, { stand: value, time, rollover }, config.counterGap);
  if (counter !== before) {
    state.counters.set(key, counter);
    if (counter.stand !== before?.stand || counter.doubted !== before.doubted) save.set(key, saved(counter));
    else state.changed.add(key);
  }
  if (growth === undefined) return [];
  return [
    normalize(state, config, {
      kind: 'measurement',
      device,
      time,
      timeFrom: 'gateway',
      quantity,
      value: rounded(growth.by),
      ...(!growth.isSure && { failed: ['gap'] }),
    }),
  ];
};

export const stage = defineStage({
  name: 'normalize',
  summary:
    'Calibrates measurements, corrects particles for humidity, judges them by the plausible range of their quantity, turns wind directions to −180…180 degrees, and tells what fell by the counter of a rain gauge.',
  consumes: ['measurement'],
  config: normalizeConfig,
  restore,
  step: (state, batch, config) => {
    const save = new Map<string, Uint8Array>();
    const output = batch.flatMap(given => {
      const sample = normalize(state, config, given);
      return [sample, ...growthOf(state, config, sample, save)];
    });
    return { output, save };
  },
  tick: (state, now) => {
    state.now = now;
    return { output: [] };
  },
  checkpoint: (state): Save => {
    const save = new Map<string, Uint8Array | undefined>();
    for (const key of state.changed) save.set(key, saved(state.counters.get(key) ?? state.humidity.get(key)));
    state.changed.clear();
    return save;
  },
});
