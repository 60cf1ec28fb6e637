/** All vessels that are known, found by each of their names. */
import { createRows, type Row, type Rows } from '../../core/rows.ts';
import type { Instant } from '../../core/time.ts';
import type { PositionSource, VesselIdentity } from '../../core/vessel.ts';
import { columnsOf, isBegun, moveTrail } from './trail.ts';

/** Receivers that are remembered of a vessel. */
export const mostReceivers = 8;

/** Decree 41/2026/ND-CP allows two devices on a vessel; devices are exchanged. */
const mostVmsNames = 4;

const ownColumns = columnsOf('ais');
/**
 * Columns of a track's row. In front of them is its trail of AIS, which nearly every vessel has: what a report reads and
 * changes lies side by side.
 */
export const of = {
  firstSeen: ownColumns,
  lastSeen: ownColumns + 1,
  /** When each of `receivers` heard it last. */
  heard: ownColumns + 2,
} as const;
export const trackColumns = of.heard + mostReceivers;

/** It is the row of its own numbers and of its trail of AIS. */
export interface Track extends Row {
  /** Dense: an index of its own among the tracks that there are, given again when it is forgotten. */
  readonly slot: number;
  identity: VesselIdentity;
  /** As a VMS report or a duty officer gave it. */
  mark: string | undefined;
  /** Names in `byVms`: a vessel may carry two devices. */
  vmsNames: readonly string[];
  /** Other names whose link with the key was told. */
  linked: readonly string[];
  /** The device that brought its newest report. */
  device: string;
  /** Sorted. The same array as long as nothing changes. */
  receivers: readonly string[];
  vms: Row | undefined;
  dutyOfficer: Row | undefined;
  /** Whether it waits to be saved. */
  isChanged: boolean;
  /** By the steady clock of the last tick; undefined before it was saved in this run. */
  savedAt: number | undefined;
}

/** Two providers may give the same id to different vessels. */
export const vmsNameOf = (provider: string, vmsId: string): string => `${provider.toLowerCase()}/${vmsId}`;

/** When any source last told of it. */
export const lastSeenOf = ({ numbers, offset }: Track): Instant => numbers[offset + of.lastSeen] ?? Number.NaN;

/** Where a track keeps the trails that few vessels have. */
const fieldOf = { vms: 'vms', 'duty-officer': 'dutyOfficer' } as const;

/** What a source said of it; undefined before it said anything. */
export const trailOf = (track: Track, source: PositionSource): Row | undefined => {
  if (source === 'ais') return isBegun(track) ? track : undefined;
  return track[fieldOf[source]];
};

export interface Tracks {
  readonly byMmsi: Map<number, Track>;
  /** By `vmsNameOf`. */
  readonly byVms: Map<string, Track>;
  readonly byMark: Map<string, Track>;
  readonly all: Set<Track>;
  create(identity: VesselIdentity, device: string, time: Instant): Track;
  /** The same, begun where there is none. */
  beginTrail(track: Track, source: PositionSource): Row;
  /** The track is found by this name from here on; of more than a few the first is let go. */
  nameVms(track: Track, name: string): void;
  forget(track: Track): void;
  /** `track` has the trails of `lesser` that it has none of; `lesser` is to be forgotten then. */
  takeTrails(track: Track, lesser: Track): void;
}

export const createTracks = (): Tracks => {
  const byMmsi = new Map<number, Track>();
  const byVms = new Map<string, Track>();
  const byMark = new Map<string, Track>();
  const all = new Set<Track>();
  const rows = createRows(trackColumns);
  const trails: Readonly<Record<keyof typeof fieldOf, Rows>> = {
    vms: createRows(columnsOf('vms')),
    'duty-officer': createRows(columnsOf('duty-officer')),
  };
  const freeSlots: number[] = [];

  return {
    byMmsi,
    byVms,
    byMark,
    all,
    create: (identity, device, time) => {
      const { numbers, offset } = rows.take();
      numbers[offset + of.firstSeen] = time;
      numbers[offset + of.lastSeen] = time;
      const track: Track = {
        numbers,
        offset,
        slot: freeSlots.pop() ?? all.size,
        identity,
        mark: undefined,
        vmsNames: none,
        linked: none,
        device,
        receivers: none,
        vms: undefined,
        dutyOfficer: undefined,
        isChanged: false,
        savedAt: undefined,
      };
      all.add(track);
      return track;
    },
    beginTrail: (track, source) => {
      if (source === 'ais') return track;
      const row = trailOf(track, source) ?? trails[source].take();
      track[fieldOf[source]] = row;
      return row;
    },
    nameVms: (track, name) => {
      byVms.set(name, track);
      if (track.vmsNames.includes(name)) return;
      track.vmsNames = [...track.vmsNames, name];
      const [first] = track.vmsNames;
      if (track.vmsNames.length <= mostVmsNames || first === undefined) return;
      track.vmsNames = track.vmsNames.slice(1);
      if (byVms.get(first) === track) byVms.delete(first);
    },
    forget: track => {
      all.delete(track);
      const { mmsi, registry } = track.identity;
      if (mmsi !== undefined && byMmsi.get(mmsi) === track) byMmsi.delete(mmsi);
      for (const name of track.vmsNames) if (byVms.get(name) === track) byVms.delete(name);
      for (const mark of [registry?.mark, track.mark])
        if (mark !== undefined && byMark.get(mark) === track) byMark.delete(mark);
      for (const source of ['vms', 'duty-officer'] as const) {
        const row = trailOf(track, source);
        if (row !== undefined) trails[source].giveBack(row);
      }
      const { numbers, offset, slot } = track;
      rows.giveBack({ numbers, offset });
      freeSlots.push(slot);
    },
    takeTrails: (track, lesser) => {
      if (!isBegun(track)) moveTrail(lesser, track);
      for (const field of ['vms', 'dutyOfficer'] as const) {
        if (track[field] !== undefined) continue;
        track[field] = lesser[field];
        lesser[field] = undefined;
      }
    },
  };
};

const none: readonly string[] = [];
