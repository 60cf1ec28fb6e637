/** Bodies of the things a camera sees, as convex solids in metres. One body gives the picture and the ground truth. */
import type { CameraModel, Point, Seen } from './camera-model.ts';
import { between, createRandom, pick, type Random } from './random.ts';

export type Color = readonly [red: number, green: number, blue: number];

export type ShapeName =
  | 'person'
  | 'motorbike'
  | 'car'
  | 'bus'
  | 'fishing-boat'
  | 'ferry'
  | 'cargo-ship'
  | 'bollard'
  | 'planter'
  | 'post'
  | 'crate';

/** One thing in front of a camera. `label` is absent for what nobody asks a detector to find. */
export interface Actor {
  readonly identity: string;
  readonly label?: string;
  readonly shape: ShapeName;
  /** Its middle on the ground, metres to the camera's right and ahead. */
  readonly x: number;
  readonly y: number;
  /** Radians clockwise from the camera's direction. */
  readonly bearing: number;
  /** Metres; the beam of a vessel, the width of a car. */
  readonly length: number;
  readonly width: number;
  /** Chooses colours and small differences; the same thing keeps its own. */
  readonly look: number;
  /** 0–1 through a walking step; absent while it stands or rolls. */
  readonly gait?: number;
  /** Whether somebody sits on it. */
  readonly rider?: 'aboard' | 'none';
}

/** A convex body between two rings of equally many points, capped at both ends. */
interface Solid {
  readonly near: readonly Point[];
  readonly far: readonly Point[];
  readonly color: Color;
  readonly cap: Color;
  /** Solids of a lower layer are drawn first. */
  readonly layer: number;
}

/** A flat piece of a body as the camera sees it. */
interface Face {
  readonly points: readonly Seen[];
  readonly color: Color;
}

/** A convex body as the camera sees it: its outline, and the faces turned towards the camera. */
export interface Piece {
  readonly outline: readonly Seen[];
  readonly faces: readonly Face[];
}

const box = (
  color: Color,
  layer: number,
  [fromAhead, toAhead]: readonly [number, number],
  [fromRight, toRight]: readonly [number, number],
  [bottom, top]: readonly [number, number],
  options: { readonly taper?: number; readonly cap?: Color } = {},
): Solid => {
  const taper = options.taper ?? 1;
  const middleAhead = (fromAhead + toAhead) / 2;
  const middleRight = (fromRight + toRight) / 2;
  const ring = (z: number, part: number): Point[] =>
    [
      [fromAhead, fromRight],
      [toAhead, fromRight],
      [toAhead, toRight],
      [fromAhead, toRight],
    ].map(
      ([ahead = 0, right = 0]): Point => [
        middleRight + (right - middleRight) * part,
        middleAhead + (ahead - middleAhead) * part,
        z,
      ],
    );
  return { near: ring(bottom, 1), far: ring(top, taper), color, cap: options.cap ?? color, layer };
};

/** A disc that stands upright along the body: a wheel. */
const wheel = (layer: number, ahead: number, right: number, radius: number, thickness: number): Solid => {
  const ring = (offset: number): Point[] =>
    Array.from({ length: 10 }, (_, index): Point => {
      const angle = (index / 10) * 2 * Math.PI;
      return [right + offset, ahead + radius * Math.cos(angle), radius + radius * Math.sin(angle)];
    });
  return { near: ring(-thickness / 2), far: ring(thickness / 2), color: [24, 24, 26], cap: [52, 52, 56], layer };
};

/** An upright round body: a head, a bollard, a trunk. */
const column = (color: Color, layer: number, at: Point, radius: number, height: number, topRadius = radius): Solid => {
  const ring = (size: number, z: number): Point[] =>
    Array.from({ length: 8 }, (_, index): Point => {
      const angle = (index / 8) * 2 * Math.PI;
      return [at[0] + size * Math.sin(angle), at[1] + size * Math.cos(angle), z];
    });
  return { near: ring(radius, at[2]), far: ring(topRadius, at[2] + height), color, cap: color, layer };
};

const skin: readonly [Color, ...Color[]] = [
  [198, 152, 120],
  [170, 122, 92],
  [214, 170, 138],
];
const cloth: readonly [Color, ...Color[]] = [
  [205, 60, 52],
  [48, 92, 170],
  [236, 234, 226],
  [58, 132, 84],
  [232, 178, 60],
  [128, 70, 140],
  [44, 46, 56],
  [222, 130, 150],
];
const trousers: readonly [Color, ...Color[]] = [
  [40, 44, 60],
  [70, 66, 62],
  [34, 34, 38],
  [92, 88, 104],
];
const paint: readonly [Color, ...Color[]] = [
  [226, 228, 230],
  [176, 30, 36],
  [38, 44, 52],
  [44, 82, 148],
  [150, 154, 158],
  [214, 184, 92],
  [86, 112, 90],
];
const hulls: readonly [Color, ...Color[]] = [
  [36, 92, 160],
  [28, 118, 140],
  [60, 78, 120],
  [40, 120, 92],
];
const cabins: readonly [Color, ...Color[]] = [
  [226, 220, 200],
  [96, 168, 190],
  [214, 190, 120],
  [120, 160, 110],
];
const glass: Color = [46, 58, 70];

const torso = (random: Random, ahead: number, base: number, layer: number): readonly Solid[] => {
  const shirt = pick(random, cloth);
  const face = pick(random, skin);
  const solids = [
    box(shirt, layer, [ahead - 0.13, ahead + 0.13], [-0.23, 0.23], [base, base + 0.6], { taper: 0.86 }),
    column(face, layer + 1, [0, ahead, base + 0.6], 0.1, 0.26),
  ];
  const covered = random();
  if (covered < 0.3) solids.push(column([222, 206, 150], layer + 2, [0, ahead, base + 0.76], 0.27, 0.17, 0.02));
  else
    solids.push(
      column(covered < 0.7 ? [28, 24, 24] : pick(random, cloth), layer + 2, [0, ahead, base + 0.77], 0.12, 0.1, 0.08),
    );
  return solids;
};

const person = (random: Random, gait: number | undefined): readonly Solid[] => {
  const stride = gait === undefined ? 0.03 : 0.24 * Math.sin(gait * 2 * Math.PI);
  const leg = pick(random, trousers);
  return [
    box(leg, 0, [stride - 0.09, stride + 0.09], [-0.2, -0.03], [0, 0.84]),
    box(leg, 0, [-stride - 0.09, -stride + 0.09], [0.03, 0.2], [0, 0.84]),
    ...torso(random, 0, 0.8, 1),
  ];
};

const motorbike = (random: Random, rider: Actor['rider']): readonly Solid[] => {
  const body = pick(random, paint);
  const solids: Solid[] = [
    wheel(0, 0.64, 0, 0.29, 0.13),
    wheel(0, -0.6, 0, 0.29, 0.15),
    box(body, 1, [-0.75, 0.3], [-0.16, 0.16], [0.38, 0.72]),
    box([30, 30, 32], 2, [-0.7, 0.1], [-0.15, 0.15], [0.72, 0.82]),
    box(body, 1, [0.42, 0.66], [-0.14, 0.14], [0.4, 1.0]),
    box([40, 40, 44], 2, [0.4, 0.5], [-0.34, 0.34], [0.98, 1.06]),
  ];
  if (rider === 'aboard') {
    const leg = pick(random, trousers);
    solids.push(box(leg, 3, [-0.25, 0.3], [-0.27, -0.13], [0.4, 0.9]));
    solids.push(box(leg, 3, [-0.25, 0.3], [0.13, 0.27], [0.4, 0.9]));
    solids.push(...torso(random, -0.2, 0.84, 4));
    if (random() < 0.3) solids.push(...torso(random, -0.58, 0.88, 3));
  }
  return solids;
};

const car = (random: Random, length: number, width: number): readonly Solid[] => {
  const body = pick(random, paint);
  const half = length / 2;
  const side = width / 2;
  const tall = random() < 0.35;
  return [
    box(body, 0, [-half, half], [-side, side], [0.28, 0.82], { taper: 0.97 }),
    ...[0.62 * half, -0.62 * half].flatMap(ahead => [
      wheel(0, ahead, side - 0.02, 0.32, 0.2),
      wheel(0, ahead, -side + 0.02, 0.32, 0.2),
    ]),
    box(glass, 1, [-half * (tall ? 0.92 : 0.72), half * 0.42], [-side * 0.92, side * 0.92], [0.8, tall ? 1.75 : 1.42], {
      taper: tall ? 0.86 : 0.74,
      cap: body,
    }),
  ];
};

const bus = (random: Random, length: number, width: number): readonly Solid[] => {
  const body = pick(random, paint);
  const trim = pick(random, cloth);
  const half = length / 2;
  const side = width / 2;
  return [
    box(body, 0, [-half, half], [-side, side], [0.4, 1.5]),
    ...[0.62 * half, -0.58 * half].flatMap(ahead => [
      wheel(0, ahead, side - 0.02, 0.48, 0.2),
      wheel(0, ahead, -side + 0.02, 0.48, 0.2),
    ]),
    box(trim, 1, [-half * 1.001, half * 1.001], [-side * 1.01, side * 1.01], [1.2, 1.45]),
    box(glass, 2, [-half, half], [-side, side], [1.5, 2.45]),
    ...Array.from({ length: 5 }, (_, index) => {
      const ahead = -half + ((index + 0.5) * length) / 5;
      return box(body, 2, [ahead - 0.07, ahead + 0.07], [-side * 1.01, side * 1.01], [1.5, 2.45]);
    }),
    box(body, 3, [-half, half], [-side, side], [2.45, 2.95], { taper: 0.96 }),
  ];
};

/** A hull from waterline to deck; `sheer` lifts the bow. */
const hull = (
  color: Color,
  layer: number,
  length: number,
  beam: number,
  bottom: number,
  deck: number,
  sheer: number,
): Solid => {
  const half = length / 2;
  const outline: readonly (readonly [ahead: number, right: number, lift: number])[] = [
    [-half, -0.36 * beam, 0.35],
    [-half * 0.3, -beam / 2, 0],
    [half * 0.45, -0.44 * beam, 0.3],
    [half, 0, 1],
    [half * 0.45, 0.44 * beam, 0.3],
    [-half * 0.3, beam / 2, 0],
    [-half, 0.36 * beam, 0.35],
  ];
  return {
    near: outline.map(([ahead, right]): Point => [right * 0.8, ahead * 0.9, bottom]),
    far: outline.map(([ahead, right, lift]): Point => [right, ahead, deck + lift * sheer]),
    color,
    cap: [150, 118, 84],
    layer,
  };
};

const fishingBoat = (random: Random, length: number, beam: number): readonly Solid[] => {
  const freeboard = 0.09 * length;
  const half = length / 2;
  const cabin = pick(random, cabins);
  const house = freeboard + 0.16 * length;
  return [
    hull([150, 40, 36], 0, length, beam, 0, freeboard * 0.45, freeboard * 0.2),
    hull(pick(random, hulls), 1, length, beam * 1.02, freeboard * 0.35, freeboard, freeboard * 0.9),
    box(cabin, 2, [-half * 0.7, -half * 0.05], [-beam * 0.32, beam * 0.32], [freeboard, house], { taper: 0.95 }),
    box(
      glass,
      3,
      [-half * 0.2, -half * 0.03],
      [-beam * 0.3, beam * 0.3],
      [house - 0.08 * length, house - 0.02 * length],
    ),
    box([190, 60, 48], 4, [-half * 0.78, half * 0.03], [-beam * 0.38, beam * 0.38], [house, house + 0.15]),
    column([90, 74, 60], 5, [0, half * 0.3, freeboard], 0.11, 0.32 * length, 0.07),
    column([90, 74, 60], 5, [0, -half * 0.5, house], 0.08, 0.16 * length, 0.05),
  ];
};

const ferry = (random: Random, length: number, beam: number): readonly Solid[] => {
  const half = length / 2;
  const body = pick<Color>(random, [
    [230, 232, 232],
    [70, 140, 180],
    [220, 150, 60],
  ]);
  return [
    hull([40, 70, 110], 0, length, beam, 0, 1.5, 0.5),
    box(body, 1, [-half * 0.8, half * 0.5], [-beam * 0.42, beam * 0.42], [1.5, 4.1]),
    box(glass, 2, [-half * 0.78, half * 0.48], [-beam * 0.43, beam * 0.43], [2.5, 3.4]),
    box(body, 3, [-half * 0.5, half * 0.2], [-beam * 0.34, beam * 0.34], [4.1, 6.2]),
    box(glass, 4, [-half * 0.1, half * 0.21], [-beam * 0.35, beam * 0.35], [4.9, 5.7]),
    column([80, 80, 84], 5, [0, -half * 0.2, 6.2], 0.12, 2.6, 0.06),
  ];
};

const cargoShip = (random: Random, length: number, beam: number): readonly Solid[] => {
  const half = length / 2;
  const solids = [
    hull([120, 36, 34], 0, length, beam, 0, 1.6, 0.2),
    hull(
      pick<Color>(random, [
        [40, 44, 52],
        [30, 70, 60],
        [40, 60, 110],
      ]),
      1,
      length,
      beam * 1.01,
      1.2,
      5.2,
      2,
    ),
    box([232, 232, 228], 3, [-half * 0.9, -half * 0.62], [-beam * 0.42, beam * 0.42], [5, 15]),
    box(glass, 4, [-half * 0.64, -half * 0.61], [-beam * 0.4, beam * 0.4], [12.6, 13.8]),
    column([200, 120, 50], 4, [0, -half * 0.8, 15], 1, 3),
  ];
  for (let hold = 0; hold < 4; hold++) {
    const ahead = half * (-0.45 + hold * 0.3);
    const height = 5.2 + Math.floor(between(random, 0, 3)) * 2.5;
    if (height > 5.3)
      solids.push(
        box(
          pick(random, cloth),
          2,
          [ahead - half * 0.12, ahead + half * 0.12],
          [-beam * 0.4, beam * 0.4],
          [5.2, height],
        ),
      );
  }
  return solids;
};

const solidsOf = (actor: Actor): readonly Solid[] => {
  const random = createRandom(actor.look, actor.shape);
  switch (actor.shape) {
    case 'person':
      return person(random, actor.gait);
    case 'motorbike':
      return motorbike(random, actor.rider);
    case 'car':
      return car(random, actor.length, actor.width);
    case 'bus':
      return bus(random, actor.length, actor.width);
    case 'fishing-boat':
      return fishingBoat(random, actor.length, actor.width);
    case 'ferry':
      return ferry(random, actor.length, actor.width);
    case 'cargo-ship':
      return cargoShip(random, actor.length, actor.width);
    case 'bollard':
      return [column([50, 52, 56], 0, [0, 0, 0], 0.22, 0.55, 0.3)];
    case 'planter':
      return [
        box([160, 110, 84], 0, [-0.4, 0.4], [-0.4, 0.4], [0, 0.5]),
        column([52, 108, 48], 1, [0, 0, 0.5], 0.55, 0.8, 0.25),
      ];
    case 'post':
      return [column([120, 124, 126], 0, [0, 0, 0], 0.09, 6, 0.06)];
    case 'crate':
      return [box(pick(random, cloth), 0, [-0.5, 0.5], [-0.4, 0.4], [0, between(random, 0.4, 0.9)])];
  }
};

const cross = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const middle = (points: readonly Point[]): Point => {
  let [x, y, z] = [0, 0, 0];
  for (const point of points) {
    x += point[0];
    y += point[1];
    z += point[2];
  }
  return [x / points.length, y / points.length, z / points.length];
};

/** Andrew's monotone chain. */
const outlineOf = (points: readonly Seen[]): readonly Seen[] => {
  const sorted = [...points].sort((a, b) => a.u - b.u || a.v - b.v);
  const half = (list: readonly Seen[]): Seen[] => {
    const chain: Seen[] = [];
    for (const point of list) {
      for (;;) {
        const last = chain.at(-1);
        const before = chain.at(-2);
        if (last === undefined || before === undefined) break;
        const area = (last.u - before.u) * (point.v - before.v) - (last.v - before.v) * (point.u - before.u);
        if (area > 0) break;
        chain.pop();
      }
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.reverse())];
};

const shade = (color: Color, light: number): Color => [color[0] * light, color[1] * light, color[2] * light];

/**
 * The body of `actor` before `camera`, the farthest piece first. `sun` is the direction of the light, of unit length.
 * Empty when part of it is behind the lens.
 */
export const piecesOf = (actor: Actor, camera: CameraModel, sun: Point): readonly Piece[] => {
  const sine = Math.sin(actor.bearing);
  const cosine = Math.cos(actor.bearing);
  const place = ([right, ahead, z]: Point): Point => [
    actor.x + ahead * sine + right * cosine,
    actor.y + ahead * cosine - right * sine,
    z,
  ];
  const eye: Point = [0, 0, camera.heightMetres];
  const placed = solidsOf(actor).map(solid => {
    const near = solid.near.map(place);
    const far = solid.far.map(place);
    const center = middle([...near, ...far]);
    return { solid, near, far, center, distance: Math.hypot(...minus(center, eye)) };
  });
  placed.sort((a, b) => a.solid.layer - b.solid.layer || b.distance - a.distance);
  const pieces: Piece[] = [];
  for (const { solid, near, far, center } of placed) {
    const seen: Seen[] = [];
    for (const point of [...near, ...far]) {
      const projected = camera.project(point);
      if (projected === undefined) return [];
      seen.push(projected);
    }
    const faces: Face[] = [];
    const add = (points: readonly Point[], color: Color): void => {
      const [a, b, c] = points;
      if (a === undefined || b === undefined || c === undefined) return;
      let normal = cross(minus(b, a), minus(c, a));
      const size = Math.hypot(...normal);
      if (size === 0) return;
      const outward = dot(normal, minus(a, center)) < 0 ? -1 : 1;
      normal = [(outward * normal[0]) / size, (outward * normal[1]) / size, (outward * normal[2]) / size];
      if (dot(normal, minus(eye, a)) <= 0) return;
      const projected = points.map(point => camera.project(point)).filter(point => point !== undefined);
      faces.push({ points: projected, color: shade(color, 0.58 + 0.42 * Math.max(0, dot(normal, sun))) });
    };
    for (let index = 0; index < near.length; index++) {
      const after = (index + 1) % near.length;
      const corners = [near[index], near[after], far[after], far[index]].filter(point => point !== undefined);
      add(corners, solid.color);
    }
    add(near, solid.cap);
    add(far, solid.cap);
    pieces.push({ outline: outlineOf(seen), faces });
  }
  return pieces;
};
