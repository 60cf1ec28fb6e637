/**
 * Vessels → what they do in and around the zones of the sea. Zones are judged by the time of the report, so what comes
 * late moves nothing; a vessel that is nowhere near a zone needs no state.
 *
 * Each visit, and each condition, has one correlation from its begin to its end, also over a restart. What ends with
 * the position that shows it is told with it; what ends because nothing more is heard, or because the file of zones
 * was changed, says so.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import { GatewayError } from '../../core/errors.ts';
import { placeBetween } from '../../core/geodesy.ts';
import { defineStage, type Save, type StageFile, type Step } from '../../core/stage.ts';
import { type Duration, type Instant, minutes, toTimestamp } from '../../core/time.ts';
import type { MmsiKind, VesselFix, VesselUpdate, ZoneHere } from '../../core/vessel.ts';
import { boxAhead, bufferOf, closestTo, headingFor, movingOf } from './approach.ts';
import { type GeofenceConfig, geofenceConfig } from './config.ts';
import {
  type Belief,
  type Border,
  type ConditionName,
  type Doubt,
  decodeFollowed,
  type Episode,
  encodeFollowed,
  type Followed,
  keyOf,
  nowhere,
  type Passage,
  refreshZones,
  shiftFollowed,
  toToldZone,
  type Visit,
} from './followed.ts';
import { createGears, type Gears } from './gear.ts';
import { type Judged, type Patience, rules, speedOf, weigh } from './rules.ts';
import {
  type ClearReason,
  correlationOf,
  type LeaveReason,
  tellCondition,
  tellCrossed,
  tellEntered,
  tellLeft,
} from './tell.ts';
import {
  type BorderCrossing,
  borderCrossings,
  createZoneMap,
  distanceToBorder,
  eachBoundaryNear,
  eachZoneAt,
  isInEffect,
  isInside,
  linesCrossed,
  type Zone,
  type ZoneMap,
} from './zone.ts';
import { parseZoneFile } from './zone-file.ts';

interface State {
  /** Undefined until a file of zones could be used. */
  map: ZoneMap | undefined;
  /** By key of the vessel, the one not heard longest first. */
  readonly followed: Map<string, Followed>;
  /** Keys of those that are to be saved with the next checkpoint. */
  readonly changed: Set<string>;
  readonly gears: Gears;
}

/** What one call concludes and saves. */
interface Outcome {
  readonly output: Step['output'][number][];
  /** Vessels that something was concluded of. */
  readonly touched: Set<Followed>;
  readonly save: Map<string, Uint8Array | undefined>;
  readonly dropped: Record<string, number>;
}

/** Beyond these the one not heard longest is closed: MMSIs on the air can be forged. */
const maximumFollowed = 100_000;
/** Of a vessel about which nothing changes, a position no older than this is kept over a restart. */
const savedEvery: Duration = minutes(10);

/** Kinds of stations that are no vessels, or not where a vessel is: nets, aids, aircraft, distress beacons. */
const vesselKinds: ReadonlySet<MmsiKind | undefined> = new Set([undefined, 'ship', 'auxiliary-craft', 'unknown']);

const newOutcome = (): Outcome => ({ output: [], touched: new Set(), save: new Map(), dropped: {} });

const emit = (outcome: Outcome, followed: Followed, ...conclusions: readonly Conclusion[]): void => {
  outcome.output.push(...conclusions);
  outcome.touched.add(followed);
};

const restore = (config: GeofenceConfig, saved: ReadonlyMap<string, Uint8Array>): State => {
  const followed = [...saved.values()].map(decodeFollowed).sort((a, b) => a.fix.time - b.fix.time);
  for (const vessel of followed) refreshZones(vessel, new Map());
  return {
    map: undefined,
    followed: new Map(followed.map(vessel => [vessel.vessel.key, vessel])),
    changed: new Set(),
    gears: createGears(config.fishing),
  };
};

const withZones = (update: VesselUpdate, zones: readonly ZoneHere[]): VesselUpdate => ({ ...update, zones });

/** Puts it at the end of those that are forgotten when there are too many. */
const keep = (state: State, followed: Followed): void => {
  const { key } = followed.vessel;
  state.followed.delete(key);
  state.followed.set(key, followed);
};

const forget = (state: State, followed: Followed, outcome: Outcome): void => {
  const { key } = followed.vessel;
  state.followed.delete(key);
  state.changed.delete(key);
  outcome.touched.delete(followed);
  if (followed.savedAt !== undefined) outcome.save.set(keyOf(followed.vessel), undefined);
};

const isIdle = ({ visits, borders }: Followed): boolean => visits.length === 0 && borders.length === 0;

/** Saves those of whom something was concluded, and forgets those of whom there is nothing to keep. */
const settle = (state: State, outcome: Outcome): Step => {
  for (const followed of [...outcome.touched]) {
    if (isIdle(followed)) {
      forget(state, followed, outcome);
      continue;
    }
    outcome.save.set(keyOf(followed.vessel), encodeFollowed(followed));
    followed.savedAt = followed.fix.time;
    state.changed.delete(followed.vessel.key);
  }
  return { output: outcome.output, save: outcome.save, dropped: outcome.dropped };
};

/* Conditions */

type Kept = Visit | Border;

const beliefIn = ({ beliefs }: Kept, name: ConditionName): Belief | undefined =>
  beliefs.find(belief => belief.name === name);

/** What is neither open nor doubted is not kept. */
const dropQuiet = ({ beliefs }: Kept): void => {
  for (let index = beliefs.length - 1; index >= 0; index--)
    if (beliefs[index]?.open === undefined && beliefs[index]?.doubt === undefined) beliefs.splice(index, 1);
};

/**
 * Weighs whether a condition holds; gives the belief and the doubt that became certainty, and undefined as long as
 * nothing changes.
 */
const weighIn = (
  kept: Kept,
  name: ConditionName,
  holds: boolean | undefined,
  time: Instant,
  patience: Patience,
): { readonly belief: Belief; readonly sure: Doubt } | undefined => {
  const known = beliefIn(kept, name);
  if (known === undefined && holds !== true) return undefined;
  const belief: Belief = known ?? { name };
  if (known === undefined) kept.beliefs.push(belief);
  const sure = weigh(belief, holds, time, patience);
  if (sure === undefined) dropQuiet(kept);
  return sure && { belief, sure };
};

const clear = (
  outcome: Outcome,
  followed: Followed,
  kept: Kept,
  name: ConditionName,
  how: { readonly reason: ClearReason; readonly time: Instant; readonly before?: VesselFix | undefined },
): void => {
  const { zone, beliefs } = kept;
  const index = beliefs.findIndex(belief => belief.name === name);
  const [ended] = index < 0 ? [] : beliefs.splice(index, 1);
  if (ended?.open !== undefined)
    emit(outcome, followed, tellCondition(followed, name, how.reason, zone, ended.open, how.before, how.time));
};

const clearAll = (outcome: Outcome, followed: Followed, kept: Kept, reason: ClearReason, time: Instant): void => {
  for (const { name } of [...kept.beliefs]) clear(outcome, followed, kept, name, { reason, time });
};

const raise = (
  outcome: Outcome,
  followed: Followed,
  zone: Zone,
  belief: Belief,
  told: { readonly since: Instant; readonly data: Episode['data']; readonly before: VesselFix | undefined },
): Episode => {
  const { name } = belief;
  const { since, data, before } = told;
  const open: Episode = { since, correlation: correlationOf(name, zone.here.id, followed.vessel, since), data };
  belief.open = open;
  const phase = { verb: 'raised', severity: zone.severity } as const;
  emit(outcome, followed, tellCondition(followed, name, phase, toToldZone(zone), open, before, followed.fix.time));
  return open;
};

/* Visits */

const visitIn = ({ visits }: Followed, id: string): Visit | undefined => visits.find(({ zone }) => zone.id === id);

/** How the edge between two positions was crossed; `pick` says which of several crossings counts. */
const passageOf = (
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

const passageAt = (
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

/** 0.1 m. */
const roundDegrees = (value: number): number => Math.round(value * 1e6) / 1e6;

const enter = (
  outcome: Outcome,
  followed: Followed,
  zone: Zone,
  before: VesselFix | undefined,
  config: GeofenceConfig,
): void => {
  const passage = passageOf(zone, before, followed.fix, 'first', config);
  const { id, kind } = zone.here;
  const visit: Visit = {
    zone: toToldZone(zone),
    enteredAt: passage.time,
    correlation: correlationOf('visit', id, followed.vessel, passage.time),
    beliefs: [],
  };
  followed.visits = [...followed.visits, visit];
  if (kind !== 'boundary') emit(outcome, followed, tellEntered(followed, visit, passage, zone.severity));
  else cross(outcome, followed, zone, 'inward', passage, config);
  outcome.touched.add(followed);
};

const leave = (
  outcome: Outcome,
  followed: Followed,
  visit: Visit,
  reason: LeaveReason,
  passage: Passage,
  zone: Zone | undefined,
  config: GeofenceConfig,
): void => {
  const cleared = reason === 'moved' ? 'recovered' : reason;
  clearAll(outcome, followed, visit, cleared, Math.max(passage.time, followed.fix.time));
  followed.visits = followed.visits.filter(other => other !== visit);
  if (visit.zone.kind !== 'boundary') emit(outcome, followed, tellLeft(followed, visit, reason, passage));
  else if (reason === 'moved' && zone !== undefined) cross(outcome, followed, zone, 'outward', passage, config);
  outcome.touched.add(followed);
};

/** Ends a visit, or what goes on at a boundary, of which no position tells. */
const unseen = ({ fix }: Followed, time: Instant): Passage => ({ time, crossing: 'unknown', after: fix });

const visitZones = (
  state: State,
  map: ZoneMap,
  outcome: Outcome,
  followed: Followed,
  before: VesselFix | undefined,
  here: ReadonlySet<Zone>,
  config: GeofenceConfig,
  speedKnots: number | undefined,
): void => {
  const { fix, visits } = followed;
  for (const visit of visits) {
    const zone = map.byId.get(visit.zone.id);
    if (zone === undefined) continue;
    if (here.has(zone)) {
      delete visit.leaving;
      continue;
    }
    if (!isInEffect(zone, fix.time)) {
      leave(outcome, followed, visit, 'config-removed', unseen(followed, fix.time), zone, config);
      continue;
    }
    visit.leaving ??= passageOf(zone, before, fix, 'last', config);
    const isGone =
      fix.time - visit.leaving.time >= config.settle || distanceToBorder(zone, fix, config.edgeMetres) === undefined;
    if (isGone) leave(outcome, followed, visit, 'moved', visit.leaving, zone, config);
  }
  for (const zone of here)
    if (visitIn(followed, zone.here.id) === undefined) enter(outcome, followed, zone, before, config);
  if (followed.visits !== visits) refreshZones(followed, map.byId);
  judgeVisits(state, map, outcome, followed, before, config, speedKnots);
};

const judgeVisits = (
  state: State,
  map: ZoneMap,
  outcome: Outcome,
  followed: Followed,
  before: VesselFix | undefined,
  config: GeofenceConfig,
  speedKnots: number | undefined,
): void => {
  for (const visit of followed.visits) {
    const zone = map.byId.get(visit.zone.id);
    if (zone === undefined || visit.leaving !== undefined) continue;
    const judged: Judged = { zone, visit, followed, fix: followed.fix, speedKnots, config, gears: state.gears };
    for (const rule of rules) if (rule.appliesTo(zone)) judge(outcome, judged, rule, before);
  }
};

const judge = (outcome: Outcome, judged: Judged, rule: (typeof rules)[number], before: VesselFix | undefined): void => {
  const { zone, visit, followed, fix, config } = judged;
  const open = beliefIn(visit, rule.name)?.open;
  const holds = rule.holds(judged, open !== undefined);
  const changed = weighIn(visit, rule.name, holds, fix.time, rule.patience(config));
  if (changed === undefined) {
    if (rule.name === 'speeding' && open !== undefined) updateSpeed(outcome, judged, open, before);
  } else if (open !== undefined)
    clear(outcome, followed, visit, rule.name, { reason: rule.end, time: fix.time, before });
  else {
    const { belief, sure } = changed;
    const data = rule.dataOf(judged, sure);
    const raised = raise(outcome, followed, zone, belief, { since: sure.since, data, before });
    if (rule.name === 'speeding') raised.peakKnots = raised.toldKnots = Number(data['highestKnots']);
  }
};

const updateSpeed = (outcome: Outcome, judged: Judged, open: Episode, before: VesselFix | undefined): void => {
  const { followed, visit, zone, speedKnots = 0, fix, config } = judged;
  const now = Math.round(speedKnots * 10) / 10;
  if (now <= (open.peakKnots ?? 0)) return;
  open.peakKnots = now;
  const isTold = now >= (open.toldKnots ?? 0) + config.speeding.stepKnots;
  open.data = { ...open.data, highestKnots: now, ...(isTold && { speedKnots: now }) };
  if (!isTold) return;
  open.toldKnots = now;
  const phase = { verb: 'updated', severity: zone.severity } as const;
  emit(outcome, followed, tellCondition(followed, 'speeding', phase, visit.zone, open, before, fix.time));
};

/* Boundaries */

const borderIn = ({ borders }: Followed, id: string): Border | undefined => borders.find(({ zone }) => zone.id === id);

const borderOf = (followed: Followed, zone: Zone): Border => {
  const known = borderIn(followed, zone.here.id);
  if (known !== undefined) return known;
  const border: Border = { zone: toToldZone(zone), beliefs: [] };
  followed.borders = [...followed.borders, border];
  return border;
};

type Direction = Parameters<typeof tellCrossed>[2];

/** Tells a crossing; what came of an approach is not told as one again before the vessel was away. */
const cross = (
  outcome: Outcome,
  followed: Followed,
  zone: Zone,
  direction: Direction,
  passage: Passage,
  { bridgeWithin }: GeofenceConfig,
): void => {
  const { before, after } = passage;
  if (passage.crossing === 'unknown' || before === undefined || after.time - before.time > bridgeWithin) return;
  const border = borderOf(followed, zone);
  clear(outcome, followed, border, 'boundary-approach', {
    reason: 'superseded',
    time: Math.max(passage.time, followed.fix.time),
    before,
  });
  border.isCrossed = true;
  emit(outcome, followed, tellCrossed(followed, toToldZone(zone), direction, passage, zone.severity));
};

const crossLines = (
  map: ZoneMap,
  outcome: Outcome,
  followed: Followed,
  crossed: ReadonlyMap<Zone, BorderCrossing>,
  before: VesselFix | undefined,
  config: GeofenceConfig,
): void => {
  const { fix } = followed;
  for (const [zone, crossing] of crossed) {
    if (before === undefined || !isInEffect(zone, fix.time)) continue;
    const border = borderOf(followed, zone);
    // Back again before it was told: nothing happened.
    if (border.pending !== undefined) delete border.pending;
    else
      border.pending = {
        passage: passageAt(crossing, before, fix, config.interpolateWithin),
        to: crossing.to,
      };
  }
  for (const { pending, zone: told } of followed.borders) {
    const zone = map.byId.get(told.id);
    if (pending === undefined || zone === undefined) continue;
    const isBehind =
      fix.time - pending.passage.time >= config.settle || distanceToBorder(zone, fix, config.edgeMetres) === undefined;
    if (!isBehind) continue;
    delete borderOf(followed, zone).pending;
    cross(outcome, followed, zone, `to-${pending.to}`, pending.passage, config);
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

const approachBoundaries = (
  map: ZoneMap,
  outcome: Outcome,
  followed: Followed,
  update: VesselUpdate,
  before: VesselFix | undefined,
  config: GeofenceConfig,
): void => {
  const { fix, borders } = followed;
  const { approach } = config;
  const vessel = movingOf(fix, update.motion, approach.atLeastKnots);
  const near = new Set<Zone>();
  eachBoundaryNear(map, boxAhead(vessel, approach.within * slack), zone => {
    if (isInEffect(zone, fix.time)) near.add(zone);
  });
  for (const { zone: told } of borders) {
    const zone = map.byId.get(told.id);
    if (zone !== undefined) near.add(zone);
  }
  for (const zone of near) {
    const known = borderIn(followed, zone.here.id);
    const isOpen = known !== undefined && beliefIn(known, 'boundary-approach')?.open !== undefined;
    const within = approach.within * (isOpen ? slack : 1);
    const heading = isInEffect(zone, fix.time) ? headingFor(zone, vessel, within) : undefined;
    if (known === undefined && heading === undefined) continue;
    const border = borderOf(followed, zone);
    if (border.isCrossed === true) {
      if (heading === undefined && border.pending === undefined) delete border.isCrossed;
      continue;
    }
    const changed = weighIn(border, 'boundary-approach', heading !== undefined, fix.time, patienceOf(config, fix));
    if (changed === undefined) continue;
    if (isOpen) {
      clear(outcome, followed, border, 'boundary-approach', {
        reason: 'recovered',
        time: fix.time,
        before,
      });
      continue;
    }
    const { distanceMetres, seconds, metres } = closestTo(zone, vessel, approach.within);
    raise(outcome, followed, zone, changed.belief, {
      since: changed.sure.since,
      before,
      data: {
        cause: bufferOf(zone) > 0 && distanceMetres <= bufferOf(zone) ? 'buffer' : 'course',
        distanceMetres: Math.round(distanceMetres),
        closest: { time: toTimestamp(Math.round(fix.time + seconds * 1000)), metres: Math.round(metres) },
        reachesAt: toTimestamp(Math.round(fix.time + (heading?.seconds ?? 0) * 1000)),
        bufferNauticalMiles: zone.bufferNauticalMiles ?? 0,
        withinSeconds: approach.within / 1000,
        ...(vessel.sogKnots > 0 && {
          filteredSpeedKnots: Math.round(vessel.sogKnots * 10) / 10,
          filteredCourseDegrees: Math.round(vessel.cogDegrees * 10) / 10,
        }),
      },
    });
  }
};

/** Boundaries that nothing goes on at any more. */
const dropBorders = (followed: Followed): void => {
  if (followed.borders.length === 0) return;
  followed.borders = followed.borders.filter(
    ({ pending, isCrossed, beliefs }) => pending !== undefined || isCrossed !== undefined || beliefs.length > 0,
  );
};

/* News */

/** The state of former keys belongs to the vessel from now on. */
const adopt = (state: State, update: VesselUpdate, outcome: Outcome, config: GeofenceConfig): void => {
  for (const key of update.formerKeys ?? []) {
    const former = state.followed.get(key);
    if (former === undefined || key === update.vessel.key) continue;
    const known = state.followed.get(update.vessel.key);
    forget(state, former, outcome);
    if (known === undefined) {
      former.vessel = update.vessel;
      former.savedAt = undefined;
      keep(state, former);
      outcome.touched.add(former);
      continue;
    }
    // Two tracks turned out to be one vessel: what both had begun ends once.
    for (const visit of former.visits)
      if (visitIn(known, visit.zone.id) !== undefined)
        leave(outcome, former, visit, 'superseded', unseen(former, former.fix.time), undefined, config);
      else known.visits = [...known.visits, visit];
    for (const border of former.borders)
      if (borderIn(known, border.zone.id) !== undefined)
        clearAll(outcome, former, border, 'superseded', former.fix.time);
      else known.borders = [...known.borders, border];
    if (former.fix.time > known.fix.time) known.fix = former.fix;
    outcome.touched.delete(former);
    outcome.touched.add(known);
    refreshZones(known, state.map?.byId ?? new Map());
  }
};

const isRunning = ({ visits, borders }: Followed): boolean =>
  borders.length > 0 ||
  visits.some(({ leaving, beliefs }) => leaving !== undefined || beliefs.some(({ doubt }) => doubt !== undefined));

/** A position that counts: newer than all others of the vessel, and believed. */
const countingFix = (
  { cause, fix, late, implausible, lastSeen }: VesselUpdate,
  known: Followed | undefined,
): VesselFix | undefined => {
  if (cause !== 'position' || fix === undefined || late === true || implausible === true) return undefined;
  const newest = known === undefined ? lastSeen : known.fix.time + 1;
  return fix.time >= newest ? fix : undefined;
};

/** Where it was before, as far as that is known. */
const fixBefore = ({ previous }: VesselUpdate, known: Followed | undefined, fix: VesselFix): VesselFix | undefined => {
  const before = previous !== undefined && previous.time < fix.time ? previous : undefined;
  if (known === undefined) return before;
  return before !== undefined && before.time > known.fix.time ? before : known.fix;
};

const noZones: ReadonlySet<Zone> = new Set();

const take = (state: State, update: VesselUpdate, config: GeofenceConfig, outcome: Outcome): readonly ZoneHere[] => {
  if (update.formerKeys !== undefined) adopt(state, update, outcome, config);
  const known = state.followed.get(update.vessel.key);
  const { map } = state;
  const fix = countingFix(update, known);
  if (map === undefined || fix === undefined || !vesselKinds.has(update.vessel.mmsiKind)) {
    if (known !== undefined) known.vessel = update.vessel;
    return known?.zones ?? nowhere;
  }
  const before = fixBefore(update, known, fix);
  let here: Set<Zone> | undefined;
  eachZoneAt(map, fix, zone => {
    if (!isInEffect(zone, fix.time)) return;
    here ??= new Set();
    here.add(zone);
  });
  const isBridged = before !== undefined && fix.time - before.time <= config.bridgeWithin;
  const crossed = isBridged && map.lines.root !== undefined ? linesCrossed(map, before, fix) : noLines;
  const followed: Followed = known ?? {
    vessel: update.vessel,
    device: update.device,
    receivers: update.receivers,
    fix,
    timeFrom: update.timeFrom,
    visits: [],
    borders: [],
    zones: nowhere,
    savedAt: undefined,
  };
  followed.vessel = update.vessel;
  followed.device = update.device;
  followed.receivers = update.receivers;
  followed.timeFrom = update.timeFrom;
  followed.fix = fix;
  if (here !== undefined || followed.visits.length > 0)
    visitZones(state, map, outcome, followed, before, here ?? noZones, config, speedOf(fix, update.motion));
  if (crossed.size > 0 || followed.borders.length > 0) crossLines(map, outcome, followed, crossed, before, config);
  if (map.boundaries.root !== undefined) approachBoundaries(map, outcome, followed, update, before, config);
  dropBorders(followed);
  remember(state, followed, known !== undefined, outcome, config);
  return followed.zones;
};

const noLines: ReadonlyMap<Zone, BorderCrossing> = new Map();

const remember = (
  state: State,
  followed: Followed,
  isKnown: boolean,
  outcome: Outcome,
  config: GeofenceConfig,
): void => {
  if (isIdle(followed)) {
    if (isKnown) forget(state, followed, outcome);
    return;
  }
  keep(state, followed);
  const isStale = followed.savedAt === undefined || followed.fix.time - followed.savedAt >= savedEvery;
  if (isStale || isRunning(followed)) state.changed.add(followed.vessel.key);
  if (state.followed.size <= maximumFollowed) return;
  // Only now: a map that many were moved to the end of is slow to begin.
  const [oldest] = state.followed.values();
  if (oldest !== undefined) close(state, oldest, 'source-lost', outcome, config);
};

/** Ends all that goes on with a vessel that is not heard any more. */
const close = (
  state: State,
  followed: Followed,
  reason: 'source-lost',
  outcome: Outcome,
  config: GeofenceConfig,
): void => {
  const { time } = followed.fix;
  for (const visit of followed.visits)
    leave(outcome, followed, visit, reason, visit.leaving ?? unseen(followed, time), undefined, config);
  for (const border of followed.borders) clearAll(outcome, followed, border, reason, time);
  followed.borders = [];
  forget(state, followed, outcome);
};

/* The file of zones */

/** What the new file does to what goes on. */
const revise = (state: State, map: ZoneMap, file: StageFile, config: GeofenceConfig, outcome: Outcome): void => {
  for (const followed of [...state.followed.values()]) {
    for (const visit of followed.visits) {
      const zone = map.byId.get(visit.zone.id);
      const isStill =
        zone !== undefined &&
        (isInside(zone, followed.fix) || distanceToBorder(zone, followed.fix, config.edgeMetres) !== undefined);
      if (!isStill) {
        leave(outcome, followed, visit, 'config-removed', unseen(followed, file.time), undefined, config);
        continue;
      }
      for (const { name, appliesTo } of rules)
        if (!appliesTo(zone)) clear(outcome, followed, visit, name, { reason: 'config-removed', time: file.time });
      visit.zone = toToldZone(zone);
    }
    for (const border of followed.borders) {
      const zone = map.byId.get(border.zone.id);
      if (zone?.here.kind === 'boundary') border.zone = toToldZone(zone);
      else clearAll(outcome, followed, border, 'config-removed', file.time);
    }
    followed.borders = followed.borders.filter(({ zone }) => map.byId.get(zone.id)?.here.kind === 'boundary');
    refreshZones(followed, map.byId);
    if (isIdle(followed)) forget(state, followed, outcome);
  }
};

export const stage = defineStage<GeofenceConfig, State, 'vessel-update'>({
  name: 'geofence',
  summary: 'Tells what vessels do in and around the zones of the sea: visits, boundaries, limits, suspected fishing.',
  consumes: ['vessel-update'],
  config: geofenceConfig,
  restore,
  step: (state, batch, config): Step => {
    const outcome = newOutcome();
    for (const update of batch) {
      const zones = take(state, update, config, outcome);
      outcome.output.push(withZones(update, zones));
    }
    return settle(state, outcome);
  },
  tick: (state, now, config): Step => {
    const outcome = newOutcome();
    for (const followed of state.followed.values())
      if (now - followed.fix.time >= config.lost) close(state, followed, 'source-lost', outcome, config);
    return settle(state, outcome);
  },
  shift: (state, shift) => {
    for (const [key, followed] of state.followed) {
      if (followed.timeFrom !== 'gateway') continue;
      state.followed.set(key, shiftFollowed(followed, shift));
      state.changed.add(key);
    }
  },
  files: ({ zones }) => ({ zones }),
  load: (state, file, config): Step => {
    if (file.name !== 'zones') throw new GatewayError('defect', `geofence has no file named ${file.name}`);
    const map = createZoneMap(parseZoneFile(file.text));
    const outcome = newOutcome();
    revise(state, map, file, config, outcome);
    state.map = map;
    return settle(state, outcome);
  },
  checkpoint: (state): Save => {
    const save = new Map<string, Uint8Array>();
    for (const key of state.changed) {
      const followed = state.followed.get(key);
      if (followed === undefined) continue;
      save.set(keyOf(followed.vessel), encodeFollowed(followed));
      followed.savedAt = followed.fix.time;
    }
    state.changed.clear();
    return save;
  },
});
