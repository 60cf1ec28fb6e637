/** How an edge was crossed, and when the vessel counts as being on the other side of it. Pure. */
import { placeBetween } from '../../core/geodesy.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import type { GeofenceConfig } from './config.ts';
import type { Passage, Passing } from './followed.ts';
import { type BorderCrossing, borderCrossings, distanceToBorder, type Zone } from './zone.ts';

/** 0.1 m. */
const roundDegrees = (value: number): number => Math.round(value * 1e6) / 1e6;

export const passageAt = (
  crossing: BorderCrossing | undefined,
  before: VesselFix,
  after: VesselFix,
  interpolateWithin: Duration,
): Passage => {
  if (crossing === undefined) return { time: after.time, crossing: 'unknown', before, after };
  const gap = after.time - before.time;
  if (gap > interpolateWithin) return { time: after.time, crossing: 'between', before, after };
  const { longitude, latitude } = placeBetween(before, after, crossing.part);
  const place = [roundDegrees(longitude), roundDegrees(latitude)] as const;
  return { time: Math.round(before.time + gap * crossing.part), crossing: 'interpolated', place, before, after };
};

/** How the edge of a zone was crossed; `pick` says which of several crossings counts. */
export const passageOf = (
  zone: Zone,
  before: VesselFix | undefined,
  after: VesselFix,
  pick: 'first' | 'last',
  { interpolateWithin }: GeofenceConfig,
): Passage => {
  if (before === undefined) return { time: after.time, crossing: 'unknown', after };
  const crossings = borderCrossings(zone, before, after);
  return passageAt(pick === 'first' ? crossings[0] : crossings.at(-1), before, after, interpolateWithin);
};

/** Of an end that no position shows. */
export const unseen = (after: VesselFix, time: Instant): Passage => ({ time, crossing: 'unknown', after });

/**
 * A vessel at a mooring scatters by some 10 m around one place: where a tenth of its positions falls beyond an edge,
 * ten in a row there come by chance once in years; two in a row would come every day.
 */
const settledPositions = 10;

/** Farther beyond the edge than it is wide, or beyond it for long: what scatters at an edge crosses it once. */
export const isSettled = (zone: Zone, fix: VesselFix, passing: Passing, config: GeofenceConfig): boolean =>
  (passing.positions >= settledPositions && fix.time - passing.passage.time >= config.settle) ||
  isAway(zone, fix, config);

export const isAway = (zone: Zone, fix: VesselFix, { edgeMetres }: GeofenceConfig): boolean =>
  distanceToBorder(zone, fix, edgeMetres) === undefined;
