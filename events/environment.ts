/** Means over a period of what sensors measure, in the words of Smart Data Models. */
import { z } from 'zod';
import { qualities } from '../core/observation.ts';
import { largestValue, type Quantity, type QuantityName, quantities, quantitiesOf } from '../core/quantity.ts';
import { defineEvent } from './event-type.ts';
import {
  countField,
  entityField,
  fixedField,
  fractionField,
  numberField,
  patternField,
  pointField,
  textField,
  timeField,
  unitsField,
  wordField,
} from './fields.ts';

/** Of each quantity what it is, and a value of it as an example. */
const words: Readonly<Record<QuantityName, readonly [description: string, example: number]>> = {
  pm25: ['Particulate matter up to 2.5 um', 20.6],
  pm10: ['Particulate matter up to 10 um', 31.2],
  pm1: ['Particulate matter up to 1 um', 14.1],
  pm4: ['Particulate matter up to 4 um', 26.3],
  tsp: ['All suspended particulate matter', 64.0],
  particles03: ['Particles above 0.3 um in 0.1 L of air', 3411],
  particles05: ['Particles above 0.5 um in 0.1 L of air', 982],
  particles1: ['Particles above 1 um in 0.1 L of air', 148],
  particles25: ['Particles above 2.5 um in 0.1 L of air', 12],
  particles5: ['Particles above 5 um in 0.1 L of air', 3],
  particles10: ['Particles above 10 um in 0.1 L of air', 1],
  particlesTo05: ['Particles from 0.3 to 0.5 um', 71.2],
  particlesTo1: ['Particles from 0.3 to 1 um', 83.6],
  particlesTo25: ['Particles from 0.3 to 2.5 um', 84.9],
  particlesTo4: ['Particles from 0.3 to 4 um', 85.1],
  particlesTo10: ['Particles from 0.3 to 10 um', 85.2],
  typicalParticleSize: ['Typical diameter of the particles', 0.54],
  co2: ['Carbon dioxide, parts per million by volume', 431],
  co: ['Carbon monoxide', 520],
  no2: ['Nitrogen dioxide', 24.5],
  so2: ['Sulfur dioxide', 8.1],
  o3: ['Ozone', 61.3],
  no: ['Nitrogen monoxide', 11.2],
  h2s: ['Hydrogen sulfide', 3.4],
  nh3: ['Ammonia', 22.7],
  hcho: ['Formaldehyde', 9.8],
  tvoc: ['Volatile organic compounds, all together', 210],
  temperature: ['Air temperature', 24.1],
  relativeHumidity: ['Relative humidity, 1 = saturated', 0.84],
  atmosphericPressure: ['Air pressure at the station', 1009.4],
  windSpeed: ['Wind speed', 3.2],
  windDirection: ['Direction the wind comes from, clockwise from north', -47],
  gustSpeed: ['Speed of the gusts', 6.1],
  precipitation: ['Rain that fell in the period', 0.4],
  precipitationTotal: ["Rain by the gauge's own counter, which begins at 0 again when it is set back", 812.4],
  precipitationRate: ['How hard it rains', 12.5],
  dewPoint: ['Dew point of the air', 21.2],
  solarRadiation: ['Radiation of sun and sky on a level surface', 640],
  uvIndex: ['UV index', 7],
  illuminance: ['Illuminance', 12000],
  LAeq: ['Equivalent continuous sound level of the period, A-weighted', 61.2],
  waterLevel: ['Water level above the datum of the gauge', 1.24],
  waterDepth: ['Depth of the water', 3.61],
  waterSpeed: ['Speed of the water', 0.8],
  waterTemperature: ['Temperature of the water', 23.4],
  pH: ['Acidity', 7.4],
  conductivity: ['Electrical conductivity at 25 degrees Celsius', 812],
  salinity: ['Salinity', 2.1],
  turbidity: ['Turbidity, nephelometric', 18.3],
  dissolvedOxygen: ['Oxygen dissolved in the water', 6.4],
  orp: ['Oxidation-reduction potential', 212],
  tds: ['All dissolved solids', 402],
  tss: ['All suspended solids', 31],
  cod: ['Chemical oxygen demand', 11],
  bod5: ['Biochemical oxygen demand of five days', 4.2],
  nh4: ['Ammonium, as nitrogen', 0.21],
  no3: ['Nitrate, as nitrogen', 1.3],
  chlorophyll: ['Chlorophyll a', 6.2],
  soilTemperature: ['Temperature of the soil', 25.2],
  soilMoisture: ['Water in the soil, by volume', 0.31],
  soilConductivity: ['Electrical conductivity of the soil', 340],
  batteryLevel: ['Charge of the battery, 1 = full', 0.91],
  batteryVoltage: ['Voltage of the battery', 3.61],
  rssi: ['Strength of the radio signal that the device receives', -71],
  snr: ['Radio signal above the noise', 7.5],
  voltage: ['Voltage of the supply', 231.4],
  current: ['Electric current', 0.42],
  power: ['Active power', 96.3],
  energy: ['Energy since the meter began', 1204.7],
};

/**
 * A mean also of values that are not plausible is reported, marked as suspect: so no range of plausibility stands
 * here, but the one that every number of the quantity's kind keeps.
 */
const quantityField = (name: QuantityName) => {
  const quantity: Quantity = quantities[name];
  const [description, example] = words[name];
  return numberField({
    description: `${description}; plausible from ${quantity.minimum} to ${quantity.maximum}`,
    unit: quantity.unit,
    minimum: -largestValue,
    maximum: largestValue,
    example,
  }).optional();
};

const quantityFields = <Name extends QuantityName>(names: readonly Name[]) =>
  Object.fromEntries(names.map(name => [name, quantityField(name)])) as {
    [Key in Name]: ReturnType<typeof quantityField>;
  };

/** How the values of a period become one. */
export const methods = ['arithmetic-mean', 'vector-mean', 'energy-mean', 'sum', 'maximum'] as const;
export type Method = (typeof methods)[number];

const extreme = { unit: '1', minimum: -largestValue, maximum: largestValue };

/** What every mean carries; `names` are the quantities that its type can hold. */
const meanFields = <Name extends QuantityName>(names: readonly Name[]) => {
  const [first = ''] = names;
  const units: Record<string, string> = {};
  for (const name of names) units[name] = quantities[name].unit;
  const name = z.enum(names);
  return {
    ...quantityFields(names),
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
    extremes: z
      .partialRecord(
        name,
        z.strictObject({
          lowest: numberField({ ...extreme, description: 'The lowest of them', example: 18.9 }),
          highest: numberField({ ...extreme, description: 'The highest of them', example: 24.1 }),
        }),
      )
      .meta({
        description:
          'Of a mean that is made of shorter ones: the lowest and the highest mean of the shortest periods in it, in its unit',
        examples: [{ [first]: { lowest: 18.9, highest: 24.1 } }],
      })
      .optional(),
    units: unitsField(units),
    quality: z
      .partialRecord(name, wordField('Flag of IOOS QARTOD', qualities, 'pass'))
      .meta({ description: 'Quality of each quantity that was judged', examples: [{ [first]: 'pass' }] })
      .optional(),
    samples: z
      .partialRecord(name, countField('Samples in the value', 60))
      .meta({ description: 'Samples in each value', examples: [{ [first]: 60 }] }),
    completeness: z
      .partialRecord(name, fractionField('Part of the expected that came', 0.98))
      .meta({
        description: 'Part of the expected samples, or of the shorter periods, that came of each quantity',
        examples: [{ [first]: 0.98 }],
      })
      .optional(),
    setAside: z
      .partialRecord(name, countField('Samples left out', 2))
      .meta({
        description: 'Samples that were left out of the value: those that failed, and suspect ones where others passed',
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

/** What has an index of air quality (QD 1459/QD-TCMT) or a limit (QCVN 05:2023/BTNMT). */
const pollutants = ['pm25', 'pm10', 'o3', 'no2', 'so2', 'co'] as const;
const limited = [...pollutants, 'tsp', 'h2s', 'nh3', 'hcho'] as const;

/** Added to the values of an hour and of a day by the stage `air-quality`. */
const airQualityFields = () => ({
  airQualityIndex: numberField({
    description: 'VN_AQI of the hour or the day; absent while it is pending',
    unit: '1',
    minimum: 0,
    maximum: 500,
    example: 41,
  }).optional(),
  airQualityLevel: wordField(
    'What the index means, in the words of the decision',
    ['Tốt', 'Trung bình', 'Kém', 'Xấu', 'Rất xấu', 'Nguy hại'],
    'Tốt',
  ).optional(),
  index: z
    .strictObject({
      scheme: wordField('Of the hour or of the day', ['VN_AQI-h', 'VN_AQI-d'], 'VN_AQI-h'),
      method: textField('The decision whose table counts', 'QD-1459-QD-TCMT-2019', 64),
      state: fixedField('There is not enough data yet', 'pending').optional(),
      since: timeField('Since when it is pending', '2026-11-23T00:00:00Z').optional(),
      pollutant: wordField('With the highest index', pollutants, 'pm25').optional(),
      color: patternField('Red, green and blue, 0-255', /^\d{1,3};\d{1,3};\d{1,3}$/, '0;228;0').optional(),
      nowcast: numberField({
        description:
          'Nowcast of the pollutant, where it is a particulate; normalized by the weights of the hours there are',
        unit: 'ug/m3',
        minimum: 0,
        maximum: largestValue,
        example: 20.3,
      }).optional(),
      pollutants: z
        .partialRecord(z.enum(pollutants), countField('Index of the pollutant', 41, 500))
        .meta({ description: 'Index of each pollutant', examples: [{ pm25: 41 }] })
        .optional(),
    })
    .meta({ description: 'Where the index comes from' })
    .optional(),
  exceedsQcvn: z
    .boolean()
    .meta({
      description:
        'Whether a mean is above its limit of QCVN 05, which is no matter of the index; absent where none has one',
      examples: [false],
    })
    .optional(),
  qcvn: z
    .strictObject({
      regulation: textField('With the limits', 'QCVN 05:2023/BTNMT', 64),
      limits: z
        .array(
          z.strictObject({
            quantity: wordField('What is limited', limited, 'no2'),
            averaging: wordField('Over which the limit is set', ['1h', '8h', '24h'], '1h'),
            mean: numberField({
              description: 'What was measured',
              unit: 'ug/m3',
              minimum: -largestValue,
              maximum: largestValue,
              example: 24.5,
            }),
            limit: numberField({
              description: 'Limit in force',
              unit: 'ug/m3',
              minimum: 0,
              maximum: 1e6,
              example: 200,
            }),
            exceeds: z.boolean().meta({ description: 'Whether the mean is above it', examples: [false] }),
          }),
        )
        .max(16)
        .meta({ description: 'Each mean that was compared' }),
    })
    .meta({ description: 'Comparison with the limits in force' })
    .optional(),
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
  summary:
    'Mean concentrations of a period; temperature and humidity around the particles stand beside them. Of an hour and a day with VN_AQI and the limits of QCVN 05',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:AirQualityObserved:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'AirQualityObserved'),
    dateObserved: observedAt(),
    ...meanFields([...quantitiesOf('AirQualityObserved'), 'temperature', 'relativeHumidity']),
    ...airQualityFields(),
    assurance: fixedField(
      'Low-cost instruments are indicative until an agency validates them; absent of a reference instrument',
      'indicative',
    ).optional(),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('AirQualityObserved'),
      period: { start: '2026-11-23T00:00:00Z', end: '2026-11-23T01:00:00Z', completeness: 0.98 },
      pm25: 20.6,
      pm10: 31.2,
      temperature: 24.1,
      relativeHumidity: 0.84,
      units: { pm25: 'ug/m3', pm10: 'ug/m3', temperature: 'Cel', relativeHumidity: '1' },
      quality: { pm25: 'pass', pm10: 'pass', temperature: 'pass', relativeHumidity: 'suspect' },
      samples: { pm25: 3540, pm10: 3540, temperature: 59, relativeHumidity: 59 },
      method: {
        pm25: 'arithmetic-mean',
        pm10: 'arithmetic-mean',
        temperature: 'arithmetic-mean',
        relativeHumidity: 'arithmetic-mean',
      },
      airQualityIndex: 41,
      airQualityLevel: 'Tốt',
      index: {
        scheme: 'VN_AQI-h',
        method: 'QD-1459-QD-TCMT-2019',
        pollutant: 'pm25',
        color: '0;228;0',
        nowcast: 20.3,
        pollutants: { pm25: 41, pm10: 31 },
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
    ...meanFields(quantitiesOf('WeatherObserved')),
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
    ...meanFields(quantitiesOf('NoiseLevelObserved')),
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
  summary: 'Mean water level, depth and flow of a period',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:FloodMonitoring:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'FloodMonitoring'),
    dateObserved: observedAt(),
    ...meanFields(quantitiesOf('FloodMonitoring')),
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

export const waterQualityObserved = defineEvent({
  name: 'environment.water-quality.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'What is in the water, mean of a period',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:WaterQualityObserved:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'WaterQualityObserved'),
    dateObserved: observedAt(),
    ...meanFields(quantitiesOf('WaterQualityObserved')),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('WaterQualityObserved'),
      waterTemperature: 23.4,
      pH: 7.4,
      units: { waterTemperature: 'Cel', pH: '[pH]' },
      samples: { waterTemperature: 6, pH: 6 },
      method: { waterTemperature: 'arithmetic-mean', pH: 'arithmetic-mean' },
    },
  },
});

export const soilObserved = defineEvent({
  name: 'environment.soil.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'Water and warmth of the soil, mean of a period',
  data: () => ({
    id: entityField('Of this observation', 'urn:ngsi-ld:AgriParcelRecord:hue-gw-017-aq-kimlong-20261123T010000Z'),
    type: fixedField('Smart Data Model', 'AgriParcelRecord'),
    dateObserved: observedAt(),
    ...meanFields(quantitiesOf('AgriParcelRecord')),
  }),
  example: {
    ...station,
    data: {
      ...exampleOf('AgriParcelRecord'),
      soilMoisture: 0.31,
      units: { soilMoisture: '1' },
      samples: { soilMoisture: 6 },
      method: { soilMoisture: 'arithmetic-mean' },
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
    ...meanFields(quantitiesOf('Device')),
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
