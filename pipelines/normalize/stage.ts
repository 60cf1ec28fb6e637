/**
 * Measurements → the same as they are meant: at reference conditions, calibrated, corrected for humidity, in the range of
 * their quantity's scale, with a time that can be, and judged by the plausible range.
 */
import { z } from 'zod';
import type { Measurement, QualityTest } from '../../core/observation.ts';
import { type Quantity, quantities } from '../../core/quantity.ts';
import { defineStage, type Save } from '../../core/stage.ts';
import type { Instant } from '../../core/time.ts';
import { type NormalizeConfig, normalizeConfig } from './config.ts';
import { calibrate, correctHumidity, toReference } from './correct.ts';

interface State {
  /** Of devices by whose humidity others or they themselves are corrected. */
  readonly humidity: Map<string, { readonly value: number; readonly time: Instant }>;
  readonly humidityFrom: ReadonlySet<string>;
  /** Whose humidity changed since the last checkpoint. */
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
  for (const [device, value] of saved)
    if (humidityFrom.has(device)) humidity.set(device, stored.parse(JSON.parse(decoder.decode(value))));
  return { humidity, humidityFrom, changed: new Set(), now: undefined };
};

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
  if (!Number.isFinite(value)) return { ...sample, time, value: Number.NaN, quality: 'missing', failed: ['syntax'] };

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

export const stage = defineStage({
  name: 'normalize',
  summary:
    'Calibrates measurements, corrects particles for humidity, judges them by the plausible range of their quantity, and turns wind directions to −180…180 degrees.',
  consumes: ['measurement'],
  config: normalizeConfig,
  restore,
  step: (state, batch, config) => ({ output: batch.map(sample => normalize(state, config, sample)) }),
  tick: (state, now) => {
    state.now = now;
    return { output: [] };
  },
  checkpoint: (state): Save => {
    const save = new Map<string, Uint8Array | undefined>();
    for (const device of state.changed) save.set(device, Buffer.from(JSON.stringify(state.humidity.get(device))));
    state.changed.clear();
    return save;
  },
});
