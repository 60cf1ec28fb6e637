/** What the stage remembers between pictures, and how it is saved. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import type { Duration } from '../../core/time.ts';
import { decodeSpending, encodeSpending, type Spending } from './budget.ts';
import type { ZonesConfig } from './config.ts';
import { type Counter, decodeCounter, encodeCounter } from './counts.ts';
import type { Unnamed } from './first-sight.ts';
import { createHours } from './hours.ts';
import type { Followed } from './life.ts';
import { createLocalTime, type LocalTime } from './local-time.ts';
import type { PictureName } from './picture.ts';
import { createPlane, type Plane } from './plane.ts';
import { decodeFollowed, encodeFollowed } from './saved.ts';

export interface State {
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
export interface Turn {
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

export const keyOf = (device: string, track: string): string => `${device}/${track}`;

/** No device's id holds a colon. */
const counterPrefix = 'counts:';
export const counterKey = (device: string): string => `${counterPrefix}${device}`;
const spendingPrefix = 'budget:';
export const spendingKey = (device: string): string => `${spendingPrefix}${device}`;

const planesOf = ({ planes }: ZonesConfig): ReadonlyMap<string, Plane> => {
  const made = new Map<string, Plane>();
  for (const { camera, points } of planes) {
    const plane = createPlane(points);
    if (plane !== undefined) made.set(camera, plane);
  }
  return made;
};

export const restore = (settings: ZonesConfig, saved: ReadonlyMap<string, Uint8Array>, { timeZone }: Site): State => {
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
export const encode = ({ followed, counters, spendings }: State, key: string): Uint8Array | undefined => {
  const counter = key.startsWith(counterPrefix) ? counters.get(key.slice(counterPrefix.length)) : undefined;
  if (counter !== undefined) return encodeCounter(counter);
  const spending = key.startsWith(spendingPrefix) ? spendings.get(key.slice(spendingPrefix.length)) : undefined;
  if (spending !== undefined) return encodeSpending(spending);
  const each = followed.get(key);
  return each && encodeFollowed(each);
};

/** With what is concluded now. */
export const saveNow = ({ state, save }: Turn, key: string): void => {
  save.set(key, encode(state, key));
  state.changed.delete(key);
};

export const begin = (state: State, settings: ZonesConfig, site: Site): Turn => ({
  state,
  settings,
  site,
  save: new Map(),
  output: [],
  passages: 0,
  shed: 0,
});
