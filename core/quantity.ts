import { conversionsTo, type GasConditions, molarDensity, referenceConditions } from './unit.ts';

export type SmartDataModel =
  | 'AirQualityObserved'
  | 'WeatherObserved'
  | 'NoiseLevelObserved'
  | 'FloodMonitoring'
  | 'WaterQualityObserved'
  | 'AgriParcelRecord'
  | 'Device';

/**
 * The quantities a sensor can measure, each with the one unit in which it travels (UCUM code), the range outside
 * which a value is not plausible, and the Smart Data Model whose attribute of the same name carries it. Of a model the
 * most telling ones come first.
 */
export interface Quantity {
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly model: SmartDataModel;
}

export const quantities = {
  pm25: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  pm10: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  pm1: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  pm4: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  tsp: { unit: 'ug/m3', minimum: 0, maximum: 5000, model: 'AirQualityObserved' },
  particles03: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles05: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles1: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles25: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles5: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles10: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particlesTo05: { unit: '{#}/cm3', minimum: 0, maximum: 3000, model: 'AirQualityObserved' },
  particlesTo1: { unit: '{#}/cm3', minimum: 0, maximum: 3000, model: 'AirQualityObserved' },
  particlesTo25: { unit: '{#}/cm3', minimum: 0, maximum: 3000, model: 'AirQualityObserved' },
  particlesTo4: { unit: '{#}/cm3', minimum: 0, maximum: 3000, model: 'AirQualityObserved' },
  particlesTo10: { unit: '{#}/cm3', minimum: 0, maximum: 3000, model: 'AirQualityObserved' },
  typicalParticleSize: { unit: 'um', minimum: 0, maximum: 10, model: 'AirQualityObserved' },
  co2: { unit: '[ppm]', minimum: 0, maximum: 40000, model: 'AirQualityObserved' },
  co: { unit: 'ug/m3', minimum: 0, maximum: 500000, model: 'AirQualityObserved' },
  no2: { unit: 'ug/m3', minimum: 0, maximum: 10000, model: 'AirQualityObserved' },
  so2: { unit: 'ug/m3', minimum: 0, maximum: 10000, model: 'AirQualityObserved' },
  o3: { unit: 'ug/m3', minimum: 0, maximum: 5000, model: 'AirQualityObserved' },
  no: { unit: 'ug/m3', minimum: 0, maximum: 10000, model: 'AirQualityObserved' },
  h2s: { unit: 'ug/m3', minimum: 0, maximum: 50000, model: 'AirQualityObserved' },
  nh3: { unit: 'ug/m3', minimum: 0, maximum: 50000, model: 'AirQualityObserved' },
  hcho: { unit: 'ug/m3', minimum: 0, maximum: 10000, model: 'AirQualityObserved' },
  tvoc: { unit: 'ug/m3', minimum: 0, maximum: 100000, model: 'AirQualityObserved' },
  temperature: { unit: 'Cel', minimum: -40, maximum: 85, model: 'WeatherObserved' },
  relativeHumidity: { unit: '1', minimum: 0, maximum: 1, model: 'WeatherObserved' },
  atmosphericPressure: { unit: 'hPa', minimum: 800, maximum: 1100, model: 'WeatherObserved' },
  windSpeed: { unit: 'm/s', minimum: 0, maximum: 100, model: 'WeatherObserved' },
  windDirection: { unit: 'deg', minimum: -180, maximum: 180, model: 'WeatherObserved' },
  gustSpeed: { unit: 'm/s', minimum: 0, maximum: 120, model: 'WeatherObserved' },
  precipitation: { unit: 'mm', minimum: 0, maximum: 500, model: 'WeatherObserved' },
  precipitationTotal: { unit: 'mm', minimum: 0, maximum: 1e6, model: 'WeatherObserved' },
  precipitationRate: { unit: 'mm/h', minimum: 0, maximum: 600, model: 'WeatherObserved' },
  dewPoint: { unit: 'Cel', minimum: -80, maximum: 60, model: 'WeatherObserved' },
  solarRadiation: { unit: 'W/m2', minimum: 0, maximum: 1800, model: 'WeatherObserved' },
  uvIndex: { unit: '1', minimum: 0, maximum: 20, model: 'WeatherObserved' },
  illuminance: { unit: 'lx', minimum: 0, maximum: 200000, model: 'WeatherObserved' },
  LAeq: { unit: 'dB(A)', minimum: 0, maximum: 150, model: 'NoiseLevelObserved' },
  waterLevel: { unit: 'm', minimum: -20, maximum: 100, model: 'FloodMonitoring' },
  waterDepth: { unit: 'm', minimum: 0, maximum: 1000, model: 'FloodMonitoring' },
  waterSpeed: { unit: 'm/s', minimum: 0, maximum: 20, model: 'FloodMonitoring' },
  waterTemperature: { unit: 'Cel', minimum: -5, maximum: 60, model: 'WaterQualityObserved' },
  pH: { unit: '[pH]', minimum: 0, maximum: 14, model: 'WaterQualityObserved' },
  conductivity: { unit: 'uS/cm', minimum: 0, maximum: 200000, model: 'WaterQualityObserved' },
  salinity: { unit: 'g/kg', minimum: 0, maximum: 70, model: 'WaterQualityObserved' },
  turbidity: { unit: '{NTU}', minimum: 0, maximum: 10000, model: 'WaterQualityObserved' },
  dissolvedOxygen: { unit: 'mg/L', minimum: 0, maximum: 50, model: 'WaterQualityObserved' },
  orp: { unit: 'mV', minimum: -2000, maximum: 2000, model: 'WaterQualityObserved' },
  tds: { unit: 'mg/L', minimum: 0, maximum: 100000, model: 'WaterQualityObserved' },
  tss: { unit: 'mg/L', minimum: 0, maximum: 50000, model: 'WaterQualityObserved' },
  cod: { unit: 'mg/L', minimum: 0, maximum: 10000, model: 'WaterQualityObserved' },
  bod5: { unit: 'mg/L', minimum: 0, maximum: 10000, model: 'WaterQualityObserved' },
  nh4: { unit: 'mg/L', minimum: 0, maximum: 1000, model: 'WaterQualityObserved' },
  no3: { unit: 'mg/L', minimum: 0, maximum: 1000, model: 'WaterQualityObserved' },
  chlorophyll: { unit: 'ug/L', minimum: 0, maximum: 1000, model: 'WaterQualityObserved' },
  soilTemperature: { unit: 'Cel', minimum: -30, maximum: 80, model: 'AgriParcelRecord' },
  soilMoisture: { unit: '1', minimum: 0, maximum: 1, model: 'AgriParcelRecord' },
  soilConductivity: { unit: 'uS/cm', minimum: 0, maximum: 50000, model: 'AgriParcelRecord' },
  batteryLevel: { unit: '1', minimum: 0, maximum: 1, model: 'Device' },
  batteryVoltage: { unit: 'V', minimum: 0, maximum: 60, model: 'Device' },
  rssi: { unit: 'dBm', minimum: -200, maximum: 20, model: 'Device' },
  snr: { unit: 'dB', minimum: -40, maximum: 60, model: 'Device' },
  voltage: { unit: 'V', minimum: 0, maximum: 1000, model: 'Device' },
  current: { unit: 'A', minimum: -1000, maximum: 1000, model: 'Device' },
  power: { unit: 'W', minimum: -1000000, maximum: 1000000, model: 'Device' },
  energy: { unit: 'kW.h', minimum: 0, maximum: 1e9, model: 'Device' },
} as const satisfies Record<string, Quantity>;

/** Nothing that is measured in the unit of its quantity is larger, up or down: events hold no such number. */
export const largestValue = 1e9;

export type QuantityName = keyof typeof quantities;

/** The quantities that a model carries. */
export type QuantityOf<Model extends SmartDataModel> = {
  [Name in QuantityName]: (typeof quantities)[Name]['model'] extends Model ? Name : never;
}[QuantityName];

/**
 * Counters of what falls or flows: they only grow, but begin at zero again when their device is set back. What they grew
 * by is a quantity of its own, which the stage `normalize` tells.
 */
export const countedBy: Partial<Readonly<Record<QuantityName, QuantityName>>> = { precipitationTotal: 'precipitation' };

export const isQuantity = (name: string): name is QuantityName => Object.hasOwn(quantities, name);

/** In the order of the table. */
export const quantitiesOf = <Model extends SmartDataModel>(model: Model): readonly QuantityOf<Model>[] =>
  Object.keys(quantities).filter(
    (name): name is QuantityOf<Model> => isQuantity(name) && quantities[name].model === model,
  );

/**
 * Molar masses, g/mol (IUPAC 2021, abridged), of what is told as a volume too. For volatile organic compounds together
 * it is the mean of the mixture by Mølhave et al. (1997), on which makers of such sensors agreed.
 */
const molarMasses: Partial<Readonly<Record<QuantityName, number>>> = {
  co2: 44.009,
  co: 28.01,
  no2: 46.006,
  so2: 64.06,
  o3: 47.997,
  no: 30.006,
  h2s: 34.08,
  nh3: 17.031,
  hcho: 30.026,
  tvoc: 110,
};

type Convert = (value: number, conditions: GasConditions) => number;

/** UCUM codes of the two ways to tell how much of a gas is in the air. */
const byVolume = '[ppm]';
const byMass = 'ug/m3';

const convertersOf = (name: QuantityName): ReadonlyMap<string, Convert> => {
  const { unit } = quantities[name];
  const converters = new Map<string, Convert>();
  for (const [from, { factor, offset }] of conversionsTo(unit))
    converters.set(from, from === unit ? value => value : value => value * factor + offset);
  const molarMass = molarMasses[name];
  if (molarMass === undefined) return converters;
  // ppm × mol/m3 is umol/m3, and that × g/mol is ug/m3.
  const isMass = unit === byMass;
  for (const [from, { factor }] of conversionsTo(isMass ? byVolume : byMass))
    if (!converters.has(from))
      converters.set(from, (value, conditions) => {
        const massOfPpm = molarMass * molarDensity(conditions);
        return value * factor * (isMass ? massOfPpm : 1 / massOfPpm);
      });
  return converters;
};

const converters = new Map(
  Object.keys(quantities)
    .filter(isQuantity)
    .map(name => [name, convertersOf(name)]),
);

/** Units (UCUM) in which a device may report `quantity`, its own first. */
export const unitsOf = (quantity: QuantityName): readonly string[] => [...(converters.get(quantity)?.keys() ?? [])];

/**
 * `value` in the quantity's own unit, or undefined when `unit` cannot be converted to it. Volumes of a gas become masses
 * at `conditions`, and masses volumes.
 */
export const toQuantityUnit = (
  quantity: QuantityName,
  value: number,
  unit: string,
  conditions: GasConditions = referenceConditions,
): number | undefined => converters.get(quantity)?.get(unit)?.(value, conditions);

/** Whether it is a gas that is told as a mass, which depends on the air's temperature and pressure. */
export const isGasByMass = (quantity: QuantityName): boolean =>
  quantities[quantity].unit === byMass && molarMasses[quantity] !== undefined;

/** The other way round: `value` in the quantity's own unit, told in `unit`. Units of a quantity differ by factor and offset. */
export const fromQuantityUnit = (
  quantity: QuantityName,
  value: number,
  unit: string,
  conditions: GasConditions = referenceConditions,
): number | undefined => {
  const offset = toQuantityUnit(quantity, 0, unit, conditions);
  const first = toQuantityUnit(quantity, 1, unit, conditions);
  return offset === undefined || first === undefined ? undefined : (value - offset) / (first - offset);
};
