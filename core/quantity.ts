/**
 * The quantities a sensor can measure, each with the one unit in which it travels (UCUM code), the range outside
 * which a value is not plausible, and the Smart Data Model whose attribute of the same name carries it. Of a model the
 * most telling ones come first.
 */
export interface Quantity {
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly model: 'AirQualityObserved' | 'WeatherObserved' | 'NoiseLevelObserved' | 'FloodMonitoring' | 'Device';
}

export const quantities = {
  pm25: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  pm10: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  pm1: { unit: 'ug/m3', minimum: 0, maximum: 1000, model: 'AirQualityObserved' },
  particles03: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles05: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles1: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles25: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles5: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  particles10: { unit: '{#}/dL', minimum: 0, maximum: 65535, model: 'AirQualityObserved' },
  co2: { unit: '[ppm]', minimum: 0, maximum: 40000, model: 'AirQualityObserved' },
  co: { unit: 'ug/m3', minimum: 0, maximum: 500000, model: 'AirQualityObserved' },
  no2: { unit: 'ug/m3', minimum: 0, maximum: 10000, model: 'AirQualityObserved' },
  so2: { unit: 'ug/m3', minimum: 0, maximum: 10000, model: 'AirQualityObserved' },
  o3: { unit: 'ug/m3', minimum: 0, maximum: 5000, model: 'AirQualityObserved' },
  temperature: { unit: 'Cel', minimum: -40, maximum: 85, model: 'WeatherObserved' },
  relativeHumidity: { unit: '1', minimum: 0, maximum: 1, model: 'WeatherObserved' },
  atmosphericPressure: { unit: 'hPa', minimum: 800, maximum: 1100, model: 'WeatherObserved' },
  windSpeed: { unit: 'm/s', minimum: 0, maximum: 100, model: 'WeatherObserved' },
  windDirection: { unit: 'deg', minimum: -180, maximum: 180, model: 'WeatherObserved' },
  precipitation: { unit: 'mm', minimum: 0, maximum: 500, model: 'WeatherObserved' },
  illuminance: { unit: 'lx', minimum: 0, maximum: 200000, model: 'WeatherObserved' },
  LAeq: { unit: 'dB(A)', minimum: 0, maximum: 150, model: 'NoiseLevelObserved' },
  waterLevel: { unit: 'm', minimum: -20, maximum: 100, model: 'FloodMonitoring' },
  batteryLevel: { unit: '1', minimum: 0, maximum: 1, model: 'Device' },
  rssi: { unit: 'dBm', minimum: -200, maximum: 20, model: 'Device' },
} as const satisfies Record<string, Quantity>;

export type QuantityName = keyof typeof quantities;

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
