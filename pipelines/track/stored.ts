/** A track as it is saved: one key for each vessel, exact to the bit. */
import { z } from 'zod';
import type { Row } from '../../core/rows.ts';
import { mmsiKinds, positionSources, type VesselIdentity, vesselStatuses } from '../../core/vessel.ts';
import { of, type Track, type Tracks, trackColumns, trailOf } from './tracks.ts';
import { columnsOf } from './trail.ts';

export const trackKeyOf = ({ key }: Pick<VesselIdentity, 'key'>): string => `track/${key}`;

/** Grows with the columns: what another version of the program saved must not be read as if it were ours. */
const version = 1;

const text = z.string().exactOptional();
const number = z.number().exactOptional();
const registryEntry = z.object({
  mark: z.string(),
  name: text,
  mmsi: number,
  callSign: text,
  lengthMaxMetres: number,
  gear: text,
  crew: number,
  homePort: text,
  ward: text,
  provider: text,
  vmsId: text,
  status: z.enum(vesselStatuses),
});
const stored = z.object({
  version: z.literal(version),
  identity: z.object({
    key: z.string(),
    mmsi: number,
    mmsiKind: z.enum(mmsiKinds).exactOptional(),
    provider: text,
    vmsId: text,
    imo: number,
    callSign: text,
    name: text,
    shipType: number,
    toBowMetres: number,
    toSternMetres: number,
    toPortMetres: number,
    toStarboardMetres: number,
    draughtMetres: number,
    destination: text,
    mothershipMmsi: number,
    registry: registryEntry.exactOptional(),
    registryVersion: text,
    matchedBy: z.enum(['mmsi', 'vms-id', 'call-sign', 'mark']).exactOptional(),
  }),
  mark: text,
  vmsNames: z.array(z.string()),
  linked: z.array(z.string()),
  device: z.string(),
  receivers: z.array(z.string()),
  row: z.string(),
  trails: z.partialRecord(z.enum(positionSources), z.string()),
});

/** Its own columns of a track's row, behind those of its trail. */
const ownColumns = trackColumns - of.firstSeen;

const bytesOf = ({ numbers, offset }: Row, columns: number, first = 0): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset + (offset + first) * 8, columns * 8).toString('base64');

const fill = ({ numbers, offset }: Row, columns: number, encoded: string, first = 0): void => {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== columns * 8) throw new Error(`a row of ${bytes.length} bytes, expected ${columns * 8}`);
  for (let column = 0; column < columns; column++) numbers[offset + first + column] = bytes.readDoubleLE(column * 8);
};

export const encodeTrack = (track: Track): Uint8Array => {
  const { identity, mark, vmsNames, linked, device, receivers } = track;
  return Buffer.from(
    JSON.stringify({
      version,
      identity,
      mark,
      vmsNames,
      linked,
      device,
      receivers,
      row: bytesOf(track, ownColumns, of.firstSeen),
      trails: Object.fromEntries(
        positionSources.flatMap(source => {
          const trail = trailOf(track, source);
          return trail === undefined ? [] : [[source, bytesOf(trail, columnsOf(source))]];
        }),
      ),
    }),
  );
};

const decoder = new TextDecoder();

/** Throws for what `encodeTrack` did not write. */
export const restoreTracks = (tracks: Tracks, saved: Iterable<Uint8Array>): void => {
  for (const bytes of saved) {
    const { identity, mark, vmsNames, linked, device, receivers, row, trails } = stored.parse(
      JSON.parse(decoder.decode(bytes)),
    );
    const track = tracks.create(identity, device, 0);
    fill(track, ownColumns, row, of.firstSeen);
    for (const source of positionSources) {
      const trail = trails[source];
      if (trail !== undefined) fill(tracks.beginTrail(track, source), columnsOf(source), trail);
    }
    track.mark = mark;
    track.linked = linked;
    track.receivers = receivers;
    const { mmsi, registry } = identity;
    if (mmsi !== undefined) tracks.byMmsi.set(mmsi, track);
    for (const name of vmsNames) tracks.nameVms(track, name);
    const held = registry?.mark ?? mark;
    if (held !== undefined) tracks.byMark.set(held, track);
  }
};
