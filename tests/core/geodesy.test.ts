import { describe, expect, it } from 'vitest';
import {
  aheadOf,
  approachToSegment,
  bearingDegrees,
  closestApproach,
  crossTrackMetres,
  destinationOf,
  distanceMetres,
  distanceToSegmentMetres,
  longitudeBetween,
  type Moving,
  metresPerNauticalMile,
  metresPerSecondPerKnot,
  nearestOnSegment,
  type Place,
  placeBetween,
  velocityOf,
  wrapLongitude,
} from '../../core/geodesy.ts';
import { createRandom } from '../../simulators/world/random.ts';

const place = (longitude: number, latitude: number): Place => ({ longitude, latitude });

/** The same place after some whole turns round the earth. */
const turned = ({ longitude, latitude }: Place, degrees: number): Place => ({
  longitude: wrapLongitude(longitude + degrees),
  latitude,
});

/** Where a vessel is after some seconds, along its great circle. */
const later = (vessel: Moving, seconds: number): Place =>
  destinationOf(vessel, vessel.cogDegrees, vessel.sogKnots * metresPerSecondPerKnot * seconds);

describe('a distance', () => {
  it('is that of the tables: Paris to New York, and a minute of latitude is about a nautical mile', () => {
    const paris = place(2.351, 48.8567);
    expect(distanceMetres(paris, place(-74.006, 40.7128)) / 1000).toBeCloseTo(5837, -1);
    expect(distanceMetres(place(107, 16), place(107, 16 + 1 / 60)) / metresPerNauticalMile).toBeCloseTo(1, 2);
  });

  it('is that of the example in the Aviation Formulary: LAX to JFK', () => {
    const lax = place(-(118 + 24 / 60), 33 + 57 / 60);
    const jfk = place(-(73 + 47 / 60), 40 + 38 / 60);
    // 0.623585 radians, course 66 degrees.
    expect(distanceMetres(lax, jfk) / 6_371_008.8).toBeCloseTo(0.623585, 5);
    expect(bearingDegrees(lax, jfk)).toBeCloseTo(65.9, 1);
    // At N34:30 W116:30 one is 7.4523 nautical miles of 1/60 degree to the right of the course.
    const off = crossTrackMetres(place(-116.5, 34.5), lax, jfk) / 6_371_008.8;
    expect(off).toBeCloseTo(0.00216747, 6);
  });

  it('is the same both ways and wherever on a parallel, the antimeridian included', () => {
    const random = createRandom('geodesy', 1);
    for (let trial = 0; trial < 2000; trial++) {
      const from = place(random() * 360 - 180, random() * 178 - 89);
      const to = place(random() * 360 - 180, random() * 178 - 89);
      const metres = distanceMetres(from, to);
      expect(distanceMetres(to, from)).toBeCloseTo(metres, 5);
      const by = random() * 360;
      expect(Math.abs(distanceMetres(turned(from, by), turned(to, by)) - metres)).toBeLessThan(1e-3);
    }
  });
});

describe('a destination', () => {
  it('lies as far away, and in the direction, as was asked', () => {
    const random = createRandom('geodesy', 2);
    for (let trial = 0; trial < 2000; trial++) {
      const from = place(random() * 360 - 180, random() * 160 - 80);
      const bearing = random() * 360;
      const metres = 100 + random() * 500_000;
      const to = destinationOf(from, bearing, metres);
      expect(Math.abs(distanceMetres(from, to) - metres)).toBeLessThan(0.01);
      expect(Math.abs(longitudeBetween(bearing, bearingDegrees(from, to)))).toBeLessThan(1e-4);
      expect(to.longitude >= -180 && to.longitude < 180).toBe(true);
    }
  });
});

describe('a place ahead', () => {
  it.each([
    [{ longitude: 107.6, latitude: 16.5 }, 0],
    [{ longitude: 179.99, latitude: -45 }, 90],
    [{ longitude: -179.99, latitude: 60 }, 301],
  ])(
    'of %o on the course %d° is where the great circle leads, within three meters in ten minutes',
    (from, cogDegrees) => {
      const ahead = aheadOf({ ...from, sogKnots: 12, cogDegrees }, 600);
      const metres = 12 * metresPerSecondPerKnot * 600;
      expect(distanceMetres(ahead, destinationOf(from, cogDegrees, metres))).toBeLessThan(3);
      expect(Math.abs(ahead.longitude)).toBeLessThanOrEqual(180);
    },
  );

  it('does not leave the earth at a pole', () => {
    const { longitude, latitude } = aheadOf({ longitude: 10, latitude: 90, sogKnots: 10, cogDegrees: 45 }, 60);
    expect(latitude).toBe(90);
    expect(longitude).toBeGreaterThanOrEqual(-180);
    expect(longitude).toBeLessThan(180);
  });
});

describe('longitudes', () => {
  it('go the shorter way round', () => {
    expect(longitudeBetween(179, -179)).toBe(2);
    expect(longitudeBetween(-179, 179)).toBe(-2);
    expect(wrapLongitude(181)).toBe(-179);
    expect(wrapLongitude(-541)).toBe(179);
    expect(placeBetween(place(179, 0), place(-179, 2), 0.75)).toEqual(place(-179.5, 1.5));
  });
});

describe('the nearest place on a segment', () => {
  it('is as near as the nearest of ten thousand places on it', () => {
    const random = createRandom('geodesy', 3);
    for (let trial = 0; trial < 300; trial++) {
      const middle = place(random() * 360 - 180, random() * 120 - 60);
      const near = (spread: number): Place =>
        place(wrapLongitude(middle.longitude + (random() - 0.5) * spread), middle.latitude + (random() - 0.5) * spread);
      const [point, from, to] = [near(1), near(2), near(2)];
      let best = Number.POSITIVE_INFINITY;
      for (let part = 0; part <= 10_000; part++)
        best = Math.min(best, distanceMetres(point, placeBetween(from, to, part / 10_000)));
      const metres = distanceToSegmentMetres(point, from, to);
      // The samples are up to 15 m apart from each other.
      expect(metres).toBeLessThan(best * 1.001 + 10);
      expect(metres).toBeGreaterThan(best * 0.999 - 10);
    }
  });

  it('is an end where the place lies beyond it, and the segment may be a point', () => {
    expect(nearestOnSegment(place(0, 5), place(0, 0), place(0, 1))).toEqual(place(0, 1));
    expect(nearestOnSegment(place(0, 5), place(3, 3), place(3, 3))).toEqual(place(3, 3));
  });
});

describe('the closest point of approach', () => {
  it('is that of the textbook: crossing at right angles, both a mile from the crossing, is a collision', () => {
    const own = { ...place(107, 16), sogKnots: 10, cogDegrees: 90 };
    const mile = metresPerNauticalMile;
    const crossing = destinationOf(own, 90, mile);
    const other = { ...destinationOf(crossing, 0, mile), sogKnots: 10, cogDegrees: 180 };
    const { seconds, metres } = closestApproach(own, other);
    expect(seconds).toBeCloseTo(360, 0);
    expect(metres).toBeLessThan(5);
  });

  it('is now where they move apart, or alike', () => {
    const own = { ...place(179.99, 0), sogKnots: 10, cogDegrees: 270 };
    const other = { ...place(-179.99, 0), sogKnots: 10, cogDegrees: 90 };
    const apart = closestApproach(own, other);
    expect(apart.seconds).toBe(0);
    expect(apart.metres).toBeCloseTo(distanceMetres(own, other), 0);
    expect(closestApproach(own, { ...other, cogDegrees: 270 })).toEqual(apart);
  });

  it('is as close as the closest of many moments, within half a percent of the way, also across the antimeridian', () => {
    const random = createRandom('geodesy', 4);
    for (let trial = 0; trial < 300; trial++) {
      const latitude = random() * 120 - 60;
      const own = {
        ...place(random() < 0.5 ? 179.95 : 107, latitude),
        sogKnots: random() * 20,
        cogDegrees: random() * 360,
      };
      const away = 1000 + random() * 20_000;
      const other = {
        ...destinationOf(own, random() * 360, away),
        sogKnots: random() * 20,
        cogDegrees: random() * 360,
      };
      const { seconds, metres } = closestApproach(own, other);
      let best = Number.POSITIVE_INFINITY;
      for (let second = 0; second <= 7200; second += 5)
        best = Math.min(best, distanceMetres(later(own, second), later(other, second)));
      if (seconds > 7200) continue;
      expect(Math.abs(metres - best)).toBeLessThan(100 + away * 0.005);
    }
  });
});

describe('the approach to a segment', () => {
  const vessel: Moving = { ...place(179.9, 0), sogKnots: 12, cogDegrees: 90 };
  const line = [place(-179.9, -1), place(-179.9, 1)] as const;

  it('tells when a line is crossed beyond the antimeridian, and when its buffer is reached', () => {
    // 12 nautical miles of 1852 m, but 0.2 degrees are 22.24 km.
    const { seconds, metres, reachedSeconds } = approachToSegment(vessel, ...line, 0, 7200);
    expect(metres).toBe(0);
    expect(seconds).toBeCloseTo(22_239 / 6.1733, 0);
    expect(reachedSeconds).toBe(seconds);
    const buffered = approachToSegment(vessel, ...line, 1852, 7200);
    expect(buffered.reachedSeconds).toBeCloseTo(seconds - 300, 0);
  });

  it('is never reached by one that moves away, or does not come that far', () => {
    expect(approachToSegment({ ...vessel, cogDegrees: 270 }, ...line, 0, 7200)).not.toHaveProperty('reachedSeconds');
    const short = approachToSegment(vessel, ...line, 0, 1800);
    expect(short).not.toHaveProperty('reachedSeconds');
    expect(short.seconds).toBe(1800);
    expect(short.metres).toBeCloseTo(22_239 - 1800 * 6.1733, -1);
  });

  it('is reached already by one that lies within the buffer', () => {
    const lying = { ...place(179.9, 0), sogKnots: 0, cogDegrees: 0 };
    expect(approachToSegment(lying, ...line, 30_000, 3600).reachedSeconds).toBe(0);
    expect(approachToSegment(lying, ...line, 20_000, 3600)).not.toHaveProperty('reachedSeconds');
  });

  it('is that of many moments tried one after the other', () => {
    const random = createRandom('geodesy', 5);
    let reached = 0;
    for (let trial = 0; trial < 400; trial++) {
      const moving = { ...place(107, random() * 100 - 50), sogKnots: 2 + random() * 18, cogDegrees: random() * 360 };
      const end = (): Place => destinationOf(moving, random() * 360, random() * 15_000);
      const [from, to] = [end(), end()];
      const radius = trial % 2 === 0 ? 0 : random() * 3000;
      const horizon = 3600;
      const found = approachToSegment(moving, from, to, radius, horizon);
      const [east, north] = velocityOf(moving);
      const speed = Math.hypot(east, north);
      let best = Number.POSITIVE_INFINITY;
      let first: number | undefined;
      for (let second = 0; second <= horizon; second++) {
        const metres = distanceToSegmentMetres(later(moving, second), from, to);
        best = Math.min(best, metres);
        if (first === undefined && metres <= radius + speed) first = second;
      }
      expect(Math.abs(found.metres - best)).toBeLessThan(60 + speed);
      if (radius > 0 && first !== undefined && found.reachedSeconds !== undefined) {
        reached++;
        // Where it grazes the buffer a small error of the distance is a large one of the time.
        if (best < radius * 0.9) expect(Math.abs(found.reachedSeconds - first)).toBeLessThan(60);
      }
      if (first === undefined) expect(found).not.toHaveProperty('reachedSeconds');
    }
    expect(reached).toBeGreaterThan(20);
  });
});
