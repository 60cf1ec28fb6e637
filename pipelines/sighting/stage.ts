/**
 * Detections of calibrated cameras and news of vessels → who was sighted, what nobody is, who is not where he says to
 * be. Vessels' news pass on; detections end here.
 *
 * A camera's pictures are never sent again, so a boat is saved when something is concluded of it and at checkpoints.
 */
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Detections } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { hours, type Instant, minutes, seconds } from '../../core/time.ts';
import type { VesselFix, VesselUpdate } from '../../core/vessel.ts';
import { beginBoat, findLost, lookAt } from './boats.ts';
import { createCamera } from './camera.ts';
import { counted, type Outcome } from './conclude.ts';
import { type CameraConfig, type SightingConfig, sightingConfig } from './config.ts';
import { endBlind, endOrphans } from './missing.ts';
import type { Eye } from './pairing.ts';
import { createPlane } from './plane.ts';
import { longestWatch, periodOf, runRound } from './round.ts';
import {
  boatKey,
  markHeard,
  renameVessel,
  restoreState,
  type State,
  saveOf,
  shiftState,
  vesselKey,
  type Watch,
  watchKey,
} from './state.ts';

/** Boats that a camera may hold at once; beyond, the oldest one is forgotten without a judgement, and counted. */
const mostBoats = 64;
/** A boat is gone when the camera has not shown it for so long, also without a word of its tracker. */
const goneAfter = seconds(20);
/** Judged boats that left are kept for so long: one that comes back under another name is the same. */
const keptAfter = minutes(1);

/** Vessels kept, and reports of each: a window with what comes before and after it, at the rate of class A at speed. */
const mostVessels = 5000;
const mostFixes = 48;
const oldestFix = minutes(20);
/** Farther away no camera on a coast sees a vessel. VMS reports are kept from where a vessel may come within hours. */
const reachMetres = { ais: 30_000, vms: 120_000 } as const;
const oldestVessel = hours(24);

const mostPeriods = 48;

export const eyeOf = (config: CameraConfig): Eye => {
  const [longitude, latitude] = config.position;
  return {
    config,
    station: {
      camera: createCamera({
        heightMetres: config.height,
        headingDegrees: config.heading,
        tiltDegrees: config.tilt,
        rollDegrees: config.roll,
        fieldOfViewDegrees: config.fieldOfView,
        aspect: config.aspect,
        k1: config.k1,
      }),
      plane: createPlane({ longitude, latitude }),
      uncertainty: {
        headingDegrees: config.headingUncertainty,
        tiltDegrees: config.tiltUncertainty,
        heightMetres: config.heightUncertainty,
      },
    },
  };
};

interface Running {
  readonly state: State;
  readonly eyes: ReadonlyMap<string, Eye>;
}

const isInReach = ({ eyes }: Running, fix: VesselFix): boolean => {
  const limit = fix.source === 'ais' ? reachMetres.ais : reachMetres.vms;
  for (const { station } of eyes.values()) {
    const { east, north } = station.plane.toPlane(fix);
    if (Math.hypot(east, north) <= limit) return true;
  }
  return false;
};

/** Kinds of stations that are no vessels that a camera could see. */
const isVessel = ({ mmsiKind = 'ship' }: VesselUpdate['vessel']): boolean =>
  mmsiKind === 'ship' || mmsiKind === 'auxiliary-craft' || mmsiKind === 'unknown';

/** The newest ones of both, in the order of their times. */
const mergeFixes = (known: readonly VesselFix[], more: readonly VesselFix[]): readonly VesselFix[] => {
  const fresh = more.filter(each => !known.some(({ time, source }) => time === each.time && source === each.source));
  if (fresh.length === 0) return known;
  const all = [...known, ...fresh].toSorted((a, b) => a.time - b.time);
  const newest = all.at(-1)?.time ?? 0;
  return all.filter(({ time }, index) => newest - time <= oldestFix || index === all.length - 1).slice(-mostFixes);
};

const hear = (running: Running, update: VesselUpdate, settings: SightingConfig): void => {
  const { state } = running;
  const { vessel, fix } = update;
  if (fix?.source === 'ais' && update.cause === 'position') markHeard(state, update.time, settings.aisSilence);
  if (!isVessel(vessel)) return;
  const former = renameVessel(state, update.formerKeys ?? [], vessel.key);
  const known = state.vessels.get(vessel.key);
  const isNews = fix !== undefined && update.cause === 'position' && update.implausible !== true;
  if (known === undefined && former.length === 0 && !isNews) return;
  if (isNews && !isInReach(running, fix)) {
    if (state.vessels.delete(vessel.key)) state.changed.add(vesselKey(vessel.key));
    return;
  }
  const fixes = mergeFixes(known?.fixes ?? [], isNews ? [...former, fix] : former);
  state.vessels.delete(vessel.key);
  state.vessels.set(vessel.key, { update, fixes });
  state.changed.add(vesselKey(vessel.key));
  const [oldest] = state.vessels.keys();
  if (state.vessels.size > mostVessels && oldest !== undefined) {
    state.vessels.delete(oldest);
    state.changed.add(vesselKey(oldest));
  }
};

const forget = (watch: Watch, track: string, outcome: Outcome): void => {
  watch.boats.delete(track);
  outcome.keys.add(boatKey(watch.camera, track));
};

const watchFrame = (watch: Watch, { time }: Detections, settings: SightingConfig): void => {
  const elapsed = watch.lastFrame === undefined ? 0 : time - watch.lastFrame;
  if (elapsed > 0 && elapsed <= longestWatch) {
    watch.watched += elapsed;
    periodOf(watch, time, settings.period).watched += elapsed;
  }
  watch.lastFrame = time;
  watch.looksSinceRound++;
  watch.pictures++;
};

const look = (
  { state, eyes }: Running,
  detections: Detections,
  settings: SightingConfig,
  site: Site,
  outcome: Outcome,
  count: (reason: string) => void,
): void => {
  const watch = state.watches.get(detections.device);
  const eye = eyes.get(detections.device);
  if (watch === undefined || eye === undefined) {
    count('camera-not-configured');
    return;
  }
  // Where the connection broke nothing was looked at, so nothing was seen to be away.
  const isLook = detections.endedBy === undefined;
  if (isLook) watchFrame(watch, detections, settings);
  state.changed.add(watchKey(watch.camera));
  for (const object of detections.objects) {
    const { track, label } = object;
    if (track === undefined || !settings.boats.includes(label)) continue;
    let boat = watch.boats.get(track);
    if (boat === undefined) {
      boat = findLost(watch.boats.values(), detections.time, object);
      if (boat === undefined) boat = beginBoat(detections, object, track, watch.pictures);
      else {
        forget(watch, boat.track, outcome);
        boat.track = track;
      }
      watch.boats.set(track, boat);
    }
    lookAt(boat, detections, object, eye.config, settings.window, watch.pictures);
    state.changed.add(boatKey(watch.camera, track));
  }
  for (const track of detections.ended) {
    const boat = watch.boats.get(track);
    if (boat !== undefined) boat.ended = true;
  }
  for (const [track] of watch.boats) {
    if (watch.boats.size <= mostBoats) break;
    forget(watch, track, outcome);
    count('too-many-boats');
  }
  if (isLook && (detections.time >= watch.nextRound || detections.time < watch.nextRound - minutes(1))) {
    runRound(
      state,
      watch,
      eye,
      detections.time,
      detections.objects.map(({ box }) => box),
      settings,
      site,
      outcome,
    );
  }
};

/** What is over is told and forgotten. */
const tidy = (watch: Watch, eye: Eye, now: Instant, settings: SightingConfig, outcome: Outcome): void => {
  for (const [track, boat] of watch.boats) {
    if (now - boat.lastSeen > goneAfter) boat.ended = true;
    if (boat.ended && boat.verdict !== 'open' && now - boat.lastSeen > keptAfter) forget(watch, track, outcome);
  }
  for (const [key, { watched }] of watch.stays) {
    if (watch.watched - watched > settings.again) watch.stays.delete(key);
  }
  const due = (start: Instant): boolean => now >= start + settings.period + settings.patience + goneAfter;
  for (const [start, period] of [...watch.periods].toSorted(([a], [b]) => a - b)) {
    if (!due(start) && watch.periods.size <= mostPeriods) break;
    watch.periods.delete(start);
    outcome.keys.add(watchKey(watch.camera));
    if (period.watched === 0 && period.zones.size === 0) continue;
    const zero = { identified: 0, unidentified: 0, possiblyVms: 0, undetermined: 0 };
    for (const zone of eye.config.zones) {
      outcome.output.push(counted(eye.config, period, settings.period, zone, period.zones.get(zone.id) ?? zero));
    }
    const elsewhere = [...period.zones].filter(([id]) => !eye.config.zones.some(zone => zone.id === id));
    if (elsewhere.length === 0 && eye.config.zones.length > 0) continue;
    const sum = elsewhere.reduce(
      (all, [, count]) => ({
        identified: all.identified + count.identified,
        unidentified: all.unidentified + count.unidentified,
        possiblyVms: all.possiblyVms + count.possiblyVms,
        undetermined: all.undetermined + count.undetermined,
      }),
      zero,
    );
    outcome.output.push(counted(eye.config, period, settings.period, undefined, sum));
  }
};

const forgetVessels = (state: State, now: Instant): void => {
  for (const [key, { update, fixes }] of state.vessels) {
    const newest = Math.max(update.time, fixes.at(-1)?.time ?? update.time);
    // They stand in the order in which they were heard of.
    if (now - newest <= oldestVessel) break;
    state.vessels.delete(key);
    state.changed.add(vesselKey(key));
  }
};

export const stage = defineStage<SightingConfig, Running, 'detections' | 'vessel-update'>({
  name: 'sighting',
  summary: 'Matches the boats that calibrated cameras see with the vessels that report over AIS and VMS.',
  consumes: ['detections', 'vessel-update'],
  config: sightingConfig,
  restore: ({ cameras }, saved) => ({
    state: restoreState(
      saved,
      cameras.map(({ id }) => id),
    ),
    eyes: new Map(cameras.map(config => [config.id, eyeOf(config)])),
  }),
  step: (running, batch, settings, site): Step => {
    const output: Item[] = [];
    const keys = new Set<string>();
    const dropped: Record<string, number> = {};
    for (const item of batch) {
      if (item.kind === 'vessel-update') {
        hear(running, item, settings);
        output.push(item);
        continue;
      }
      const concluded: Conclusion[] = [];
      look(running, item, settings, site, { output: concluded, keys }, reason => {
        dropped[reason] = (dropped[reason] ?? 0) + 1;
      });
      output.push(...concluded);
    }
    return { output, save: saveOf(running.state, keys), dropped };
  },
  tick: ({ state, eyes }, now, settings, site): Step => {
    const outcome: Outcome = { output: [], keys: new Set() };
    for (const watch of state.watches.values()) {
      const eye = eyes.get(watch.camera);
      if (eye === undefined) continue;
      const isLooking = watch.lastFrame !== undefined && now - watch.lastFrame <= longestWatch;
      const isWaiting = !isLooking && [...watch.boats.values()].some(({ verdict }) => verdict === 'open');
      if (isWaiting && (now >= watch.nextRound || now < watch.nextRound - minutes(1))) {
        runRound(state, watch, eye, now, undefined, settings, site, outcome);
      }
      endBlind(watch, now, settings, outcome);
      tidy(watch, eye, now, settings, outcome);
    }
    endOrphans(state, now, outcome);
    forgetVessels(state, now);
    return { output: outcome.output, save: saveOf(state, outcome.keys) };
  },
  shift: ({ state }, shift) => shiftState(state, shift),
  checkpoint: ({ state }) => saveOf(state, [...state.changed]),
});
