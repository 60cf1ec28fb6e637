/**
 * What the stages before it know of vessels → what the center needs of it. A vessel under way sends every few seconds;
 * a position goes on when it says something new, and particulars when they changed.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Conclusion, ItemOf } from '../../core/conclusion.ts';
import type { BaseStation, NavigationAid } from '../../core/observation.ts';
import { createRows, type Rows } from '../../core/rows.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { createTimestamps, type Instant, minutes } from '../../core/time.ts';
import type { VesselFix, VesselIdentity, VesselUpdate } from '../../core/vessel.ts';
import { type DownsampleConfig, downsampleConfig } from './config.ts';
import { createMessages, type Messages, meet, takeMessage } from './messages.ts';
import { markTold, shiftTold, type Told, toldColumns, toldTimeOf, type Withheld, withheld } from './position.ts';
import { describeAid, describePosition, describeStation, describeVessel, particularsOf } from './vessel.ts';

/** What was told of a vessel. Its position is not saved: after a restart it is told once more. */
interface Known extends Told {
  /** The same object as long as nothing changes; undefined after a restart. */
  vessel: VesselIdentity | undefined;
  /** When its particulars were last told; undefined when there are none. */
  describedAt: Instant | undefined;
  /** What was told of them, as a hash. */
  said: string;
}

interface State {
  /** By key, those that came last are the last. */
  readonly vessels: Map<string, Known>;
  /** Where to look first, by the slot of an update. */
  readonly bySlot: (Known | undefined)[];
  /** By kind and MMSI: what was last told, and when. */
  readonly marks: Map<string, { readonly told: Instant; readonly said: string }>;
  readonly rows: Rows;
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

const newKnown = (rows: Rows): Known => {
  const { numbers, offset } = rows.take();
  return { numbers, offset, zones: undefined, vessel: undefined, describedAt: undefined, said: '' };
};

/** It is not known any more, also not by its slot. */
const letGo = (rows: Rows, known: Known): void => {
  const { numbers, offset } = known;
  rows.giveBack({ numbers, offset });
  known.vessel = undefined;
};

const restore = (saved: ReadonlyMap<string, Uint8Array>): State => {
  const rows = createRows(toldColumns);
  const vessels = new Map<string, Known>();
  for (const [key, value] of saved) {
    const { told, said } = stored.parse(JSON.parse(decoder.decode(value)));
    const known = newKnown(rows);
    known.describedAt = told;
    known.said = said;
    vessels.set(key.slice(prefix.length), known);
  }
  return { vessels, bySlot: [], rows, marks: new Map(), messages: createMessages(), toTime: createTimestamps() };
};

/** Puts `value` at the newest end; beyond the most the oldest has to make room. */
const putNewest = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value, maximum: number): void => {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maximum) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
};

const count = ({ dropped }: Outcome, reason: Withheld | 'repeated'): void => {
  dropped[reason] = (dropped[reason] ?? 0) + 1;
};

/** What was told under the names that the vessel had was told of it; its particulars are told anew. */
const rename = ({ vessels, rows }: State, keys: readonly string[], key: string, { save }: Outcome): void => {
  for (const former of keys) {
    const known = vessels.get(former);
    if (known === undefined) continue;
    vessels.delete(former);
    if (known.describedAt !== undefined) save.set(`${prefix}${former}`, undefined);
    if (vessels.has(key)) letGo(rows, known);
    else {
      known.vessel = undefined;
      known.describedAt = undefined;
      known.said = '';
      vessels.set(key, known);
    }
  }
};

/** Those of which something was told in this time are passed over where others have to make room, up to some number. */
const kept = minutes(30);
const mostPassedOver = 16;

/** Forgets a vessel, of those that came first, of which nothing was told lately. */
const makeRoom = ({ vessels, rows }: State, now: Instant, { save }: Outcome): void => {
  for (let passed = 0; vessels.size > maximumVessels; passed++) {
    const [first] = vessels;
    if (first === undefined) return;
    const [key, known] = first;
    vessels.delete(key);
    if (passed < mostPassedOver && Math.abs(now - toldTimeOf(known)) < kept) vessels.set(key, known);
    else {
      letGo(rows, known);
      if (known.describedAt !== undefined) save.set(`${prefix}${key}`, undefined);
    }
  }
};

const knownOf = (state: State, { vessel, slot, time }: VesselUpdate, out: Outcome): Known => {
  const { vessels, bySlot, rows } = state;
  const guess = slot === undefined ? undefined : bySlot[slot];
  if (guess?.vessel === vessel) return guess;
  let known = vessels.get(vessel.key);
  if (known === undefined) {
    known = newKnown(rows);
    vessels.set(vessel.key, known);
    makeRoom(state, time, out);
  }
  if (slot !== undefined) bySlot[slot] = known;
  return known;
};

const takeUpdate = (state: State, update: VesselUpdate, config: DownsampleConfig, site: Site, out: Outcome): void => {
  const { vessel, cause, fix, formerKeys, time } = update;
  if (formerKeys !== undefined) rename(state, formerKeys, vessel.key, out);
  const known = knownOf(state, update, out);
  const isDue = known.describedAt !== undefined && Math.abs(time - known.describedAt) >= config.details;
  if (known.vessel !== vessel || isDue) describeOnce(state, known, update, isDue, site, out);
  if (cause === 'position' && fix !== undefined) takePosition(state, known, update, fix, config, site, out);
};

const takePosition = (
  state: State,
  known: Known,
  update: VesselUpdate,
  fix: VesselFix,
  config: DownsampleConfig,
  site: Site,
  out: Outcome,
): void => {
  const reason = withheld(update, fix, known, config);
  if (reason !== undefined) {
    count(out, reason);
    return;
  }
  markTold(known, update, fix);
  out.output.push(describePosition(update, fix, state.toTime(fix.time), site));
};

const describeOnce = (
  state: State,
  known: Known,
  update: VesselUpdate,
  isDue: boolean,
  site: Site,
  { output, save }: Outcome,
): void => {
  const { vessel, time } = update;
  known.vessel = vessel;
  meet(state.messages, vessel);
  const particulars = particularsOf(vessel);
  if (particulars === '') return;
  const said = hash('sha256', particulars, 'hex').slice(0, saidLength);
  if (known.said === said && !isDue) return;
  known.said = said;
  known.describedAt = time;
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
      const called = state.vessels.get(`mmsi/${item.mmsi}`)?.vessel;
      const conclusion = takeMessage(state.messages, item, called, config.messages, site);
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
  shift: ({ vessels }, shift) => {
    for (const known of vessels.values()) shiftTold(known, shift);
  },
});
