/** Sentences through our decoder, and other decoders' fields beside ours. */
import type { Decoded } from '../../../core/driver.ts';
import type { Observation } from '../../../core/observation.ts';
import { createDecoder } from '../../../drivers/vessels/ais-receiver/codec.ts';

export const receivedAt = Date.parse('2026-11-25T00:00:00Z');

export const decodeText = (text: string): readonly Decoded[] =>
  createDecoder('ais-1')({ bytes: Buffer.from(text, 'latin1'), receivedAt });

export const observationsOf = (decoded: readonly Decoded[]): readonly Observation[] =>
  decoded.flatMap(piece => (piece.kind === 'observation' ? [piece.observation] : []));

export const reasonsOf = (decoded: readonly Decoded[]): readonly string[] =>
  decoded.flatMap(piece => (piece.kind === 'observation' ? [] : [`${piece.kind}.${piece.reason}`]));

/** The messages that tell of vessels, aids and base stations. */
export const reportedTypes: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 9, 18, 19, 21, 24, 27]);

/** Another decoder's name of a field, ours, and the values that stand for "not available". */
export interface Correspondence {
  readonly theirs: string;
  readonly ours: string;
  readonly isAbsent: (value: unknown, type: number) => boolean;
}

const above =
  (most: number, mostInLongRange = most) =>
  (value: unknown, type: number): boolean =>
    typeof value === 'number' && value > (type === 27 ? mostInLongRange : most);
const isZero = (value: unknown): boolean => value === 0;
const isEmpty = (value: unknown): boolean => value === '';
const never = (): boolean => false;

export const correspondences = (names: {
  readonly sog: string;
  readonly cog: string;
  readonly heading: string;
  readonly callSign: string;
  readonly destination: string;
  readonly virtual: string;
}): readonly Correspondence[] => [
  { theirs: 'lon', ours: 'longitude', isAbsent: never },
  { theirs: 'lat', ours: 'latitude', isAbsent: never },
  {
    theirs: names.sog,
    ours: 'sogKnots',
    // The speed of an aircraft is in whole knots.
    isAbsent: (value, type) => above(type === 9 ? 1022 : 102.25, 62)(value, type),
  },
  { theirs: names.cog, ours: 'cogDegrees', isAbsent: above(359.95, 359) },
  { theirs: names.heading, ours: 'headingDegrees', isAbsent: above(359) },
  { theirs: 'alt', ours: 'altitudeMetres', isAbsent: above(4094) },
  { theirs: 'imo', ours: 'imo', isAbsent: isZero },
  {
    theirs: 'shiptype',
    ours: 'shipType',
    isAbsent: value => isZero(value) || (typeof value === 'number' && value > 99),
  },
  { theirs: 'to_bow', ours: 'toBowMetres', isAbsent: isZero },
  { theirs: 'to_stern', ours: 'toSternMetres', isAbsent: isZero },
  { theirs: 'to_port', ours: 'toPortMetres', isAbsent: isZero },
  { theirs: 'to_starboard', ours: 'toStarboardMetres', isAbsent: isZero },
  { theirs: 'draught', ours: 'draughtMetres', isAbsent: isZero },
  { theirs: names.callSign, ours: 'callSign', isAbsent: isEmpty },
  { theirs: 'name', ours: 'name', isAbsent: isEmpty },
  { theirs: 'shipname', ours: 'name', isAbsent: isEmpty },
  { theirs: names.destination, ours: 'destination', isAbsent: isEmpty },
  { theirs: 'aid_type', ours: 'aidType', isAbsent: isZero },
  { theirs: 'off_position', ours: 'offPosition', isAbsent: never },
  { theirs: names.virtual, ours: 'virtual', isAbsent: never },
];

/** The others write five decimals of a degree, and one of it in a message 27. */
const toleranceOf = (type: number): number => (type === 27 ? 0.051 : 2e-5);

const isSame = (a: unknown, b: unknown, tolerance: number): boolean => {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= tolerance;
  return typeof a === 'string' && typeof b === 'string' && a.trim() === b;
};

/** `theirs` in our names, without what is not available, and the same of ours; equal where they agree. */
export const sideBySide = (
  theirs: Readonly<Record<string, unknown>>,
  ours: Readonly<Record<string, unknown>>,
  fields: readonly Correspondence[],
): { readonly theirs: Readonly<Record<string, unknown>>; readonly ours: Readonly<Record<string, unknown>> } => {
  const type = Number(theirs['type']);
  const left: Record<string, unknown> = {};
  const right: Record<string, unknown> = {};
  for (const field of fields) {
    const value = theirs[field.theirs];
    // The hull of an aid to navigation is not reported.
    if (value === undefined || (type === 21 && field.theirs.startsWith('to_'))) continue;
    const own = ours[field.ours];
    left[field.ours] = field.isAbsent(value, type) ? 'not available' : value;
    right[field.ours] = isSame(left[field.ours], own, toleranceOf(type)) ? left[field.ours] : (own ?? 'not available');
  }
  return { theirs: left, ours: right };
};
