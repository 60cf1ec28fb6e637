/** All vessels that are known, found by each of their names. */

import { createRows, type Row, type Rows } from '../../core/rows.ts';
import type { Instant } from '../../core/time.ts';
import type { PositionSource, VesselIdentity } from '../../core/vessel.ts';
import { columnsOf } from './trail.ts';

/** Receivers that are remembered of a vessel. */
export const mostReceivers = 8;

/** Decree 41/2026/ND-CP allows two devices on a vessel; devices are exchanged. */
const mostVmsNames = 4;

/** Columns of a track's own row. */
export const of = {
  firstSeen: 0,
  lastSeen: 1,
  /** When each of `receivers` heard it last. */
  heard: 2,
} as const;
export const trackColumns = of.heard + mostReceivers;

export interface Track {
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
  readonly row: Row;
  readonly trails: Record<PositionSource, Row | undefined>;
  /** Whether it waits to be saved. */
  isChanged: boolean;
  /** By the steady clock of the last tick; undefined before it was saved in this run. */
  savedAt: number | undefined;
}

/** Two providers may give the same id to different vessels. */
export const vmsNameOf = (provider: string, vmsId: string): string => `${provider.toLowerCase()}/${vmsId}`;

/** When any source last told of it. */
export const lastSeenOf = ({ row }: Track): Instant => row.numbers[row.offset + of.lastSeen] ?? Number.NaN;

export interface Tracks {
  readonly byMmsi: Map<number, Track>;
  /** By `vmsNameOf`. */
  readonly byVms: Map<string, Track>;
  readonly byMark: Map<string, Track>;
  readonly all: Set<Track>;
  create(identity: VesselIdentity, device: string, time: Instant): Track;
  /** The row of a source's trail, made at its first report. */
  trailOf(track: Track, source: PositionSource): Row;
  /** The track is found by this name from here on; of more than a few the first is let go. */
  nameVms(track: Track, name: string): void;
  forget(track: Track): void;
  dropTrail(track: Track, source: PositionSource): void;
}

export const createTracks = (): Tracks => {
  const byMmsi = new Map<number, Track>();
  const byVms = new Map<string, Track>();
  const byMark = new Map<string, Track>();
  const all = new Set<Track>();
  const rows = createRows(trackColumns);
  const trails: Readonly<Record<PositionSource, Rows>> = {
    ais: createRows(columnsOf('ais')),
    vms: createRows(columnsOf('vms')),
    'duty-officer': createRows(columnsOf('duty-officer')),
  };
  const dropTrail = (track: Track, source: PositionSource): void => {
    const row = track.trails[source];
    if (row !== undefined) trails[source].giveBack(row);
    track.trails[source] = undefined;
  };

  return {
    byMmsi,
    byVms,
    byMark,
    all,
    create: (identity, device, time) => {
      const row = rows.take();
      row.numbers[row.offset + of.firstSeen] = time;
      row.numbers[row.offset + of.lastSeen] = time;
      const track: Track = {
        identity,
        mark: undefined,
        vmsNames: none,
        linked: none,
        device,
        receivers: none,
        row,
        trails: { ais: undefined, vms: undefined, 'duty-officer': undefined },
        isChanged: false,
        savedAt: undefined,
      };
      all.add(track);
      return track;
    },
    trailOf: (track, source) => {
      const known = track.trails[source];
      if (known !== undefined) return known;
      const row = trails[source].take();
      track.trails[source] = row;
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
      for (const source of ['ais', 'vms', 'duty-officer'] as const) dropTrail(track, source);
      rows.giveBack(track.row);
    },
    dropTrail,
  };
};

const none: readonly string[] = [];
