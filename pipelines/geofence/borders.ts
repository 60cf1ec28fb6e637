/** Boundaries: crossing them, and heading for them. */
import type { Severity } from '../../core/conclusion.ts';
import { type Duration, toTimestamp } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import { boxAhead, bufferOf, closestTo, type Heading, headingFor, movingOf } from './approach.ts';
import { clear, openIn, raise, weighIn } from './conditions.ts';
import type { GeofenceConfig } from './config.ts';
import { type Border, type Fields, type Followed, type Passage, type ToldZone, toToldZone } from './followed.ts';
import { emit, type Outcome } from './outcome.ts';
import { isSettled, passageAt } from './passage.ts';
import type { Patience } from './patience.ts';
import type { Report } from './report.ts';
import { type Direction, tellCrossed } from './tell.ts';
import { type BorderCrossing, eachBoundaryNear, isInEffect, type Zone } from './zone.ts';

export const borderIn = ({ borders }: Followed, id: string): Border | undefined =>
  borders.find(({ zone }) => zone.id === id);

const borderOf = (followed: Followed, zone: ToldZone): Border => {
  const known = borderIn(followed, zone.id);
  if (known !== undefined) return known;
  const border: Border = { zone, beliefs: [] };
  followed.borders = [...followed.borders, border];
  return border;
};

interface Boundary {
  readonly told: ToldZone;
  readonly severity: Severity | undefined;
}

export const boundaryOf = (zone: Zone): Boundary => ({ told: toToldZone(zone), severity: zone.severity });

/**
 * Nothing is told where it is not known to have been on the other side, or that was too long ago. What came of an
 * approach is not told as one again before the vessel was away.
 */
export const tellCrossing = (
  outcome: Outcome,
  followed: Followed,
  { told, severity }: Boundary,
  direction: Direction,
  passage: Passage,
  bridgeWithin: Duration,
): void => {
  const { before, after } = passage;
  if (passage.crossing === 'unknown' || before === undefined || after.time - before.time > bridgeWithin) return;
  const border = borderOf(followed, told);
  clear(outcome, followed, border, 'boundary-approach', {
    reason: 'superseded',
    time: Math.max(passage.time, followed.fix.time),
    before,
  });
  border.isCrossed = true;
  emit(outcome, followed, tellCrossed(followed, told, direction, passage, severity));
};

/** `crossed` are the lines that the way from the position before ends on the other side of. */
export const crossLines = (report: Report, crossed: ReadonlyMap<Zone, BorderCrossing>): void => {
  const { map, followed, before, config, outcome } = report;
  const { fix } = followed;
  for (const [zone, crossing] of crossed) {
    if (before === undefined || !isInEffect(zone, fix.time)) continue;
    const border = borderOf(followed, toToldZone(zone));
    // Back again before it was told: nothing happened.
    if (border.pending !== undefined) delete border.pending;
    else {
      const passage = passageAt(crossing, before, fix, config.interpolateWithin);
      border.pending = { passage, positions: 0, to: crossing.to };
    }
  }
  for (const border of followed.borders) {
    const { pending } = border;
    const zone = map.byId.get(border.zone.id);
    if (pending === undefined || zone === undefined) continue;
    pending.positions++;
    if (!isSettled(zone, fix, pending, config)) continue;
    delete border.pending;
    tellCrossing(outcome, followed, boundaryOf(zone), `to-${pending.to}`, pending.passage, config.bridgeWithin);
  }
};

/** How much farther it is looked ahead before an approach counts as given up. */
const slack = 1.5;

const patienceOf = ({ approach, bridgeWithin }: GeofenceConfig, { source }: VesselFix): Patience => ({
  // Reports by satellite are too rare to wait for another one.
  ...(source === 'ais' ? { raise: approach.for, positions: 2 } : { raise: 0, positions: 1 }),
  clear: approach.clearedFor,
  pause: 0,
  gap: bridgeWithin,
});

export const approachBoundaries = (report: Report): void => {
  const { map, followed, motion, config } = report;
  const { fix } = followed;
  const ahead = boxAhead(movingOf(fix, motion, config.approach.atLeastKnots), config.approach.within * slack);
  const near = new Set<Zone>();
  eachBoundaryNear(map, ahead, zone => {
    if (isInEffect(zone, fix.time)) near.add(zone);
  });
  for (const { zone: told } of followed.borders) {
    const zone = map.byId.get(told.id);
    if (zone !== undefined) near.add(zone);
  }
  for (const zone of near) approach(report, zone);
};

const approach = ({ followed, before, motion, config, outcome }: Report, zone: Zone): void => {
  const { fix } = followed;
  const { within, atLeastKnots } = config.approach;
  const vessel = movingOf(fix, motion, atLeastKnots);
  const known = borderIn(followed, zone.here.id);
  const isOpen = known !== undefined && openIn(known, 'boundary-approach') !== undefined;
  // What lies at the very edge of a buffer is not to be raised and cleared over and over again.
  const radius = bufferOf(zone) + (isOpen && bufferOf(zone) > 0 ? config.edgeMetres : 0);
  const heading = isInEffect(zone, fix.time)
    ? headingFor(zone, vessel, within * (isOpen ? slack : 1), radius)
    : undefined;
  if (known === undefined && heading === undefined) return;
  const border = borderOf(followed, toToldZone(zone));
  if (border.isCrossed === true) {
    if (heading === undefined && border.pending === undefined) delete border.isCrossed;
    return;
  }
  const changed = weighIn(border, 'boundary-approach', heading !== undefined, fix.time, patienceOf(config, fix));
  if (changed === undefined) return;
  if (isOpen) {
    const reason = isInEffect(zone, fix.time) ? 'recovered' : 'config-removed';
    clear(outcome, followed, border, 'boundary-approach', { reason, time: fix.time, before });
    return;
  }
  const data = { ...limitsOf(zone), ...approachFields(zone, fix, vessel, heading, within) };
  raise(outcome, followed, border, zone, changed.belief, { since: changed.sure.since, before, data });
};

/** As the `limitsOf` of rules. */
export const limitsOf = ({ bufferNauticalMiles = 0 }: Zone): Fields => ({ bufferNauticalMiles });

const approachFields = (
  zone: Zone,
  { time }: VesselFix,
  vessel: ReturnType<typeof movingOf>,
  heading: Heading | undefined,
  within: Duration,
): Fields => {
  const { distanceMetres, seconds, metres } = closestTo(zone, vessel, within);
  const after = (count: number): string => toTimestamp(Math.round(time + count * 1000));
  return {
    cause: bufferOf(zone) > 0 && distanceMetres <= bufferOf(zone) ? 'buffer' : 'course',
    distanceMetres: Math.round(distanceMetres),
    closest: { time: after(seconds), metres: Math.round(metres) },
    reachesAt: after(heading?.seconds ?? 0),
    withinSeconds: within / 1000,
    ...(vessel.sogKnots > 0 && {
      filteredSpeedKnots: Math.round(vessel.sogKnots * 10) / 10,
      filteredCourseDegrees: Math.round(vessel.cogDegrees * 10) / 10,
    }),
  };
};

/** Forgets boundaries that nothing goes on at any more. */
export const dropBorders = (followed: Followed): void => {
  if (followed.borders.length === 0) return;
  followed.borders = followed.borders.filter(
    ({ pending, isCrossed, beliefs }) => pending !== undefined || isCrossed !== undefined || beliefs.length > 0,
  );
};
