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

export type QuantityName = keyof typeof quantities;

/** The quantities that a model carries. */
export type QuantityOf<Model extends SmartDataModel> = {
  [Name in QuantityName]: (typeof quantities)[Name]['model'] extends Model ? Name : never;
}[QuantityName];

export const isQuantity = (name: string): name is QuantityName => Object.hasOwn(quantities, name);

/** In the order of the table. */
export const quantitiesOf = <Model extends SmartDataModel>(model: Model): readonly QuantityOf<Model>[] =>
  Object.keys(quantities).filter(
    (name): name is QuantityOf<Model> => isQuantity(name) && quantities[name].model === model,
  );

/** Factor and offset from a device's unit to the quantity's own: own = given × factor + offset. Key: `given>own`. */
const conversions: Readonly<Record<string, readonly [factor: number, offset: number]>> = {
  '[degF]>Cel': [5 / 9, -160 / 9],
  'K>Cel': [1, -273.15],
  '%>1': [0.01, 0],
  'Pa>hPa': [0.01, 0],
  'kPa>hPa': [10, 0],
  'bar>hPa': [1000, 0],
  "[in_i'Hg]>hPa": [33.8638866667, 0],
  'km/h>m/s': [1 / 3.6, 0],
  '[kn_i]>m/s': [0.514444, 0],
  '[mi_i]/h>m/s': [0.44704, 0],
  'mg/m3>ug/m3': [1000, 0],
  'cm>m': [0.01, 0],
  'mm>m': [0.001, 0],
  '[in_i]>mm': [25.4, 0],
};

/** Units (UCUM) in which a device may report `quantity`. */
export const unitsOf = (quantity: QuantityName): readonly string[] => {
  const { unit } = quantities[quantity];
  const convertible = Object.keys(conversions).filter(key => key.endsWith(`>${unit}`));
  return [unit, ...convertible.map(key => key.slice(0, -unit.length - 1))];
};

/** `value` in the quantity's own unit, or undefined when `unit` cannot be converted to it. */
export const toQuantityUnit = (quantity: QuantityName, value: number, unit: string): number | undefined => {
  const own = quantities[quantity].unit;
  if (unit === own) return value;
  const conversion = conversions[`${unit}>${own}`];
  return conversion && value * conversion[0] + conversion[1];
};
