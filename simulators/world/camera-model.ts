/** A pinhole camera over flat ground: metres to its right (x), ahead (y) and above ground (z) ↔ fractions of the picture. */

export type Point = readonly [x: number, y: number, z: number];

/** A place in the picture, fractions of its width and height from the top left; may lie outside 0–1. */
export interface Seen {
  readonly u: number;
  readonly v: number;
  /** Metres along the optical axis. */
  readonly depth: number;
}

export interface CameraModel {
  readonly heightMetres: number;
  /** Undefined for what is behind the lens. */
  project(point: Point): Seen | undefined;
  /** Direction of the ray through a place in the picture. Not of unit length. */
  ray(u: number, v: number): Point;
}

export interface CameraOptions {
  readonly heightMetres: number;
  /** Radians downwards. */
  readonly pitch: number;
  /** Radians across the picture's width. */
  readonly fieldOfView: number;
}

/** Width over height of every scene. */
const aspect = 16 / 9;
const nearest = 0.5;

export const createCamera = ({ heightMetres, pitch, fieldOfView }: CameraOptions): CameraModel => {
  const focal = 0.5 / Math.tan(fieldOfView / 2);
  const sine = Math.sin(pitch);
  const cosine = Math.cos(pitch);
  return {
    heightMetres,
    project: ([x, y, z]) => {
      const below = heightMetres - z;
      const depth = y * cosine + below * sine;
      if (depth < nearest) return undefined;
      const down = below * cosine - y * sine;
      return { u: 0.5 + (focal * x) / depth, v: 0.5 + (focal * down * aspect) / depth, depth };
    },
    ray: (u, v) => {
      const right = (u - 0.5) / focal;
      const down = (v - 0.5) / (focal * aspect);
      return [right, cosine - down * sine, -(sine + down * cosine)];
    },
  };
};
