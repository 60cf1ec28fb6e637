/**
 * Detections → objects that entered and left zones of the picture or crossed a line in it, how many did so, and each
 * object's life as one event at its end.
 *
 * A camera's pictures are never sent again, so a track is saved when it concludes something and at checkpoints, not
 * with each frame.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import type { DetectedObject, Detections } from '../../core/observation.ts';
import { pictureOf } from '../../core/picture-of.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { watchRules } from './breaches.ts';
import {
  admit,
  beginDay,
  createSpending,
  decodeSpending,
  encodeSpending,
  type Spending,
  shiftSpending,
} from './budget.ts';
import { type Line, type Zone, type ZonesConfig, zonesConfig } from './config.ts';
import {
  type Counter,
  closeIntervals,
  countPassage,
  createCounter,
  decodeCounter,
  encodeCounter,
  noteThere,
  shiftCounter,
  watchFrame,
} from './counts.ts';
import {
  breachCleared,
  breachRaised,
  budgetCleared,
  budgetRaised,
  crossed,
  entered,
  type LeaveReason,
  left,
  type ObjectEnd,
  observed,
  occupancyCounted,
  told,
  trafficCounted,
} from './events.ts';
import { firstSightOf, type Unnamed } from './first-sight.ts';
import { createHours } from './hours.ts';
import { type Followed, follow, isNews, see, shiftFollowed, type Track } from './life.ts';
import { crossLine } from './lines.ts';
import { createLocalTime, dayOf, type LocalTime } from './local-time.ts';
import { isSamePicture, type PictureName, picturesOf } from './picture.ts';
import { createPlane, type Plane, rememberFoot, speedOf } from './plane.ts';
import { footOf } from './polygon.ts';
import { decodeFollowed, encodeFollowed } from './saved.ts';
import { type Visit, visitZone } from './visits.ts';

interface State {
  /** Oldest sight first, by camera and track. */
  readonly followed: Map<string, Followed>;
  /** By camera; none where nothing is counted. */
  readonly counters: Map<string, Counter>;
  /** By camera; none where there is no budget. */
  readonly spendings: Map<string, Spending>;
  /** Keys of all these that no step saved. */
  readonly changed: Set<string>;
  /** By camera, the newest pictures, of one frame, that events named: they go with the detections of some seconds. */
  readonly named: Map<string, readonly PictureName[]>;
  /** By camera, what its last frame showed without a name. */
  readonly unnamed: Map<string, Unnamed>;
  /** At the last tick; undefined before the first. */
  steady: Duration | undefined;
  readonly localTime: LocalTime;
  /** By camera. */
  readonly planes: ReadonlyMap<string, Plane>;
  readonly isForbidden: ReturnType<typeof createHours>;
}

/** One step or tick: the state, what it goes by, and what comes of it. */
interface Turn {
  readonly state: State;
  readonly settings: ZonesConfig;
  readonly site: Site;
  readonly save: Map<string, Uint8Array | undefined>;
  readonly output: Conclusion[];
  /** How many were counted: what was swallowed is saved with what is concluded of it. */
  passages: number;
  /** Events that were not told, because the budget of their camera is spent. */
  shed: number;
}

/** Beyond these the one not seen longest is closed: a tracker that loses its head must not fill the memory. */
const maximumTracks = 5_000;

const keyOf = (device: string, track: string): string => `${device}/${track}`;

/** No device's id holds a colon. */
const counterPrefix = 'counts:';
const counterKey = (device: string): string => `${counterPrefix}${device}`;
const spendingPrefix = 'budget:';
const spendingKey = (device: string): string => `${spendingPrefix}${device}`;

const planesOf = ({ planes }: ZonesConfig): ReadonlyMap<string, Plane> => {
  const made = new Map<string, Plane>();
  for (const { camera, points } of planes) {
    const plane = createPlane(points);
    if (plane !== undefined) made.set(camera, plane);
  }
  return made;
};

const restore = (settings: ZonesConfig, saved: ReadonlyMap<string, Uint8Array>, { timeZone }: Site): State => {
  const localTime = createLocalTime(timeZone);
  const state: State = {
    followed: new Map(),
    counters: new Map(),
    spendings: new Map(),
    changed: new Set(),
    named: new Map(),
    unnamed: new Map(),
    steady: undefined,
    localTime,
    planes: planesOf(settings),
    isForbidden: createHours(localTime),
  };
  for (const [key, value] of saved) {
    if (key.startsWith(counterPrefix)) state.counters.set(key.slice(counterPrefix.length), decodeCounter(value));
    else if (key.startsWith(spendingPrefix))
      state.spendings.set(key.slice(spendingPrefix.length), decodeSpending(value));
    else state.followed.set(key, decodeFollowed(value));
  }
  return state;
};

/** Undefined where it is gone. */
const encode = ({ followed, counters, spendings }: State, key: string): Uint8Array | undefined => {
  const counter = key.startsWith(counterPrefix) ? counters.get(key.slice(counterPrefix.length)) : undefined;
  if (counter !== undefined) return encodeCounter(counter);
  const spending = key.startsWith(spendingPrefix) ? spendings.get(key.slice(spendingPrefix.length)) : undefined;
  if (spending !== undefined) return encodeSpending(spending);
  const each = followed.get(key);
  return each && encodeFollowed(each);
};

/** With what is concluded now. */
const saveNow = ({ state, save }: Turn, key: string): void => {
  save.set(key, encode(state, key));
  state.changed.delete(key);
};

const begin = (state: State, settings: ZonesConfig, site: Site): Turn => ({
  state,
  settings,
  site,
  save: new Map(),
  output: [],
  passages: 0,
  shed: 0,
});

/** An event names this picture: others of the same camera may only refer to it. */
const announce = ({ named, followed, changed }: State, device: string, picture: PictureName): void => {
  const known = named.get(device) ?? [];
  const newest = known[0]?.capturedAt ?? 0;
  if (picture.capturedAt > newest) named.set(device, [picture]);
  else if (picture.capturedAt === newest) named.set(device, [...known, picture]);
  for (const [key, { track }] of followed) {
    if (track.device !== device || track.picture === undefined) continue;
    if (!isSamePicture(track.picture.snapshot, picture)) continue;
    track.picture.announced = true;
    changed.add(key);
  }
};

/** Ends the day of a camera's budget where it is over, and tells what was not told. */
const endDay = (
  { state, site, output }: Turn,
  device: string,
  spending: Spending,
  end: { readonly time: Instant; readonly reason: 'recovered' | 'config-removed' },
): void => {
  const { since } = spending;
  if (since !== undefined) output.push(budgetCleared(device, since, spending, end, site));
  beginDay(spending, dayOf(state.localTime, end.time));
};

/** From `first` on, what was concluded at `now`: is told as far as the camera's budget allows. */
const tell = (turn: Turn, first: number, now: Instant): void => {
  const { state, settings, site, output } = turn;
  const spent = new Set<string>();
  for (const conclusion of output.splice(first)) {
    const { device = conclusion.source } = conclusion;
    if (settings.budget !== undefined) {
      const { daily } = settings.budget;
      const spending = state.spendings.get(device) ?? createSpending(dayOf(state.localTime, now));
      state.spendings.set(device, spending);
      if (spending.day !== dayOf(state.localTime, now))
        endDay(turn, device, spending, { time: now, reason: 'recovered' });
      const wasWhole = spending.since === undefined;
      const isTold = admit(spending, conclusion, daily, now);
      spent.add(spendingKey(device));
      if (!isTold) {
        turn.shed++;
        if (wasWhole) output.push(budgetRaised(device, now, daily, site));
        continue;
      }
    }
    output.push(conclusion);
    for (const picture of picturesOf(conclusion)) announce(state, device, picture);
  }
  for (const key of spent) saveNow(turn, key);
};

/** Days that end while nothing happens, and budgets that are configured no more. */
const endDays = (turn: Turn, now: Instant): void => {
  const { state, settings, save } = turn;
  for (const [device, spending] of state.spendings) {
    if (settings.budget === undefined) {
      endDay(turn, device, spending, { time: now, reason: 'config-removed' });
      state.spendings.delete(device);
      save.set(spendingKey(device), undefined);
    } else if (spending.day !== dayOf(state.localTime, now)) {
      endDay(turn, device, spending, { time: now, reason: 'recovered' });
      saveNow(turn, spendingKey(device));
    }
  }
};

const watches = (
  { camera, classes }: Pick<Zone | Line, 'camera' | 'classes'>,
  device: string,
  label?: string,
): boolean =>
  (camera === undefined || camera === device) &&
  (classes === undefined || label === undefined || classes.includes(label));

const count = (
  turn: Turn,
  device: string,
  ...passage: readonly [place: Parameters<typeof countPassage>[1], label: string, way: 'in' | 'out', time: Instant]
): void => {
  const { counts } = turn.settings;
  const counter = turn.state.counters.get(device);
  if (counter === undefined || counts === undefined) return;
  countPassage(counter, ...passage, counts.every);
  turn.passages++;
};

/** How a track ends, and what its visits say of it. */
const endings = {
  left: { reason: 'gone', end: 'left' },
  interrupted: { reason: 'interrupted', end: 'interrupted' },
  'source-lost': { reason: 'source-lost', end: 'source-lost' },
} as const satisfies Record<ObjectEnd, { readonly reason: LeaveReason; readonly end: ObjectEnd }>;

/** The visit ends, and with it what was wrong in it. */
const leave = ({ site, output }: Turn, track: Track, visit: Visit, reason: LeaveReason, time: Instant): void => {
  for (const { breach } of visit.rules.values())
    if (breach !== undefined) output.push(breachCleared(track, visit, breach, reason, time, site));
  output.push(left(track, visit, reason, time, site));
};

/** Its visits end, and its life is told. */
const finish = (turn: Turn, key: string, followed: Followed, end: ObjectEnd, now: Instant): void => {
  const { state, site, save, output } = turn;
  const { reason } = endings[end];
  state.followed.delete(key);
  state.changed.delete(key);
  save.set(key, undefined);
  const { track, visits } = followed;
  for (const [zone, visit] of visits) {
    leave(turn, track, visit, reason, track.lastSeen);
    if (reason === 'gone') count(turn, track.device, { kind: 'zones', id: zone }, track.label, 'out', track.lastSeen);
  }
  output.push(observed(track, end, now, site));
};

/** Its foot in one frame, among the zones. */
const passZones = (turn: Turn, followed: Followed, detections: Detections, object: DetectedObject): void => {
  const { settings, site, output } = turn;
  const { device, time } = detections;
  const { label, confidence, box } = object;
  const snapshot = pictureOf(detections, followed.track.label);
  for (const zone of settings.zones) {
    if (!watches(zone, device, label)) continue;
    const passage = visitZone(followed, zone, footOf(box), time, settings.frames);
    if (passage === undefined) continue;
    const { kind, visit } = passage;
    if (kind === 'left') leave(turn, followed.track, visit, 'moved', time);
    else output.push(entered(followed.track, visit, zone.severity, { confidence, snapshot }, site));
    count(turn, device, { kind: 'zones', id: zone.id }, followed.track.label, kind === 'left' ? 'out' : 'in', time);
  }
};

/** What it does in one frame, by the rules of the zones in which it is. */
const passRules = (turn: Turn, followed: Followed, detections: Detections, object: DetectedObject): void => {
  const { state, settings, site, output } = turn;
  const { track, visits } = followed;
  const { device, time, objects } = detections;
  const { label, confidence, box } = object;
  for (const zone of settings.zones) {
    const visit = visits.get(zone.id);
    if (visit === undefined || !watches(zone, device, label)) continue;
    const sight = {
      ...{ time, box, around: objects, frames: settings.frames },
      enteredAt: visit.enteredAt,
      isForbidden: state.isForbidden,
    };
    for (const each of watchRules(visit.rules, zone.rules, label, sight)) {
      const { breach } = each;
      if (each.kind === 'cleared') output.push(breachCleared(track, visit, breach, each.reason, time, site));
      else {
        const seen = { confidence, snapshot: pictureOf(detections, track.label) };
        output.push(breachRaised(track, visit, breach, each.rule.severity, seen, site));
      }
    }
  }
};

/** Its step since the frame before, among the lines. */
const passLines = (turn: Turn, followed: Followed, detections: Detections, object: DetectedObject): void => {
  const { state, settings, site, output } = turn;
  const { device, time } = detections;
  const { label, confidence, box } = object;
  const snapshot = pictureOf(detections, followed.track.label);
  const { track, foot: from, pending, crossings } = followed;
  const [x, y] = footOf(box);
  const to = { x, y, at: time };
  followed.foot = to;
  const plane = state.planes.get(device);
  if (plane !== undefined) rememberFoot(followed.feet, to);
  if (from === undefined) return;
  for (const line of settings.lines) {
    if (!watches(line, device, label)) continue;
    const outcome = crossLine(line.points, pending.get(line.id), from, to, settings.frames);
    if (outcome.pending === undefined) pending.delete(line.id);
    else pending.set(line.id, outcome.pending);
    const { crossing } = outcome;
    if (crossing === undefined) continue;
    const number = (crossings.get(line.id) ?? 0) + 1;
    crossings.set(line.id, number);
    const way = crossing.to === line.inward ? 'in' : 'out';
    count(turn, device, { kind: 'lines', id: line.id }, track.label, way, crossing.at);
    if (line.crossings !== 'told') continue;
    const speed = plane && speedOf(plane, followed.feet);
    output.push(crossed(track, line, crossing, number, { confidence, snapshot, speed }, site));
  }
};

const tellLife = ({ settings, site, output }: Turn, followed: Followed): void => {
  const { track, visits } = followed;
  const isAskedFor = settings.zones.some(({ id, objects }) => objects === 'while-there' && visits.has(id));
  if (!(isAskedFor && isNews(followed, settings.update))) return;
  const number = (followed.telling?.number ?? 0) + 1;
  followed.telling = { at: track.lastSeen, box: track.lastBox, number };
  output.push(told(track, number, site));
};

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
