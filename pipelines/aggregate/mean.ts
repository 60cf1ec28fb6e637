/** A closed period of a device → its events, one for each Smart Data Model. Pure. */
import type { Conclusion } from '../../core/conclusion.ts';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, type Instant, toTimestampSeconds } from '../../core/time.ts';
import type { KnownEvent } from '../../events/names.ts';
import { type Accumulator, methodOf, resultOf } from './accumulator.ts';

export interface Tally {
  readonly passing: Accumulator;
  /** Not plausible: counts only where nothing passed. */
  readonly suspect: Accumulator;
  /** Samples that nobody judged; they are among the passing ones. */
  unjudged: number;
}

export interface Period {
  readonly device: string;
  readonly start: Instant;
  readonly length: Duration;
  /** Time of the first sample, where these are told apart from the period's own event: see `Window` in the stage. */
  readonly supplement: Instant | undefined;
  readonly tallies: ReadonlyMap<QuantityName, Tally>;
}

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

/** `interval` is the time between two samples, where the configuration tells it. */
export const conclude = (period: Period, site: Site, interval: Duration | undefined): readonly Conclusion[] => {
  const { device, start, length, supplement, tallies } = period;
  const end = start + length;
  const entity = `${site.city}-${site.gateway}-${device}`;
  const location = site.devices.get(device)?.location;
  return [...groupsOf([...tallies.keys()])].map(([model, names]): Conclusion => {
    const values: Partial<Record<QuantityName, number>> = {};
    const units: Partial<Record<QuantityName, string>> = {};
    const quality: Partial<Record<QuantityName, string>> = {};
    const samples: Partial<Record<QuantityName, number>> = {};
    const setAside: Partial<Record<QuantityName, number>> = {};
    const method: Partial<Record<QuantityName, string>> = {};
    let fewest = Number.POSITIVE_INFINITY;
    for (const name of names) {
      const tally = tallies.get(name);
      if (tally === undefined) continue;
      const { passing, suspect, unjudged } = tally;
      const used = passing.count > 0 ? passing : suspect;
      const how = methodOf(name);
      values[name] = resultOf(used, how);
      units[name] = quantities[name].unit;
      samples[name] = used.count;
      method[name] = how;
      if (unjudged === 0) quality[name] = used === passing ? 'pass' : 'suspect';
      if (used === passing && suspect.count > 0) setAside[name] = suspect.count;
      fewest = Math.min(fewest, passing.count + suspect.count);
    }
    const completeness = interval === undefined ? undefined : Math.min(1, (fewest * interval) / length);
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
          ...(completeness !== undefined && { completeness: Number(completeness.toFixed(3)) }),
        },
        ...(supplement !== undefined && { part: 'supplement' }),
        ...(location !== undefined && { location: { type: 'Point', coordinates: location } }),
        ...values,
        units,
        ...(Object.keys(quality).length > 0 && { quality }),
        samples,
        ...(Object.keys(setAside).length > 0 && { setAside }),
        method,
        ...(model === 'AirQualityObserved' && { assurance: 'indicative' }),
        refDevice: `urn:ngsi-ld:Device:${entity}`,
      },
    };
  });
};
