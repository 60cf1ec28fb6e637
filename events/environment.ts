/** Means over a period of what sensors measure, in the words of Smart Data Models. */
import { z } from 'zod';
import { type Quantity, type QuantityName, quantities } from '../core/quantity.ts';
import { defineEvent } from './event-type.ts';
import {
  countField,
  entityField,
  fixedField,
  fractionField,
  numberField,
  pointField,
  timeField,
  unitsField,
  wordField,
} from './fields.ts';

const descriptions: Readonly<Record<QuantityName, string>> = {
  pm1: 'Particulate matter up to 1 um',
  pm25: 'Particulate matter up to 2.5 um',
  pm10: 'Particulate matter up to 10 um',
  particles03: 'Particles above 0.3 um in 0.1 L of air',
  particles05: 'Particles above 0.5 um in 0.1 L of air',
  particles1: 'Particles above 1 um in 0.1 L of air',
  particles25: 'Particles above 2.5 um in 0.1 L of air',
  particles5: 'Particles above 5 um in 0.1 L of air',
  particles10: 'Particles above 10 um in 0.1 L of air',
  co2: 'Carbon dioxide, parts per million by volume',
  co: 'Carbon monoxide',
  no2: 'Nitrogen dioxide',
  so2: 'Sulfur dioxide',
  o3: 'Ozone',
  temperature: 'Air temperature',
  relativeHumidity: 'Relative humidity, 1 = saturated',
  atmosphericPressure: 'Air pressure at the station',
  windSpeed: 'Wind speed',
  windDirection: 'Direction the wind comes from, clockwise from north',
  precipitation: 'Rain that fell in the period',
  illuminance: 'Illuminance',
  LAeq: 'Equivalent continuous sound level of the period, A-weighted',
  waterLevel: 'Water level above the datum of the gauge',
  batteryLevel: 'Charge of the battery, 1 = full',
  rssi: 'Strength of the radio signal that the device receives',
};

/**
 * A mean also of values that are not plausible is reported, marked as suspect: so no range of plausibility stands
 * here, but the one that every number of the quantity's kind keeps.
 */
const quantityField = (name: QuantityName, example: number) => {
  const quantity: Quantity = quantities[name];
  return numberField({
    description: `${descriptions[name]}; plausible from ${quantity.minimum} to ${quantity.maximum}`,
    unit: quantity.unit,
    minimum: -1e9,
    maximum: 1e9,
    example,
  }).optional();
};

/** How the values of a period become one. */
export const methods = ['arithmetic-mean', 'vector-mean', 'energy-mean', 'sum'] as const;
export type Method = (typeof methods)[number];

/** What every mean carries; `names` are the quantities that its type can hold. */
const meanFields = <const Names extends readonly [QuantityName, ...QuantityName[]]>(names: Names) => {
  const [first] = names;
  const units: Record<string, string> = {};
  for (const name of names) units[name] = quantities[name].unit;
  const name = z.enum(names);
  return {
    period: z
      .strictObject({
        start: timeField('Begin of the period', '2026-11-23T00:59:00Z'),
        end: timeField('End of the period', '2026-11-23T01:00:00Z'),
        completeness: fractionField(
          'Part of the expected samples that came, of the quantity that has fewest',
          0.98,
        ).optional(),
      })
      .meta({ description: 'Averaging period' }),
    part: fixedField(
      'Told apart: samples that came too late for the event of the period, or dated ahead of it',
      'supplement',
    ).optional(),
    location: pointField('Where the device stands').optional(),
    units: unitsField(units),
    quality: z
      .partialRecord(name, wordField('Judged by the plausible range', ['pass', 'suspect'], 'pass'))
      .meta({ description: 'Quality of each quantity that was judged', examples: [{ [first]: 'pass' }] })
      .optional(),
    samples: z
      .partialRecord(name, countField('Samples in the value', 60))
      .meta({ description: 'Samples in each value', examples: [{ [first]: 60 }] }),
    setAside: z
      .partialRecord(name, countField('Suspect samples', 2))
      .meta({
        description: 'Suspect samples that were left out of the value, since others passed',
        examples: [{ [first]: 2 }],
      })
      .optional(),
    method: z
      .partialRecord(name, wordField('Method', methods, 'arithmetic-mean'))
      .meta({ description: 'How the samples became the value', examples: [{ [first]: 'arithmetic-mean' }] }),
    refDevice: entityField('The device', 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong'),
  };
};

const observedAt = () => timeField('End of the averaging period', '2026-11-23T01:00:00Z');

const examplePlace: z.infer<ReturnType<typeof pointField>> = { type: 'Point', coordinates: [107.5508, 16.4637] };

const exampleOf = <const Type extends string>(type: Type) => ({
  id: `urn:ngsi-ld:${type}:hue-gw-017-aq-kimlong-20261123T010000Z`,
  type,
  dateObserved: '2026-11-23T01:00:00Z',
  period: { start: '2026-11-23T00:59:00Z', end: '2026-11-23T01:00:00Z', completeness: 0.98 },
  location: examplePlace,
  refDevice: 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong',
});

const station = {
  source: 'aq-kimlong',
  device: 'aq-kimlong',
  subject: 'station/aq-kimlong',
  time: '2026-11-23T01:00:00.000Z',
} as const;

export const airQualityObserved = defineEvent({
  name: 'environment.air-quality.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'Mean concentrations of a period; temperature and humidity around the particles stand beside them',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:AirQualityObserved:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'AirQualityObserved'),
    dateObserved: observedAt(),
    ...meanFields([
      'pm1',
      'pm25',
      'pm10',
      'particles03',
      'particles05',
      'particles1',
      'particles25',
      'particles5',
      'particles10',
      'co2',
      'co',
      'no2',
      'so2',
      'o3',
      'temperature',
      'relativeHumidity',
    ]),
    pm1: quantityField('pm1', 14.1),
    pm25: quantityField('pm25', 20.6),
    pm10: quantityField('pm10', 31.2),
    particles03: quantityField('particles03', 3411),
    particles05: quantityField('particles05', 982),
    particles1: quantityField('particles1', 148),
    particles25: quantityField('particles25', 12),
    particles5: quantityField('particles5', 3),
    particles10: quantityField('particles10', 1),
    co2: quantityField('co2', 431),
    co: quantityField('co', 520),
    no2: quantityField('no2', 24.5),
    so2: quantityField('so2', 8.1),
    o3: quantityField('o3', 61.3),
    temperature: quantityField('temperature', 24.1),
    relativeHumidity: quantityField('relativeHumidity', 0.84),
    assurance: fixedField('Low-cost instruments are indicative until an agency validates them', 'indicative'),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('AirQualityObserved'),
      pm25: 20.6,
      pm10: 31.2,
      temperature: 24.1,
      relativeHumidity: 0.84,
      units: { pm25: 'ug/m3', pm10: 'ug/m3', temperature: 'Cel', relativeHumidity: '1' },
      quality: { pm25: 'pass', pm10: 'pass', temperature: 'pass', relativeHumidity: 'suspect' },
      samples: { pm25: 59, pm10: 59, temperature: 59, relativeHumidity: 59 },
      method: {
        pm25: 'arithmetic-mean',
        pm10: 'arithmetic-mean',
        temperature: 'arithmetic-mean',
        relativeHumidity: 'arithmetic-mean',
      },
      assurance: 'indicative',
    },
  },
});

export const weatherObserved = defineEvent({
  name: 'environment.weather.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'Weather of a period',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:WeatherObserved:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'WeatherObserved'),
    dateObserved: observedAt(),
    ...meanFields([
      'temperature',
      'relativeHumidity',
      'atmosphericPressure',
      'windSpeed',
      'windDirection',
      'precipitation',
      'illuminance',
    ]),
    temperature: quantityField('temperature', 24.1),
    relativeHumidity: quantityField('relativeHumidity', 0.84),
    atmosphericPressure: quantityField('atmosphericPressure', 1009.4),
    windSpeed: quantityField('windSpeed', 3.2),
    windDirection: quantityField('windDirection', -47),
    precipitation: quantityField('precipitation', 0.4),
    illuminance: quantityField('illuminance', 12000),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('WeatherObserved'),
      temperature: 24.1,
      windDirection: -47,
      units: { temperature: 'Cel', windDirection: 'deg' },
      samples: { temperature: 59, windDirection: 59 },
      method: { temperature: 'arithmetic-mean', windDirection: 'vector-mean' },
    },
  },
});

export const noiseLevelObserved = defineEvent({
  name: 'environment.noise-level.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'Sound level of a period',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:NoiseLevelObserved:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'NoiseLevelObserved'),
    dateObservedFrom: timeField('Begin of the period', '2026-11-23T00:59:00Z'),
    dateObservedTo: timeField('End of the period', '2026-11-23T01:00:00Z'),
    ...meanFields(['LAeq']),
    LAeq: quantityField('LAeq', 61.2),
  }),
  example: {
    ...station,
    data: {
      id: 'urn:ngsi-ld:NoiseLevelObserved:hue-gw-017-aq-kimlong-20261123T010000Z',
      type: 'NoiseLevelObserved',
      dateObservedFrom: '2026-11-23T00:59:00Z',
      dateObservedTo: '2026-11-23T01:00:00Z',
      period: { start: '2026-11-23T00:59:00Z', end: '2026-11-23T01:00:00Z' },
      location: { type: 'Point', coordinates: [107.5508, 16.4637] },
      LAeq: 61.2,
      units: { LAeq: 'dB(A)' },
      samples: { LAeq: 60 },
      method: { LAeq: 'energy-mean' },
      refDevice: 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong',
    },
  },
});

export const waterLevelObserved = defineEvent({
  name: 'environment.water-level.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'Mean water level of a period',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:FloodMonitoring:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'FloodMonitoring'),
    dateObserved: observedAt(),
    ...meanFields(['waterLevel']),
    waterLevel: quantityField('waterLevel', 1.24),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('FloodMonitoring'),
      waterLevel: 1.24,
      units: { waterLevel: 'm' },
      samples: { waterLevel: 6 },
      method: { waterLevel: 'arithmetic-mean' },
    },
  },
});

export const deviceMeasurementObserved = defineEvent({
  name: 'environment.device-measurement.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'What a sensor measures of itself',
  data: () => ({
    id: entityField('The device', 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong'),
    type: fixedField('Smart Data Model', 'Device'),
    dateObserved: observedAt(),
    ...meanFields(['batteryLevel', 'rssi']),
    batteryLevel: quantityField('batteryLevel', 0.91),
    rssi: quantityField('rssi', -71),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('Device'),
      id: 'urn:ngsi-ld:Device:hue-gw-017-aq-kimlong',
      batteryLevel: 0.91,
      rssi: -71,
      units: { batteryLevel: '1', rssi: 'dBm' },
      samples: { batteryLevel: 6, rssi: 6 },
      method: { batteryLevel: 'arithmetic-mean', rssi: 'arithmetic-mean' },
    },
  },
});
