/**
 * Detections → objects that entered and left zones of the picture or crossed a line in it, how many did so, and each
 * object's life as one event at its end.
 *
 * A camera's pictures are never sent again, so a track is saved when it concludes something and at checkpoints, not
 * with each frame.
 */
import type { DetectedObject, Detections } from '../../core/observation.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import type { Instant } from '../../core/time.ts';
import { shiftSpending } from './budget.ts';
import { type ZonesConfig, zonesConfig } from './config.ts';
import { closeIntervals, createCounter, noteThere, shiftCounter, watchFrame } from './counts.ts';
import { occupancyCounted, trafficCounted } from './events.ts';
import { firstSightOf } from './first-sight.ts';
import { follow, see, shiftFollowed } from './life.ts';
import { finish, leave, passLines, passRules, passZones, tellLife, watches } from './passing.ts';
import { begin, counterKey, encode, keyOf, restore, type State, saveNow, spendingKey, type Turn } from './state.ts';
import { endDays, tell } from './telling.ts';

/** Beyond these the one not seen longest is closed: a tracker that loses its head must not fill the memory. */
const maximumTracks = 5_000;

/** What one frame shows of one object. */
const stepObject = (turn: Turn, detections: Detections, object: DetectedObject, trackName: string): void => {
  const { state, output } = turn;
  const { device, time } = detections;
  const key = keyOf(device, trackName);
  const known = state.followed.get(key);
  const followed = known ?? follow(detections, object, trackName, state.steady);
  if (known === undefined) followed.foot = firstSightOf(state.unnamed.get(device), object, time);
  state.followed.delete(key);
  state.followed.set(key, followed);
  followed.origin = 'seen';
  followed.touched = state.steady;
  state.changed.add(key);
  const before = { told: output.length, passages: turn.passages };
  see(followed, detections, object, state.named.get(device) ?? []);
  passZones(turn, followed, detections, object);
  passRules(turn, followed, detections, object);
  passLines(turn, followed, detections, object);
  tellLife(turn, followed);
  if (output.length > before.told || turn.passages > before.passages) saveNow(turn, key);
  const [oldest] = state.followed;
  if (state.followed.size > maximumTracks && oldest !== undefined) finish(turn, ...oldest, 'source-lost', time);
};

const stepOne = (turn: Turn, detections: Detections): void => {
  const { state, settings, passages: before } = turn;
  const first = turn.output.length;
  const { counts, lost } = settings;
  const { device, time, detector, endedBy } = detections;
  const isLook = endedBy === undefined;
  if (counts !== undefined && isLook) {
    const counter = state.counters.get(device) ?? createCounter();
    state.counters.set(device, counter);
    state.changed.add(counterKey(device));
    watchFrame(counter, time, detector, { every: counts.every, lost });
  }
  for (const object of detections.objects)
    if (object.track !== undefined) stepObject(turn, detections, object, object.track);
  for (const track of detections.ended) {
    const key = keyOf(device, track);
    const followed = state.followed.get(key);
    if (followed !== undefined) finish(turn, key, followed, endedBy ?? 'left', time);
  }
  tell(turn, first, time);
  state.unnamed.set(device, { time, objects: detections.objects.filter(({ track }) => track === undefined) });
  const counter = state.counters.get(device);
  if (counter === undefined || counts === undefined) return;
  noteThere(counter, occupancyOf(state, device), time, counts.every);
  if (turn.passages > before) saveNow(turn, counterKey(device));
};

const occupancyOf = ({ followed }: State, device: string): ReadonlyMap<string, number> => {
  const there = new Map<string, number>();
  for (const { track, visits } of followed.values()) {
    if (track.device !== device) continue;
    for (const zone of visits.keys()) there.set(zone, (there.get(zone) ?? 0) + 1);
  }
  return there;
};

/** Intervals that are over. */
const tellCounts = (turn: Turn, now: Instant): void => {
  const { state, settings, site, save, output } = turn;
  for (const [device, counter] of state.counters) {
    if (settings.counts === undefined) {
      state.counters.delete(device);
      save.set(counterKey(device), undefined);
      continue;
    }
    const over = closeIntervals(counter, now);
    const { detector } = counter;
    if (over.length === 0 || detector === undefined) continue;
    for (const interval of over) {
      for (const line of settings.lines)
        if (watches(line, device)) output.push(trafficCounted(device, line, interval, detector, site));
      for (const zone of settings.zones)
        if (watches(zone, device)) output.push(occupancyCounted(device, zone, interval, detector, site));
    }
    if (counter.intervals.length === 0) state.counters.delete(device);
    saveNow(turn, counterKey(device));
  }
};

export const stage = defineStage<ZonesConfig, State, 'detections'>({
  name: 'zones',
  summary:
    'Tells when objects enter and leave zones of a camera picture and cross lines in it, how many do, and each object once at its end.',
  consumes: ['detections'],
  config: zonesConfig,
  restore,
  step: (state, batch, settings, site): Step => {
    const turn = begin(state, settings, site);
    for (const detections of batch) stepOne(turn, detections);
    const untracked = batch.reduce(
      (sum, { objects }) => sum + objects.filter(({ track }) => track === undefined).length,
      0,
    );
    const { output, save, shed } = turn;
    const dropped = { ...(untracked > 0 && { untracked }), ...(shed > 0 && { 'over-budget': shed }) };
    return { output, save, ...(Object.keys(dropped).length > 0 && { dropped }) };
  },
  tick: (state, now, settings, site, steady): Step => {
    state.steady = steady;
    const turn = begin(state, settings, site);
    const configured = new Set(settings.zones.map(({ id }) => id));
    for (const [key, followed] of state.followed) {
      followed.touched ??= steady;
      const { track, visits, origin } = followed;
      for (const [id, visit] of visits) {
        if (configured.has(id)) continue;
        visits.delete(id);
        leave(turn, track, visit, 'config-removed', track.lastSeen);
        saveNow(turn, key);
      }
      if (steady - followed.touched < settings.lost) continue;
      finish(turn, key, followed, origin === 'restored' ? 'interrupted' : 'source-lost', now);
    }
    tell(turn, 0, now);
    tellCounts(turn, now);
    endDays(turn, now);
    const { output, save, shed } = turn;
    return { output, save, ...(shed > 0 && { dropped: { 'over-budget': shed } }) };
  },
  shift: (state, shift) => {
    for (const [key, followed] of state.followed) {
      state.followed.set(key, shiftFollowed(followed, shift));
      state.changed.add(key);
    }
    for (const [device, counter] of state.counters) {
      shiftCounter(counter, shift);
      state.changed.add(counterKey(device));
    }
    for (const [device, spending] of state.spendings) {
      shiftSpending(spending, shift);
      state.changed.add(spendingKey(device));
    }
  },
  checkpoint: (state): Save => {
    const save = new Map<string, Uint8Array>();
    for (const key of state.changed) {
      const value = encode(state, key);
      if (value !== undefined) save.set(key, value);
    }
    state.changed.clear();
    return save;
  },
});
