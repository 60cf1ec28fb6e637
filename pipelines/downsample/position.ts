/** Which positions of a vessel say something new. */
import { distanceMetres } from '../../core/geodesy.ts';
import { hours, type Instant } from '../../core/time.ts';
import type { MmsiKind, VesselFix, VesselUpdate, ZoneHere } from '../../core/vessel.ts';
import type { DownsampleConfig } from './config.ts';

/** What was last told of where a vessel is. */
export interface Told {
  readonly time: Instant;
  readonly timeFrom: VesselUpdate['timeFrom'];
  readonly longitude: number;
  readonly latitude: number;
  readonly status: number | undefined;
  readonly sogKnots: number;
  /** Undefined when it hardly moved. */
  readonly cogDegrees: number | undefined;
  readonly zones: readonly ZoneHere[] | undefined;
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

export const toTold = ({ timeFrom, motion, zones }: VesselUpdate, fix: VesselFix): Told => ({
  time: fix.time,
  timeFrom,
  longitude: fix.longitude,
  latitude: fix.latitude,
  status: fix.navigationStatus,
  sogKnots: motion?.sogKnots ?? fix.sogKnots ?? 0,
  cogDegrees: motion?.cogDegrees,
  zones,
});

const turned = (from: number | undefined, to: number | undefined): number => {
  if (from === undefined || to === undefined) return 0;
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
  if (fix.navigationStatus !== told.status || !isSamePlace(update.zones, told.zones)) return undefined;
  const { sogKnots, cogDegrees } = toTold(update, fix);
  if (Math.abs(sogKnots - told.sogKnots) >= config.speedChange) return undefined;
  if (sogKnots >= restKnots && turned(told.cogDegrees, cogDegrees) >= config.turn) return undefined;
  if (elapsed < every) return 'thinned';
  if (elapsed >= atRest || sogKnots > restKnots || distanceMetres(told, fix) > movedMetres) return undefined;
  return 'thinned';
};
