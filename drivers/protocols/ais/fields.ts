/**
 * The fields of the AIS messages that this gateway reports, bit for bit, after ITU-R M.1371-5 annex 8. The encoder
 * reads these tables; `npm run generate` turns them into the straight-line code of `decode.generated.ts`.
 */
import type { Observation } from '../../../core/observation.ts';

interface Position {
  /** The observation's property, or the standard's own name where only the encoder writes the field. */
  readonly name: string;
  /** Number of the first bit, counted from 0. */
  readonly at: number;
  readonly bits: number;
}

export interface NumberField extends Position {
  readonly as: 'unsigned' | 'signed';
  /** How many steps of the raw number are one unit. 1 when absent. */
  readonly steps?: number;
  /** Raw numbers outside of this range mean "not available". */
  readonly valid: readonly [least: number, most: number];
  /** The raw number that is sent for "not available", or when nothing else is asked for. */
  readonly unavailable: number;
}

/** ROT: the square root of the rate; ±127 says that it turns, but not how fast. ITU-R M.1371-5 table 45, note. */
export interface RateOfTurnField extends Position {
  readonly as: 'rate-of-turn';
}

export interface FlagField extends Position {
  readonly as: 'flag';
}

export interface TextField extends Position {
  readonly as: 'text';
  /** Where the text goes on when the field itself is full. */
  readonly extension?: number;
}

export type Field = NumberField | RateOfTurnField | FlagField | TextField;

/** What a message becomes: one function of the generated code. */
export interface Result {
  /** In the generated function's name: `decode<name>`. */
  readonly name: string;
  readonly kind: Observation['kind'];
  readonly constants?: Readonly<Record<string, string>>;
  /** Without any of these there is no observation. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export interface Layout {
  readonly types: readonly number[];
  /** Length by the standard. */
  readonly bits: number;
  /** Ranges of bits in which such a message is long as it should be; up to 5 surplus bits are usual. */
  readonly lengths: readonly (readonly [least: number, most: number])[];
  readonly fields: readonly Field[];
  readonly results: readonly Result[];
}

const degree = 600_000;
const tenths = 10;

const count = (name: string, at: number, bits: number, most: number, unavailable = 0, least = 1): NumberField => ({
  name,
  at,
  bits,
  as: 'unsigned',
  valid: [least, most],
  unavailable,
});
const flag = (name: string, at: number): FlagField => ({ name, at, bits: 1, as: 'flag' });
const text = (name: string, at: number, bits: number): TextField => ({ name, at, bits, as: 'text' });

const longitude = (at: number): NumberField => ({
  name: 'longitude',
  at,
  bits: 28,
  as: 'signed',
  steps: degree,
  valid: [-180 * degree, 180 * degree],
  unavailable: 181 * degree,
});
const latitude = (at: number): NumberField => ({
  name: 'latitude',
  at,
  bits: 27,
  as: 'signed',
  steps: degree,
  valid: [-90 * degree, 90 * degree],
  unavailable: 91 * degree,
});
/** 1022 stands for 102.2 knots and more. */
const sog = (at: number): NumberField => ({ ...count('sogKnots', at, 10, 1022, 1023, 0), steps: tenths });
const cog = (at: number): NumberField => ({ ...count('cogDegrees', at, 12, 3599, 3600, 0), steps: tenths });
const heading = (at: number): NumberField => count('headingDegrees', at, 9, 359, 511, 0);
const second = (at: number): NumberField => count('second', at, 6, 59, 60, 0);
const navigationStatus = (at: number): NumberField => count('navigationStatus', at, 4, 14, 15, 0);
const electronicFixingDevice = (at: number): NumberField => count('electronicFixingDevice', at, 4, 15);
const shipType = (at: number): NumberField => count('shipType', at, 8, 99);
/** 511 and 63 stand for so many metres and more. */
const dimensions = (at: number): readonly NumberField[] => [
  count('toBowMetres', at, 9, 511),
  count('toSternMetres', at + 9, 9, 511),
  count('toPortMetres', at + 18, 6, 63),
  count('toStarboardMetres', at + 24, 6, 63),
];
const dimensionNames = ['toBowMetres', 'toSternMetres', 'toPortMetres', 'toStarboardMetres'] as const;

const positionNames = ['longitude', 'latitude', 'accurate'] as const;

/** ITU-R M.1371-5 table 45. */
const positionClassA: Layout = {
  types: [1, 2, 3],
  bits: 168,
  lengths: [[168, 173]],
  fields: [
    navigationStatus(38),
    { name: 'rateOfTurnDegreesPerMinute', at: 42, bits: 8, as: 'rate-of-turn' },
    sog(50),
    flag('accurate', 60),
    longitude(61),
    latitude(89),
    cog(116),
    heading(128),
    second(137),
    flag('raim', 148),
  ],
  results: [
    {
      name: 'PositionClassA',
      kind: 'vessel-position',
      constants: { stationClass: 'A' },
      required: positionNames,
      optional: ['sogKnots', 'cogDegrees', 'headingDegrees', 'rateOfTurnDegreesPerMinute', 'navigationStatus'],
    },
  ],
};

/** ITU-R M.1371-5 table 51. */
const baseStation: Layout = {
  types: [4],
  bits: 168,
  lengths: [[168, 173]],
  fields: [
    count('year', 38, 14, 9999),
    count('month', 52, 4, 12),
    count('day', 56, 5, 31),
    count('hour', 61, 5, 23, 24, 0),
    count('minute', 66, 6, 59, 60, 0),
    second(72),
    flag('accurate', 78),
    longitude(79),
    latitude(107),
    electronicFixingDevice(134),
    flag('raim', 148),
  ],
  results: [{ name: 'BaseStation', kind: 'base-station', required: ['longitude', 'latitude'], optional: [] }],
};

/** ITU-R M.1371-5 table 52. Messages of 420 and 422 bits are common. */
const staticClassA: Layout = {
  types: [5],
  bits: 424,
  lengths: [[420, 429]],
  fields: [
    count('aisVersion', 38, 2, 3, 0, 0),
    count('imo', 40, 30, 999_999_999),
    text('callSign', 70, 42),
    text('name', 112, 120),
    shipType(232),
    ...dimensions(240),
    electronicFixingDevice(270),
    count('etaMonth', 274, 4, 12),
    count('etaDay', 278, 5, 31),
    count('etaHour', 283, 5, 23, 24, 0),
    count('etaMinute', 288, 6, 59, 60, 0),
    { ...count('draughtMetres', 294, 8, 255), steps: tenths },
    text('destination', 302, 120),
  ],
  results: [
    {
      name: 'StaticClassA',
      kind: 'vessel-static',
      required: [],
      optional: ['imo', 'callSign', 'name', 'shipType', ...dimensionNames, 'draughtMetres', 'destination'],
    },
  ],
};

/** ITU-R M.1371-5 table 56. The speed is in whole knots, the altitude of 4094 m stands for so much and more. */
const searchAndRescueAircraft: Layout = {
  types: [9],
  bits: 168,
  lengths: [[168, 173]],
  fields: [
    count('altitudeMetres', 38, 12, 4094, 4095, 0),
    count('sogKnots', 50, 10, 1022, 1023, 0),
    flag('accurate', 60),
    longitude(61),
    latitude(89),
    cog(116),
    second(128),
  ],
  results: [
    {
      name: 'SearchAndRescueAircraft',
      kind: 'vessel-position',
      constants: { stationClass: 'sar-aircraft' },
      required: positionNames,
      optional: ['sogKnots', 'cogDegrees', 'altitudeMetres'],
    },
  ],
};

const classB: readonly Field[] = [
  sog(46),
  flag('accurate', 56),
  longitude(57),
  latitude(85),
  cog(112),
  heading(124),
  second(133),
];
const classBNames = ['sogKnots', 'cogDegrees', 'headingDegrees'] as const;

/** ITU-R M.1371-5 table 67. */
const positionClassB: Layout = {
  types: [18],
  bits: 168,
  lengths: [[168, 173]],
  fields: [...classB, flag('carrierSense', 141), flag('message22', 145), flag('raim', 147)],
  results: [
    {
      name: 'PositionClassB',
      kind: 'vessel-position',
      constants: { stationClass: 'B' },
      required: positionNames,
      optional: classBNames,
    },
  ],
};

/** ITU-R M.1371-5 table 68. */
const extendedClassB: Layout = {
  types: [19],
  bits: 312,
  lengths: [[312, 317]],
  fields: [
    ...classB,
    text('name', 143, 120),
    shipType(263),
    ...dimensions(271),
    electronicFixingDevice(301),
    flag('raim', 305),
  ],
  results: [
    {
      name: 'ExtendedPositionClassB',
      kind: 'vessel-position',
      constants: { stationClass: 'B' },
      required: positionNames,
      optional: classBNames,
    },
    {
      name: 'ExtendedStaticClassB',
      kind: 'vessel-static',
      required: [],
      optional: ['name', 'shipType', ...dimensionNames],
    },
  ],
};

/** ITU-R M.1371-5 table 71. */
const aidToNavigation: Layout = {
  types: [21],
  bits: 272,
  lengths: [[272, 365]],
  fields: [
    count('aidType', 38, 5, 31),
    { ...text('name', 43, 120), extension: 272 },
    flag('accurate', 163),
    longitude(164),
    latitude(192),
    ...dimensions(219),
    electronicFixingDevice(249),
    second(253),
    flag('offPosition', 259),
    flag('raim', 268),
    flag('virtual', 269),
  ],
  results: [
    {
      name: 'AidToNavigation',
      kind: 'navigation-aid',
      required: ['longitude', 'latitude', 'virtual'],
      optional: ['aidType', 'name', 'offPosition'],
    },
  ],
};

const partNumber = (part: 0 | 1): NumberField => count('partNumber', 38, 2, 1, part, 0);

/** ITU-R M.1371-5 table 77. */
const staticPartA: Layout = {
  types: [24],
  bits: 160,
  lengths: [[160, 173]],
  fields: [partNumber(0), text('name', 40, 120)],
  results: [{ name: 'StaticPartA', kind: 'vessel-static', required: [], optional: ['name'] }],
};

const partB: readonly Field[] = [partNumber(1), shipType(40), text('callSign', 90, 42)];

/** ITU-R M.1371-5 table 78. */
const staticPartB: Layout = {
  types: [24],
  bits: 168,
  lengths: [[160, 173]],
  fields: [...partB, ...dimensions(132)],
  results: [
    {
      name: 'StaticPartB',
      kind: 'vessel-static',
      required: [],
      optional: ['shipType', 'callSign', ...dimensionNames],
    },
  ],
};

/** ITU-R M.1371-5 table 78 for craft of a parent ship (MMSI 98…): its number stands in place of the dimensions. */
const staticPartBAuxiliary: Layout = {
  types: [24],
  bits: 168,
  lengths: [[160, 173]],
  fields: [...partB, count('mothershipMmsi', 132, 30, 999_999_999)],
  results: [
    {
      name: 'StaticPartBAuxiliary',
      kind: 'vessel-static',
      required: [],
      optional: ['shipType', 'callSign', 'mothershipMmsi'],
    },
  ],
};

/** ITU-R M.1371-5 table 83: tenths of a minute, whole knots and degrees. Some stations pad it to a slot of 168 bits. */
const longRange: Layout = {
  types: [27],
  bits: 96,
  lengths: [
    [96, 101],
    [168, 173],
  ],
  fields: [
    flag('accurate', 38),
    flag('raim', 39),
    navigationStatus(40),
    { ...longitude(44), bits: 18, steps: 600, valid: [-108_000, 108_000], unavailable: 108_600 },
    { ...latitude(62), bits: 17, steps: 600, valid: [-54_000, 54_000], unavailable: 54_600 },
    count('sogKnots', 79, 6, 62, 63, 0),
    count('cogDegrees', 85, 9, 359, 511, 0),
  ],
  results: [
    {
      name: 'LongRange',
      kind: 'vessel-position',
      constants: { stationClass: 'A' },
      required: positionNames,
      optional: ['sogKnots', 'cogDegrees', 'navigationStatus'],
    },
  ],
};

export const layouts = {
  positionClassA,
  baseStation,
  staticClassA,
  searchAndRescueAircraft,
  positionClassB,
  extendedClassB,
  aidToNavigation,
  staticPartA,
  staticPartB,
  staticPartBAuxiliary,
  longRange,
} as const;
