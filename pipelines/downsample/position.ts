/** Which positions of a vessel say something new. */
import { distanceMetres } from '../../core/geodesy.ts';
import { hours, type Instant } from '../../core/time.ts';
import type { MmsiKind, VesselFix, VesselUpdate, ZoneHere } from '../../core/vessel.ts';
import type { DownsampleConfig } from './config.ts';

/** What was last told of where a vessel is; changed in place, since there are many. NaN is absent. */
export interface Told {
  time: Instant;
  timeFrom: VesselUpdate['timeFrom'];
  longitude: number;
  latitude: number;
  status: number;
  sogKnots: number;
  /** Absent when it hardly moved. */
  cogDegrees: number;
  zones: readonly ZoneHere[] | undefined;
}

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

export const createTold = (): Told => ({
  time: Number.NaN,
  timeFrom: 'gateway',
  longitude: Number.NaN,
  latitude: Number.NaN,
  status: Number.NaN,
  sogKnots: Number.NaN,
  cogDegrees: Number.NaN,
  zones: undefined,
});

export const markTold = (told: Told, update: VesselUpdate, fix: VesselFix): void => {
  told.time = fix.time;
  told.timeFrom = update.timeFrom;
  told.longitude = fix.longitude;
  told.latitude = fix.latitude;
  told.status = fix.navigationStatus ?? Number.NaN;
  told.sogKnots = sogOf(update, fix);
  told.cogDegrees = update.motion?.cogDegrees ?? Number.NaN;
  told.zones = update.zones;
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
  told: Told | undefined,
  config: DownsampleConfig,
): Withheld | undefined => {
  const name = classOf(update, fix);
  const { every, atRest } = (name === 'vessel' ? undefined : config.classes[name]) ?? config;
  if (fix.source !== 'ais') {
    if (told === undefined || every === 0) return undefined;
  } else {
    if (update.late === true) return 'late';
    if (update.implausible === true) return 'implausible';
    if (told === undefined || every === 0) return undefined;
  }
  const elapsed = fix.time - told.time;
  // Also when the clock that dates the reports was set back.
  if (elapsed < 0) return elapsed < -hours(1) ? undefined : 'thinned';
  if (!Object.is(fix.navigationStatus ?? Number.NaN, told.status)) return undefined;
  if (!isSamePlace(update.zones, told.zones)) return undefined;
  const sogKnots = sogOf(update, fix);
  if (Math.abs(sogKnots - told.sogKnots) >= config.speedChange) return undefined;
  if (sogKnots >= restKnots && turned(told.cogDegrees, update.motion?.cogDegrees ?? Number.NaN) >= config.turn)
    return undefined;
  if (elapsed < every) return 'thinned';
  if (elapsed >= atRest || sogKnots > restKnots || distanceMetres(told, fix) > movedMetres) return undefined;
  return 'thinned';
};
