/** What stands still behind the actors: houses, road and pavement, or hills, water and quay. Painted once for each seed. */
import { between, createRandom, hash, pick } from '../world/random.ts';
import type { Color } from '../world/shapes.ts';
import { quayEdge, streetLayout, type View } from '../world/view.ts';

/** RGB, 8 bits each, rows from the top. */
export type Picture = Uint8Array;

/** Moments of the water's shimmer, shown in turn. A street has one. */
const shimmerFrames = 8;

/** 0–1, the same for a cell for ever. */
const grain = (seed: number, x: number, y: number): number => hash(seed, Math.floor(x), Math.floor(y)) / 2 ** 32;

/** Cheap 0–1 mixture for places in the picture; `hash` would be too slow for every pixel. */
const speckle = (x: number, y: number, salt: number): number => {
  let value = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ salt;
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  value ^= value >>> 12;
  return (value >>> 8) / 2 ** 24;
};

const mix = (a: Color, b: Color, part: number): Color => [
  a[0] + (b[0] - a[0]) * part,
  a[1] + (b[1] - a[1]) * part,
  a[2] + (b[2] - a[2]) * part,
];
const lit = (color: Color, light: number): Color => [color[0] * light, color[1] * light, color[2] * light];

const walls: readonly [Color, ...Color[]] = [
  [222, 206, 160],
  [196, 204, 208],
  [228, 190, 150],
  [150, 176, 170],
  [206, 170, 158],
  [232, 228, 214],
];
const signs: readonly [Color, ...Color[]] = [
  [196, 40, 44],
  [40, 90, 170],
  [236, 190, 50],
  [40, 130, 80],
  [230, 230, 230],
];

interface House {
  readonly wall: Color;
  readonly sign: Color;
  readonly door: Color;
  readonly storeys: number;
}

type Paint = (u: number, v: number, column: number, row: number, moment: number) => Color;

const streetPaint = (view: View): Paint => {
  const { camera, angle, seed } = view;
  const random = createRandom(seed, 'street-paint');
  const salt = hash(seed, 'street-salt');
  const houseWidth = between(random, 4.2, 6);
  const offset = between(random, 0, houseWidth);
  const houses = Array.from(
    { length: 64 },
    (): House => ({
      wall: lit(pick(random, walls), between(random, 0.7, 0.95)),
      sign: pick(random, signs),
      door: lit([90, 84, 80], between(random, 0.4, 1.1)),
      storeys: 2 + Math.floor(random() * 3),
    }),
  );
  const sky: Color = mix([196, 208, 220], [150, 186, 226], random());
  const asphalt = between(random, 78, 112);
  const tiles = mix([150, 142, 132], [176, 168, 158], random());
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const height = camera.heightMetres;
  return (u, v, column, row) => {
    const [rx, ry, rz] = camera.ray(u, v);
    const across = ry * cosine - rx * sine;
    const along = rx * cosine + ry * sine;
    const ground = rz < 0 ? -height / rz : Number.POSITIVE_INFINITY;
    const facade = across > 0 ? streetLayout.houses / across : Number.POSITIVE_INFINITY;
    const speck = speckle(column, row, salt);
    if (facade < ground) {
      const z = height + facade * rz;
      const s = facade * along + offset;
      const house = houses[((Math.floor(s / houseWidth) % 64) + 64) % 64];
      if (house === undefined || z > house.storeys * 3.4) return lit(sky, 0.97 + 0.05 * speck);
      const inside = ((s % houseWidth) + houseWidth) % houseWidth;
      const part = inside / houseWidth;
      const storey = Math.floor(z / 3.4);
      const up = z - storey * 3.4;
      const light = 0.93 + 0.1 * speck;
      if (part < 0.025) return lit(house.wall, 0.55);
      if (storey === 0) {
        if (up > 2.5 && up < 3.3)
          return lit(
            house.sign,
            light * (part > 0.12 && part < 0.88 && up > 2.7 && up < 3.1 && grain(seed, s * 4, storey) > 0.5 ? 0.6 : 1),
          );
        if (part > 0.1 && part < 0.9 && up < 2.45)
          return lit(house.door, light * (Math.floor(s * 7) % 2 === 0 ? 1 : 0.86));
        return lit(house.wall, light * 0.9);
      }
      const pane = Math.abs(((part * 2) % 1) - 0.5) < 0.26 && up > 0.9 && up < 2.6;
      return pane ? lit([70, 88, 104], light * (0.7 + 0.5 * grain(seed, s / 1.2, storey))) : lit(house.wall, light);
    }
    if (!Number.isFinite(ground)) return sky;
    const t = ground * across;
    const s = ground * along;
    const light = 0.9 + 0.2 * speck * Math.min(1, 14 / ground);
    const { nearKerb, middle, farKerb } = streetLayout;
    if (t < nearKerb || t > farKerb) {
      const joint = Math.abs((s * 1.6) % 1) < 0.07 || Math.abs((t * 1.6) % 1) < 0.07;
      return lit(tiles, light * (joint ? 0.84 : 0.94 + 0.1 * grain(seed, s * 1.6, t * 1.6)));
    }
    if (t < nearKerb + 0.22 || t > farKerb - 0.22)
      return lit(Math.floor(s / 1.2) % 2 === 0 ? [210, 206, 200] : [150, 60, 54], light);
    if (Math.abs(t - middle) < 0.08) return lit([214, 186, 80], light);
    const dash = ((s % 4) + 4) % 4 < 1.8;
    if (dash && (Math.abs(t - middle + 3.1) < 0.06 || Math.abs(t - middle - 3.1) < 0.06))
      return lit([206, 206, 204], light);
    const worn = 0.92 + 0.1 * grain(seed, s / 2.2, t / 0.9);
    return lit([asphalt, asphalt, asphalt + 4], light * worn);
  };
};

const harbourPaint = (view: View): Paint => {
  const { camera, seed } = view;
  const random = createRandom(seed, 'harbour-paint');
  const salt = hash(seed, 'harbour-salt');
  const water = mix([74, 104, 108], [62, 96, 128], random());
  const sky = mix([206, 212, 214], [150, 188, 226], random());
  const hills = mix([86, 108, 104], [110, 130, 146], random());
  const concrete = mix([150, 146, 138], [178, 172, 160], random());
  const ridge = Array.from(
    { length: 3 },
    () => [between(random, 3, 14), between(random, 0, 6), between(random, 0.004, 0.022)] as const,
  );
  const shore = 520;
  const height = camera.heightMetres;
  return (u, v, column, row, moment) => {
    const [rx, ry, rz] = camera.ray(u, v);
    const ground = rz < 0 ? -height / rz : Number.POSITIVE_INFINITY;
    const y = ground * ry;
    const speck = speckle(column, row, salt);
    if (y > shore) {
      const slope = rz / ry;
      let crest = 0.012;
      for (const [frequency, phase, size] of ridge) crest += size * (0.5 + 0.5 * Math.sin(u * frequency + phase));
      if (slope > crest) return lit(mix(sky, [232, 236, 238], Math.max(0, 1 - slope * 4)), 0.98 + 0.03 * speck);
      if (slope < 0.006 + 0.003 * grain(seed, u * 90, 1))
        return lit([58, 82, 58], 0.8 + 0.4 * speckle(column >> 1, row, salt));
      return lit(hills, 0.94 + 0.1 * speck);
    }
    const x = ground * rx;
    if (y < quayEdge) {
      if (y > quayEdge - 0.35) return lit([196, 182, 90], 0.85 + 0.2 * speck);
      const joint = Math.abs((x * 0.33) % 1) < 0.015 || Math.abs((y * 0.33) % 1) < 0.03;
      const stain = 0.9 + 0.14 * grain(seed, x / 1.4, y / 0.8);
      return lit(concrete, (joint ? 0.75 : stain) * (0.94 + 0.1 * speck));
    }
    const turn = (moment / shimmerFrames) * 2 * Math.PI;
    const far = Math.min(1, 60 / y);
    const ripple =
      Math.sin(y * 1.7 + x * 0.5 + turn) * 0.5 +
      Math.sin(y * 0.6 - x * 0.9 + 2 * turn) * 0.3 +
      Math.sin(x * 2.1 + y * 3.3 - turn) * 0.4;
    const glint = speckle(column + moment * 977, row, salt) > 0.992 ? 0.5 : 0;
    const light = 0.95 + (0.09 * ripple + glint) * far + 0.05 * speck;
    return lit(mix(water, sky, 0.55 * (1 - Math.min(1, 90 / y))), light);
  };
};

/** The backdrop of a view, `shimmerFrames` pictures for water, one for a street. */
export const paintBackdrop = (view: View, width: number, height: number): readonly Picture[] => {
  const paint = view.scene === 'street' ? streetPaint(view) : harbourPaint(view);
  const moments = view.scene === 'street' ? 1 : shimmerFrames;
  return Array.from({ length: moments }, (_, moment) => {
    const picture = new Uint8Array(width * height * 3);
    let at = 0;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const color = paint((column + 0.5) / width, (row + 0.5) / height, column, row, moment);
        picture[at++] = Math.min(255, color[0]);
        picture[at++] = Math.min(255, color[1]);
        picture[at++] = Math.min(255, color[2]);
      }
    }
    return picture;
  });
};
