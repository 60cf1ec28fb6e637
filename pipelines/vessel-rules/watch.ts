/** What every rule works with: the vessels, the conditions that are open, and the clock of the last tick. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { distanceMetres } from '../../core/geodesy.ts';
import { type Duration, type Instant, minutes, shiftInstant } from '../../core/time.ts';
import {
  positionSources,
  type VesselFix,
  type VesselIdentity,
  type VesselStatus,
  type VesselUpdate,
  type ZoneHere,
  type ZoneKind,
} from '../../core/vessel.ts';
import { vesselRow } from './rows.ts';
import { createTables, type Table, type Tables } from './table.ts';

/** What is known of a vessel. */
export interface Vessel {
  identity: VesselIdentity;
  /** The newest report of each source. */
  readonly fixes: { ais?: VesselFix; vms?: VesselFix; 'duty-officer'?: VesselFix };
  /** Absent where no stage tells zones. */
  zones?: readonly ZoneHere[];
  receivers: readonly string[];
  /** The device that brought the newest news of it. */
  device: string;
  timeFrom: 'device' | 'gateway';
  /** When it was first seen outside ports and shelters, this time; absent while it is in one. */
  seaSince?: Instant;
  /** Where AIS says that it lies, since when, and how many reports in a row said otherwise. */
  rest?: { readonly longitude: number; readonly latitude: number; readonly since: Instant; strays: number };
  /** A duty officer's word on the vessel's status stands above the registry's. */
  order?: { readonly status: VesselStatus; readonly by: string; readonly reason: string; readonly time: Instant };
}

/** What is known of a provider of VMS. */
export interface Provider {
  /** The newest report that it delivered, by the report's own time. */
  lastReport: Instant;
  /** The device that brought it. */
  device: string;
  /** Since when so many of its vessels miss their reports that it may be the provider's fault. */
  suspectSince?: Instant;
  /** When its last outage ended. */
  outageEndedAt?: Instant;
}

export interface Watch {
  /** Time between two reports by VMS. */
  readonly vmsInterval: Duration;
  /** How long after its time a report by VMS may usually arrive. */
  readonly vmsDelivery: Duration;
  /** By the vessel's key. */
  readonly vessels: Table<Vessel>;
  readonly providers: Table<Provider>;
  /** Keys of the vessels that have a VMS device, by provider. */
  readonly fleets: ReadonlyMap<string, ReadonlySet<string>>;
  /** Time of the last tick; absent before the first. */
  readonly now: Instant | undefined;
  /** Since when the gateway has listened without a break: nobody is blamed for what it could not hear. */
  readonly listeningSince: Instant;
  openTable: Tables['open'];
  tell(conclusion: Conclusion): void;
  /** Counts what a rule had to leave out. */
  drop(reason: string): void;
}

export interface RunningWatch extends Watch {
  /**
   * Writes down what the update says, before the rules see it. `onRenamed` is called before when the vessel was known
   * under another key: the registry changed, or two devices turned out to be aboard one vessel.
   */
  note(update: VesselUpdate, onRenamed: (from: string, to: string) => void): Vessel;
  tick(now: Instant): void;
  /** Forgets vessels without news since `before`, but those of which something `isOpen`. */
  sweep(before: Instant, isOpen: (key: string) => boolean): void;
  readonly tables: Tables;
  takeTold(): Conclusion[];
  takeDropped(): Record<string, number>;
}

/** Beyond these the one not heard longest is forgotten: MMSIs on the air can be forged. */
export const maximumVessels = 100_000;
/** Ticks come every second: after a longer time than this the gateway was away, or its clock was set. */
const longestTick = minutes(5);
/** A report from later than this after now is dated by a clock that is wrong: it counts as one of now. */
const furthestAhead = minutes(10);

/** Kinds of stations that are vessels: the others are never judged as one. */
export const isVessel = ({ mmsiKind }: VesselIdentity): boolean =>
  mmsiKind === undefined || mmsiKind === 'ship' || mmsiKind === 'auxiliary-craft';

export const statusOf = ({ identity, order }: Vessel): VesselStatus =>
  order?.status ?? identity.registry?.status ?? 'active';

/** Undefined where no stage tells zones. */
export const isIn = ({ zones }: Pick<Vessel, 'zones'>, kinds: ReadonlySet<ZoneKind>): boolean | undefined =>
  zones?.some(({ kind }) => kinds.has(kind));

/** The scatter of GNSS beside a quay, and a boat that swings on a short rope. A drift of 0.3 kn leaves it in 5 minutes. */
const restMetres = 50;
/** Between tall hulls a position jumps now and then: so many in a row are no jump. */
const mostStrays = 3;

/**
 * Since when it has not moved from its place, at a berth, on a beach or at a short anchor: no zone names them all. A
 * vessel adrift moves.
 */
const noteRest = (vessel: Vessel, fix: VesselFix): void => {
  const { rest } = vessel;
  if (rest !== undefined && distanceMetres(rest, fix) <= restMetres) rest.strays = 0;
  else if (rest === undefined || ++rest.strays >= mostStrays)
    vessel.rest = { longitude: fix.longitude, latitude: fix.latitude, since: fix.time, strays: 0 };
};

export const harbors: ReadonlySet<ZoneKind> = new Set(['port', 'shelter']);

/** Where AIS says that the vessel is now; undefined for other news, and for reports that move nothing. */
export const aisFixOf = ({ cause, fix, late, implausible }: VesselUpdate): VesselFix | undefined =>
  cause === 'position' && fix?.source === 'ais' && late === undefined && implausible === undefined ? fix : undefined;

/** The newest report of all sources. */
export const newestFix = ({ fixes }: Vessel): VesselFix | undefined => {
  let newest: VesselFix | undefined;
  for (const fix of [fixes.ais, fixes.vms, fixes['duty-officer']])
    if (fix !== undefined && (newest === undefined || fix.time > newest.time)) newest = fix;
  return newest;
};

/** Where its VMS device reports to; absent for a vessel that has none. */
export const providerOf = ({ identity, fixes }: Vessel): string | undefined => {
  const { provider, vmsId, registry } = identity;
  const own = provider ?? registry?.provider;
  if (own === undefined && vmsId === undefined && registry?.vmsId === undefined && fixes.vms === undefined)
    return undefined;
  return own ?? 'unknown';
};

const providerRow = z.object({
  lastReport: z.number(),
  device: z.string(),
  suspectSince: z.number().exactOptional(),
  outageEndedAt: z.number().exactOptional(),
});

const clockRow = z.object({ now: z.number(), listeningSince: z.number() });
const clockKey = 'tick';

export const createWatch = (
  saved: ReadonlyMap<string, Uint8Array>,
  { vmsInterval, vmsDelivery }: Pick<Watch, 'vmsInterval' | 'vmsDelivery'>,
): RunningWatch => {
  const tables = createTables(saved);
  const told: Conclusion[] = [];
  let dropped: Record<string, number> = {};
  const move = (fix: VesselFix | undefined, shift: Parameters<typeof shiftInstant>[1]): VesselFix | undefined =>
    fix && { ...fix, time: shiftInstant(fix.time, shift) };
  const vessels = tables.open<Vessel>({
    name: 'vessel',
    keyedBy: 'itself',
    row: vesselRow,
    maximum: maximumVessels,
    shift: (vessel, shift) => {
      if (vessel.timeFrom !== 'gateway') return;
      const ais = move(vessel.fixes.ais, shift);
      if (ais !== undefined) vessel.fixes.ais = ais;
      if (vessel.rest !== undefined) vessel.rest = { ...vessel.rest, since: shiftInstant(vessel.rest.since, shift) };
    },
  });
  const providers = tables.open<Provider>({ name: 'provider', keyedBy: 'itself', row: providerRow, maximum: 100 });
  const fleets = new Map<string, Set<string>>();
  const enroll = (vessel: Vessel): void => {
    const provider = providerOf(vessel);
    if (provider === undefined) return;
    const fleet = fleets.get(provider);
    if (fleet === undefined) fleets.set(provider, new Set([vessel.identity.key]));
    else fleet.add(vessel.identity.key);
  };
  for (const [, vessel] of vessels.entries()) enroll(vessel);
  /** Two that turn out to be one: the newest of what both of them knew. */
  const adopt = (former: Vessel, key: string): void => {
    const known = vessels.get(key);
    if (known === undefined) {
      vessels.put(key, former);
      return;
    }
    for (const source of positionSources) {
      const [own, other] = [known.fixes[source], former.fixes[source]];
      if (other !== undefined && (own === undefined || other.time > own.time)) known.fixes[source] = other;
    }
    if (former.order !== undefined && (known.order === undefined || former.order.time > known.order.time))
      known.order = former.order;
    if (former.seaSince !== undefined && known.seaSince !== undefined)
      known.seaSince = Math.min(known.seaSince, former.seaSince);
    vessels.saveNow(key);
  };
  const rename = (from: string, to: string, onRenamed: (from: string, to: string) => void): void => {
    if (from === to) return;
    const former = vessels.get(from);
    if (former !== undefined) adopt(former, to);
    vessels.delete(from);
    for (const fleet of fleets.values()) fleet.delete(from);
    tables.rename(from, to);
    onRenamed(from, to);
  };
  const clock = tables.open({ name: 'clock', keyedBy: 'itself', row: clockRow, maximum: 1 });
  let now: Instant | undefined;
  // A watch that goes on after a restart was away since its last tick, which the next one judges.
  let lastTick = clock.get(clockKey)?.now;
  let listeningSince = clock.get(clockKey)?.listeningSince ?? Number.POSITIVE_INFINITY;

  return {
    vmsInterval,
    vmsDelivery,
    vessels,
    providers,
    fleets,
    tables,
    get now() {
      return now;
    },
    get listeningSince() {
      return listeningSince;
    },
    openTable: tables.open,
    tell: conclusion => told.push(conclusion),
    drop: reason => {
      dropped[reason] = (dropped[reason] ?? 0) + 1;
    },
    note: (update, onRenamed) => {
      const { vessel: identity, device, fix, zones, receivers, timeFrom, cause, order, time, late } = update;
      for (const former of update.formerKeys ?? []) rename(former, identity.key, onRenamed);
      const known = vessels.get(identity.key);
      const vessel: Vessel = known ?? { identity, fixes: {}, receivers, device, timeFrom };
      if (known === undefined) vessels.put(identity.key, vessel);
      else vessels.touch(identity.key);
      const isNews = vessel.identity !== identity || known === undefined || (fix !== undefined && fix.source !== 'ais');
      vessel.identity = identity;
      vessel.receivers = receivers;
      vessel.device = device;
      vessel.timeFrom = timeFrom;
      if (zones !== undefined) vessel.zones = zones;
      if (isIn(vessel, harbors) === true) delete vessel.seaSince;
      else vessel.seaSince ??= time;
      // An implausible report by satellite still says that the device is there, and when.
      const isPlace = update.implausible === undefined || fix?.source !== 'ais';
      if (fix !== undefined && late === undefined && cause === 'position' && isPlace) {
        const isAhead = now !== undefined && fix.time > now + furthestAhead;
        vessel.fixes[fix.source] = isAhead ? { ...fix, time: now ?? fix.time } : fix;
        if (fix.source === 'ais') noteRest(vessel, fix);
      }
      if (fix?.source === 'vms' && cause === 'position') {
        const name = providerOf(vessel) ?? 'unknown';
        const provider = providers.get(name);
        const lastReport = Math.max(provider?.lastReport ?? fix.time, vessel.fixes.vms?.time ?? fix.time);
        providers.put(name, { ...provider, lastReport, device });
        providers.saveNow(name);
      }
      if (order !== undefined) vessel.order = { ...order, time };
      if (isNews) enroll(vessel);
      // A report by satellite may be acknowledged, and the next one is hours away; AIS comes again in seconds.
      if (fix?.source !== 'ais' || cause === 'status' || cause === 'call') vessels.saveNow(identity.key);
      return vessel;
    },
    tick: at => {
      if (lastTick === undefined || at < lastTick || at - lastTick > longestTick) listeningSince = at;
      lastTick = at;
      now = at;
      clock.put(clockKey, { now: at, listeningSince });
    },
    sweep: (before, isOpen) => {
      for (const [key, vessel] of vessels.entries()) {
        const last = Math.max(newestFix(vessel)?.time ?? 0, vessel.order?.time ?? 0);
        if (last < before && !isOpen(key)) vessels.delete(key);
      }
      const isKnown = (key: string): boolean => vessels.get(key) !== undefined;
      tables.sweep(isKnown);
      for (const fleet of fleets.values()) for (const key of fleet) if (!isKnown(key)) fleet.delete(key);
    },
    takeTold: () => told.splice(0),
    takeDropped: () => {
      const taken = dropped;
      dropped = {};
      return taken;
    },
  };
};

/** `20261122T170402Z` */
export const compactTime = (at: Instant): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');

export const toSeconds = (duration: Duration): number => Math.round(duration / 1000);
