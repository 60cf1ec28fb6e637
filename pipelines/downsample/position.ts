/** Which positions of a vessel say something new. */
import { distanceMetres } from '../../core/geodesy.ts';
import type { Row } from '../../core/rows.ts';
import { type ClockShift, hours, type Instant, shiftInstant } from '../../core/time.ts';
import type { MmsiKind, VesselFix, VesselUpdate, ZoneHere } from '../../core/vessel.ts';
import type { DownsampleConfig } from './config.ts';

/** Columns of what was last told of where a vessel is. */
const at = {
  time: 0,
  /** 1 when our clock dated it. */
  isOurs: 1,
  longitude: 2,
  latitude: 3,
  status: 4,
  sogKnots: 5,
  /** Absent when it hardly moved. */
  cogDegrees: 6,
} as const;

export const toldColumns = 7;

/** What was last told of where a vessel is. */
export interface Told {
  /** Empty before anything was. */
  readonly row: Row;
  zones: readonly ZoneHere[] | undefined;
}

export const toldTimeOf = ({ row: { numbers, offset } }: Told): Instant => numbers[offset + at.time] ?? Number.NaN;

/** More than the scatter of a receiver at rest. */
const movedMetres = 40;
/** Below this speed over ground a vessel is at rest, ITU-R M.1371-5 table 1. */
const restKnots = 3;

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

const sogOf = ({ motion }: VesselUpdate, { sogKnots }: VesselFix): number => motion?.sogKnots ?? sogKnots ?? 0;

export const markTold = (told: Told, update: VesselUpdate, fix: VesselFix): void => {
  const { numbers, offset } = told.row;
  numbers[offset + at.time] = fix.time;
  numbers[offset + at.isOurs] = update.timeFrom === 'gateway' ? 1 : 0;
  numbers[offset + at.longitude] = fix.longitude;
  numbers[offset + at.latitude] = fix.latitude;
  numbers[offset + at.status] = fix.navigationStatus ?? Number.NaN;
  numbers[offset + at.sogKnots] = sogOf(update, fix);
  numbers[offset + at.cogDegrees] = update.motion?.cogDegrees ?? Number.NaN;
  told.zones = update.zones;
};

/** The clock was set: what it dated is moved. */
export const shiftTold = ({ row: { numbers, offset } }: Told, shift: ClockShift): void => {
  if (numbers[offset + at.isOurs] === 1)
    numbers[offset + at.time] = shiftInstant(numbers[offset + at.time] ?? Number.NaN, shift);
};

/** NaN when one of them is. */
const turned = (from: number, to: number): number => {
  const angle = Math.abs(to - from) % 360;
  return angle > 180 ? 360 - angle : angle;
};

const isSamePlace = (a: readonly ZoneHere[] | undefined, b: readonly ZoneHere[] | undefined): boolean =>
  a === b || ((a?.length ?? 0) === (b?.length ?? 0) && (a ?? []).every(({ id }, index) => id === b?.[index]?.id));

/** Why a position is not told. */
export type Withheld = 'thinned' | 'late' | 'implausible';

/**
 * Undefined for a position that is to be told. Of AIS, what came late or is not believed is not: newer positions say
 * more, and rules tell of vessels that jump. Of VMS and radio everything is.
 */
export const withheld = (
  update: VesselUpdate,
  fix: VesselFix,
  told: Told,
  config: DownsampleConfig,
): Withheld | undefined => {
  const name = classOf(update, fix);
  const { every, atRest } = (name === 'vessel' ? undefined : config.classes[name]) ?? config;
  if (fix.source === 'ais') {
    if (update.late === true) return 'late';
    if (update.implausible === true) return 'implausible';
  }
  const { numbers, offset } = told.row;
  const cell = (column: number): number => numbers[offset + column] ?? Number.NaN;
  const elapsed = fix.time - cell(at.time);
  if (every === 0 || Number.isNaN(elapsed)) return undefined;
  // Also when the clock that dates the reports was set back.
  if (elapsed < 0) return elapsed < -hours(1) ? undefined : 'thinned';
  if (!Object.is(fix.navigationStatus ?? Number.NaN, cell(at.status))) return undefined;
  if (!isSamePlace(update.zones, told.zones)) return undefined;
  const sogKnots = sogOf(update, fix);
  if (Math.abs(sogKnots - cell(at.sogKnots)) >= config.speedChange) return undefined;
  if (sogKnots >= restKnots && turned(cell(at.cogDegrees), update.motion?.cogDegrees ?? Number.NaN) >= config.turn)
    return undefined;
  if (elapsed < every) return 'thinned';
  if (
    elapsed >= atRest ||
    sogKnots > restKnots ||
    distanceMetres({ longitude: cell(at.longitude), latitude: cell(at.latitude) }, fix) > movedMetres
  )
    return undefined;
  return 'thinned';
};
