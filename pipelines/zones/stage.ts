/**
 * Detections → objects that entered and left zones of the picture, and each object's life as one event at its end.
 *
 * A camera's pictures are never sent again, so a track is saved when it concludes something and at checkpoints, not
 * with each frame.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { DetectedObject, Detections } from '../../core/observation.ts';
import { pictureOf } from '../../core/picture-of.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import { type Duration, shiftInstant } from '../../core/time.ts';
import { type Zone, type ZonesConfig, zonesConfig } from './config.ts';
import {
  entered,
  type LeaveReason,
  left,
  type ObjectEnd,
  observed,
  type Track,
  type Visit,
  versionOf,
} from './events.ts';
import { footOf, isInside } from './polygon.ts';

interface Followed {
  readonly track: Track;
  /** By zone. */
  readonly visits: Map<string, Visit>;
  /** Frames in a row that contradict what is believed, by zone. */
  readonly doubts: Map<string, number>;
  /** How often it entered each zone. */
  readonly entries: Map<string, number>;
  /** `restored`: it was followed before a restart; the camera may know it under another name now. */
  origin: 'seen' | 'restored';
  /** Steady time of the newest sight of it; undefined until the first tick after it. */
  touched: Duration | undefined;
}

interface State {
  /** Oldest sight first, by camera and track. */
  readonly followed: Map<string, Followed>;
  readonly changed: Set<string>;
  /** At the last tick; undefined before the first. */
  steady: Duration | undefined;
}

/** Beyond these the one not seen longest is closed: a tracker that loses its head must not fill the memory. */
const maximumTracks = 5_000;
const maximumZonesOfTrack = 64;

const keyOf = (device: string, track: string): string => `${device}/${track}`;

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const stored = z.object({
  track: z.object({
    device: z.string(),
    track: z.string(),
    detector: z.object({
      model: z.string(),
      version: z.string(),
      sha256: z.string(),
      threshold: z.number(),
      thresholds: z.record(z.string(), z.number()).exactOptional(),
    }),
    label: z.string(),
    confidence: z.number(),
    bestBox: box,
    firstSeen: z.number(),
    lastSeen: z.number(),
    firstBox: box,
    lastBox: box,
    frames: z.number(),
    zones: z.array(z.string()),
  }),
  visits: z.array(
    z.object({
      zone: z.object({ id: z.string(), name: z.string(), englishName: z.string().optional(), version: z.string() }),
      enteredAt: z.number(),
      number: z.number(),
    }),
  ),
  entries: z.record(z.string(), z.number()),
});

const decoder = new TextDecoder();

const encode = ({ track, visits, entries }: Followed): Uint8Array =>
  Buffer.from(JSON.stringify({ track, visits: [...visits.values()], entries: Object.fromEntries(entries) }));

const restore = (saved: ReadonlyMap<string, Uint8Array>): State => {
  const followed = new Map<string, Followed>();
  for (const [key, value] of saved) {
    const { track, visits, entries } = stored.parse(JSON.parse(decoder.decode(value)));
    const known = visits.map(({ zone: { englishName, ...zone }, ...visit }): [string, Visit] => [
      zone.id,
      { ...visit, zone: { ...zone, ...(englishName !== undefined && { englishName }) } },
    ]);
    followed.set(key, {
      track,
      visits: new Map(known),
      doubts: new Map(),
      entries: new Map(Object.entries(entries)),
      origin: 'restored',
      touched: undefined,
    });
  }
  return { followed, changed: new Set(), steady: undefined };
};

const follow = (
  detections: Detections,
  object: DetectedObject,
  track: string,
  now: Duration | undefined,
): Followed => ({
  track: {
    device: detections.device,
    track,
    detector: detections.detector,
    label: object.label,
    confidence: object.confidence,
    bestBox: object.box,
    firstSeen: detections.time,
    lastSeen: detections.time,
    firstBox: object.box,
    lastBox: object.box,
    frames: 0,
    zones: [],
  },
  visits: new Map(),
  doubts: new Map(),
  entries: new Map(),
  origin: 'seen',
  touched: now,
});

const see = ({ track }: Followed, { time, detector }: Detections, { label, confidence, box }: DetectedObject): void => {
  track.detector = detector;
  track.lastSeen = Math.max(track.lastSeen, time);
  track.lastBox = box;
  track.frames++;
  if (confidence <= track.confidence) return;
  track.label = label;
  track.confidence = confidence;
  track.bestBox = box;
};

/** Whether it counts as inside now, given what was believed and how many frames in a row said otherwise. */
const isBelieved = (followed: Followed, zone: string, inside: boolean, frames: number): boolean => {
  const believed = followed.visits.has(zone);
  if (inside === believed) {
    followed.doubts.delete(zone);
    return believed;
  }
  const doubts = (followed.doubts.get(zone) ?? 0) + 1;
  if (doubts < frames) {
    followed.doubts.set(zone, doubts);
    return believed;
  }
  followed.doubts.delete(zone);
  return inside;
};

const visitZone = (
  followed: Followed,
  zone: Zone,
  detections: Detections,
  object: DetectedObject,
  settings: ZonesConfig,
  site: Site,
): Conclusion | undefined => {
  const { track, visits, entries } = followed;
  const inside = isInside(zone.polygon, footOf(object.box));
  const visit = visits.get(zone.id);
  const believed = isBelieved(followed, zone.id, inside, settings.frames);
  if (believed === (visit !== undefined)) return undefined;
  if (visit !== undefined) {
    visits.delete(zone.id);
    return left(track, visit, 'moved', detections.time, site);
  }
  const number = (entries.get(zone.id) ?? 0) + 1;
  entries.set(zone.id, number);
  if (!track.zones.includes(zone.id) && track.zones.length < maximumZonesOfTrack) track.zones.push(zone.id);
  const { id, name, englishName } = zone;
  const begun: Visit = {
    zone: { id, name, ...(englishName !== undefined && { englishName }), version: versionOf(zone) },
    enteredAt: detections.time,
    number,
  };
  visits.set(id, begun);
  const { confidence } = object;
  return entered(track, begun, zone.severity, { confidence, snapshot: pictureOf(detections, track.label) }, site);
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
  save: Map<string, Uint8Array | undefined>,
  site: Site,
): readonly Conclusion[] => {
  state.followed.delete(key);
  state.changed.delete(key);
  save.set(key, undefined);
  const { track, visits } = followed;
  return [
    ...[...visits.values()].map(visit => left(track, visit, how.reason, track.lastSeen, site)),
    observed(track, how.end, site),
  ];
};

const stepOne = (
  state: State,
  detections: Detections,
  settings: ZonesConfig,
  site: Site,
  save: Map<string, Uint8Array | undefined>,
): readonly Conclusion[] => {
  const { device } = detections;
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
    see(followed, detections, object);
    let concluded = 0;
    for (const zone of settings.zones) {
      if (!watches(zone, device, object.label)) continue;
      const conclusion = visitZone(followed, zone, detections, object, settings, site);
      if (conclusion === undefined) continue;
      output.push(conclusion);
      concluded++;
    }
    if (concluded > 0) {
      save.set(key, encode(followed));
      state.changed.delete(key);
    }
    const [oldest] = state.followed;
    if (state.followed.size > maximumTracks && oldest !== undefined)
      output.push(...finish(state, ...oldest, endings['source-lost'], save, site));
  }
  for (const track of detections.ended) {
    const key = keyOf(device, track);
    const followed = state.followed.get(key);
    if (followed !== undefined)
      output.push(...finish(state, key, followed, endings[detections.endedBy ?? 'left'], save, site));
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
  tick: (state, _now, settings, site, steady): Step => {
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
        save.set(key, encode(followed));
      }
      if (steady - followed.touched < settings.lost) continue;
      const why = origin === 'restored' ? 'interrupted' : 'source-lost';
      output.push(...finish(state, key, followed, endings[why], save, site));
    }
    return { output, save };
  },
  shift: (state, shift) => {
    for (const [key, { track, visits, ...rest }] of state.followed) {
      const moved = {
        ...track,
        firstSeen: shiftInstant(track.firstSeen, shift),
        lastSeen: shiftInstant(track.lastSeen, shift),
      };
      const stays = [...visits].map(([zone, visit]): [string, Visit] => [
        zone,
        { ...visit, enteredAt: shiftInstant(visit.enteredAt, shift) },
      ]);
      state.followed.set(key, { ...rest, track: moved, visits: new Map(stays) });
      state.changed.add(key);
    }
  },
  checkpoint: (state): Save => {
    const save = new Map<string, Uint8Array>();
    for (const key of state.changed) {
      const followed = state.followed.get(key);
      if (followed !== undefined) save.set(key, encode(followed));
    }
    state.changed.clear();
    return save;
  },
});
