/**
 * Which positions of a vessel say something new. Whoever reads the events goes on from the last position with the speed
 * and course told in it (docs/vessel-positions.md); what it foresees so within the deviation need not be told.
 */
import { aheadOf, distanceMetres } from '../../core/geodesy.ts';
import type { Row } from '../../core/rows.ts';
import { type ClockShift, type Duration, hours, type Instant, shiftInstant } from '../../core/time.ts';
import type { MmsiKind, VesselFix, VesselUpdate, ZoneHere } from '../../core/vessel.ts';
import type { DownsampleConfig } from './config.ts';

/** Columns of what was last told of where a vessel is. */
const at = {
  time: 0,
  /** 1 when our clock dated it. */
  isOurs: 1,
  longitude: 2,
  latitude: 3,
  /** As the event says it: what the reader goes on with. Absent when it says none. */
  sogKnots: 4,
  cogDegrees: 5,
  /** Of the filter, which scatters less: what changes are measured from. The course is absent when it hardly moved. */
  motionKnots: 6,
  motionDegrees: 7,
  status: 8,
  /** When a position that is not believed was last told. */
  suspectTime: 9,
} as const;

export const toldColumns = 10;

/** What was last told of where a vessel is: a row of its own numbers, empty before anything was. */
export interface Told extends Row {
  zones: readonly ZoneHere[] | undefined;
}

const cellOf = ({ numbers, offset }: Told, column: number): number => numbers[offset + column] ?? Number.NaN;

export const toldTimeOf = (told: Told): Instant => cellOf(told, at.time);

/** Below this speed a vessel lies still and its course says nothing: the scatter of a receiver at rest. */
const stillKnots = 0.5;
/** Below this speed the course of a small boat in waves scatters by more than a turn. */
const steeredKnots = 3;
/** From here on class A reports more often than every 10 s: ITU-R M.1371-5 annex 1 table 1. */
const fastKnots = 14;

type Class = keyof DownsampleConfig['classes'] | 'vessel';

const classOfKind: Partial<Record<MmsiKind, Class>> = {
  'sar-aircraft': 'sar-aircraft',
  sart: 'distress',
  mob: 'distress',
  epirb: 'distress',
  gear: 'gear',
};

const classOf = ({ vessel: { mmsiKind } }: VesselUpdate, { source, stationClass }: VesselFix): Class => {
  if (source !== 'ais') return source;
  const ofKind = mmsiKind === undefined ? undefined : classOfKind[mmsiKind];
  if (ofKind !== undefined) return ofKind;
  return stationClass === 'B' ? 'class-b' : 'vessel';
};

const speedOf = ({ motion }: VesselUpdate, { sogKnots }: VesselFix): number => motion?.sogKnots ?? sogKnots ?? 0;

export const markTold = (told: Told, update: VesselUpdate, fix: VesselFix): void => {
  const { numbers, offset } = told;
  if (update.implausible === true) {
    numbers[offset + at.suspectTime] = fix.time;
    return;
  }
  // What another source said meanwhile is newer.
  if (update.late === true || (fix.source !== 'ais' && fix.time < toldTimeOf(told))) return;
  numbers[offset + at.time] = fix.time;
  numbers[offset + at.isOurs] = update.timeFrom === 'gateway' ? 1 : 0;
  numbers[offset + at.longitude] = fix.longitude;
  numbers[offset + at.latitude] = fix.latitude;
  numbers[offset + at.sogKnots] = fix.sogKnots ?? Number.NaN;
  numbers[offset + at.cogDegrees] = fix.cogDegrees ?? Number.NaN;
  numbers[offset + at.motionKnots] = speedOf(update, fix);
  numbers[offset + at.motionDegrees] = update.motion?.cogDegrees ?? Number.NaN;
  if (fix.navigationStatus !== undefined) numbers[offset + at.status] = fix.navigationStatus;
  told.zones = update.zones;
};

/** The clock was set: what it dated is moved. */
export const shiftTold = (told: Told, shift: ClockShift): void => {
  const { numbers, offset } = told;
  if (numbers[offset + at.isOurs] === 1) numbers[offset + at.time] = shiftInstant(toldTimeOf(told), shift);
};

/** NaN when one of them is. */
const turned = (from: number, to: number): number => {
  const angle = Math.abs(to - from) % 360;
  return angle > 180 ? 360 - angle : angle;
};

const isSamePlace = (a: readonly ZoneHere[] | undefined, b: readonly ZoneHere[] | undefined): boolean =>
  a === b || ((a?.length ?? 0) === (b?.length ?? 0) && (a ?? []).every(({ id }, index) => id === b?.[index]?.id));

/** How far the fix is from where the reader of the last told position believes the vessel to be. */
const strayedMetres = (told: Told, elapsed: Duration, fix: VesselFix): number => {
  const place = { longitude: cellOf(told, at.longitude), latitude: cellOf(told, at.latitude) };
  const sogKnots = cellOf(told, at.sogKnots);
  const cogDegrees = cellOf(told, at.cogDegrees);
  const moves = sogKnots >= stillKnots && !Number.isNaN(cogDegrees);
  return distanceMetres(moves ? aheadOf({ ...place, sogKnots, cogDegrees }, elapsed / 1000) : place, fix);
};

/** Why a position is not told. */
export type Withheld = 'thinned' | 'late' | 'implausible';

/**
 * Undefined for a position that is to be told. Of AIS, what came late is not: newer positions say more. What is not
 * believed is told as such, no more often than the longest time, since a second sender of one identity makes every other
 * report one. Of VMS and radio everything is told.
 */
export const withheld = (
  update: VesselUpdate,
  fix: VesselFix,
  told: Told,
  config: DownsampleConfig,
): Withheld | undefined => {
  const name = classOf(update, fix);
  const own = name === 'vessel' ? config : config.classes[name];
  const { every = config.every, atRest = config.atRest, deviation = config.deviation } = own;
  if (fix.source === 'ais' && update.late === true) return 'late';
  if (every === 0) return undefined;
  if (update.implausible === true)
    return Math.abs(fix.time - cellOf(told, at.suspectTime)) < every ? 'implausible' : undefined;
  const elapsed = fix.time - toldTimeOf(told);
  if (Number.isNaN(elapsed)) return undefined;
  // Also when the clock that dates the reports was set back.
  if (elapsed < 0) return elapsed < -hours(1) ? undefined : 'thinned';
  if (fix.navigationStatus !== undefined && fix.navigationStatus !== cellOf(told, at.status)) return undefined;
  if (!isSamePlace(update.zones, told.zones)) return undefined;
  const speed = speedOf(update, fix);
  if (Math.abs(speed - cellOf(told, at.motionKnots)) >= config.speedChange) return undefined;
  const course = update.motion?.cogDegrees ?? Number.NaN;
  if (speed >= steeredKnots && turned(cellOf(told, at.motionDegrees), course) >= config.turn) return undefined;
  const moving = speed >= fastKnots ? Math.min(every, config.fast) : every;
  if (elapsed >= (speed < stillKnots ? atRest : moving)) return undefined;
  return strayedMetres(told, elapsed, fix) > deviation ? undefined : 'thinned';
};
