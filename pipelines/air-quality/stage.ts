/**
 * Adds to the values of an hour and of a day what the law makes of them: the index VN_AQI, and whether limits of
 * QCVN 05 are exceeded, which are two answers. It reads what `aggregate` concludes for 1h and 24h.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { identifier } from '../../core/fields.ts';
import { type ObservedValues, observedValuesOf } from '../../core/observed-values.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { hours, type Instant, shiftStart, toTimestampSeconds } from '../../core/time.ts';
import { addToHour, encodeHour, type Hour, hoursFrom, meanOf, meanOfHour, restoreHour } from './hours.ts';
import { type Averaging, type Limited, limitsOn, type Pollutant, pollutants, regulation, scaleOn } from './law.ts';
import { highestOf, nowcast, ozoneIndex, subIndex } from './vn-aqi.ts';

const config = z.strictObject({
  reference: z
    .array(identifier())
    .default([])
    .describe('Devices that an agency validated: their values are not marked as indicative.'),
});
type Config = z.output<typeof config>;

interface Station {
  readonly hours: Map<Instant, Hour>;
  /** Start of the first hour since the last index. */
  pendingSince: Instant | undefined;
}

interface State {
  readonly stations: Map<string, Station>;
  readonly dateOf: (time: Instant) => string;
  /** Devices whose time of waiting moved with the clock since the last checkpoint. */
  readonly moved: Set<string>;
  /** The clock at the last tick; undefined before the first. */
  now: Instant | undefined;
}

/** A day, the eight hours before it, and a gateway that was away for a while. */
const keptHours = hours(72);
/** A device's clock may run ahead. */
const ahead = hours(2);

const particulates: readonly Pollutant[] = ['pm25', 'pm10'];

const hourKey = (device: string, start: Instant): string => `hour/${device}/${start}`;
const pendingKey = (device: string): string => `pending/${device}`;
type Changes = Map<string, Uint8Array | undefined>;

const stationIn = (stations: Map<string, Station>, device: string): Station => {
  let station = stations.get(device);
  if (station === undefined) {
    station = { hours: new Map(), pendingSince: undefined };
    stations.set(device, station);
  }
  return station;
};

const remember = (state: State, station: Station, observed: ObservedValues, changes: Changes): void => {
  const { device, start } = observed;
  const { now } = state;
  const isKept = (hour: Instant): boolean => now === undefined || (hour > now - keptHours && hour < now + ahead);
  for (const hour of station.hours.keys())
    if (!isKept(hour)) {
      station.hours.delete(hour);
      changes.set(hourKey(device, hour), undefined);
    }
  if (!isKept(start)) return;
  const hour = station.hours.get(start) ?? new Map();
  addToHour(hour, observed);
  if (hour.size === 0) return;
  station.hours.set(start, hour);
  changes.set(hourKey(device, start), encodeHour(hour));
};

/** Sub-indices of an hour: particulates by the Nowcast, gases by their mean. */
const ofHour = (station: Station, start: Instant, date: string) => {
  const scale = scaleOn(date);
  const found = new Map<Pollutant, number>();
  const nowcasts = new Map<Pollutant, number>();
  if (scale === undefined) return { found, nowcasts };
  for (const name of pollutants) {
    const isParticulate = particulates.includes(name);
    const value = isParticulate
      ? nowcast(hoursFrom(station.hours, start - hours(11), 12, name).toReversed())
      : meanOfHour(station.hours.get(start), name);
    if (value === undefined) continue;
    if (isParticulate) nowcasts.set(name, value);
    found.set(name, subIndex(scale, name, value));
  }
  // The decision: without PM10 or PM2.5 there is no index of an hour.
  return nowcasts.size > 0 ? { found, nowcasts } : { found: new Map<Pollutant, number>(), nowcasts };
};

/** The highest of the means of eight hours that end within the period. */
const highestOfEight = (station: Station, start: Instant, count: number, name: Limited): number | undefined => {
  const means = Array.from({ length: count }, (_, index) =>
    meanOf(hoursFrom(station.hours, start + (index - 7) * hours(1), 8, name)),
  ).filter(mean => mean !== undefined);
  return means.length > 0 ? Math.max(...means) : undefined;
};

const ofDay = (station: Station, start: Instant, count: number, date: string): ReadonlyMap<Pollutant, number> => {
  const found = new Map<Pollutant, number>();
  const scale = scaleOn(date);
  if (scale === undefined) return found;
  for (const name of pollutants) {
    const known = hoursFrom(station.hours, start, count, name);
    const mean = meanOf(known);
    if (mean === undefined) continue;
    const highest = Math.max(...known.filter(hour => hour !== undefined));
    found.set(name, subIndex(scale, name, particulates.includes(name) ? mean : highest));
    if (name !== 'o3') continue;
    const eight = highestOfEight(station, start, count, name);
    const index = eight === undefined ? undefined : ozoneIndex(scale, eight);
    if (index !== undefined) found.set(name, Math.max(found.get(name) ?? 0, index));
  }
  return found;
};

/** `meansOf` gives the mean of a quantity over the averaging time that ends with the period. */
const compare = (
  date: string,
  averagings: readonly Averaging[],
  meansOf: (name: Limited, averaging: Averaging) => number | undefined,
): object => {
  const limits = averagings.flatMap(averaging =>
    limitsOn(date, averaging).flatMap(({ quantity, limit }) => {
      const mean = meansOf(quantity, averaging);
      if (mean === undefined) return [];
      return [{ quantity, averaging, mean: Number(mean.toPrecision(9)), limit, exceeds: mean > limit }];
    }),
  );
  if (limits.length === 0) return {};
  return { exceedsQcvn: limits.some(({ exceeds }) => exceeds), qcvn: { regulation, limits } };
};

const enrich = (state: State, conclusion: Conclusion, settings: Config, changes: Changes): Conclusion => {
  const observed = observedValuesOf(conclusion);
  if (observed?.event !== 'environment.air-quality.observed') return conclusion;
  const { assurance, ...data } = conclusion.data;
  const own = { ...data, ...(!settings.reference.includes(observed.device) && { assurance }) };
  return { ...conclusion, data: { ...own, ...judge(state, observed, changes) } };
};

const judge = (state: State, observed: ObservedValues, changes: Changes): object => {
  const { device, start, length } = observed;
  const isHour = length === hours(1);
  const isDay = length >= hours(23) && length <= hours(25);
  // Late samples of a day count where they belong, in their hours.
  if (!isHour && (!isDay || observed.isSupplement)) return {};
  const station = stationIn(state.stations, device);
  if (isHour) remember(state, station, observed, changes);
  const date = state.dateOf(start);
  const scale = scaleOn(date);
  const count = Math.round(length / hours(1));
  const qcvn = isHour
    ? compare(date, ['1h', '8h'], (name, averaging) =>
        averaging === '1h'
          ? meanOfHour(station.hours.get(start), name)
          : meanOf(hoursFrom(station.hours, start - hours(7), 8, name)),
      )
    : compare(date, ['24h'], name => meanOf(hoursFrom(station.hours, start, count, name)));
  if (scale === undefined || ![...observed.values.keys()].some(name => pollutants.some(known => known === name)))
    return qcvn;
  const scheme = { scheme: isHour ? 'VN_AQI-h' : 'VN_AQI-d', method: scale.method };
  const { found, nowcasts } = isHour
    ? ofHour(station, start, date)
    : { found: ofDay(station, start, count, date), nowcasts: new Map<Pollutant, number>() };
  const highest = highestOf(scale, found);
  if (highest === undefined) {
    const since = isHour ? setPending(station, device, station.pendingSince ?? start, changes) : start;
    return { index: { ...scheme, state: 'pending', since: toTimestampSeconds(since ?? start) }, ...qcvn };
  }
  if (isHour) setPending(station, device, undefined, changes);
  const { index, pollutant, level } = highest;
  const weighted = nowcasts.get(pollutant);
  return {
    airQualityIndex: index,
    airQualityLevel: level.name,
    index: {
      ...scheme,
      pollutant,
      color: level.color.join(';'),
      ...(weighted !== undefined && { nowcast: Number(weighted.toFixed(1)) }),
      pollutants: Object.fromEntries(found),
    },
    ...qcvn,
  };
};

const encodePending = (since: Instant | undefined): Uint8Array | undefined =>
  since === undefined ? undefined : Buffer.from(String(since));

const setPending = (
  station: Station,
  device: string,
  since: Instant | undefined,
  changes: Changes,
): Instant | undefined => {
  if (station.pendingSince === since) return since;
  station.pendingSince = since;
  changes.set(pendingKey(device), encodePending(since));
  return since;
};

const createDates = (timeZone: string): ((time: Instant) => string) => {
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return time => format.format(time);
};

export const stage = defineStage({
  name: 'air-quality',
  summary:
    'Adds VN_AQI of the hour (Nowcast) and the day, with level, color and pollutant, and what exceeds QCVN 05, to the ' +
    'values of 1h and 24h that aggregate concludes.',
  consumes: ['conclusion'],
  config,
  restore: (_, saved, { timeZone }): State => {
    const state: State = { stations: new Map(), dateOf: createDates(timeZone), moved: new Set(), now: undefined };
    const decoder = new TextDecoder();
    for (const [key, value] of saved) {
      const [kind = '', device = '', start = ''] = key.split('/');
      const raw: unknown = JSON.parse(decoder.decode(value));
      const station = stationIn(state.stations, device);
      if (kind === 'hour') station.hours.set(Number(start), restoreHour(raw));
      else if (kind === 'pending') station.pendingSince = z.number().parse(raw);
    }
    return state;
  },
  step: (state, batch, settings): Step => {
    const changes: Changes = new Map();
    const output = batch.map(conclusion => enrich(state, conclusion, settings, changes));
    return { output, save: changes };
  },
  tick: (state, now): Step => {
    state.now = now;
    return { output: [] };
  },
  // Hours of a wrong clock are none of the right one's: what is due begins anew, and how long it is due is known.
  shift: ({ stations, moved }, shift) => {
    for (const [device, station] of stations) {
      if (station.pendingSince === undefined) continue;
      station.pendingSince = shiftStart(station.pendingSince, hours(1), shift);
      moved.add(device);
    }
  },
  checkpoint: ({ stations, moved }) => {
    const changes: Changes = new Map();
    for (const device of moved) changes.set(pendingKey(device), encodePending(stations.get(device)?.pendingSince));
    moved.clear();
    return changes;
  },
});
