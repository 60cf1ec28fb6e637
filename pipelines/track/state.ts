/** What the stage knows: the tracks, what is to be saved of them, and what came of a batch. */
import type { Item } from '../../core/conclusion.ts';
import type { VesselPosition, VesselStatic, VesselStatusOrder, VmsCall, VmsPosition } from '../../core/observation.ts';
import type { Duration, Instant } from '../../core/time.ts';
import { positionSources, type VesselFix } from '../../core/vessel.ts';
import type { TrackConfig } from './config.ts';
import type { HearingState } from './hearing.ts';
import type { Combinations } from './receivers.ts';
import type { Registry } from './registry.ts';
import { encodeTrack, trackKeyOf } from './stored.ts';
import { lastSeenOf, type Track, type Tracks, trailOf } from './tracks.ts';
import { readFix } from './trail.ts';

export type Consumed = VesselPosition | VesselStatic | VmsPosition | VmsCall | VesselStatusOrder;
export type Changes = Map<string, Uint8Array | undefined>;

export interface State {
  readonly tracks: Tracks;
  registry: Registry;
  readonly hearing: HearingState;
  readonly combinations: Combinations;
  /** At the last tick; undefined before the first. */
  now: Instant | undefined;
  steady: Duration | undefined;
  /** When it was last looked for vessels that were silent for too long. */
  lookedAt: Instant;
  /** Tracks that wait to be saved, those that wait longest first. */
  changed: Track[];
  /** Saved keys of tracks that are no more. */
  readonly gone: Set<string>;
}

/** A vessel under way changes all the time: it is saved no more often than this. */
/** What came of one observation. */
export interface Outcome {
  readonly output: Item[];
  readonly save: Changes;
  repeated: number;
  unidentified: number;
}

export const markChanged = (state: State, track: Track): void => {
  if (track.isChanged) return;
  track.isChanged = true;
  state.changed.push(track);
};

export const saveNow = (state: State, track: Track, save: Changes): void => {
  const key = trackKeyOf(track.identity);
  state.gone.delete(key);
  save.set(key, encodeTrack(track));
  track.savedAt = state.steady;
};

export const newestFix = (track: Track): VesselFix | undefined => {
  let newest: VesselFix | undefined;
  for (const source of positionSources) {
    const row = trailOf(track, source);
    const fix = row === undefined ? undefined : readFix(row, source);
    if (fix !== undefined && (newest === undefined || fix.time > newest.time)) newest = fix;
  }
  return newest;
};

export const forget = ({ tracks, gone }: State, track: Track): void => {
  gone.add(trackKeyOf(track.identity));
  tracks.forget(track);
};

/** Of the most that are configured. One by one they would have to be kept in order at each report. */
const forgottenAtOnce = 0.01;

/** Vessels beyond the most that are configured are forgotten, those silent longest first and the registered ones last. */
export const makeRoom = (state: State, { vessels }: TrackConfig): void => {
  const { all } = state.tracks;
  if (all.size <= vessels) return;
  const isStranger = ({ identity }: Track): boolean => identity.registry === undefined;
  const strangers = [...all].filter(isStranger);
  const victims = strangers.length > 0 ? strangers : [...all];
  victims.sort((a, b) => lastSeenOf(a) - lastSeenOf(b));
  for (const track of victims.slice(0, Math.max(1, Math.floor(vessels * forgottenAtOnce)))) forget(state, track);
};
