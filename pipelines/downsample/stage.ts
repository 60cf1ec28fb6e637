/**
 * What the stages before it know of vessels → what the center needs of it. A vessel under way sends every few seconds;
 * a position goes on when it says something new, and particulars when they changed.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Conclusion, ItemOf } from '../../core/conclusion.ts';
import type { BaseStation, NavigationAid } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { createTimestamps, type Instant, shiftInstant } from '../../core/time.ts';
import type { VesselFix, VesselIdentity, VesselUpdate } from '../../core/vessel.ts';
import { type DownsampleConfig, downsampleConfig } from './config.ts';
import { createMessages, type Messages, meet, takeMessage } from './messages.ts';
import { type Told, toTold, type Withheld, withheld } from './position.ts';
import { describeAid, describePosition, describeStation, describeVessel, particularsOf } from './vessel.ts';

/** When a vessel's particulars were last told. */
interface Described {
  readonly told: Instant;
  /** What was told, as a hash. */
  readonly said: string;
  /** The same object as long as nothing changes; undefined after a restart. */
  readonly vessel: VesselIdentity | undefined;
}

interface State {
  /** By the vessel's key, newest last. Not saved: without it every vessel's position is told once more. */
  readonly positions: Map<string, Told>;
  readonly described: Map<string, Described>;
  /** By kind and MMSI: what was last told, and when. */
  readonly marks: Map<string, { readonly told: Instant; readonly said: string }>;
  readonly messages: Messages;
  readonly toTime: (instant: Instant) => string;
}

type Consumed = 'vessel-update' | 'navigation-aid' | 'base-station' | 'safety-text' | 'application-message';

/** What came of a batch. */
interface Outcome {
  readonly output: Conclusion[];
  readonly save: Map<string, Uint8Array | undefined>;
  readonly dropped: Record<string, number>;
}

/** Beyond these the one that was quiet longest is forgotten: MMSIs on the air can be forged. */
const maximumVessels = 100_000;
const maximumMarks = 10_000;

const saidLength = 16;

const stored = z.object({ told: z.number(), said: z.string() });
const decoder = new TextDecoder();
const prefix = 'vessel/';

const restore = (saved: ReadonlyMap<string, Uint8Array>): State => {
  const described = new Map<string, Described>();
  for (const [key, value] of saved) {
    const { told, said } = stored.parse(JSON.parse(decoder.decode(value)));
    described.set(key.slice(prefix.length), { told, said, vessel: undefined });
  }
  return { positions: new Map(), described, marks: new Map(), messages: createMessages(), toTime: createTimestamps() };
};

/** Puts `value` at the newest end and gives the key that had to make room. */
const putNewest = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value, maximum: number): Key | undefined => {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maximum) return undefined;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
  return oldest;
};

const count = ({ dropped }: Outcome, reason: Withheld | 'repeated'): void => {
  dropped[reason] = (dropped[reason] ?? 0) + 1;
};

/** What was told under the names that the vessel had is told of it. */
const rename = (state: State, keys: readonly string[], key: string, { save }: Outcome): void => {
  for (const former of keys) {
    const told = state.positions.get(former);
    state.positions.delete(former);
    if (told !== undefined && !state.positions.has(key)) state.positions.set(key, told);
    if (state.described.delete(former)) save.set(`${prefix}${former}`, undefined);
  }
};

const takeUpdate = (state: State, update: VesselUpdate, config: DownsampleConfig, site: Site, out: Outcome): void => {
  const { vessel, cause, fix, formerKeys } = update;
  if (formerKeys !== undefined) rename(state, formerKeys, vessel.key, out);
  meet(state.messages, vessel);
  describeOnce(state, update, config, site, out);
  if (cause === 'position' && fix !== undefined) takePosition(state, update, fix, config, site, out);
};

const takePosition = (
  state: State,
  update: VesselUpdate,
  fix: VesselFix,
  config: DownsampleConfig,
  site: Site,
  out: Outcome,
): void => {
  const { key } = update.vessel;
  const told = state.positions.get(key);
  const reason = withheld(update, fix, told, config);
  if (reason !== undefined) {
    count(out, reason);
    return;
  }
  // What came late says nothing of where the vessel is now.
  if (update.late !== true && update.implausible !== true)
    putNewest(state.positions, key, toTold(update, fix), maximumVessels);
  out.output.push(describePosition(update, fix, state.toTime(fix.time), site));
};

const describeOnce = (
  state: State,
  update: VesselUpdate,
  { details }: DownsampleConfig,
  site: Site,
  { output, save }: Outcome,
): void => {
  const { vessel, time } = update;
  const known = state.described.get(vessel.key);
  const isDue = known !== undefined && Math.abs(time - known.told) >= details;
  if (known?.vessel === vessel && !isDue) return;
  const particulars = particularsOf(vessel);
  if (particulars === '') return;
  const said = hash('sha256', particulars, 'hex').slice(0, saidLength);
  if (known?.said === said && !isDue) {
    state.described.set(vessel.key, { ...known, vessel });
    return;
  }
  const forgotten = putNewest(state.described, vessel.key, { told: time, said, vessel }, maximumVessels);
  if (forgotten !== undefined) save.set(`${prefix}${forgotten}`, undefined);
  save.set(`${prefix}${vessel.key}`, Buffer.from(JSON.stringify({ told: time, said })));
  output.push(describeVessel(update, site));
};

const isToldAgain = (
  state: State,
  { kind, mmsi, time }: NavigationAid | BaseStation,
  said: string,
  { marks }: DownsampleConfig,
): boolean => {
  const key = `${kind}/${mmsi}`;
  const last = state.marks.get(key);
  if (last !== undefined && last.said === said && Math.abs(time - last.told) < marks) return false;
  putNewest(state.marks, key, { told: time, said }, maximumMarks);
  return true;
};

const take = (state: State, item: ItemOf<Consumed>, config: DownsampleConfig, site: Site, out: Outcome): void => {
  switch (item.kind) {
    case 'vessel-update':
      takeUpdate(state, item, config, site, out);
      break;
    case 'navigation-aid': {
      const said = `${item.longitude.toFixed(4)} ${item.latitude.toFixed(4)} ${item.offPosition} ${item.virtual} ${item.name}`;
      if (isToldAgain(state, item, said, config)) out.output.push(describeAid(item, site));
      else count(out, 'thinned');
      break;
    }
    case 'base-station': {
      const said = `${item.longitude.toFixed(4)} ${item.latitude.toFixed(4)}`;
      if (isToldAgain(state, item, said, config)) out.output.push(describeStation(item, site));
      else count(out, 'thinned');
      break;
    }
    case 'safety-text':
    case 'application-message': {
      const conclusion = takeMessage(state.messages, item, config.messages, site);
      if (conclusion === undefined) count(out, 'repeated');
      else out.output.push(conclusion);
      break;
    }
  }
};

export const stage = defineStage<DownsampleConfig, State, Consumed>({
  name: 'downsample',
  summary:
    'Thins out positions of vessels, tells particulars of vessels and marks when they change, and what stations say.',
  consumes: ['vessel-update', 'navigation-aid', 'base-station', 'safety-text', 'application-message'],
  config: downsampleConfig,
  restore: (_, saved) => restore(saved),
  step: (state, batch, config, site): Step => {
    const out: Outcome = { output: [], save: new Map(), dropped: {} };
    for (const item of batch) take(state, item, config, site, out);
    return out;
  },
  // Particulars and marks are told again when their time is far off, either way.
  shift: ({ positions }, shift) => {
    for (const [key, told] of positions)
      if (told.timeFrom === 'gateway') positions.set(key, { ...told, time: shiftInstant(told.time, shift) });
  },
});
