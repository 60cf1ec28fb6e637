/**
 * AIS traffic → what the center needs of it. A vessel under way sends every few seconds; a position goes on when it
 * says something new, and static data when they changed.
 */
import { z } from 'zod';
import type { Conclusion, ItemOf } from '../../core/conclusion.ts';
import { duration } from '../../core/fields.ts';
import type { BaseStation, NavigationAid, VesselPosition, VesselStatic } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { createTimestamps, hours, type Instant, minutes, seconds, shiftInstant } from '../../core/time.ts';
import { describeAid, describePosition, describeStation, describeVessel, type Particulars } from './vessel.ts';

const config = z.strictObject({
  every: duration({ maximum: hours(1) })
    .prefault('30s')
    .describe('Shortest time between two positions of a vessel under way; "0s" passes all of them.'),
  atRest: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('3m')
    .describe('Time between two positions of a vessel that does not move.'),
  details: duration({ minimum: minutes(1), maximum: hours(7 * 24) })
    .prefault('6h')
    .describe('Time after which name, size and other particulars are told again though nothing changed.'),
  marks: duration({ minimum: minutes(1), maximum: hours(7 * 24) })
    .prefault('1h')
    .describe('Time after which a buoy or a base station is told again though nothing changed.'),
});
type Config = z.output<typeof config>;

/** What was last told of a vessel's position. */
interface Told {
  readonly time: Instant;
  readonly timeFrom: VesselPosition['timeFrom'];
  readonly longitude: number;
  readonly latitude: number;
  readonly status: number | undefined;
}

/** What is known of a vessel, and when it was last told. */
interface Known {
  readonly particulars: Particulars;
  readonly told: Instant;
}

interface State {
  /** Newest last. Not saved: without it every vessel's position is told once more. */
  readonly positions: Map<number, Told>;
  readonly vessels: Map<number, Known>;
  /** By kind and MMSI: what was last told, and when. */
  readonly marks: Map<string, { readonly told: Instant; readonly said: string }>;
  readonly toTime: (instant: Instant) => string;
}

type Consumed = 'vessel-position' | 'vessel-static' | 'navigation-aid' | 'base-station';

/** Beyond these the one that was quiet longest is forgotten: MMSIs on the air can be forged. */
const maximumVessels = 100_000;
const maximumMarks = 10_000;

/** About 40 m: more than the scatter of a receiver at rest. */
const movedDegrees = 0.0004;
/** Below this speed over ground a vessel is at rest, ITU-R M.1371-5 table 1. */
const restKnots = 3;

const storedVessel = z.object({
  told: z.number(),
  particulars: z.object({
    mmsi: z.number(),
    imo: z.number().optional(),
    callSign: z.string().optional(),
    name: z.string().optional(),
    shipType: z.number().optional(),
    toBowMetres: z.number().optional(),
    toSternMetres: z.number().optional(),
    toPortMetres: z.number().optional(),
    toStarboardMetres: z.number().optional(),
    draughtMetres: z.number().optional(),
    destination: z.string().optional(),
    mothershipMmsi: z.number().optional(),
  }),
});

const decoder = new TextDecoder();

/** zod gives absent fields the type of undefined ones; here they stay absent. */
const withoutUndefined = (particulars: z.output<typeof storedVessel>['particulars']): Particulars => {
  const { mmsi, ...rest } = particulars;
  return Object.assign({ mmsi }, Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)));
};

const restore = (saved: ReadonlyMap<string, Uint8Array>): State => {
  const vessels = new Map<number, Known>();
  for (const value of saved.values()) {
    const { told, particulars } = storedVessel.parse(JSON.parse(decoder.decode(value)));
    vessels.set(particulars.mmsi, { told, particulars: withoutUndefined(particulars) });
  }
  return { positions: new Map(), vessels, marks: new Map(), toTime: createTimestamps() };
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

const isNews = (position: VesselPosition, told: Told | undefined, { every, atRest }: Config): boolean => {
  if (told === undefined) return true;
  const elapsed = position.time - told.time;
  const hasMoved =
    Math.abs(position.longitude - told.longitude) > movedDegrees ||
    Math.abs(position.latitude - told.latitude) > movedDegrees;
  if (every === 0) return elapsed !== 0 || hasMoved;
  // The same report by another receiver, or one that came late.
  if (elapsed <= 0) return elapsed < -hours(1);
  if (position.navigationStatus !== told.status) return true;
  if (elapsed < every) return false;
  if (elapsed >= atRest) return true;
  return (position.sogKnots ?? 0) > restKnots || hasMoved;
};

const merge = (
  known: Particulars | undefined,
  { kind, device, time, timeFrom, ...told }: VesselStatic,
): Particulars => ({
  ...known,
  ...told,
});

const isSame = (a: Particulars, b: Particulars): boolean => {
  const left = Object.entries(a);
  const right = new Map<string, unknown>(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.get(key) === value);
};

export const stage = defineStage<Config, State, Consumed>({
  name: 'downsample',
  summary: 'Thins out AIS positions, and tells particulars of vessels and marks when they change.',
  consumes: ['vessel-position', 'vessel-static', 'navigation-aid', 'base-station'],
  config,
  restore: (_, saved) => restore(saved),
  step: (state, batch, settings, site): Step => {
    const output: Conclusion[] = [];
    const save = new Map<string, Uint8Array | undefined>();
    let thinned = 0;
    for (const item of batch) {
      const conclusion = take(state, item, settings, site, save);
      if (conclusion === undefined) thinned++;
      else output.push(conclusion);
    }
    return { output, save, ...(thinned > 0 && { dropped: { thinned } }) };
  },
  // Particulars and marks are told again when their time is far off, either way.
  shift: ({ positions }, shift) => {
    for (const [mmsi, told] of positions)
      if (told.timeFrom === 'gateway') positions.set(mmsi, { ...told, time: shiftInstant(told.time, shift) });
  },
});

const take = (
  state: State,
  item: ItemOf<Consumed>,
  settings: Config,
  site: Site,
  save: Map<string, Uint8Array | undefined>,
): Conclusion | undefined => {
  switch (item.kind) {
    case 'vessel-position':
      return takePosition(state, item, settings, site);
    case 'vessel-static':
      return takeStatic(state, item, settings, site, save);
    case 'navigation-aid': {
      const said = `${item.longitude.toFixed(4)} ${item.latitude.toFixed(4)} ${item.offPosition} ${item.virtual} ${item.name}`;
      return isToldAgain(state, item, said, settings) ? describeAid(item, site) : undefined;
    }
    case 'base-station': {
      const said = `${item.longitude.toFixed(4)} ${item.latitude.toFixed(4)}`;
      return isToldAgain(state, item, said, settings) ? describeStation(item, site) : undefined;
    }
  }
};

const takePosition = (state: State, position: VesselPosition, settings: Config, site: Site): Conclusion | undefined => {
  const { mmsi, time, timeFrom, longitude, latitude, navigationStatus } = position;
  if (!isNews(position, state.positions.get(mmsi), settings)) return undefined;
  putNewest(state.positions, mmsi, { time, timeFrom, longitude, latitude, status: navigationStatus }, maximumVessels);
  return describePosition(position, state.toTime(time), state.vessels.get(mmsi)?.particulars.name, site);
};

const takeStatic = (
  state: State,
  told: VesselStatic,
  { details }: Config,
  site: Site,
  save: Map<string, Uint8Array | undefined>,
): Conclusion | undefined => {
  const { mmsi, time } = told;
  const known = state.vessels.get(mmsi);
  const particulars = merge(known?.particulars, told);
  const age = known === undefined ? 0 : Math.abs(time - known.told);
  if (known !== undefined && age < details && isSame(known.particulars, particulars)) return undefined;
  const forgotten = putNewest(state.vessels, mmsi, { particulars, told: time }, maximumVessels);
  if (forgotten !== undefined) save.set(`vessel/${forgotten}`, undefined);
  save.set(`vessel/${mmsi}`, Buffer.from(JSON.stringify({ told: time, particulars })));
  return describeVessel(told, particulars, site);
};

const isToldAgain = (
  state: State,
  { kind, mmsi, time }: NavigationAid | BaseStation,
  said: string,
  { marks }: Config,
): boolean => {
  const key = `${kind}/${mmsi}`;
  const last = state.marks.get(key);
  if (last !== undefined && last.said === said && Math.abs(time - last.told) < marks) return false;
  putNewest(state.marks, key, { told: time, said }, maximumMarks);
  return true;
};
