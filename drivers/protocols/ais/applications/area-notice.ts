/** Area notice: IMO SN.1/Circ.289 annex, 1/22 (broadcast) and 1/23 (addressed): what holds in which area, and how long. */

import { putUnsigned, readUnsigned } from '../sixbit.ts';
import {
  type ApplicationContent,
  type ApplicationField,
  latitude,
  longitude,
  type NumberField,
  readFields,
  whole,
  writeFields,
} from './fields.ts';
import { notices } from './notices.ts';

/** Of the notice itself; the areas follow it. */
const noticeBits = 55;
const areaBits = 87;
const maximumAreas = 10;
/** A message ends on a byte; what is left over is no area. */
const maximumSpareBits = 12;

/** `durationMinutes` 0 takes the notice back. */
const notice: readonly ApplicationField[] = [
  whole('messageLinkage', 0, 10, [0, 1023], 0),
  whole('noticeCode', 10, 7, [0, 127], 127),
  whole('startMonth', 17, 4, [1, 12], 0, []),
  whole('startDay', 21, 5, [1, 31], 0, []),
  whole('startHour', 26, 5, [0, 23], 24, []),
  whole('startMinute', 31, 6, [0, 59], 60, []),
  whole('durationMinutes', 37, 18, [0, 262_142], 262_143),
];

const shapeBits = 3;
const scaleAt = 3;

const degrees = (name: string, at: number): NumberField => whole(name, at, 9, [0, 359], 0, []);
const metres = (name: string, at: number, bits: number): NumberField => whole(name, at, bits, [0, 2 ** bits - 1], 0);
const point: readonly ApplicationField[] = [longitude(5), latitude(30), whole('decimals', 54, 3, [0, 7], 4)];

/** Each counts from the point before; a distance of 0 ends the line. */
const legsPerArea = 4;
const legsAt = 5;
const legBits = 20;
const leg: readonly ApplicationField[] = [
  { ...whole('bearingDegrees', 0, 10, [0, 719], 720, []), steps: 2 },
  whole('distanceMetres', 10, 10, [1, 1023], 0),
];

/**
 * By the number of the shape. A circle without a radius is a point; a rectangle goes from its south-west corner, a
 * sector clockwise from left to right; a polyline or polygon goes on from the point or line in front of it.
 */
const shapes: readonly { readonly name: string; readonly fields: readonly ApplicationField[] }[] = [
  { name: 'circle', fields: [...point, metres('radiusMetres', 57, 12)] },
  {
    name: 'rectangle',
    fields: [...point, metres('eastMetres', 57, 8), metres('northMetres', 65, 8), degrees('orientationDegrees', 73)],
  },
  {
    name: 'sector',
    fields: [...point, metres('radiusMetres', 57, 12), degrees('leftDegrees', 69), degrees('rightDegrees', 78)],
  },
  { name: 'polyline', fields: [] },
  { name: 'polygon', fields: [] },
  { name: 'text', fields: [{ name: 'text', at: shapeBits, bits: 84, as: 'text' }] },
];

const isLength = (name: string): boolean => name.endsWith('Metres');

/** Lengths are sent in units of 1, 10, 100 or 1000 m. */
const timesScale = (content: ApplicationContent, scale: number): ApplicationContent =>
  Object.fromEntries(
    Object.entries(content).map(([name, value]) => [
      name,
      isLength(name) && typeof value === 'number' ? value * scale : value,
    ]),
  );

const readLegs = (symbols: Uint8Array, bits: number, from: number): readonly ApplicationContent[] | undefined => {
  const scale = 10 ** readUnsigned(symbols, from + scaleAt, 2);
  const found: ApplicationContent[] = [];
  for (let index = 0; index < legsPerArea; index++) {
    const into: Record<string, unknown> = {};
    if (!readFields(symbols, bits, from + legsAt + index * legBits, leg, into)) return undefined;
    if (into['bearingDegrees'] === undefined || into['distanceMetres'] === undefined) break;
    found.push(timesScale(into, scale));
  }
  return found;
};

const readArea = (symbols: Uint8Array, bits: number, from: number): ApplicationContent | undefined => {
  const shape = shapes[readUnsigned(symbols, from, shapeBits)];
  if (shape === undefined) return undefined;
  if (shape.fields.length === 0) {
    const legs = readLegs(symbols, bits, from);
    return legs === undefined ? undefined : { shape: shape.name, legs };
  }
  const into: Record<string, unknown> = { shape: shape.name };
  if (!readFields(symbols, bits, from, shape.fields, into)) return undefined;
  return timesScale(into, 10 ** readUnsigned(symbols, from + scaleAt, 2));
};

/** Undefined when the data are no area notice. `bits` is the length of the whole message. */
export const readAreaNotice = (symbols: Uint8Array, bits: number, from: number): ApplicationContent | undefined => {
  const count = Math.floor((bits - from - noticeBits) / areaBits);
  const spare = bits - from - noticeBits - count * areaBits;
  if (count < 1 || count > maximumAreas || spare > maximumSpareBits) return undefined;
  const into: Record<string, unknown> = {};
  if (!readFields(symbols, bits, from, notice, into)) return undefined;
  const code = into['noticeCode'];
  const description = typeof code === 'number' ? notices[code] : undefined;
  if (description !== undefined) into['notice'] = description;
  const areas: ApplicationContent[] = [];
  for (let index = 0; index < count; index++) {
    const area = readArea(symbols, bits, from + noticeBits + index * areaBits);
    if (area === undefined) return undefined;
    areas.push(area);
  }
  return { ...into, areas };
};

const contentOf = (value: unknown): ApplicationContent =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const listOf = (value: unknown): readonly ApplicationContent[] => (Array.isArray(value) ? value.map(contentOf) : []);

const lengthsIn = (content: ApplicationContent): readonly number[] =>
  Object.entries(content).flatMap(([name, value]) => (isLength(name) && typeof value === 'number' ? [value] : []));

/** The finest scale in which all lengths can be sent. */
const scaleFor = (area: ApplicationContent, legs: readonly ApplicationContent[], most: number): number => {
  const longest = Math.max(0, ...lengthsIn(area), ...legs.flatMap(lengthsIn));
  return Math.max(0, Math.min(3, Math.ceil(Math.log10(Math.max(1, longest / most)))));
};

const writeArea = (symbols: Uint8Array, from: number, area: ApplicationContent): void => {
  const number = shapes.findIndex(({ name }) => name === area['shape']);
  const shape = shapes[number];
  if (shape === undefined) throw new RangeError(`an area notice knows no shape ${String(area['shape'])}`);
  putUnsigned(symbols, from, shapeBits, number);
  if (shape.name === 'text') {
    writeFields(symbols, from, shape.fields, area);
    return;
  }
  const legs = listOf(area['legs']).slice(0, legsPerArea);
  const longest = shape.fields.length === 0 ? 1023 : shape.name === 'rectangle' ? 255 : 4095;
  const scale = scaleFor(area, legs, longest);
  putUnsigned(symbols, from + scaleAt, 2, scale);
  writeFields(symbols, from, shape.fields, timesScale(area, 1 / 10 ** scale));
  if (shape.fields.length > 0) return;
  for (let index = 0; index < legsPerArea; index++) {
    const content = legs[index] ?? {};
    writeFields(symbols, from + legsAt + index * legBits, leg, timesScale(content, 1 / 10 ** scale));
  }
};

/** How many bits the notice takes. */
export const areaNoticeBits = (content: ApplicationContent): number =>
  noticeBits + Math.min(maximumAreas, listOf(content['areas']).length) * areaBits;

/** Throws RangeError for a shape that there is none of. Areas beyond the tenth are left out. */
export const writeAreaNotice = (symbols: Uint8Array, from: number, content: ApplicationContent): void => {
  writeFields(symbols, from, notice, content);
  for (const [index, area] of listOf(content['areas']).slice(0, maximumAreas).entries())
    writeArea(symbols, from + noticeBits + index * areaBits, area);
};
