/** Which quantity a number is by the name that a device gives it: a guess, for a person to check. */
import { type QuantityName, quantities, toQuantityUnit, unitsOf } from '../../../core/quantity.ts';
import { isAbsent, toNumber } from './value.ts';

interface Usual {
  readonly names: readonly string[];
  readonly quantity: QuantityName;
  /** UCUM, the most usual first: the first in which the value can be. */
  readonly units: readonly string[];
}

/** Names in small letters and digits alone. */
const table: readonly Usual[] = [
  { names: ['temperature', 'temp', 'tempc', 'airtemperature', 'tc'], quantity: 'temperature', units: ['Cel'] },
  { names: ['humidity', 'hum', 'rh', 'relativehumidity'], quantity: 'relativeHumidity', units: ['%'] },
  {
    names: ['pressure', 'press', 'baro', 'barometer', 'atmosphericpressure'],
    quantity: 'atmosphericPressure',
    units: ['hPa', 'Pa', 'kPa'],
  },
  { names: ['pm1', 'pm1p0'], quantity: 'pm1', units: ['ug/m3'] },
  { names: ['pm25', 'pm2p5'], quantity: 'pm25', units: ['ug/m3'] },
  { names: ['pm10'], quantity: 'pm10', units: ['ug/m3'] },
  { names: ['co2', 'carbondioxide', 'eco2'], quantity: 'co2', units: ['[ppm]'] },
  { names: ['tvoc', 'voc'], quantity: 'tvoc', units: ['[ppb]'] },
  { names: ['illuminance', 'lux', 'light'], quantity: 'illuminance', units: ['lx'] },
  { names: ['noise', 'laeq', 'dba'], quantity: 'LAeq', units: ['dB(A)'] },
  { names: ['no2', 'nitrogendioxide'], quantity: 'no2', units: ['ug/m3', '[ppb]'] },
  { names: ['so2', 'sulfurdioxide', 'sulphurdioxide'], quantity: 'so2', units: ['ug/m3', '[ppb]'] },
  { names: ['o3', 'ozone'], quantity: 'o3', units: ['ug/m3', '[ppb]'] },
  { names: ['windspeed'], quantity: 'windSpeed', units: ['m/s'] },
  { names: ['winddirection', 'winddir'], quantity: 'windDirection', units: ['deg'] },
  { names: ['gustspeed', 'windgust', 'gust'], quantity: 'gustSpeed', units: ['m/s'] },
  { names: ['precipitationtotal', 'raintotal', 'raincounter'], quantity: 'precipitationTotal', units: ['mm'] },
  { names: ['solarradiation', 'irradiance'], quantity: 'solarRadiation', units: ['W/m2'] },
  { names: ['waterlevel'], quantity: 'waterLevel', units: ['m'] },
  { names: ['watertemperature', 'watertemp'], quantity: 'waterTemperature', units: ['Cel'] },
  { names: ['ph'], quantity: 'pH', units: ['[pH]'] },
  { names: ['turbidity'], quantity: 'turbidity', units: ['{NTU}'] },
  { names: ['conductivity', 'ec'], quantity: 'conductivity', units: ['uS/cm'] },
  { names: ['soilmoisture', 'watersoil'], quantity: 'soilMoisture', units: ['%'] },
  { names: ['soiltemperature', 'tempsoil'], quantity: 'soilTemperature', units: ['Cel'] },
  { names: ['battery', 'batterylevel', 'batterypercent'], quantity: 'batteryLevel', units: ['%'] },
  { names: ['batteryvoltage', 'batv', 'vbat'], quantity: 'batteryVoltage', units: ['V', 'mV'] },
];

export interface Guess {
  readonly quantity: QuantityName;
  /** Absent where the payload is the number. */
  readonly path?: string;
  /** Absent where it is the quantity's own. */
  readonly unit?: string;
}

/** `PM2.5` is `pm25`, but `pm1.0` no `pm10`. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^pm1[._]0$/, 'pm1')
    .replaceAll(/[^a-z0-9]/g, '');

/** `told`: the unit that the device itself names (UCUM), which counts where the quantity can be told in it. */
export const guess = (name: string, given: unknown, told = ''): Guess | undefined => {
  const number = isAbsent(given) ? undefined : toNumber(given);
  const usual = table.find(({ names }) => names.includes(plain(name)));
  if (number === undefined || usual === undefined) return undefined;
  const { quantity } = usual;
  const { minimum, maximum, unit: own } = quantities[quantity];
  const units = unitsOf(quantity).includes(told) ? [told] : usual.units;
  const unit = units.find(one => {
    const value = toQuantityUnit(quantity, number, one);
    return value !== undefined && value >= minimum && value <= maximum;
  });
  return unit === undefined ? undefined : { quantity, ...(unit !== own && { unit }) };
};

const deepest = 4;
const mostGuesses = 32;

const step = (name: string): string => (/^[^.[\]"\s]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);

/** Of all numbers in `payload`, the first of each quantity. */
export const guessAll = (payload: unknown, path = '', depth = 0): readonly Guess[] => {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload) || depth === deepest) return [];
  const found = new Map<QuantityName, Guess>();
  for (const [name, value] of Object.entries(payload).slice(0, 256)) {
    const at = `${path}${step(name)}`;
    const here = guess(name, value);
    const guesses = here === undefined ? guessAll(value, at, depth + 1) : [{ ...here, path: at.replace(/^\./, '') }];
    for (const one of guesses) if (!found.has(one.quantity)) found.set(one.quantity, one);
  }
  return [...found.values()].slice(0, mostGuesses);
};
