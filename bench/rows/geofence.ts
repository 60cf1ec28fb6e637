import { distanceMetres } from '../../core/geodesy.ts';
import type { VesselFix, VesselIdentity, VesselUpdate } from '../../core/vessel.ts';
import { stage } from '../../pipelines/geofence/stage.ts';
import { benchSite } from '../events.ts';
import { growthBegan, growthInterval } from '../growth.ts';
import type { BenchRow } from '../row.ts';

const few = 1000;
const many = 100_000;
const cornersOfZone = 40;
const vessels = 2000;
const positions = 200_000;

/** West, south, and how far to the east and north: the waters off Thừa Thiên Huế. */
const [west, south, extent] = [107, 16, 2];

type Position = readonly [longitude: number, latitude: number];

/** A star whose corners alternate between two distances from its middle: none of its sides cross. */
const star = ([longitude, latitude]: Position, radius: number, depth: number, corners: number): readonly Position[] => {
  const ring = Array.from({ length: corners }, (_, corner): Position => {
    const angle = (corner / corners) * 2 * Math.PI;
    const length = radius * (corner % 2 === 0 ? 1 : 1 - depth);
    return [longitude + Math.cos(angle) * length, latitude + Math.sin(angle) * length];
  });
  return [...ring, ring[0] ?? [longitude, latitude]];
};

const areaOf = (id: string, ring: readonly Position[]) => ({
  type: 'Feature',
  properties: { id, name: id, kind: 'anchorage', speedLimitKnots: 30 },
  geometry: { type: 'Polygon', coordinates: [ring] },
});

/** Half of the corners in one area that holds all the others, the other half in a grid of small ones. */
const zonesWith = (corners: number): string => {
  const zones = Math.floor(corners / 2 / cornersOfZone);
  const side = Math.ceil(Math.sqrt(zones));
  const step = extent / side;
  const small = Array.from({ length: zones }, (_, index) => {
    const [x, y] = [west + ((index % side) + 0.5) * step, south + (Math.floor(index / side) + 0.5) * step];
    return areaOf(`zone-${index}`, star([x, y], step * 0.45, 0.2, cornersOfZone));
  });
  const large = areaOf('waters', star([west + extent / 2, south + extent / 2], extent, 0.005, Math.floor(corners / 2)));
  const line = {
    type: 'Feature',
    properties: { id: 'line', name: 'line', kind: 'boundary', bufferNauticalMiles: 1 },
    geometry: {
      type: 'LineString',
      coordinates: [
        [west + extent * 1.1, south - 1],
        [west + extent * 1.1, south + extent + 1],
      ],
    },
  };
  return JSON.stringify({ type: 'FeatureCollection', features: [large, ...small, line] });
};

/** A vessel's way from east to west and back, at about a knot. */
const placeAt = (vessel: number, turn: number): { readonly longitude: number; readonly latitude: number } => {
  const along = (((vessel * 0.618_034) % 1) * 2 + turn * 0.000_02) % 2;
  return {
    longitude: west + extent * (along < 1 ? along : 2 - along),
    latitude: south + extent * ((vessel + 0.5) / vessels),
  };
};

const createWatch = (corners: number): { round(): number } => {
  const running = stage.bind({ zones: 'zones.geojson' }, benchSite).start(new Map());
  running.load({ name: 'zones', text: zonesWith(corners), version: '000000000000', time: growthBegan });
  const identities = Array.from({ length: vessels }, (_, index): VesselIdentity => {
    const mmsi = 574_000_000 + index;
    return { key: `mmsi/${mmsi}`, mmsi, mmsiKind: 'ship' };
  });
  const last: (VesselFix | undefined)[] = [];
  const receivers = ['ais-1'];
  const updateOf = (vessel: VesselIdentity, index: number, turn: number): VesselUpdate => {
    const time = growthBegan + turn * growthInterval;
    const place = placeAt(index, turn);
    const previous = last[index];
    const sogKnots = previous === undefined ? 1 : distanceMetres(previous, place) / (growthInterval / 1000) / 0.5144;
    const fix: VesselFix = { source: 'ais', time, ...place, sogKnots, cogDegrees: 90 };
    last[index] = fix;
    return {
      kind: 'vessel-update',
      cause: 'position',
      device: 'ais-1',
      time,
      timeFrom: 'device',
      vessel,
      fix,
      ...(previous !== undefined && { previous }),
      motion: { ...place, sogKnots, cogDegrees: 90 },
      receivers,
      firstSeen: growthBegan,
      lastSeen: time,
    };
  };
  let turn = 0;
  return {
    round: () => {
      let microseconds = 0;
      for (let count = 0; count < positions; count += vessels) {
        const batch = identities.map((vessel, index) => updateOf(vessel, index, turn));
        turn++;
        const before = process.cpuUsage();
        running.step(batch);
        const { user, system } = process.cpuUsage(before);
        microseconds += user + system;
      }
      return microseconds / positions;
    },
  };
};

export const row: BenchRow = {
  name: 'geofence',
  summary: `CPU time of a vessel's position among zones with ${many} corners, in and out of them`,
  unit: 'µs',
  peer: `the same with ${few} corners`,
  // Linear, it would be 100. log(100 000) / log(1000) is 1.67; what makes up the rest is told in bench/README.md.
  goal: { ratio: { atMost: 2 } },
  prepare: async () => {
    const large = createWatch(many);
    const small = createWatch(few);
    return { ours: async () => large.round(), peer: async () => small.round() };
  },
};
