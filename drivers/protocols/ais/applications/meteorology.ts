/**
 * Weather and water of a station: IMO SN.1/Circ.289 annex, 1/31, and the older 1/11 of SN/Circ.236, deprecated since
 * 2013 and still on the air. Both give the same fields.
 */
import { readUnsigned } from '../sixbit.ts';
import {
  type ApplicationContent,
  type ApplicationField,
  latitude,
  longitude,
  type NumberField,
  readFields,
  type WordField,
  whole,
} from './fields.ts';

/** WMO 306 code table 4.201. */
const precipitations = [undefined, 'rain', 'thunderstorm', 'freezing-rain', 'mixed-ice', 'snow'] as const;
const trends = ['steady', 'decreasing', 'increasing'] as const;
const ices = ['no', 'yes'] as const;

const word = (name: string, at: number, bits: number, words: WordField['words'], unavailable: number): WordField => ({
  name,
  at,
  bits,
  as: 'word',
  words,
  unavailable,
});

const tenths = (field: NumberField): NumberField => ({ ...field, steps: 10 });

/** Day, hour and minute of the observation, UTC. Others than these are no time at all. */
const dayTime = (at: number, ...unavailable: readonly [day: number, hour: number, minute: number]) => {
  const [day, hour, minute] = unavailable;
  return [
    whole('day', at, 5, [1, 31], day, [0]),
    whole('hour', at + 5, 5, [0, 23], hour, [24, 31]),
    whole('minute', at + 10, 6, [0, 59], minute, [60, 63]),
  ];
};

const knots = (name: string, at: number): NumberField => whole(name, at, 7, [0, 126], 127);
const direction = (name: string, at: number, unavailable: number): NumberField =>
  whole(name, at, 9, [0, 359], unavailable);

/** Wind and gusts, 32 bits. `noDirection` is the raw number of a direction that is not available. */
const wind = (at: number, noDirection: number): readonly ApplicationField[] => [
  knots('windSpeedKnots', at),
  knots('gustSpeedKnots', at + 7),
  direction('windDirectionDegrees', at + 14, noDirection),
  direction('gustDirectionDegrees', at + 23, noDirection),
];

/** Currents at the surface and at two depths, waves and swell, 107 bits. 25.1 kn and m stand for so much and more. */
const sea = (at: number, noDirection: number): readonly ApplicationField[] => {
  const decimal = (name: string, offset: number) => tenths(whole(name, at + offset, 8, [0, 251], 255));
  const towards = (name: string, offset: number) => direction(name, at + offset, noDirection);
  const period = (name: string, offset: number) => whole(name, at + offset, 6, [0, 60], 63);
  const depth = (name: string, offset: number) => whole(name, at + offset, 5, [0, 30], 31);
  return [
    decimal('currentSpeedKnots', 0),
    towards('currentDirectionDegrees', 8),
    decimal('current2SpeedKnots', 17),
    towards('current2DirectionDegrees', 25),
    depth('current2DepthMetres', 34),
    decimal('current3SpeedKnots', 39),
    towards('current3DirectionDegrees', 47),
    depth('current3DepthMetres', 56),
    decimal('waveHeightMetres', 61),
    period('wavePeriodSeconds', 69),
    towards('waveDirectionDegrees', 75),
    decimal('swellHeightMetres', 84),
    period('swellPeriodSeconds', 92),
    towards('swellDirectionDegrees', 98),
  ];
};

/** The level counts from the local chart datum. 402 of the pressure stands for 1201 hPa and more, 0 for 799 and less. */
export const meteorology: readonly ApplicationField[] = [
  longitude(0),
  latitude(25),
  { name: 'accurate', at: 49, bits: 1, as: 'flag' },
  ...dayTime(50, 0, 24, 60),
  ...wind(66, 360),
  tenths({ ...whole('airTemperatureCelsius', 98, 11, [-600, 600], -1024), as: 'signed' }),
  whole('relativeHumidityPercent', 109, 7, [0, 100], 101),
  tenths({ ...whole('dewPointCelsius', 116, 10, [-200, 500], 501), as: 'signed' }),
  { ...whole('pressureHectopascals', 126, 9, [0, 402], 511), offset: 799 },
  word('pressureTendency', 135, 2, trends, 3),
  word('visibilityIs', 137, 1, [undefined, 'at-least'], 0),
  tenths(whole('visibilityNauticalMiles', 138, 7, [0, 126], 127)),
  { ...whole('waterLevelMetres', 145, 12, [0, 4000], 4001), steps: 100, offset: -1000 },
  word('waterLevelTrend', 157, 2, trends, 3),
  ...sea(159, 360),
  whole('seaStateBeaufort', 266, 4, [0, 12], 13),
  tenths({ ...whole('waterTemperatureCelsius', 270, 10, [-100, 500], 501), as: 'signed' }),
  word('precipitation', 280, 3, precipitations, 7),
  tenths(whole('salinityPermille', 283, 9, [0, 501], 510)),
  word('ice', 292, 2, ices, 3),
];

const allBits = 0x1ff;

/** Fields of 9 bits for which all bits set are no number of this layout, but "not available" in the older one. */
const witnesses = meteorology.filter(({ name, bits }) => name.endsWith('DirectionDegrees') && bits === 9);
/** -0.1 °C, which the older "not available" is in these. */
const minusTenth = ['dewPointCelsius', 'waterTemperatureCelsius'] as const;

/**
 * Stations of the older software send this layout with "all bits set" for what they do not measure. Out of range
 * everywhere, but in signed fields that is a temperature: where the message shows the habit, it is none.
 */
export const readMeteorology = (symbols: Uint8Array, bits: number, from: number): ApplicationContent | undefined => {
  const into: Record<string, unknown> = {};
  if (!readFields(symbols, bits, from, meteorology, into)) return undefined;
  if (witnesses.some(({ at }) => readUnsigned(symbols, from + at, 9) === allBits))
    for (const name of minusTenth) if (into[name] === -0.1) delete into[name];
  if (into['visibilityNauticalMiles'] === undefined) delete into['visibilityIs'];
  return into;
};

/** Latitude first. "Not available" is all bits set, but the highest positive number for a coordinate. */
export const formerMeteorology: readonly ApplicationField[] = [
  { ...latitude(0, 91 * 60_000), unavailable: 0x7f_ffff },
  { ...longitude(24, 181 * 60_000), unavailable: 0xff_ffff },
  ...dayTime(49, 31, 31, 63),
  ...wind(65, 511),
  tenths({ ...whole('airTemperatureCelsius', 97, 11, [0, 1200], 2047), offset: -600 }),
  whole('relativeHumidityPercent', 108, 7, [0, 100], 127),
  tenths({ ...whole('dewPointCelsius', 115, 10, [0, 700], 1023), offset: -200 }),
  { ...whole('pressureHectopascals', 125, 9, [0, 400], 511), offset: 800 },
  word('pressureTendency', 134, 2, trends, 3),
  tenths(whole('visibilityNauticalMiles', 136, 8, [0, 250], 255)),
  tenths({ ...whole('waterLevelMetres', 144, 9, [0, 400], 511), offset: -100 }),
  word('waterLevelTrend', 153, 2, trends, 3),
  ...sea(155, 511),
  whole('seaStateBeaufort', 262, 4, [0, 12], 15),
  tenths({ ...whole('waterTemperatureCelsius', 266, 10, [0, 600], 1023), offset: -100 }),
  word('precipitation', 276, 3, precipitations, 7),
  tenths(whole('salinityPermille', 279, 9, [0, 500], 511)),
  word('ice', 288, 2, ices, 3),
];
