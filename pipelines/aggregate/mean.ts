/** A closed period of a device → its events, one for each Smart Data Model. Pure. */
import type { Conclusion } from '../../core/conclusion.ts';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, type Instant, toTimestampSeconds } from '../../core/time.ts';
import type { KnownEvent } from '../../events/names.ts';
import { methodOf, resultOf } from './accumulator.ts';
import { countParts, type Extremes, newTally, type Tally, usedOf } from './tally.ts';

export interface Period {
  readonly device: string;
  readonly start: Instant;
  readonly length: Duration;
  /** Time of the first sample, where these are told apart from the period's own event: see `Window`. */
  readonly supplement: Instant | undefined;
  readonly tallies: ReadonlyMap<QuantityName, Tally>;
}

/** How many samples, or shorter periods, a whole period has. */
export interface Expected {
  /** Time between two samples, where the configuration tells it. */
  readonly interval: Duration | undefined;
  /** Length of the periods that it is made of. */
  readonly madeOf: Duration | undefined;
}

/** 0–1, or undefined where nobody knows how many samples were to come. */
export const completenessOf = (tally: Tally, length: Duration, { interval, madeOf }: Expected): number | undefined => {
  if (interval !== undefined) {
    const came = tally.passing.count + tally.suspect.count;
    return Number(Math.min(1, (came * interval) / length).toFixed(3));
  }
  return madeOf === undefined ? undefined : Number(Math.min(1, (countParts(tally.parts) * madeOf) / length).toFixed(3));
};

type Model = (typeof quantities)[QuantityName]['model'];

const events: Readonly<Record<Model, KnownEvent>> = {
  AirQualityObserved: 'environment.air-quality.observed',
  WeatherObserved: 'environment.weather.observed',
  NoiseLevelObserved: 'environment.noise-level.observed',
  FloodMonitoring: 'environment.water-level.observed',
  WaterQualityObserved: 'environment.water-quality.observed',
  AgriParcelRecord: 'environment.soil.observed',
  Device: 'environment.device-measurement.observed',
};

/** What an air quality station measures of its own air; alone they make no weather station. */
const besideAir: ReadonlySet<QuantityName> = new Set(['temperature', 'relativeHumidity']);

const groupsOf = (names: readonly QuantityName[]): ReadonlyMap<Model, readonly QuantityName[]> => {
  const groups = new Map<Model, QuantityName[]>();
  const put = (model: Model, name: QuantityName): void => {
    groups.set(model, [...(groups.get(model) ?? []), name]);
  };
  for (const name of names) put(quantities[name].model, name);
  if (!groups.has('AirQualityObserved')) return groups;
  const weather = groups.get('WeatherObserved') ?? [];
  for (const name of weather) if (besideAir.has(name)) put('AirQualityObserved', name);
  if (weather.every(name => besideAir.has(name))) groups.delete('WeatherObserved');
  return groups;
};

const stampOf = (instant: Instant): string => toTimestampSeconds(instant).replaceAll(/[-:]/g, '');

/** Nothing of a model of which no sample can be used. */
export const conclude = (period: Period, site: Site, expected: Expected): readonly Conclusion[] => {
  const { device, start, length, supplement, tallies } = period;
  const end = start + length;
  const entity = `${site.city}-${site.gateway}-${device}`;
  const location = site.devices.get(device)?.location;
  const measured = [...groupsOf([...tallies.keys()])].filter(([, names]) =>
    names.some(name => usedOf(tallies.get(name) ?? newTally(), methodOf(name)).count > 0),
  );
  return measured.map(([model, names]): Conclusion => {
    const values: Partial<Record<QuantityName, number>> = {};
    const units: Partial<Record<QuantityName, string>> = {};
    const quality: Partial<Record<QuantityName, string>> = {};
    const samples: Partial<Record<QuantityName, number>> = {};
    const setAside: Partial<Record<QuantityName, number>> = {};
    const method: Partial<Record<QuantityName, string>> = {};
    const extremes: Partial<Record<QuantityName, Extremes>> = {};
    const completeness: Partial<Record<QuantityName, number>> = {};
    for (const name of names) {
      const tally = tallies.get(name);
      if (tally === undefined) continue;
      const { suspect, unjudged, failed } = tally;
      const how = methodOf(name);
      const used = usedOf(tally, how);
      if (used.count === 0) {
        quality[name] = failed > 0 ? 'fail' : 'missing';
        continue;
      }
      values[name] = resultOf(used, how);
      units[name] = quantities[name].unit;
      samples[name] = used.count;
      method[name] = how;
      if (unjudged === 0) quality[name] = used === tally.passing ? 'pass' : 'suspect';
      const leftOut = failed + (used === tally.passing ? suspect.count : 0);
      if (leftOut > 0) setAside[name] = leftOut;
      if (tally.extremes !== undefined) extremes[name] = tally.extremes;
      const complete = completenessOf(tally, length, expected);
      if (complete !== undefined) completeness[name] = complete;
    }
    const known = Object.values(completeness);
    const stamp = `${stampOf(end)}${supplement === undefined ? '' : `-${supplement}`}`;
    return {
      kind: 'conclusion',
      event: events[model],
      source: device,
      device,
      subject: `station/${device}`,
      time: end,
      key: supplement === undefined ? `${start}/${length}` : `${start}/${length}/${supplement}`,
      data: {
        id: model === 'Device' ? `urn:ngsi-ld:Device:${entity}` : `urn:ngsi-ld:${model}:${entity}-${stamp}`,
        type: model,
        ...(model === 'NoiseLevelObserved'
          ? { dateObservedFrom: toTimestampSeconds(start), dateObservedTo: toTimestampSeconds(end) }
          : { dateObserved: toTimestampSeconds(end) }),
        period: {
          start: toTimestampSeconds(start),
          end: toTimestampSeconds(end),
          ...(known.length > 0 && { completeness: Math.min(...known) }),
        },
        ...(supplement !== undefined && { part: 'supplement' }),
        ...(location !== undefined && { location: { type: 'Point', coordinates: location } }),
        ...values,
        ...(Object.keys(extremes).length > 0 && { extremes }),
        units,
        ...(Object.keys(quality).length > 0 && { quality }),
        samples,
        ...(Object.keys(setAside).length > 0 && { setAside }),
        ...(known.length > 1 && { completeness }),
        method,
        ...(model === 'AirQualityObserved' && { assurance: 'indicative' }),
        refDevice: `urn:ngsi-ld:Device:${entity}`,
      },
    };
  });
};
