/**
 * What one source (AIS, VMS, the duty officer) said of where a vessel is: its last believed report, the filter, and
 * what is needed to know reports that come again. One row of numbers; NaN is absent.
 */
import type { VesselPosition } from '../../core/observation.ts';
import type { Row } from '../../core/rows.ts';
import { type ClockShift, shiftInstant } from '../../core/time.ts';
import { type PositionSource, type VesselFix, vesselAlarms } from '../../core/vessel.ts';
import { mix } from './mix.ts';

/** Columns of a trail's row. */
export const at = {
  time: 0,
  /** 1 when the device's or receiver's clock gave the time, 0 when ours did. */
  timeFrom: 1,
  longitude: 2,
  latitude: 3,
  sogKnots: 4,
  cogDegrees: 5,
  headingDegrees: 6,
  rateOfTurn: 7,
  navigationStatus: 8,
  altitudeMetres: 9,
  accurate: 10,
  stationClass: 11,
  messageType: 12,
  /** The filter: position, speed in m/s to the east and north, and the covariance of both axes. */
  filterTime: 13,
  filterLongitude: 14,
  filterLatitude: 15,
  east: 16,
  north: 17,
  varianceOfPosition: 18,
  covariance: 19,
  varianceOfSpeed: 20,
  /** The newest report that was not believed, and how many in a row agree with it. */
  doubtTime: 21,
  doubtLongitude: 22,
  doubtLatitude: 23,
  doubts: 24,
  /** Which signature comes next, then the signatures with their times. */
  nextSignature: 25,
  signatures: 26,
} as const;

/** Signatures that are remembered. A provider's list is read again and again; the air forgets. */
const remembered: Readonly<Record<PositionSource, number>> = { ais: 6, vms: 16, 'duty-officer': 6 };

export const columnsOf = (source: PositionSource): number => at.signatures + 2 * remembered[source];

/** Whether a report was ever taken. */
export const isBegun = ({ numbers, offset }: Row): boolean =>
  !Number.isNaN(numbers[offset + at.nextSignature] ?? Number.NaN);

const classes = ['A', 'B', 'sar-aircraft'] as const;
const codeOf: Readonly<Record<VesselPosition['stationClass'], number>> = { A: 0, B: 1, 'sar-aircraft': 2 };

const orNaN = (value: number | undefined): number => value ?? Number.NaN;

export const writeFix = ({ numbers, offset }: Row, fix: VesselFix, timeFrom: 'device' | 'gateway'): void => {
  numbers[offset + at.time] = fix.time;
  numbers[offset + at.timeFrom] = timeFrom === 'device' ? 1 : 0;
  numbers[offset + at.longitude] = fix.longitude;
  numbers[offset + at.latitude] = fix.latitude;
  numbers[offset + at.sogKnots] = orNaN(fix.sogKnots);
  numbers[offset + at.cogDegrees] = orNaN(fix.cogDegrees);
  numbers[offset + at.headingDegrees] = orNaN(fix.headingDegrees);
  numbers[offset + at.rateOfTurn] = orNaN(fix.rateOfTurnDegreesPerMinute);
  numbers[offset + at.navigationStatus] = orNaN(fix.navigationStatus);
  numbers[offset + at.altitudeMetres] = orNaN(fix.altitudeMetres);
  numbers[offset + at.accurate] = fix.accurate === undefined ? Number.NaN : Number(fix.accurate);
  numbers[offset + at.stationClass] = fix.stationClass === undefined ? Number.NaN : codeOf[fix.stationClass];
  numbers[offset + at.messageType] = orNaN(fix.messageType);
};

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The last believed report; undefined before the first. */
export const readFix = ({ numbers, offset }: Row, source: PositionSource): VesselFix | undefined => {
  const cell = (column: number): number => numbers[offset + column] ?? Number.NaN;
  const time = cell(at.time);
  if (Number.isNaN(time)) return undefined;
  const fix: Writable<VesselFix> = { source, time, longitude: cell(at.longitude), latitude: cell(at.latitude) };
  let value = cell(at.accurate);
  if (!Number.isNaN(value)) fix.accurate = value === 1;
  value = cell(at.sogKnots);
  if (!Number.isNaN(value)) fix.sogKnots = value;
  value = cell(at.cogDegrees);
  if (!Number.isNaN(value)) fix.cogDegrees = value;
  value = cell(at.headingDegrees);
  if (!Number.isNaN(value)) fix.headingDegrees = value;
  value = cell(at.rateOfTurn);
  if (!Number.isNaN(value)) fix.rateOfTurnDegreesPerMinute = value;
  value = cell(at.navigationStatus);
  if (!Number.isNaN(value)) fix.navigationStatus = value;
  value = cell(at.altitudeMetres);
  if (!Number.isNaN(value)) fix.altitudeMetres = value;
  const stationClass = classes[cell(at.stationClass)];
  if (stationClass !== undefined) fix.stationClass = stationClass;
  value = cell(at.messageType);
  if (!Number.isNaN(value)) fix.messageType = value;
  return fix;
};

/** Everything that a report says, in 32 bits. Finer than AIS's own steps of 1/10 000 minute, 0.1 kn and 0.1°. */
const signatureOf = (fix: VesselFix): number => {
  let hash = mix(17, fix.messageType ?? -1);
  hash = mix(hash, Math.round(fix.longitude * 10_000_000));
  hash = mix(hash, Math.round(fix.latitude * 10_000_000));
  hash = mix(hash, Math.round((fix.sogKnots ?? -1) * 10));
  hash = mix(hash, Math.round((fix.cogDegrees ?? -1) * 10));
  hash = mix(hash, fix.headingDegrees ?? -1);
  hash = mix(hash, fix.navigationStatus ?? -1);
  return fix.alarm === undefined ? hash : mix(hash, vesselAlarms.indexOf(fix.alarm));
};

/** A vessel that moves does not say the same again once it said something else. */
const movingKnots = 1;

/**
 * Whether the report was taken before: the same said again within `repetition`, as receivers side by side and repeater
 * stations bring it, or the same from before the newest report within `delay`, as a slow link brings it. Of a source
 * with its own clock, the same with the same time however late. Remembers the report when it was not.
 */
export const isRepetition = (
  { numbers, offset }: Row,
  fix: VesselFix,
  { repetition, delay }: { readonly repetition: number; readonly delay: number },
): boolean => {
  const signature = signatureOf(fix);
  const count = remembered[fix.source];
  const next = numbers[offset + at.nextSignature] || 0;
  const within = fix.source === 'ais' ? repetition : 0;
  for (let index = 0; index < count; index++) {
    const column = offset + at.signatures + 2 * index;
    if (numbers[column] !== signature) continue;
    const apart = Math.abs(fix.time - (numbers[column + 1] ?? Number.NaN));
    if (apart <= within) return true;
    const isNewest = (index + 1) % count === next;
    if (!isNewest && apart <= delay && fix.source === 'ais' && (fix.sogKnots ?? 0) >= movingKnots) return true;
  }
  const column = offset + at.signatures + 2 * next;
  numbers[column] = signature;
  numbers[column + 1] = fix.time;
  numbers[offset + at.nextSignature] = (next + 1) % count;
  return false;
};

const columnsOfAis = columnsOf('ais');

/** All that AIS said. */
export const moveTrail = (from: Row, to: Row): void => {
  const { numbers, offset } = from;
  for (let column = 0; column < columnsOfAis; column++)
    to.numbers[to.offset + column] = numbers[offset + column] ?? Number.NaN;
  dropTrail(from);
};

export const dropTrail = ({ numbers, offset }: Row): void => {
  numbers.fill(Number.NaN, offset, offset + columnsOfAis);
};

/** The gateway's clock, which dated the reports, was set. */
export const shiftTrail = ({ numbers, offset }: Row, shift: ClockShift): void => {
  for (const column of [at.time, at.filterTime, at.doubtTime])
    numbers[offset + column] = shiftInstant(numbers[offset + column] ?? Number.NaN, shift);
  for (let index = 0; index < remembered.ais; index++) {
    const column = offset + at.signatures + 2 * index + 1;
    numbers[column] = shiftInstant(numbers[column] ?? Number.NaN, shift);
  }
};
