/**
 * Kalman filter of constant velocity in local metres, one for both axes, and the gate before it: what implies a speed
 * that no vessel has is not believed until several reports in a row agree with it.
 */
import {
  distanceMetres,
  longitudeBetween,
  metresPerDegree,
  metresPerSecondPerKnot,
  wrapLongitude,
} from '../../core/geodesy.ts';
import type { Row } from '../../core/rows.ts';
import type { VesselFix, VesselMotion } from '../../core/vessel.ts';
import type { TrackConfig } from './config.ts';
import { at, writeFix } from './trail.ts';

/** Reports further apart begin a new filter: nothing of the old motion holds. */
const longestGapSeconds = 600;
/** Spectral density of the acceleration, m²/s³: a small vessel that turns. */
const agility = 0.05;
/** Standard deviations: of a reported position, better than 10 m and worse (ITU-R M.1371-5 table 48), and speed. */
const positionMetres = { accurate: 5, other: 20 } as const;
const speedMetresPerSecond = 0.5;
/** Of the speed of a vessel that does not tell it. */
const unknownSpeedMetresPerSecond = 5;
/** Beyond so many standard deviations the vessel moved otherwise than the filter can follow: it begins anew. */
const lostDeviations = 5;
/** Below this speed a course says nothing. */
const restKnots = 0.5;

const radiansPerDegree = Math.PI / 180;

/** How a report stands to what was believed before it. */
export type Verdict = 'believed' | 'implausible' | 'late';

type Limits = Pick<TrackConfig, 'fastest' | 'believed' | 'uncertainty'>;

/** Takes a report that is no repetition. Only one that is believed changes the fix and the filter. */
export const judge = (row: Row, fix: VesselFix, timeFrom: 'device' | 'gateway', limits: Limits): Verdict => {
  const { numbers, offset } = row;
  const lastTime = numbers[offset + at.time] ?? Number.NaN;
  if (fix.time < lastTime) return 'late';
  if (Number.isNaN(lastTime)) {
    begin(row, fix);
    writeFix(row, fix, timeFrom);
    return 'believed';
  }
  const reach = (since: number): number => {
    const { fastest, uncertainty } = limits;
    const knots = fix.stationClass === 'sar-aircraft' ? fastest.aircraft : fastest.vessel;
    return ((fix.time - since + uncertainty[timeFrom]) / 1000) * knots * metresPerSecondPerKnot + uncertainty.metres;
  };
  const isNear = (longitude: number, latitude: number, time: number): boolean =>
    distanceMetres({ longitude, latitude }, fix) <= reach(time);
  const cell = (column: number): number => numbers[offset + column] ?? Number.NaN;

  if (isNear(cell(at.longitude), cell(at.latitude), lastTime)) {
    numbers[offset + at.doubts] = 0;
    advance(row, fix);
    writeFix(row, fix, timeFrom);
    return 'believed';
  }
  const before = cell(at.doubts) || 0;
  const agrees = before > 0 && isNear(cell(at.doubtLongitude), cell(at.doubtLatitude), cell(at.doubtTime));
  const doubts = agrees ? before + 1 : 1;
  if (doubts >= limits.believed) {
    numbers[offset + at.doubts] = 0;
    begin(row, fix);
    writeFix(row, fix, timeFrom);
    return 'believed';
  }
  numbers[offset + at.doubts] = doubts;
  numbers[offset + at.doubtTime] = fix.time;
  numbers[offset + at.doubtLongitude] = fix.longitude;
  numbers[offset + at.doubtLatitude] = fix.latitude;
  return 'implausible';
};

const varianceOf = ({ accurate, sogKnots = 0 }: VesselFix): number => {
  const metres = accurate === true ? positionMetres.accurate : positionMetres.other;
  // A report is up to a second older than it says.
  const moved = sogKnots * metresPerSecondPerKnot;
  return metres * metres + moved * moved;
};

const begin = ({ numbers, offset }: Row, fix: VesselFix): void => {
  const { sogKnots, cogDegrees } = fix;
  const isKnown = sogKnots !== undefined && (cogDegrees !== undefined || sogKnots < restKnots);
  const speed = isKnown ? sogKnots * metresPerSecondPerKnot : 0;
  const course = (cogDegrees ?? 0) * radiansPerDegree;
  const deviation = isKnown ? speedMetresPerSecond : unknownSpeedMetresPerSecond;
  numbers[offset + at.filterTime] = fix.time;
  numbers[offset + at.filterLongitude] = fix.longitude;
  numbers[offset + at.filterLatitude] = fix.latitude;
  numbers[offset + at.east] = speed * Math.sin(course);
  numbers[offset + at.north] = speed * Math.cos(course);
  numbers[offset + at.varianceOfPosition] = varianceOf(fix);
  numbers[offset + at.covariance] = 0;
  numbers[offset + at.varianceOfSpeed] = deviation * deviation;
};

const advance = (row: Row, fix: VesselFix): void => {
  const { numbers, offset } = row;
  const cell = (column: number): number => numbers[offset + column] ?? Number.NaN;
  const elapsed = (fix.time - cell(at.filterTime)) / 1000;
  if (!(elapsed <= longestGapSeconds)) {
    begin(row, fix);
    return;
  }
  let east = cell(at.east);
  let north = cell(at.north);
  let p = cell(at.varianceOfPosition);
  let c = cell(at.covariance);
  let s = cell(at.varianceOfSpeed);
  p += elapsed * (2 * c + elapsed * (s + (agility * elapsed) / 3));
  c += elapsed * (s + (agility * elapsed) / 2);
  s += agility * elapsed;

  const { sogKnots, cogDegrees } = fix;
  // Never quite zero: at a pole every longitude is the same place.
  const metresPerDegreeEast = metresPerDegree * Math.max(Math.cos(fix.latitude * radiansPerDegree), 1e-6);
  let x = east * elapsed;
  let y = north * elapsed;
  const restX = longitudeBetween(cell(at.filterLongitude), fix.longitude) * metresPerDegreeEast - x;
  const restY = (fix.latitude - cell(at.filterLatitude)) * metresPerDegree - y;
  const variance = p + varianceOf(fix);
  if (restX * restX + restY * restY > lostDeviations * lostDeviations * variance) {
    begin(row, fix);
    return;
  }
  let gain = p / variance;
  let gainOfSpeed = c / variance;
  x += gain * restX;
  y += gain * restY;
  east += gainOfSpeed * restX;
  north += gainOfSpeed * restY;
  s -= gainOfSpeed * c;
  p *= 1 - gain;
  c *= 1 - gain;

  if (sogKnots !== undefined && (cogDegrees !== undefined || sogKnots < restKnots)) {
    const speed = sogKnots * metresPerSecondPerKnot;
    const course = (cogDegrees ?? 0) * radiansPerDegree;
    const restEast = speed * Math.sin(course) - east;
    const restNorth = speed * Math.cos(course) - north;
    const varianceOfSpeed = s + speedMetresPerSecond * speedMetresPerSecond;
    gain = c / varianceOfSpeed;
    gainOfSpeed = s / varianceOfSpeed;
    x += gain * restEast;
    y += gain * restNorth;
    east += gainOfSpeed * restEast;
    north += gainOfSpeed * restNorth;
    p -= gain * c;
    c *= 1 - gainOfSpeed;
    s *= 1 - gainOfSpeed;
  }
  numbers[offset + at.filterTime] = fix.time;
  numbers[offset + at.filterLongitude] = wrapLongitude(cell(at.filterLongitude) + x / metresPerDegreeEast);
  numbers[offset + at.filterLatitude] = cell(at.filterLatitude) + y / metresPerDegree;
  numbers[offset + at.east] = east;
  numbers[offset + at.north] = north;
  numbers[offset + at.varianceOfPosition] = p;
  numbers[offset + at.covariance] = c;
  numbers[offset + at.varianceOfSpeed] = s;
};

/** A speed known worse than this is none: that of a vessel that does not tell it, before the filter found it. */
const knownSpeedVariance = 9;

/** After the last believed report; undefined before the first, and as long as the speed is not known. */
export const motionOf = ({ numbers, offset }: Row): VesselMotion | undefined => {
  const longitude = numbers[offset + at.filterLongitude] ?? Number.NaN;
  const isKnown = (numbers[offset + at.varianceOfSpeed] ?? Number.NaN) <= knownSpeedVariance;
  if (Number.isNaN(longitude) || !isKnown) return undefined;
  const latitude = numbers[offset + at.filterLatitude] ?? Number.NaN;
  const east = numbers[offset + at.east] ?? 0;
  const north = numbers[offset + at.north] ?? 0;
  const sogKnots = Math.hypot(east, north) / metresPerSecondPerKnot;
  if (sogKnots < restKnots) return { longitude, latitude, sogKnots };
  const cogDegrees = (Math.atan2(east, north) / radiansPerDegree + 360) % 360;
  return { longitude, latitude, sogKnots, cogDegrees };
};
