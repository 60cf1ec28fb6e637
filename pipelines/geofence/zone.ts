/** Zones as the stage knows them: what they are there for, their shapes, and which of them are where. Pure. */
import { metresPerDegree, metresPerNauticalMile, nearestPart, type Place } from '../../core/geodesy.ts';
import type { Instant } from '../../core/time.ts';
import type { ZoneHere } from '../../core/vessel.ts';
import { type BoxIndex, createBoxIndex, eachBoxNear } from './box-index.ts';
import { at, type Box, type Chain, crossingsOf, isInsideRing, leastEdge } from './chain.ts';
import type { ZoneRules } from './zone-rules.ts';

/** A polygon: one outline, and holes in it. */
export interface Area {
  readonly outline: Chain;
  readonly holes: readonly Chain[];
  readonly holesByBox: BoxIndex;
}

export interface Zone extends ZoneRules {
  /** What `zones` of an update holds. */
  readonly here: ZoneHere;
  /** First 6 hex digits of a SHA-256: changes with its shape and its rules. */
  readonly version: string;
  /** Of a line there are none. */
  readonly areas: readonly Area[];
  /** Lines, or the outlines and holes of the areas. */
  readonly borders: readonly Chain[];
  /** Cut along the antimeridian, as RFC 7946 section 3.1.9 asks: those edges are no borders. */
  readonly isCut: boolean;
}

export interface ZoneMap {
  readonly byId: ReadonlyMap<string, Zone>;
  readonly areas: BoxIndex;
  readonly areaOwners: readonly (readonly [Zone, Area])[];
  /** Of lines only. */
  readonly lines: BoxIndex;
  readonly lineOwners: readonly (readonly [Zone, Chain])[];
  /** Borders of the kind `boundary` with their buffers around them. */
  readonly boundaries: BoxIndex;
  readonly boundaryOwners: readonly Zone[];
}

export const createArea = (outline: Chain, holes: readonly Chain[]): Area => ({
  outline,
  holes,
  holesByBox: createBoxIndex(holes.map(({ box }) => box)),
});

const radians = Math.PI / 180;

/** Metres in degrees of longitude at this latitude; near the poles all the way round. */
const degreesEast = (metres: number, latitude: number): number =>
  Math.min(360, metres / metresPerDegree / Math.max(1e-6, Math.cos(latitude * radians)));

export const widen = ({ west, south, east, north }: Box, metres: number): Box => {
  const sideways = degreesEast(metres, Math.min(89.9, Math.max(Math.abs(south), Math.abs(north))));
  const upwards = metres / metresPerDegree;
  return { west: west - sideways, south: south - upwards, east: east + sideways, north: north + upwards };
};

export const createZoneMap = (zones: readonly Zone[]): ZoneMap => {
  const areaOwners = zones.flatMap(zone => zone.areas.map(area => [zone, area] as const));
  const lines = zones.filter(({ areas }) => areas.length === 0);
  const lineOwners = lines.flatMap(zone => zone.borders.map(border => [zone, border] as const));
  const boundaries = zones
    .filter(({ here }) => here.kind === 'boundary')
    .flatMap(zone =>
      zone.borders.map(({ box }) => ({
        zone,
        box: widen(box, (zone.bufferNauticalMiles ?? 0) * metresPerNauticalMile),
      })),
    );
  return {
    byId: new Map(zones.map(zone => [zone.here.id, zone])),
    areas: createBoxIndex(areaOwners.map(([, { outline }]) => outline.box)),
    areaOwners,
    lines: createBoxIndex(lineOwners.map(([, { box }]) => box)),
    lineOwners,
    boundaries: createBoxIndex(boundaries.map(({ box }) => box)),
    boundaryOwners: boundaries.map(({ zone }) => zone),
  };
};

/** Turns of the earth by which longitudes of a place and of a shape that runs across the antimeridian may differ. */
export const turns = [0, 360, -360] as const;

/** Those by which a box between these longitudes meets what lies between `west` and `east`. */
export const turnsTo = (box: Pick<Box, 'west' | 'east'>, west: number, east: number): readonly number[] =>
  turns.filter(turn => west + turn <= box.east && east + turn >= box.west);

const holds = ({ outline, holes, holesByBox }: Area, x: number, y: number): boolean => {
  if (!isInsideRing(outline, x, y)) return false;
  let isInHole = false;
  eachBoxNear(holesByBox, { west: x, south: y, east: x, north: y }, index => {
    const hole = holes[index];
    if (!isInHole && hole !== undefined) isInHole = isInsideRing(hole, x, y);
  });
  return !isInHole;
};

export const isInEffect = ({ effectiveFrom, effectiveTo }: Zone, time: Instant): boolean =>
  (effectiveFrom === undefined || time >= effectiveFrom) && (effectiveTo === undefined || time < effectiveTo);

export const isInside = ({ areas }: Zone, { longitude, latitude }: Place): boolean =>
  areas.some(area =>
    turnsTo(area.outline.box, longitude, longitude).some(turn => holds(area, longitude + turn, latitude)),
  );

/** Calls `look` with every area that holds the place: with a zone once for each of its parts that does. */
export const eachZoneAt = (map: ZoneMap, { longitude, latitude }: Place, look: (zone: Zone) => void): void => {
  const { box } = map.areas;
  if (box === undefined) return;
  for (const turn of turns) {
    const x = longitude + turn;
    if (x < box.west || x > box.east) continue;
    eachBoxNear(map.areas, { west: x, south: latitude, east: x, north: latitude }, item => {
      const owner = map.areaOwners[item];
      if (owner !== undefined && holds(owner[1], x, latitude)) look(owner[0]);
    });
  }
};

/** Calls `look` with every zone of the kind `boundary` whose border, or the buffer around it, may be in this box. */
export const eachBoundaryNear = (
  { boundaries, boundaryOwners }: ZoneMap,
  near: Box,
  look: (zone: Zone) => void,
): void => {
  if (boundaries.box === undefined) return;
  const seen = new Set<Zone>();
  for (const turn of turnsTo(boundaries.box, near.west, near.east))
    eachBoxNear(boundaries, { ...near, west: near.west + turn, east: near.east + turn }, item => {
      const zone = boundaryOwners[item];
      if (zone === undefined || seen.has(zone)) return;
      seen.add(zone);
      look(zone);
    });
};

/** Which part of a straight way lies behind a border, and to which side of it the way leads. */
export interface BorderCrossing {
  readonly part: number;
  readonly to: 'left' | 'right';
}

/**
 * The longitude of `to` on the turn of the earth on which it is nearest to `from`. Not by way of a difference: where a
 * step ends has to be where the next one begins, to the last bit, or a crossing falls between them.
 */
const longitudeNear = (from: Place, to: Place): number =>
  to.longitude + 360 * Math.round((from.longitude - to.longitude) / 360);

const boxOfWay = (from: Place, to: Place): Box => {
  const east = longitudeNear(from, to);
  return {
    west: Math.min(from.longitude, east),
    south: Math.min(from.latitude, to.latitude),
    east: Math.max(from.longitude, east),
    north: Math.max(from.latitude, to.latitude),
  };
};

const crossingsOfBorder = (border: Chain, from: Place, to: Place, turn: number): readonly BorderCrossing[] => {
  return crossingsOf(border, from.longitude + turn, from.latitude, longitudeNear(from, to) + turn, to.latitude);
};

/** In the order of the way. */
export const borderCrossings = ({ borders }: Zone, from: Place, to: Place): readonly BorderCrossing[] => {
  const { west, east } = boxOfWay(from, to);
  return borders
    .flatMap(border => turnsTo(border.box, west, east).flatMap(turn => crossingsOfBorder(border, from, to, turn)))
    .sort((a, b) => a.part - b.part);
};

/** Lines that the straight way crosses so often that it ends on the other side, with the last crossing of each. */
export const linesCrossed = (
  { lines, lineOwners }: ZoneMap,
  from: Place,
  to: Place,
): ReadonlyMap<Zone, BorderCrossing> => {
  if (lines.box === undefined) return new Map();
  const crossed = new Map<Zone, BorderCrossing[]>();
  const way = boxOfWay(from, to);
  for (const turn of turnsTo(lines.box, way.west, way.east))
    eachBoxNear(lines, { ...way, west: way.west + turn, east: way.east + turn }, item => {
      const owner = lineOwners[item];
      if (owner === undefined) return;
      const [zone, line] = owner;
      const found = crossingsOfBorder(line, from, to, turn);
      if (found.length > 0) crossed.set(zone, [...(crossed.get(zone) ?? []), ...found]);
    });
  const last = new Map<Zone, BorderCrossing>();
  for (const [zone, crossings] of crossed) {
    const newest = crossings.sort((a, b) => a.part - b.part).at(-1);
    if (crossings.length % 2 === 1 && newest !== undefined) last.set(zone, newest);
  }
  return last;
};

/** A plane that touches the earth at a place, in metres to the east and to the north of it. */
export interface Plane {
  readonly x: number;
  readonly y: number;
  readonly east: number;
  readonly north: number;
}

export const createPlane = ({ longitude, latitude }: Place, turn: number): Plane => ({
  x: longitude + turn,
  y: latitude,
  east: Math.cos(latitude * radians) * metresPerDegree,
  north: metresPerDegree,
});

/** Edges along the antimeridian, where a shape was cut in two. */
export const isOnCut = ({ longitudes }: Chain, edge: number): boolean =>
  Math.abs(at(longitudes, edge)) === 180 && at(longitudes, edge) === at(longitudes, edge + 1);

/** Metres from the origin of a plane to a box. */
export const distanceToBox = (plane: Plane, west: number, south: number, east: number, north: number): number =>
  Math.hypot(
    Math.max(0, west - plane.x, plane.x - east) * plane.east,
    Math.max(0, south - plane.y, plane.y - north) * plane.north,
  );

/** Metres from the place to the zone's border, undefined when that is `limit` or more. */
export const distanceToBorder = (zone: Zone, place: Place, limit: number): number | undefined => {
  let best = limit;
  for (const border of zone.borders)
    for (const turn of turns) {
      const plane = createPlane(place, turn);
      const found = leastEdge(
        border,
        (west, south, east, north) => distanceToBox(plane, west, south, east, north),
        edge => (zone.isCut && isOnCut(border, edge) ? Number.POSITIVE_INFINITY : distanceToEdge(plane, border, edge)),
        best,
      );
      if (found !== undefined) best = found.cost;
    }
  return best < limit ? best : undefined;
};

const distanceToEdge = (plane: Plane, { longitudes, latitudes }: Chain, edge: number): number => {
  const ax = (at(longitudes, edge) - plane.x) * plane.east;
  const ay = (at(latitudes, edge) - plane.y) * plane.north;
  const bx = (at(longitudes, edge + 1) - plane.x) * plane.east;
  const by = (at(latitudes, edge + 1) - plane.y) * plane.north;
  const part = nearestPart(ax, ay, bx, by);
  return Math.hypot(ax + (bx - ax) * part, ay + (by - ay) * part);
};
