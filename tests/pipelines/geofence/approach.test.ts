import { describe, expect, it } from 'vitest';
import {
  destinationOf,
  distanceToSegmentMetres,
  type Moving,
  metresPerNauticalMile,
  metresPerSecondPerKnot,
  type Place,
  wrapLongitude,
} from '../../../core/geodesy.ts';
import { closestTo, headingFor, movingOf } from '../../../pipelines/geofence/approach.ts';
import { parseZoneFile } from '../../../pipelines/geofence/zone-file.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { area, line, square, zonesFile } from './sea.ts';

type Position = readonly [longitude: number, latitude: number];

const hour = 3_600_000;

const place = ([longitude, latitude]: Position): Place => ({ longitude, latitude });

const distanceTo = (corners: readonly Position[], at: Place): number =>
  Math.min(
    ...corners
      .slice(0, -1)
      .map((corner, index) => distanceToSegmentMetres(at, place(corner), place(corners[index + 1] ?? corner))),
  );

const zoneOf = (feature: object) => {
  const [zone] = parseZoneFile(zonesFile([feature]).text);
  if (zone === undefined) throw new Error('there is no zone');
  return zone;
};

describe('a vessel that heads for a crooked boundary, here or at the antimeridian', () => {
  it('reaches it, or its buffer, when a slow judge that tries every quarter of a minute says so', () => {
    const random = createRandom('headings');
    let reached = 0;
    for (let trial = 0; trial < 200; trial++) {
      const middle = trial % 2 === 0 ? 107.5 : 179.98;
      const corners = Array.from(
        { length: 3 + Math.floor(random() * 60) },
        (_, corner): Position => [wrapLongitude(middle + 0.1 + (random() - 0.5) * 0.1), 16 + corner * 0.02],
      );
      const miles = trial % 3 === 0 ? undefined : random() * 2 + 0.1;
      const zone = zoneOf(
        line({ id: 'border', ...(miles !== undefined && { bufferNauticalMiles: miles }) }, ...corners),
      );
      const radius = (miles ?? 0) * metresPerNauticalMile;
      const vessel: Moving = {
        longitude: wrapLongitude(middle - 0.05 + random() * 0.1),
        latitude: 16 + random() * 0.6,
        sogKnots: 5 + random() * 15,
        cogDegrees: random() * 360,
      };
      const speed = vessel.sogKnots * metresPerSecondPerKnot;
      const distanceAt = (seconds: number): number =>
        distanceTo(corners, destinationOf(vessel, vessel.cogDegrees, speed * seconds));
      let first: number | undefined;
      let least = { seconds: 0, metres: Number.POSITIVE_INFINITY };
      for (let seconds = 0; seconds <= 3600; seconds += 15) {
        const metres = distanceAt(seconds);
        if (metres < least.metres) least = { seconds, metres };
        if (metres <= radius + (radius === 0 ? speed * 8 : 0)) first ??= seconds;
      }
      const heading = headingFor(zone, vessel, hour);
      const closest = closestTo(zone, vessel, hour);
      // Steps of 15 s, and a plane for a sphere.
      const tolerance = 100 + speed * 15;
      expect(Math.abs(closest.metres - least.metres)).toBeLessThan(tolerance);
      expect(Math.abs(closest.distanceMetres - distanceAt(0))).toBeLessThan(100);
      if (heading !== undefined) {
        reached++;
        expect(Math.abs(distanceAt(heading.seconds) - Math.min(radius, distanceAt(0)))).toBeLessThan(tolerance);
        if (first !== undefined) expect(heading.seconds).toBeLessThan(first + 60);
      } else expect(least.metres).toBeGreaterThan(radius - tolerance);
    }
    expect(reached).toBeGreaterThan(50);
  });
});

describe('the approach to a zone', () => {
  it('is that of its outline and its holes, from inside too', () => {
    const zone = zoneOf(area({ id: 'eez', kind: 'boundary' }, square(107, 16, 0.5), square(107, 16, 0.1)));
    const vessel: Moving = { longitude: 107.2, latitude: 16, sogKnots: 20, cogDegrees: 270 };
    const metres = distanceToSegmentMetres(vessel, place([107.1, 15.9]), place([107.1, 16.1]));
    expect(headingFor(zone, vessel, hour)?.seconds).toBeCloseTo(metres / (20 * metresPerSecondPerKnot), -1);
    expect(headingFor(zone, { ...vessel, cogDegrees: 90 }, hour / 2)).toBeUndefined();
    expect(headingFor(zone, { ...vessel, cogDegrees: 90 }, hour)).toBeDefined();
  });
});

describe('the motion that is reckoned with', () => {
  const fix = { source: 'ais', time: 0, longitude: 107, latitude: 16, sogKnots: 9, cogDegrees: 80 } as const;

  it('is the filtered one where there is one, and none below the speed at which a course says something', () => {
    const motion = { longitude: 107.1, latitude: 16.1, sogKnots: 8, cogDegrees: 90 };
    expect(movingOf(fix, motion, 1)).toEqual(motion);
    expect(movingOf(fix, undefined, 1)).toEqual({ longitude: 107, latitude: 16, sogKnots: 9, cogDegrees: 80 });
    expect(movingOf(fix, { ...motion, sogKnots: 0.5 }, 1)).toMatchObject({ sogKnots: 0 });
    expect(movingOf(fix, { longitude: 107, latitude: 16, sogKnots: 3 }, 1)).toMatchObject({ sogKnots: 0 });
  });
});
