/**
 * The units in which instruments report, by UCUM code (https://ucum.org): each dimension with what one unit of it is in
 * the dimension's first. Factors are exact by definition where one exists (inch, foot, mile, knot, calorie, 0 degrees C).
 */

/** Factor, or factor and offset: value in the first unit = value × factor + offset. */
type Scale = number | readonly [factor: number, offset: number];

/** A code may stand in several dimensions: a percent of humidity is not one of carbon dioxide. */
const dimensions: Readonly<Record<string, Readonly<Record<string, Scale>>>> = {
  fraction: { '1': 1, '%': 0.01, 'm3/m3': 1 },
  'fraction of salt': { 'g/kg': 1, '[ppth]': 1, '{PSU}': 1 },
  'fraction of air': { '[ppm]': 1, '[ppb]': 0.001, 'umol/mol': 1, 'nmol/mol': 0.001, '%': 10_000 },
  'mass in air': { 'ug/m3': 1, 'mg/m3': 1000, 'ng/m3': 0.001, 'g/m3': 1e6 },
  'mass in water': { 'mg/L': 1, 'ug/L': 0.001, 'g/L': 1000, 'g/m3': 1, 'mg/m3': 0.001 },
  'number in air': { '{#}/cm3': 1, '{#}/dL': 0.01, '{#}/L': 0.001, '{#}/m3': 1e-6, '{#}/[cft_i]': 1 / 28_316.846592 },
  temperature: { Cel: 1, K: [1, -273.15], '[degF]': [5 / 9, -160 / 9] },
  pressure: {
    hPa: 1,
    Pa: 0.01,
    kPa: 10,
    bar: 1000,
    mbar: 1,
    atm: 1013.25,
    'mm[Hg]': 1.33322387415,
    "[in_i'Hg]": 33.8638866667,
    '[psi]': 68.9475729318,
  },
  length: {
    m: 1,
    cm: 0.01,
    mm: 0.001,
    um: 1e-6,
    km: 1000,
    '[in_i]': 0.0254,
    '[ft_i]': 0.3048,
    '[fth_i]': 1.8288,
  },
  speed: { 'm/s': 1, 'cm/s': 0.01, 'km/h': 1 / 3.6, '[kn_i]': 1852 / 3600, '[mi_i]/h': 0.44704, '[ft_i]/s': 0.3048 },
  rain: { 'mm/h': 1, 'mm/min': 60, 'mm/d': 1 / 24, '[in_i]/h': 25.4 },
  angle: { deg: 1, rad: 180 / Math.PI, gon: 0.9 },
  irradiance: { 'W/m2': 1, 'mW/cm2': 10, 'kW/m2': 1000, 'cal/(cm2.min)': 697.333333333 },
  illuminance: { lx: 1, klx: 1000 },
  sound: { 'dB(A)': 1 },
  acidity: { '[pH]': 1 },
  turbidity: { '{NTU}': 1, '{FNU}': 1 },
  conductivity: { 'uS/cm': 1, 'mS/cm': 1000, 'S/m': 10_000, 'mS/m': 10 },
  voltage: { V: 1, mV: 0.001, kV: 1000 },
  current: { A: 1, mA: 0.001 },
  power: { W: 1, mW: 0.001, kW: 1000 },
  energy: { 'kW.h': 1, 'W.h': 0.001, 'MW.h': 1000, J: 1 / 3.6e6, MJ: 1 / 3.6 },
  level: { dB: 1 },
  'power of a radio signal': { dBm: 1 },
};

interface Conversion {
  readonly factor: number;
  readonly offset: number;
}

const toFirst = (scale: Scale): Conversion =>
  typeof scale === 'number' ? { factor: scale, offset: 0 } : { factor: scale[0], offset: scale[1] };

/** Dimensions in which a unit stands, with all their units. */
const standings = (unit: string): readonly Readonly<Record<string, Scale>>[] =>
  Object.values(dimensions).filter(units => Object.hasOwn(units, unit));

const between = (units: Readonly<Record<string, Scale>>, from: string, to: string): Conversion => {
  const given = toFirst(units[from] ?? 1);
  const wanted = toFirst(units[to] ?? 1);
  return { factor: given.factor / wanted.factor, offset: (given.offset - wanted.offset) / wanted.factor };
};

/** For each unit that is one of the same thing as `unit`: what a value in it is in `unit`. The unit itself is the first. */
export const conversionsTo = (unit: string): ReadonlyMap<string, Conversion> => {
  const found = new Map<string, Conversion>([[unit, { factor: 1, offset: 0 }]]);
  for (const units of standings(unit))
    for (const from of Object.keys(units)) if (!found.has(from)) found.set(from, between(units, from, unit));
  return found;
};

/** What a gas was at when its volume was told as a mass, or the other way round. */
export interface GasConditions {
  readonly temperatureCelsius: number;
  readonly pressureHpa: number;
}

/** QCVN 05:2023/BTNMT, 1.3.3: concentrations are told at 25 degrees C and 760 mmHg. */
export const referenceConditions: GasConditions = { temperatureCelsius: 25, pressureHpa: 1013.25 };

/** CODATA 2018, J/(mol.K). */
const gasConstant = 8.314462618;

/** How much of an ideal gas is in a cubic meter, mol/m3. */
export const molarDensity = ({ temperatureCelsius, pressureHpa }: GasConditions): number =>
  (pressureHpa * 100) / (gasConstant * (temperatureCelsius + 273.15));
