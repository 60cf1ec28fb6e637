/**
 * Vessels → what they do in and around the zones of the sea. Zones are judged by the time of the report, so what comes
 * late moves nothing; a vessel that is nowhere near a zone needs no state.
 *
 * Each visit, and each condition, has one correlation from its begin to its end, also over a restart. What ends with
 * the position that shows it is told with it; what ends because nothing more is heard, or because the file of zones
 * was changed, says so.
 */
import { GatewayError } from '../../core/errors.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import type { MmsiKind, VesselFix, VesselUpdate, ZoneHere } from '../../core/vessel.ts';
import { approachBoundaries, crossLines, dropBorders } from './borders.ts';
import { type GeofenceConfig, geofenceConfig } from './config.ts';
import { decodeFollowed, type Followed, nowhere, refreshZones, shiftFollowed } from './followed.ts';
import { createGears, type Gears } from './gear.ts';
import { newOutcome, type Outcome } from './outcome.ts';
import type { Report } from './report.ts';
import { revise } from './revise.ts';
import { adopt, close, forget, isIdle, remember, saveChanged, settle, type Vessels } from './vessels.ts';
import { visitZones } from './visits.ts';
import {
  type BorderCrossing,
  createZoneMap,
  eachZoneAt,
  isInEffect,
  linesCrossed,
  type Zone,
  type ZoneMap,
} from './zone.ts';
import { parseZoneFile } from './zone-file.ts';

interface State extends Vessels {
  readonly gears: Gears;
}

/** Kinds of stations that are no vessels, or not where a vessel is: nets, aids, aircraft, distress beacons. */
const vesselKinds: ReadonlySet<MmsiKind | undefined> = new Set([undefined, 'ship', 'auxiliary-craft', 'unknown']);

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

/** A position that counts: newer than all others of the vessel, and believed. */
const countingFix = (
  { cause, fix, late, implausible, lastSeen }: VesselUpdate,
  known: Followed | undefined,
): VesselFix | undefined => {
  if (cause !== 'position' || fix === undefined || late === true || implausible === true) return undefined;
  const newest = known === undefined ? lastSeen : known.fix.time + 1;
  return fix.time >= newest ? fix : undefined;
};

const fixBefore = ({ previous }: VesselUpdate, known: Followed | undefined, fix: VesselFix): VesselFix | undefined => {
  const before = previous !== undefined && previous.time < fix.time ? previous : undefined;
  if (known === undefined) return before;
  return before !== undefined && before.time > known.fix.time ? before : known.fix;
};

const noZones: ReadonlySet<Zone> = new Set();
const noLines: ReadonlyMap<Zone, BorderCrossing> = new Map();

/** Those in effect that hold the position. */
const zonesAt = (map: ZoneMap, fix: VesselFix): ReadonlySet<Zone> => {
  let here: Set<Zone> | undefined;
  eachZoneAt(map, fix, zone => {
    if (!isInEffect(zone, fix.time)) return;
    here ??= new Set();
    here.add(zone);
  });
  return here ?? noZones;
};

/** The vessel with this position, and what else came with it. */
const followedWith = (
  { vessel, device, receivers, timeFrom }: VesselUpdate,
  known: Followed | undefined,
  fix: VesselFix,
) => {
  if (known === undefined)
    return {
      vessel,
      device,
      receivers,
      fix,
      timeFrom,
      visits: [],
      besides: [],
      borders: [],
      zones: nowhere,
      savedAt: undefined,
    } satisfies Followed;
  known.vessel = vessel;
  known.device = device;
  known.receivers = receivers;
  known.timeFrom = timeFrom;
  known.fix = fix;
  return known;
};

/** News that are no position of a vessel: what goes on goes on, unless it turned out to be no vessel. */
const takeOther = (
  state: State,
  { vessel }: VesselUpdate,
  known: Followed,
  outcome: Outcome,
  config: GeofenceConfig,
): void => {
  if (!vesselKinds.has(vessel.mmsiKind)) close(state, known, 'superseded', outcome, config);
  else if (known.vessel !== vessel) state.changed.add(vessel.key);
  known.vessel = vessel;
};

const take = (state: State, update: VesselUpdate, config: GeofenceConfig, outcome: Outcome): readonly ZoneHere[] => {
  const { map, gears } = state;
  const { vessel, formerKeys = [], motion } = update;
  for (const key of formerKeys) {
    const former = key === vessel.key ? undefined : state.followed.get(key);
    if (former !== undefined) adopt(state, former, update, outcome);
  }
  const known = state.followed.get(vessel.key);
  if (known !== undefined && formerKeys.length > 0 && map !== undefined) refreshZones(known, map.byId);
  const fix = countingFix(update, known);
  if (map === undefined || fix === undefined || !vesselKinds.has(vessel.mmsiKind)) {
    if (known !== undefined) takeOther(state, update, known, outcome, config);
    return known?.zones ?? nowhere;
  }
  const before = fixBefore(update, known, fix);
  const followed: Followed = followedWith(update, known, fix);
  const here = zonesAt(map, fix);
  const isBridged = before !== undefined && fix.time - before.time <= config.bridgeWithin;
  const crossed = isBridged && map.lines.box !== undefined ? linesCrossed(map, before, fix) : noLines;
  const report: Report = { map, followed, before, motion, gears, config, outcome };
  if (here.size > 0 || followed.visits.length > 0 || followed.besides.length > 0) visitZones(report, here);
  if (crossed.size > 0 || followed.borders.length > 0) crossLines(report, crossed);
  if (map.boundaries.box !== undefined) approachBoundaries(report);
  dropBorders(followed);
  remember(state, followed, outcome, config);
  return followed.zones;
};

const finish = (state: State, outcome: Outcome): Step => ({ output: outcome.output, save: settle(state, outcome) });

export const stage = defineStage<GeofenceConfig, State, 'vessel-update'>({
  name: 'geofence',
  summary: 'Tells what vessels do in and around the zones of the sea: visits, boundaries, limits, suspected fishing.',
  consumes: ['vessel-update'],
  config: geofenceConfig,
  restore,
  step: (state, batch, config) => {
    const outcome = newOutcome();
    for (const update of batch) {
      const zones = take(state, update, config, outcome);
      outcome.output.push(withZones(update, zones));
    }
    return finish(state, outcome);
  },
  tick: (state, now, config) => {
    const outcome = newOutcome();
    for (const followed of state.followed.values())
      if (now - followed.fix.time >= config.lost) close(state, followed, 'source-lost', outcome, config);
    return finish(state, outcome);
  },
  shift: (state, shift) => {
    for (const [key, followed] of state.followed) {
      if (followed.timeFrom !== 'gateway') continue;
      state.followed.set(key, shiftFollowed(followed, shift));
      state.changed.add(key);
    }
  },
  files: ({ zones }) => ({ zones }),
  load: (state, file, config) => {
    if (file.name !== 'zones') throw new GatewayError('defect', `geofence has no file named ${file.name}`);
    const map = createZoneMap(parseZoneFile(file.text));
    const outcome = newOutcome();
    for (const followed of [...state.followed.values()]) {
      revise(followed, map, file, config, outcome);
      if (isIdle(followed)) forget(state, followed, outcome);
    }
    state.map = map;
    return finish(state, outcome);
  },
  checkpoint: saveChanged,
});
