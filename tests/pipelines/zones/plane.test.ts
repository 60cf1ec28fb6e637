import { describe, expect, it } from 'vitest';
import type { Point } from '../../../core/polygon.ts';
import type { Footprint } from '../../../pipelines/zones/path.ts';
import { createPlane, type GroundPoint, rememberFoot, speedOf } from '../../../pipelines/zones/plane.ts';
import { stage } from '../../../pipelines/zones/stage.ts';
import { createCamera } from '../../../simulators/world/camera-model.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { drive } from '../../support/events.ts';

const camera = createCamera({ heightMetres: 6.5, pitch: 0.25, fieldOfView: 1 });

const seenAt = ([right, ahead]: Point): Point => {
  const seen = camera.project([right, ahead, 0]);
  if (seen === undefined) throw new Error('behind the camera');
  return [seen.u, seen.v];
};

const marks: readonly Point[] = [
  [-4, 12],
  [5, 13],
  [9, 26],
  [-8, 25],
];
const groundPoints = (places: readonly Point[], error = (): number => 0): readonly GroundPoint[] =>
  places.map(place => {
    const [x, y] = seenAt(place);
    return { picture: [x + error(), y + error()], metres: place };
  });

const planeOf = (points: readonly GroundPoint[]) => {
  const plane = createPlane(points);
  if (plane === undefined) throw new Error('no plane');
  return plane;
};

describe('a plane by points on the ground', () => {
  it('gives every place of the ground before the camera', () => {
    const plane = planeOf(groundPoints(marks));
    const random = createRandom('plane', 1);
    for (let round = 0; round < 200; round++) {
      const place: Point = [random() * 20 - 10, 11 + random() * 30];
      const [right, ahead] = plane(seenAt(place));
      expect(Math.hypot(right - place[0], ahead - place[1])).toBeLessThan(0.001);
    }
  });

  it('does so wherever the metres are counted from', () => {
    const plane = planeOf(
      groundPoints(marks).map(({ picture, metres: [x, y] }) => ({ picture, metres: [x + 9000, y - 9000] })),
    );
    const [right, ahead] = plane(seenAt([2, 20]));
    expect(right).toBeCloseTo(9002, 2);
    expect(ahead).toBeCloseTo(-8980, 2);
  });

  it('is the better the more points there are, where each is a little off', () => {
    const random = createRandom('plane', 2);
    const error = (): number => (random() - 0.5) * 0.004;
    const many = [
      ...marks,
      ...marks.map(([x, y]): Point => [x * 0.7, y + 4]),
      [0, 16],
      [2, 22],
      [-5, 18],
      [6, 30],
    ] as const;
    const worst = (points: readonly Point[]): number => {
      let sum = 0;
      for (let round = 0; round < 50; round++) {
        const [right, ahead] = planeOf(groundPoints(points, error))(seenAt([0, 20]));
        sum += Math.hypot(right, ahead - 20);
      }
      return sum;
    };
    expect(worst(many)).toBeLessThan(worst(marks));
  });

  it('is none where three of four points lie on one line, and the configuration says so', () => {
    const onLine: readonly Point[] = [
      [0, 12],
      [0, 16],
      [0, 24],
      [5, 20],
    ];
    expect(createPlane(groundPoints(onLine))).toBeUndefined();
    expect(() => drive(stage, { planes: [{ camera: 'cam-3', points: groundPoints(onLine) }] })).toThrow(/span a plane/);
    const twice = { camera: 'cam-3', points: groundPoints(marks) };
    expect(() => drive(stage, { planes: [twice, twice] })).toThrow(/two planes/);
  });
});

describe('a speed', () => {
  const plane = planeOf(groundPoints(marks));
  const walk = (metresPerSecond: number, every: number, count: number): readonly Footprint[] => {
    const feet: Footprint[] = [];
    for (let index = 0; index < count; index++) {
      const [x, y] = seenAt([-5 + (metresPerSecond * index * every) / 1000, 20]);
      rememberFoot(feet, { x, y, at: index * every });
    }
    return feet;
  };

  it.each([
    [1.4, 200],
    [11, 200],
    [11, 333],
    [4, 900],
  ])('of %d m/s is told from feet %d ms apart', (speed, every) => {
    expect(speedOf(plane, walk(speed, every, 12))).toBeCloseTo(speed, 3);
  });

  it('is that of the last second, and not told before there is enough of it, nor over a gap', () => {
    expect(speedOf(plane, walk(5, 200, 2))).toBeUndefined();
    expect(speedOf(plane, walk(5, 3000, 3))).toBeUndefined();
    expect(walk(5, 100, 100).length).toBeLessThanOrEqual(12);
  });
});
