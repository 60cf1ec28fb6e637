/**
 * Detections → objects that entered and left zones of the picture, and each object's life as one event at its end.
 *
 * A camera's pictures are never sent again, so a track is saved when it concludes something and at checkpoints, not
 * with each frame.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Detections, Snapshot } from '../../core/observation.ts';
import { pictureOf } from '../../core/picture-of.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { type Zone, type ZonesConfig, zonesConfig } from './config.ts';
import { entered, type LeaveReason, left, type ObjectEnd, observed, told } from './events.ts';
import { type Followed, follow, isNews, see, shiftFollowed } from './life.ts';
import { isSamePicture, presentable } from './picture.ts';
import { footOf } from './polygon.ts';
import { decodeFollowed, encodeFollowed } from './saved.ts';
import { visitZone } from './visits.ts';

interface State {
  /** Oldest sight first, by camera and track. */
  readonly followed: Map<string, Followed>;
  readonly changed: Set<string>;
  /** By camera, the newest pictures, of one frame, that events named: they go with the detections of some seconds. */
  readonly named: Map<string, readonly Snapshot[]>;
  /** At the last tick; undefined before the first. */
  steady: Duration | undefined;
}

/** Beyond these the one not seen longest is closed: a tracker that loses its head must not fill the memory. */
const maximumTracks = 5_000;

const keyOf = (device: string, track: string): string => `${device}/${track}`;

const restore = (saved: ReadonlyMap<string, Uint8Array>): State => ({
  followed: new Map([...saved].map(([key, value]) => [key, decodeFollowed(value)])),
  changed: new Set(),
  named: new Map(),
  steady: undefined,
});

/** An event names this picture: others of the same camera may only refer to it. */
const announce = (state: State, device: string, snapshot: Snapshot): void => {
  const known = state.named.get(device) ?? [];
  const newest = known[0]?.capturedAt ?? 0;
  if (snapshot.capturedAt > newest) state.named.set(device, [snapshot]);
  else if (snapshot.capturedAt === newest) state.named.set(device, [...known, snapshot]);
  for (const { track } of state.followed.values()) {
    if (track.device !== device || track.picture === undefined) continue;
    if (isSamePicture(track.picture.snapshot, snapshot)) track.picture.announced = true;
  }
};

const watches = ({ camera, classes }: Zone, device: string, label: string): boolean =>
  (camera === undefined || camera === device) && (classes === undefined || classes.includes(label));

/** How a track ends, and what its visits say of it. */
const endings = {
  left: { reason: 'gone', end: 'left' },
  interrupted: { reason: 'interrupted', end: 'interrupted' },
  'source-lost': { reason: 'source-lost', end: 'source-lost' },
} as const satisfies Record<ObjectEnd, { readonly reason: LeaveReason; readonly end: ObjectEnd }>;

/** Its visits end, and its life is told. */
const finish = (
  state: State,
  key: string,
  followed: Followed,
  how: (typeof endings)[ObjectEnd],
  now: Instant,
  save: Map<string, Uint8Array | undefined>,
  site: Site,
): readonly Conclusion[] => {
  state.followed.delete(key);
  state.changed.delete(key);
  save.set(key, undefined);
  const { track, visits } = followed;
  const output = [
    ...[...visits.values()].map(visit => left(track, visit, how.reason, track.lastSeen, site)),
    observed(track, how.end, now, site),
  ];
  const picture = presentable(track, now);
  if (picture !== undefined) announce(state, track.device, picture.snapshot);
  return output;
};

/** What one frame shows of one object. */
const stepObject = (
  state: State,
  followed: Followed,
  detections: Detections,
  object: Detections['objects'][number],
  settings: ZonesConfig,
  site: Site,
): readonly Conclusion[] => {
  const { device, time } = detections;
  const { track, visits } = followed;
  const output: Conclusion[] = [];
  see(followed, detections, object, state.named.get(device) ?? []);
  const snapshot = pictureOf(detections, track.label);
  const foot = footOf(object.box);
  for (const zone of settings.zones) {
    if (!watches(zone, device, object.label)) continue;
    const passage = visitZone(followed, zone, foot, time, settings.frames);
    if (passage?.kind === 'left') output.push(left(track, passage.visit, 'moved', time, site));
    else if (passage !== undefined) {
      output.push(entered(track, passage.visit, zone.severity, { confidence: object.confidence, snapshot }, site));
      if (snapshot !== undefined) announce(state, device, snapshot);
    }
  }
  const isAskedFor = settings.zones.some(({ id, objects }) => objects === 'while-there' && visits.has(id));
  if (isAskedFor && isNews(followed, settings.update)) {
    const number = (followed.telling?.number ?? 0) + 1;
    followed.telling = { at: track.lastSeen, box: track.lastBox, number };
    output.push(told(track, number, site));
  }
  return output;
};

const stepOne = (
  state: State,
  detections: Detections,
  settings: ZonesConfig,
  site: Site,
  save: Map<string, Uint8Array | undefined>,
): readonly Conclusion[] => {
  const { device, time } = detections;
  const output: Conclusion[] = [];
  for (const object of detections.objects) {
    if (object.track === undefined) continue;
    const key = keyOf(device, object.track);
    const followed = state.followed.get(key) ?? follow(detections, object, object.track, state.steady);
    state.followed.delete(key);
    state.followed.set(key, followed);
    followed.origin = 'seen';
    followed.touched = state.steady;
    state.changed.add(key);
    const concluded = stepObject(state, followed, detections, object, settings, site);
    output.push(...concluded);
    if (concluded.length > 0) {
      save.set(key, encodeFollowed(followed));
      state.changed.delete(key);
    }
    const [oldest] = state.followed;
    if (state.followed.size > maximumTracks && oldest !== undefined)
      output.push(...finish(state, ...oldest, endings['source-lost'], time, save, site));
  }
  for (const track of detections.ended) {
    const key = keyOf(device, track);
    const followed = state.followed.get(key);
    if (followed !== undefined)
      output.push(...finish(state, key, followed, endings[detections.endedBy ?? 'left'], time, save, site));
  }
  return output;
};

export const stage = defineStage<ZonesConfig, State, 'detections'>({
  name: 'zones',
  summary: 'Tells when objects enter and leave zones of a camera picture, and each object once at its end.',
  consumes: ['detections'],
  config: zonesConfig,
  restore: (_, saved) => restore(saved),
  step: (state, batch, settings, site): Step => {
    const save = new Map<string, Uint8Array | undefined>();
    const output = batch.flatMap(detections => stepOne(state, detections, settings, site, save));
    const untracked = batch.reduce(
      (sum, { objects }) => sum + objects.filter(({ track }) => track === undefined).length,
      0,
    );
    return { output, save, ...(untracked > 0 && { dropped: { untracked } }) };
  },
  tick: (state, now, settings, site, steady): Step => {
    state.steady = steady;
    const save = new Map<string, Uint8Array | undefined>();
    const output: Conclusion[] = [];
    const configured = new Set(settings.zones.map(({ id }) => id));
    for (const [key, followed] of state.followed) {
      followed.touched ??= steady;
      const { track, visits, origin } = followed;
      for (const [id, visit] of visits) {
        if (configured.has(id)) continue;
        visits.delete(id);
        output.push(left(track, visit, 'config-removed', track.lastSeen, site));
        save.set(key, encodeFollowed(followed));
      }
      if (steady - followed.touched < settings.lost) continue;
      const why = origin === 'restored' ? 'interrupted' : 'source-lost';
      output.push(...finish(state, key, followed, endings[why], now, save, site));
    }
    return { output, save };
  },
  shift: (state, shift) => {
    for (const [key, followed] of state.followed) {
      state.followed.set(key, shiftFollowed(followed, shift));
      state.changed.add(key);
    }
  },
  checkpoint: (state): Save => {
    const save = new Map<string, Uint8Array>();
    for (const key of state.changed) {
      const followed = state.followed.get(key);
      if (followed !== undefined) save.set(key, encodeFollowed(followed));
    }
    state.changed.clear();
    return save;
  },
});
