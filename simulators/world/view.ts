/** The two views of the world: who stands where in front of which camera, and what of it can be seen. */
import type { Instant } from '../../core/time.ts';
import { type CameraModel, createCamera, type Point, type Seen } from './camera-model.ts';
import { afloatAt, fleetOf } from './harbour.ts';
import { phaseAt } from './period.ts';
import { between, createRandom, type Random } from './random.ts';
import { type Actor, piecesOf, type ShapeName } from './shapes.ts';
import { createTraffic, driver, type Lane, rider, walker } from './traffic.ts';
import type { VisibleObject } from './world.ts';

export const sceneNames = ['street', 'harbour'] as const;
export type SceneName = (typeof sceneNames)[number];

export interface View {
  readonly scene: SceneName;
  readonly seed: number;
  readonly camera: CameraModel;
  /** Direction of the light, of unit length. */
  readonly sun: Point;
  /** Angle of the road or quay from the camera's right towards ahead, radians. */
  readonly angle: number;
  /** Everything that stands or moves, the farthest first. */
  actorsAt(instant: Instant): readonly Actor[];
  visibleAt(instant: Instant): readonly VisibleObject[];
}

/** Metres from the camera's foot, across the road: pavement, two lanes each way, pavement, houses. */
export const streetLayout = { nearKerb: 13.2, middle: 19, farKerb: 24.8, houses: 28.5 } as const;

/** Metres from the camera's foot at which the quay ends and the water begins. */
export const quayEdge = 22;

const sunOf = (random: Random): Point => {
  const direction = between(random, 0, 2 * Math.PI);
  const height = between(random, 0.5, 1.1);
  return [Math.cos(height) * Math.sin(direction), Math.cos(height) * Math.cos(direction), Math.sin(height)];
};

const decoration = (random: Random, shape: ShapeName, name: string, x: number, y: number): Actor => ({
  identity: name,
  shape,
  x,
  y,
  bearing: between(random, 0, 2 * Math.PI),
  length: 1,
  width: 1,
  look: Math.floor(random() * 1e9),
});

const standing = (random: Random, label: 'person' | 'motorbike', name: string, x: number, y: number): Actor => ({
  ...decoration(random, label, `${label}-${name}`, x, y),
  label,
  length: label === 'person' ? 0.4 : 1.9,
  width: label === 'person' ? 0.5 : 0.7,
  rider: 'none',
});

/** The place `s` metres along a road and `t` across it, from the camera's foot. */
export const alongRoad = (angle: number, s: number, t: number): readonly [x: number, y: number] => [
  s * Math.cos(angle) - t * Math.sin(angle),
  s * Math.sin(angle) + t * Math.cos(angle),
];

/** Somebody who stands on the far pavement of a street. */
export const waitingPerson = (random: Random, name: string, angle: number): Actor =>
  standing(
    random,
    'person',
    `waiting-${name}`,
    ...alongRoad(angle, between(random, -11, 11), between(random, 25.6, 27.4)),
  );

/** A motorbike before the houses of a street, `s` metres along it. */
export const parkedMotorbike = (random: Random, name: string, angle: number, s: number): Actor => ({
  ...standing(random, 'motorbike', `parked-${name}`, ...alongRoad(angle, s, 27.6)),
  bearing: Math.PI / 2 - angle + between(random, -0.9, 0.9),
});

const createStreet = (seed: number): Omit<View, 'visibleAt' | 'scene' | 'seed'> => {
  const random = createRandom(seed, 'street');
  const angle = between(random, -0.28, 0.28);
  const camera = createCamera({
    heightMetres: between(random, 6, 7.2),
    pitch: between(random, 0.23, 0.28),
    fieldOfView: between(random, 0.92, 1.02),
  });
  const few = (least: number, most: number): number => Math.round(between(random, least, most));
  const lanes: readonly Lane[] = [
    {
      name: 'near-walk',
      t: 12,
      sense: 1,
      reach: 34,
      metresPerSecond: 1.25,
      count: few(3, 6),
      kind: walker,
      stray: 0.5,
    },
    {
      name: 'near-walk-back',
      t: 10.8,
      sense: -1,
      reach: 34,
      metresPerSecond: 1.05,
      count: few(2, 4),
      kind: walker,
      stray: 0.4,
    },
    {
      name: 'near-moto',
      t: 14.6,
      sense: 1,
      reach: 36,
      metresPerSecond: 5.2,
      count: few(5, 11),
      kind: rider,
      stray: 0.4,
    },
    {
      name: 'near-car',
      t: 17.3,
      sense: 1,
      reach: 40,
      metresPerSecond: 5.8,
      count: few(4, 7),
      kind: driver,
      stray: 0.15,
    },
    {
      name: 'far-car',
      t: 20.8,
      sense: -1,
      reach: 40,
      metresPerSecond: 5.4,
      count: few(4, 7),
      kind: driver,
      stray: 0.15,
    },
    {
      name: 'far-moto',
      t: 23.4,
      sense: -1,
      reach: 40,
      metresPerSecond: 4.8,
      count: few(5, 11),
      kind: rider,
      stray: 0.4,
    },
    {
      name: 'far-walk',
      t: 26.3,
      sense: -1,
      reach: 40,
      metresPerSecond: 1.15,
      count: few(3, 6),
      kind: walker,
      stray: 0.7,
    },
  ];
  const along = (s: number, t: number) => alongRoad(angle, s, t);
  const still: Actor[] = [];
  for (let index = 0; index < few(1, 3); index++) still.push(waitingPerson(random, `${index + 1}`, angle));
  for (let index = 0; index < few(1, 4); index++) {
    still.push(parkedMotorbike(random, `${index + 1}`, angle, -9 + index * 2.6 + between(random, 0, 1.2)));
  }
  for (let index = 0; index < few(1, 4); index++) {
    still.push(decoration(random, 'planter', `planter-${index + 1}`, ...along(between(random, -14, 14), 25.3)));
  }
  still.push(decoration(random, 'post', 'post-1', ...along(between(random, -10, 10), 25.1)));
  if (random() < 0.6) still.push(decoration(random, 'crate', 'crate-1', ...along(between(random, -6, 6), 13)));
  const traffic = createTraffic(seed, 'street', { angle, lanes });
  return { camera, sun: sunOf(random), angle, actorsAt: instant => [...still, ...traffic(phaseAt(instant))] };
};

const shapeOfVessel = (shipType: number): ShapeName =>
  shipType === 60 ? 'ferry' : shipType === 70 ? 'cargo-ship' : 'fishing-boat';

/** Farther vessels are specks, and those behind the camera are not in front of it. */
const sightMetres = 600;

const createHarbour = (seed: number): Omit<View, 'visibleAt' | 'scene' | 'seed'> => {
  const random = createRandom(seed, 'harbour');
  const camera = createCamera({
    heightMetres: between(random, 6.6, 7.6),
    pitch: between(random, 0.16, 0.19),
    fieldOfView: between(random, 0.9, 1),
  });
  const few = (least: number, most: number): number => Math.round(between(random, least, most));
  const lanes: readonly Lane[] = [
    { name: 'walk', t: 16.2, sense: 1, reach: 15, metresPerSecond: 0.95, count: few(3, 6), kind: walker, stray: 0.8 },
    {
      name: 'walk-back',
      t: 18.6,
      sense: -1,
      reach: 16,
      metresPerSecond: 1.1,
      count: few(2, 5),
      kind: walker,
      stray: 0.7,
    },
    { name: 'moto', t: 17.4, sense: 1, reach: 18, metresPerSecond: 3.2, count: few(0, 3), kind: rider, stray: 0.2 },
  ];
  const still: Actor[] = [];
  for (let index = 0; index < few(1, 3); index++) {
    still.push(standing(random, 'person', `angler-${index + 1}`, between(random, -9, 9), between(random, 20.4, 21.3)));
  }
  for (let index = 0; index < few(0, 2); index++) {
    still.push(standing(random, 'motorbike', `parked-${index + 1}`, -5 + index * 4 + between(random, -1, 1), 19.6));
  }
  for (let index = 0; index < 5; index++) {
    still.push(decoration(random, 'bollard', `bollard-${index + 1}`, -12 + index * 6, 21.6));
  }
  for (let index = 0; index < few(0, 4); index++) {
    still.push(decoration(random, 'crate', `crate-${index + 1}`, between(random, -8, 8), between(random, 19.4, 20.6)));
  }
  const fleet = fleetOf(seed);
  const traffic = createTraffic(seed, 'harbour', { angle: 0, lanes });
  return {
    camera,
    sun: sunOf(random),
    angle: 0,
    actorsAt: instant => {
      const vessels = fleet.flatMap((one): Actor[] => {
        const { x, y, bearing } = afloatAt(one, instant);
        if (y < quayEdge || Math.hypot(x, y) > sightMetres) return [];
        const { vessel } = one;
        return [
          {
            identity: `vessel-${vessel.mmsi}`,
            label: 'boat',
            shape: shapeOfVessel(vessel.shipType),
            x,
            y,
            bearing,
            length: vessel.toBowMetres + vessel.toSternMetres,
            width: vessel.toPortMetres + vessel.toStarboardMetres,
            look: vessel.mmsi,
          },
        ];
      });
      return [...vessels, ...still, ...traffic(phaseAt(instant))];
    },
  };
};

/** Resolution at which it is judged what hides what. */
const gridWidth = 640;
const gridHeight = 360;

/** Calls `visit` with each row's cells whose middle lies inside the convex polygon; cells may lie outside the grid. */
const scan = (outline: readonly Seen[], visit: (row: number, from: number, to: number) => void): void => {
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const { v } of outline) {
    top = Math.min(top, v * gridHeight);
    bottom = Math.max(bottom, v * gridHeight);
  }
  for (let row = Math.ceil(top - 0.5); row + 0.5 < bottom; row++) {
    const y = row + 0.5;
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < outline.length; index++) {
      const a = outline[index];
      const b = outline[(index + 1) % outline.length];
      if (a === undefined || b === undefined) continue;
      const ay = a.v * gridHeight;
      const by = b.v * gridHeight;
      if (ay > y === by > y) continue;
      const x = (a.u + ((y - ay) / (by - ay)) * (b.u - a.u)) * gridWidth;
      from = Math.min(from, x);
      to = Math.max(to, x);
    }
    if (from < to) visit(row, Math.ceil(from - 0.5), Math.ceil(to - 0.5));
  }
};

/** Whole columns of one row, from the first to before the last. */
type Run = readonly [from: number, to: number];

/** How many cells of a row the runs cover together. */
const coveredBy = (runs: readonly Run[]): number => {
  let covered = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const [from, to] of runs.toSorted(([a], [b]) => a - b)) {
    if (to <= reached) continue;
    covered += to - Math.max(from, reached);
    reached = to;
  }
  return covered;
};

const visibleObjects = (actors: readonly Actor[], camera: CameraModel, sun: Point): readonly VisibleObject[] => {
  const owner = new Int16Array(gridWidth * gridHeight).fill(-1);
  const whole = new Float64Array(actors.length);
  const extents: ({ left: number; right: number; top: number; bottom: number } | undefined)[] = [];
  actors.forEach((actor, index) => {
    const pieces = piecesOf(actor, camera, sun);
    const runs = new Map<number, Run[]>();
    const extent = { left: 1e9, right: -1e9, top: 1e9, bottom: -1e9 };
    for (const { outline } of pieces) {
      for (const { u, v } of outline) {
        extent.left = Math.min(extent.left, u);
        extent.right = Math.max(extent.right, u);
        extent.top = Math.min(extent.top, v);
        extent.bottom = Math.max(extent.bottom, v);
      }
    }
    extents.push(extent);
    if (extent.right <= 0 || extent.left >= 1 || extent.bottom <= 0 || extent.top >= 1) return;
    for (const { outline } of pieces) {
      scan(outline, (row, from, to) => {
        if (from >= to) return;
        const inRow = runs.get(row);
        if (inRow === undefined) runs.set(row, [[from, to]]);
        else inRow.push([from, to]);
        const [first, last] = [Math.max(0, from), Math.min(gridWidth, to)];
        if (row >= 0 && row < gridHeight && first < last)
          owner.fill(index, row * gridWidth + first, row * gridWidth + last);
      });
    }
    for (const inRow of runs.values()) whole[index] = (whole[index] ?? 0) + coveredBy(inRow);
  });
  const seen = new Float64Array(actors.length);
  // By its number: the iterator of so many cells costs more than all the rest.
  for (let cell = 0; cell < owner.length; cell++) {
    const index = owner[cell] ?? -1;
    if (index >= 0) seen[index] = (seen[index] ?? 0) + 1;
  }
  return actors.flatMap(({ label, identity }, index): VisibleObject[] => {
    const extent = extents[index];
    const cells = seen[index] ?? 0;
    if (label === undefined || extent === undefined || cells === 0) return [];
    const x = Math.max(0, extent.left);
    const y = Math.max(0, extent.top);
    const box = { x, y, width: Math.min(1, extent.right) - x, height: Math.min(1, extent.bottom) - y };
    return [{ label, identity, box, visible: Math.min(1, cells / (whole[index] ?? 1)) }];
  });
};

/** `more` are there besides, which no simulator shows: training has its reasons. */
export const createView = (
  seed: number,
  scene: SceneName,
  more: (instant: Instant) => readonly Actor[] = () => [],
): View => {
  const { actorsAt, camera, sun, angle } = scene === 'street' ? createStreet(seed) : createHarbour(seed);
  const farthestFirst = (instant: Instant): readonly Actor[] =>
    [...actorsAt(instant), ...more(instant)].toSorted((a, b) => Math.hypot(b.x, b.y) - Math.hypot(a.x, a.y));
  return {
    scene,
    seed,
    camera,
    sun,
    angle,
    actorsAt: farthestFirst,
    visibleAt: instant => visibleObjects(farthestFirst(instant), camera, sun),
  };
};
