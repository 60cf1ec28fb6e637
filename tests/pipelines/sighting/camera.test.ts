import { describe, expect, it } from 'vitest';
import { type CameraPose, createCamera, expectBox, locate } from '../../../pipelines/sighting/camera.ts';
import { alongBearing, bearingOf, createPlane, type Position, turnBetween } from '../../../pipelines/sighting/plane.ts';
import { between, createRandom } from '../../../simulators/world/random.ts';

const pose: CameraPose = {
  heightMetres: 10,
  headingDegrees: 90,
  tiltDegrees: 3,
  rollDegrees: 0,
  fieldOfViewDegrees: 60,
  aspect: 16 / 9,
  k1: 0,
};

const drawn = (random: () => number): CameraPose => ({
  heightMetres: between(random, 3, 120),
  headingDegrees: between(random, 0, 360),
  tiltDegrees: between(random, -2, 20),
  rollDegrees: between(random, -6, 6),
  fieldOfViewDegrees: between(random, 5, 95),
  aspect: between(random, 1.2, 2),
  k1: between(random, -0.12, 0.1),
});

describe('a camera above the sea', () => {
  it('finds again on the water what it shows in the picture', () => {
    const random = createRandom(1, 'camera');
    let found = 0;
    for (let round = 0; round < 3000; round++) {
      const camera = createCamera(drawn(random));
      const point = { x: random(), y: random() };
      const place = camera.toSea(point);
      if (place === undefined || place.rangeMetres > camera.horizonMetres * 0.98) continue;
      found++;
      const again = camera.toPicture(place);
      expect(again?.x).toBeCloseTo(point.x, 7);
      expect(again?.y).toBeCloseTo(point.y, 7);
    }
    expect(found).toBeGreaterThan(1000);
  });

  /** Bowditch, American Practical Navigator (2002), chapter 22: D = 2.07 × √metres, nautical miles. */
  it.each([
    [2, 2.93],
    [10, 6.55],
    [50, 14.64],
    [100, 20.7],
  ])('%d m high sees the horizon %d nautical miles away', (heightMetres, miles) => {
    const { horizonMetres } = createCamera({ ...pose, heightMetres });
    expect(Math.abs(horizonMetres / 1852 - miles)).toBeLessThan(0.06);
  });

  /** The Nautical Almanac's dip: 1.76' × √metres, for a refraction of 0.17. */
  it('sees the horizon below the horizontal by about the dip of the tables', () => {
    const camera = createCamera({ ...pose, tiltDegrees: 0, heightMetres: 25 });
    const seen = camera.toPicture({ bearingDegrees: 90, rangeMetres: camera.horizonMetres * 0.9999 });
    const dipMinutes = (Math.atan(((seen?.y ?? 0) - 0.5) / (camera.focal * pose.aspect)) * 180 * 60) / Math.PI;
    expect(dipMinutes).toBeGreaterThan(8.6);
    expect(dipMinutes).toBeLessThan(9.1);
  });

  it('shows nothing on the water above the horizon, and nothing behind it', () => {
    const camera = createCamera(pose);
    expect(camera.toSea({ x: 0.5, y: 0.2 })).toBeUndefined();
    expect(camera.toPicture({ bearingDegrees: 270, rangeMetres: 500 })).toBeUndefined();
    expect(camera.toPicture({ bearingDegrees: 90, rangeMetres: camera.horizonMetres + 1 })).toBeUndefined();
  });

  it('looks along its heading in the middle, as far as its tilt says', () => {
    const { bearingDegrees, rangeMetres } = createCamera(pose).toSea({ x: 0.5, y: 0.5 }) ?? {};
    expect(bearingDegrees).toBeCloseTo(90, 9);
    expect(rangeMetres).toBeGreaterThan(10 / Math.tan((3 * Math.PI) / 180));
    expect(rangeMetres).toBeLessThan((1.001 * 10) / Math.tan((3 * Math.PI) / 180));
  });

  it('that leans to its right has the horizon lower on the left', () => {
    const camera = createCamera({ ...pose, rollDegrees: 5 });
    const left = camera.toPicture({ bearingDegrees: 70, rangeMetres: 5000 });
    const right = camera.toPicture({ bearingDegrees: 110, rangeMetres: 5000 });
    expect(left?.y).toBeGreaterThan(right?.y ?? 1);
  });

  it('says how far off it may be, and that something near the horizon may be anywhere up to it', () => {
    const camera = createCamera(pose);
    const uncertainty = { headingDegrees: 0.3, tiltDegrees: 0.1, heightMetres: 0.5 };
    const at = (rangeMetres: number) => {
      const point = camera.toPicture({ bearingDegrees: 95, rangeMetres });
      return point && locate(camera, point, { x: 0.004, y: 0.004 }, uncertainty);
    };
    const near = at(200);
    expect(near?.bearingUncertaintyDegrees).toBeCloseTo(Math.hypot(0.3, (0.004 / camera.focal) * (180 / Math.PI)), 6);
    expect(near?.rangeLeastMetres).toBeGreaterThan(170);
    expect(near?.rangeMostMetres).toBeLessThan(240);
    const far = at(9000);
    expect(far?.rangeLeastMetres).toBeLessThan(3000);
    expect(far?.rangeMostMetres).toBeUndefined();
  });
});

describe('the box of a vessel', () => {
  const camera = createCamera(pose);
  const hull = { toBowMetres: 30, toSternMetres: 10, toPortMetres: 6, toStarboardMetres: 2 };
  const antenna = alongBearing(90, 300);

  it('lies around the hull, not around the antenna', () => {
    // The bow points to the left of the picture: most of the hull is on that side.
    const north = expectBox(camera, antenna, { hull, bowDegrees: 0 }, 40);
    const middle = ((north?.left ?? 0) + (north?.right ?? 0)) / 2;
    expect(middle).toBeCloseTo(0.5 - (camera.focal * 10) / 300, 2);
    expect(north?.foot.rangeMetres).toBeLessThan(300);
    const south = expectBox(camera, antenna, { hull, bowDegrees: 180 }, 40);
    expect(((south?.left ?? 0) + (south?.right ?? 0)) / 2).toBeCloseTo(0.5 + (camera.focal * 10) / 300, 2);
  });

  it('meets the water at the nearest point of the hull', () => {
    const towards = expectBox(camera, antenna, { hull, bowDegrees: 270 }, 40);
    const unknown = expectBox(camera, antenna, undefined, 40);
    expect(towards?.foot.rangeMetres).toBeCloseTo(270, 0);
    expect(towards?.bottom).toBeGreaterThan(unknown?.bottom ?? 1);
  });

  it('is cut at the edges of the picture', () => {
    const beside = expectBox(camera, alongBearing(61, 100), { hull, bowDegrees: 331 }, 40);
    expect(beside?.left).toBe(0);
  });
});

describe('the plane around a camera', () => {
  /** East, north and up of one place from the other by earth-centered coordinates, without any approximation. */
  const exact = (from: Position, to: Position) => {
    const a = 6_378_137;
    const e2 = 6.694379990141e-3;
    const angles = ({ longitude, latitude }: Position) =>
      [(longitude * Math.PI) / 180, (latitude * Math.PI) / 180] as const;
    const centered = (position: Position) => {
      const [lambda, phi] = angles(position);
      const n = a / Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
      return [
        n * Math.cos(phi) * Math.cos(lambda),
        n * Math.cos(phi) * Math.sin(lambda),
        n * (1 - e2) * Math.sin(phi),
      ] as const;
    };
    const [x0, y0, z0] = centered(from);
    const [x1, y1, z1] = centered(to);
    const [dx, dy, dz] = [x1 - x0, y1 - y0, z1 - z0];
    const [lambda, phi] = angles(from);
    return {
      east: -Math.sin(lambda) * dx + Math.cos(lambda) * dy,
      north: -Math.sin(phi) * (Math.cos(lambda) * dx + Math.sin(lambda) * dy) + Math.cos(phi) * dz,
    };
  };

  it.each([0, 16.55734, -35, 59])('keeps to the ellipsoid at %d° of latitude', latitude => {
    const origin = { longitude: 107.64612, latitude };
    const plane = createPlane(origin);
    for (const metres of [50, 1000, 10_000]) {
      for (let bearing = 0; bearing < 360; bearing += 15) {
        const point = alongBearing(bearing, metres);
        const position = plane.toPosition(point);
        const { east, north } = exact(origin, position);
        expect(Math.hypot(east - point.east, north - point.north)).toBeLessThan(0.0005 * metres);
        const again = plane.toPlane(position);
        expect(Math.hypot(again.east - point.east, again.north - point.north)).toBeLessThan(1e-6);
        expect(Math.abs(turnBetween(bearingOf(again), bearing))).toBeLessThan(1e-6);
      }
    }
  });

  it('crosses the antimeridian', () => {
    const plane = createPlane({ longitude: 179.999, latitude: 10 });
    expect(plane.toPlane({ longitude: -179.999, latitude: 10 }).east).toBeCloseTo(219.3, 0);
    expect(turnBetween(350, 10)).toBe(20);
    expect(turnBetween(10, 350)).toBe(-20);
  });
});
