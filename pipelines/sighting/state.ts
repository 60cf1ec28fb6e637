/** What the stage knows, and how it is kept. */
import { z } from 'zod';
import type { Snapshot } from '../../core/observation.ts';
import type { Save } from '../../core/stage.ts';
import { type ClockShift, type Duration, type Instant, shiftInstant } from '../../core/time.ts';
import type { VesselFix, VesselUpdate } from '../../core/vessel.ts';
import type { Boat } from './boats.ts';

/** A vessel in reach of a camera. */
export interface KnownVessel {
  /** Its last news, whole: events tell of it. */
  update: VesselUpdate;
  /** In the order of their times; the newest ones. */
  fixes: readonly VesselFix[];
}

/** A vessel while a camera sees it: what the camera was able to see when it did so last. */
export interface Stay {
  readonly vessel: string;
  /** Of the camera's watch. */
  readonly watched: number;
  readonly time: Instant;
  /** Width of its box, in pixels of the pictures that the model gets. */
  readonly pixels: number;
  readonly rangeMetres: number;
}

/** What is open of a vessel that was told to be unseen. */
export interface OpenUnseen {
  readonly subject: string;
  readonly raisedAt: Instant;
  readonly correlation: string;
  /** As it was raised, without the phase. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A vessel that should be in the picture and is not. */
export interface Expectation {
  readonly vessel: string;
  readonly since: Instant;
  /** Milliseconds of watching in which it was missing, where it would have been seen. */
  missing: number;
  looks: number;
  /** Milliseconds of watching since, in which it may have been there. */
  unclear: number;
  open: OpenUnseen | undefined;
}

export interface ZoneCount {
  identified: number;
  unidentified: number;
  possiblyVms: number;
  undetermined: number;
}

export interface Period {
  readonly start: Instant;
  watched: number;
  /** By the zone's id; '' is outside of every zone. */
  readonly zones: Map<string, ZoneCount>;
}

export interface Watch {
  readonly camera: string;
  /** Milliseconds in which pictures were looked at, since ever. */
  watched: number;
  lastFrame: Instant | undefined;
  nextRound: Instant;
  looksSinceRound: number;
  /** Pictures since the start of the gateway. */
  pictures: number;
  watchedAtRound: number;
  /** By the camera's name of them, oldest first. */
  readonly boats: Map<string, Boat>;
  readonly stays: Map<string, Stay>;
  readonly expectations: Map<string, Expectation>;
  readonly periods: Map<Instant, Period>;
}

export interface State {
  readonly watches: Map<string, Watch>;
  /** By key, the one not heard of longest first. */
  readonly vessels: Map<string, KnownVessel>;
  /** Since when vessels are heard over AIS without a long silence, and when the last one was. */
  heard: { readonly since: Instant; readonly last: Instant } | undefined;
  /** Keys that checkpoints must save. */
  readonly changed: Set<string>;
  /** Open of cameras that are not configured any more: the next tick ends it. */
  readonly orphans: { readonly camera: string; readonly open: OpenUnseen }[];
}

export const createWatch = (camera: string): Watch => ({
  camera,
  watched: 0,
  lastFrame: undefined,
  nextRound: Number.NEGATIVE_INFINITY,
  looksSinceRound: 0,
  pictures: 0,
  watchedAtRound: 0,
  boats: new Map(),
  stays: new Map(),
  expectations: new Map(),
  periods: new Map(),
});

export const boatKey = (camera: string, track: string): string => `boat/${camera}/${track}`;
export const watchKey = (camera: string): string => `watch/${camera}`;
export const vesselKey = (vessel: string): string => `vessel/${vessel}`;
const heardKey = 'heard';

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const storedSnapshot: z.ZodType<Snapshot> = z.object({
  sha256: z.string(),
  mediaType: z.literal('image/jpeg'),
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  capturedAt: z.number(),
  redaction: z.string(),
});
const storedBoat = z.object({
  camera: z.string(),
  track: z.string(),
  firstSeen: z.number(),
  lastSeen: z.number(),
  looks: z.number(),
  pictures: z.number(),
  label: z.string(),
  confidence: z.number(),
  box,
  detector: z.object({
    model: z.string(),
    version: z.string(),
    sha256: z.string().exactOptional(),
    threshold: z.number(),
    thresholds: z.record(z.string(), z.number()).exactOptional(),
  }),
  snapshot: storedSnapshot.optional(),
  sights: z.array(
    z.object({
      time: z.number(),
      x: z.number(),
      y: z.number(),
      width: z.number(),
      sigmaX: z.number(),
      sigmaY: z.number(),
    }),
  ),
  verdict: z.enum(['open', 'identified', 'unidentified', 'undetermined', 'brief']),
  told: z.boolean(),
  vessel: z.string().optional(),
});
const storedOpen = z.object({
  subject: z.string(),
  raisedAt: z.number(),
  correlation: z.string(),
  data: z.record(z.string(), z.unknown()),
});
const storedWatch = z.object({
  camera: z.string(),
  watched: z.number(),
  stays: z.array(
    z.object({
      vessel: z.string(),
      watched: z.number(),
      time: z.number(),
      pixels: z.number(),
      rangeMetres: z.number(),
    }),
  ),
  expectations: z.array(
    z.object({
      vessel: z.string(),
      since: z.number(),
      missing: z.number(),
      looks: z.number(),
      unclear: z.number(),
      open: storedOpen.optional(),
    }),
  ),
  periods: z.array(
    z.object({
      start: z.number(),
      watched: z.number(),
      zones: z.array(
        z.tuple([
          z.string(),
          z.object({
            identified: z.number(),
            unidentified: z.number(),
            possiblyVms: z.number(),
            undetermined: z.number(),
          }),
        ]),
      ),
    }),
  ),
});
const storedHeard = z.object({ since: z.number(), last: z.number() });
/** Written by this stage alone from a `VesselUpdate`: read as such. */
const storedVessel = z.object({
  update: z.custom<VesselUpdate>(value => z.looseObject({ kind: z.literal('vessel-update') }).safeParse(value).success),
  fixes: z.array(z.custom<VesselFix>(value => z.looseObject({ time: z.number() }).safeParse(value).success)),
});

const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const decode = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));

const encodeBoat = (camera: string, { ended: _, lastPicture: __, ...boat }: Boat): Uint8Array =>
  encode({ camera, ...boat });

const encodeWatch = ({ camera, watched, stays, expectations, periods }: Watch): Uint8Array =>
  encode({
    camera,
    watched,
    stays: [...stays.values()],
    expectations: [...expectations.values()],
    periods: [...periods.values()].map(({ zones, ...period }) => ({ ...period, zones: [...zones] })),
  });

/** What is under the key now; undefined for what is gone. */
const encodedAt = (state: State, key: string): Uint8Array | undefined => {
  if (key === heardKey) return encode(state.heard);
  const [kind = '', name = '', ...rest] = key.split('/');
  if (kind === 'watch') {
    const watch = state.watches.get(name);
    return watch && encodeWatch(watch);
  }
  if (kind === 'vessel') {
    const vessel = state.vessels.get([name, ...rest].join('/'));
    return vessel && encode(vessel);
  }
  const boat = state.watches.get(name)?.boats.get(rest.join('/'));
  return boat && encodeBoat(name, boat);
};

export const markHeard = (state: State, time: Instant, longestSilence: Duration): void => {
  const { heard } = state;
  if (heard !== undefined && time <= heard.last) return;
  const isGoingOn = heard !== undefined && time - heard.last <= longestSilence;
  state.heard = { since: isGoingOn ? heard.since : time, last: time };
  state.changed.add(heardKey);
};

export const saveOf = (state: State, keys: Iterable<string>): Save => {
  const save = new Map<string, Uint8Array | undefined>();
  for (const key of keys) {
    save.set(key, encodedAt(state, key));
    state.changed.delete(key);
  }
  return save;
};

/** A vessel has another name from here on, and what is known under the former ones is of it. Gives their reports. */
export const renameVessel = (state: State, from: readonly string[], to: string): readonly VesselFix[] => {
  const fixes: VesselFix[] = [];
  for (const former of from) {
    fixes.push(...(state.vessels.get(former)?.fixes ?? []));
    if (state.vessels.delete(former)) state.changed.add(vesselKey(former));
    for (const watch of state.watches.values()) {
      for (const boat of watch.boats.values()) {
        if (boat.vessel !== former) continue;
        boat.vessel = to;
        state.changed.add(boatKey(watch.camera, boat.track));
      }
      const stay = watch.stays.get(former);
      const expectation = watch.expectations.get(former);
      if (stay === undefined && expectation === undefined) continue;
      state.changed.add(watchKey(watch.camera));
      if (stay !== undefined && watch.stays.delete(former)) watch.stays.set(to, { ...stay, vessel: to });
      // Where both are open, the former one ends by itself: nobody reports under its name any more.
      if (expectation === undefined || watch.expectations.has(to)) continue;
      watch.expectations.delete(former);
      watch.expectations.set(to, { ...expectation, vessel: to });
    }
  }
  return fixes;
};

/** Cameras that are not configured any more are forgotten: the next checkpoint removes what was kept of them. */
export const restoreState = (saved: ReadonlyMap<string, Uint8Array>, cameras: readonly string[]): State => {
  const state: State = {
    watches: new Map(cameras.map(camera => [camera, createWatch(camera)])),
    vessels: new Map(),
    heard: undefined,
    changed: new Set(),
    orphans: [],
  };
  for (const [key, bytes] of saved) {
    if (key === heardKey) {
      state.heard = storedHeard.parse(decode(bytes));
      continue;
    }
    if (key.startsWith('vessel/')) {
      state.vessels.set(key.slice('vessel/'.length), storedVessel.parse(decode(bytes)));
      continue;
    }
    const [kind, name = ''] = key.split('/');
    const watch = state.watches.get(name);
    if (watch === undefined) {
      state.changed.add(key);
      const expectations = kind === 'watch' ? storedWatch.parse(decode(bytes)).expectations : [];
      for (const { open } of expectations) if (open !== undefined) state.orphans.push({ camera: name, open });
      continue;
    }
    if (kind === 'watch') {
      const { watched, stays, expectations, periods } = storedWatch.parse(decode(bytes));
      watch.watched = watched;
      watch.watchedAtRound = watched;
      for (const stay of stays) watch.stays.set(stay.vessel, stay);
      for (const { open, ...expectation } of expectations)
        watch.expectations.set(expectation.vessel, { ...expectation, open });
      for (const period of periods) watch.periods.set(period.start, { ...period, zones: new Map(period.zones) });
      continue;
    }
    const { camera: _, snapshot, vessel, ...boat } = storedBoat.parse(decode(bytes));
    // The camera may know it under another name now.
    watch.boats.set(boat.track, { ...boat, snapshot, vessel, ended: true, lastPicture: 0 });
  }
  for (const watch of state.watches.values()) {
    const byAge = [...watch.boats].toSorted(([, a], [, b]) => a.firstSeen - b.firstSeen);
    watch.boats.clear();
    for (const [track, boat] of byAge) watch.boats.set(track, boat);
  }
  return state;
};

/** Instants that the gateway's clock gave are moved; those of the vessels' own clocks are right already. */
export const shiftState = (state: State, shift: ClockShift): void => {
  const moved = (instant: Instant): Instant => shiftInstant(instant, shift);
  if (state.heard !== undefined) state.heard = { since: moved(state.heard.since), last: moved(state.heard.last) };
  for (const watch of state.watches.values()) {
    watch.lastFrame = watch.lastFrame === undefined ? undefined : moved(watch.lastFrame);
    watch.nextRound = moved(watch.nextRound);
    for (const [key, stay] of watch.stays) watch.stays.set(key, { ...stay, time: moved(stay.time) });
    // What was told of is known by the instant at which it was raised.
    for (const [key, expectation] of watch.expectations)
      watch.expectations.set(key, { ...expectation, since: moved(expectation.since) });
    for (const [track, boat] of watch.boats) {
      watch.boats.set(track, {
        ...boat,
        firstSeen: moved(boat.firstSeen),
        lastSeen: moved(boat.lastSeen),
        sights: boat.sights.map(sight => ({ ...sight, time: moved(sight.time) })),
      });
      state.changed.add(boatKey(watch.camera, track));
    }
    state.changed.add(watchKey(watch.camera));
  }
  for (const [key, { update, fixes }] of state.vessels) {
    if (update.timeFrom === 'device') continue;
    state.vessels.set(key, { update, fixes: fixes.map(fix => ({ ...fix, time: moved(fix.time) })) });
    state.changed.add(vesselKey(key));
  }
};
