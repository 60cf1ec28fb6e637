/**
 * What the sentences of weather stations and sounders say, as tables. NMEA 0183 v4.10, clause 6.3; MDA, which it
 * withdrew in 2009, as stations still send it.
 */
import { type QuantityName, quantities, toQuantityUnit } from '../../../core/quantity.ts';
import type { Instant } from '../../../core/time.ts';
import { plausibleTime } from '../../protocols/nmea0183/tag-block.ts';

export interface Value {
  readonly quantity: QuantityName;
  /** In the quantity's own unit. */
  readonly value: number;
}

/** Fields after the formatter. */
export type Fields = readonly string[];

export type Reading = { readonly values: readonly Value[] } | { readonly fault: string } | { readonly ignored: string };

/** Where a value stands; the field behind it must hold `letter`, which names its unit, or nothing. */
interface Place {
  readonly at: number;
  readonly letter: string;
  /** UCUM. */
  readonly unit: string;
}

interface Row {
  readonly quantity: QuantityName;
  /** The first that is filled is taken: stations that convert round the others, or do not fill them. */
  readonly places: readonly Place[];
  /** Belongs to the wind, which a device may say in several sentences. */
  readonly isWind?: true;
}

export const rows: Readonly<Record<'MDA' | 'MTW' | 'VHW', readonly Row[]>> = {
  MDA: [
    {
      quantity: 'atmosphericPressure',
      places: [
        { at: 2, letter: 'B', unit: 'bar' },
        { at: 0, letter: 'I', unit: "[in_i'Hg]" },
      ],
    },
    { quantity: 'temperature', places: [{ at: 4, letter: 'C', unit: 'Cel' }] },
    { quantity: 'waterTemperature', places: [{ at: 6, letter: 'C', unit: 'Cel' }] },
    // Relative and absolute humidity are the two fields that name no unit.
    { quantity: 'relativeHumidity', places: [{ at: 8, letter: '', unit: '%' }] },
    { quantity: 'dewPoint', places: [{ at: 10, letter: 'C', unit: 'Cel' }] },
    // The direction from magnetic north is passed over: nothing says how far that is from true north here.
    { quantity: 'windDirection', places: [{ at: 12, letter: 'T', unit: 'deg' }], isWind: true },
    {
      quantity: 'windSpeed',
      places: [
        { at: 18, letter: 'M', unit: 'm/s' },
        { at: 16, letter: 'N', unit: '[kn_i]' },
      ],
      isWind: true,
    },
  ],
  MTW: [{ quantity: 'waterTemperature', places: [{ at: 0, letter: 'C', unit: 'Cel' }] }],
  VHW: [
    {
      quantity: 'waterSpeed',
      places: [
        { at: 4, letter: 'N', unit: '[kn_i]' },
        { at: 6, letter: 'K', unit: 'km/h' },
      ],
    },
  ],
};

const speedUnits: Readonly<Record<string, string>> = { K: 'km/h', M: 'm/s', N: '[kn_i]' };

/** Units of the transducers of XDR by type and unit; a letter means another thing for another type. */
const transducerUnits: Readonly<Record<string, string>> = {
  'C C': 'Cel',
  'C F': '[degF]',
  'C K': 'K',
  'H P': '%',
  'P B': 'bar',
  'P P': 'Pa',
  'D M': 'm',
  'U V': 'V',
  'I A': 'A',
};

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

/** Undefined when it is empty, NaN when it is no number. */
const numberIn = (field: string | undefined): number | undefined => {
  if (field === undefined || field === '') return undefined;
  return number.test(field) ? Number(field) : Number.NaN;
};

/** From -180 to 180, as the quantity is told. */
const signed = (degrees: number): number => {
  const turned = degrees < 0 || degrees > 360 ? ((degrees % 360) + 360) % 360 : degrees;
  return turned > 180 ? turned - 360 : turned;
};

/** `value` as the quantity; undefined where the unit does not fit it or no such thing can be. */
const measuredAs = (quantity: QuantityName, value: number, unit: string): Value | undefined => {
  const own = toQuantityUnit(quantity, quantity === 'windDirection' ? signed(value) : value, unit);
  const { minimum, maximum } = quantities[quantity];
  return own === undefined || !(own >= minimum && own <= maximum) ? undefined : { quantity, value: own };
};

const badNumber = { fault: 'bad-number' } as const;

const found = (values: readonly Value[], implausible: number): Reading => {
  if (values.length > 0) return { values };
  return implausible > 0 ? { fault: 'implausible' } : { ignored: 'empty' };
};

export const readRows = (table: readonly Row[], fields: Fields, withWind: boolean): Reading => {
  const values: Value[] = [];
  let implausible = 0;
  for (const { quantity, places, isWind } of table) {
    if (isWind && !withWind) continue;
    for (const { at, letter, unit } of places) {
      const raw = numberIn(fields[at]);
      if (raw === undefined) continue;
      if (Number.isNaN(raw)) return badNumber;
      const said = fields[at + 1] ?? '';
      if (letter !== '' && said !== '' && said !== letter) return { fault: 'bad-unit' };
      const value = measuredAs(quantity, raw, unit);
      if (value === undefined) implausible++;
      else values.push(value);
      break;
    }
  }
  return found(values, implausible);
};

/** MWV: angle, R or T, speed, its unit, A (valid) or V. `zeroAt`: where the zero mark points, degrees from true north. */
export const readMwv = (fields: Fields, reference: 'R' | 'T' | undefined, zeroAt: number): Reading => {
  const [angle, said, speed, letter, status] = fields;
  if (!angle && !speed) return { ignored: 'empty' };
  if (status !== 'A') return { ignored: 'marked-invalid' };
  if (said !== reference) return { ignored: 'other-wind' };
  const degrees = numberIn(angle);
  const raw = numberIn(speed);
  if (Number.isNaN(degrees) || Number.isNaN(raw)) return badNumber;
  const unit = speedUnits[letter ?? ''];
  if (unit === undefined) return { fault: 'bad-unit' };
  const values = [
    degrees === undefined ? undefined : measuredAs('windDirection', degrees + zeroAt, 'deg'),
    raw === undefined ? undefined : measuredAs('windSpeed', raw, unit),
  ].filter(value => value !== undefined);
  return found(values, 1);
};

const readDepth = (quantity: 'waterDepth', places: readonly Place[], fields: Fields): Reading =>
  readRows([{ quantity, places }], fields, false);

/** DBT: the depth below the transducer in feet, meters and fathoms. */
export const readDbt = (fields: Fields): Reading =>
  readDepth(
    'waterDepth',
    [
      { at: 2, letter: 'M', unit: 'm' },
      { at: 0, letter: 'f', unit: '[ft_i]' },
      { at: 4, letter: 'F', unit: '[fth_i]' },
    ],
    fields,
  );

/**
 * DPT: meters below the transducer, and the offset of the transducer: above zero from the surface, and then the depth of
 * the water is both; below zero from the keel, which no fixed station has.
 */
export const readDpt = (fields: Fields): Reading => {
  const depth = numberIn(fields[0]);
  const offset = numberIn(fields[1]) ?? 0;
  if (depth === undefined) return { ignored: 'empty' };
  if (Number.isNaN(depth + offset)) return badNumber;
  const value = measuredAs('waterDepth', depth + Math.max(0, offset), 'm');
  return found(value === undefined ? [] : [value], 1);
};

/** XDR: type, value, unit and name again and again. Only `names` tells which of several temperatures it is. */
export const readXdr = (fields: Fields, names: ReadonlyMap<string, QuantityName>): Reading => {
  const values: Value[] = [];
  let implausible = 0;
  let unnamed = 0;
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [type, raw, letter, name = ''] = fields.slice(at, at + 4);
    const value = numberIn(raw);
    if (value === undefined) continue;
    if (Number.isNaN(value)) return badNumber;
    const quantity = names.get(name);
    if (quantity === undefined) {
      unnamed++;
      continue;
    }
    const unit = transducerUnits[`${type} ${letter}`];
    const own = unit === undefined ? undefined : measuredAs(quantity, value, unit);
    if (own === undefined) implausible++;
    else values.push(own);
  }
  if (values.length === 0 && unnamed > 0 && implausible === 0) return { ignored: 'transducer' };
  return found(values, implausible);
};

/** ZDA: UTC as hhmmss.ss, day, month, year; undefined where the clock was never set or says no such day. */
export const timeIn = ([clock = '', day = '', month = '', year = '']: Fields): Instant | undefined => {
  const parts = /^(\d\d)(\d\d)(\d\d(?:\.\d+)?)$/.exec(clock);
  if (parts === null || !/^\d\d?$/.test(day) || !/^\d\d?$/.test(month) || !/^\d{4}$/.test(year)) return undefined;
  const [hour, minute, second] = parts.slice(1).map(Number);
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second >= 61) return undefined;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // The 31st of February would be a day of March.
  if (new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  return plausibleTime(midnight + Math.round(((hour * 60 + minute) * 60 + second) * 1000));
};
