import { describe, expect, it } from 'vitest';
import {
  distanceToSegmentMetres,
  longitudeBetween,
  type Place,
  placeBetween,
  wrapLongitude,
} from '../../../core/geodesy.ts';
import {
  borderCrossings,
  createZoneMap,
  distanceToBorder,
  eachZoneAt,
  isInside,
  linesCrossed,
  type Zone,
} from '../../../pipelines/geofence/zone.ts';
import { parseZoneFile } from '../../../pipelines/geofence/zone-file.ts';
import { createRandom, type Random } from '../../../simulators/world/random.ts';
import { area, feature, line, square, zonesFile } from './sea.ts';

type Position = readonly [longitude: number, latitude: number];

const parse = (...features: readonly object[]): readonly Zone[] => parseZoneFile(zonesFile(features).text);

const place = ([longitude, latitude]: Position): Place => ({ longitude, latitude });

/** A ring without crossings around a place: corners at growing angles, at random distances. */
const blob = (random: Random, [x, y]: Position, least: number, most: number, corners: number): Position[] => {
  const ring = Array.from({ length: corners }, (_, corner): Position => {
    const angle = ((corner + random() * 0.9) / corners) * 2 * Math.PI;
    const length = least + random() * (most - least);
    return [x + Math.cos(angle) * length, y + Math.sin(angle) * length];
  });
  const wound = random() < 0.5 ? ring : ring.toReversed();
  return [...wound, wound[0] ?? [x, y]];
};

const wrapped = (ring: readonly Position[]): Position[] => ring.map(([x, y]) => [wrapLongitude(x), y]);

/** Slow: the angle that the ring sweeps around the place, by every edge. */
const holdsByWinding = (ring: readonly Position[], at: Place): boolean => {
  let swept = 0;
  for (const [index, [x, y]] of ring.slice(0, -1).entries()) {
    const [nextX = 0, nextY = 0] = ring[index + 1] ?? [];
    const [ax, ay] = [longitudeBetween(at.longitude, x), y - at.latitude];
    const [bx, by] = [longitudeBetween(at.longitude, nextX), nextY - at.latitude];
    swept += Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  return Math.abs(swept) > Math.PI;
};

const nearestByAll = (rings: readonly (readonly Position[])[], at: Place): number =>
  Math.min(
    ...rings.flatMap(ring =>
      ring
        .slice(0, -1)
        .map((corner, index) => distanceToSegmentMetres(at, place(corner), place(ring[index + 1] ?? corner))),
    ),
  );

describe('random polygons with holes, some across the antimeridian', () => {
  const random = createRandom('random polygons');
  const trials = Array.from({ length: 60 }, (_, trial) => {
    const middle: Position = [trial % 3 === 0 ? 180 : 107, random() * 100 - 50];
    const outline = blob(random, middle, 1, 2, 3 + Math.floor(random() * 300));
    const hole = blob(random, middle, 0.1, 0.3, 3 + Math.floor(random() * 40));
    // Three corners may leave the middle outside: then there is no hole.
    const rings = outline.length > 20 ? [outline, hole] : [outline];
    return { middle, rings: trial % 2 === 0 ? rings.map(wrapped) : rings };
  });
  const parsed = parse(...trials.map(({ rings }, index) => area({ id: `zone-${index}`, kind: 'danger' }, ...rings)));
  const map = createZoneMap(parsed);

  it('hold the places that a slow judge says they hold', () => {
    let inside = 0;
    let asked = 0;
    for (const [index, { middle, rings }] of trials.entries()) {
      const zone = parsed[index];
      if (zone === undefined) throw new Error('a zone is missing');
      for (let count = 0; count < 60; count++) {
        const spot = place([wrapLongitude(middle[0] + (random() - 0.5) * 4.5), middle[1] + (random() - 0.5) * 4.5]);
        const [outline = [], hole] = rings;
        const expected = holdsByWinding(outline, spot) && !(hole !== undefined && holdsByWinding(hole, spot));
        expect(isInside(zone, spot), `${index} ${JSON.stringify(spot)}`).toBe(expected);
        const found = new Set<string>();
        eachZoneAt(map, spot, ({ here }) => found.add(here.id));
        expect(found.has(zone.here.id)).toBe(expected);
        asked++;
        if (expected) inside++;
      }
    }
    expect(inside).toBeGreaterThan(asked * 0.2);
    expect(inside).toBeLessThan(asked * 0.8);
  });

  it('are as far from a place as the nearest of all their edges', () => {
    for (const [index, { middle, rings }] of trials.entries()) {
      const zone = parsed[index];
      if (zone === undefined) throw new Error('a zone is missing');
      for (let count = 0; count < 10; count++) {
        const spot = place([wrapLongitude(middle[0] + (random() - 0.5) * 4), middle[1] + (random() - 0.5) * 4]);
        const expected = nearestByAll(rings, spot);
        const found = distanceToBorder(zone, spot, 1_000_000) ?? Number.NaN;
        expect(Math.abs(found - expected) / expected).toBeLessThan(0.01);
        expect(distanceToBorder(zone, spot, expected * 0.98)).toBeUndefined();
      }
    }
  });

  it('are crossed an odd number of times by a way that begins outside and ends inside, and there is the edge', () => {
    let odd = 0;
    for (const [index, { middle }] of trials.entries()) {
      const zone = parsed[index];
      if (zone === undefined) throw new Error('a zone is missing');
      for (let count = 0; count < 20; count++) {
        const spot = () =>
          place([wrapLongitude(middle[0] + (random() - 0.5) * 4.5), middle[1] + (random() - 0.5) * 4.5]);
        const [from, to] = [spot(), spot()];
        const crossings = borderCrossings(zone, from, to);
        const isOdd = crossings.length % 2 === 1;
        expect(isOdd).toBe(isInside(zone, from) !== isInside(zone, to));
        for (const { part } of crossings)
          expect(distanceToBorder(zone, placeBetween(from, to, part), 1000)).toBeLessThan(1);
        if (isOdd) odd++;
      }
    }
    expect(odd).toBeGreaterThan(200);
  });
});

describe('a zone at the antimeridian', () => {
  const crossing = area({ id: 'fiji', kind: 'waters' }, [
    [178, -20],
    [-178, -20],
    [-178, -15],
    [178, -15],
    [178, -20],
  ]);
  const cut = feature(
    { id: 'fiji-cut', kind: 'boundary' },
    {
      type: 'MultiPolygon',
      coordinates: [
        [
          [
            [178, -20],
            [180, -20],
            [180, -15],
            [178, -15],
            [178, -20],
          ],
        ],
        [
          [
            [-180, -20],
            [-178, -20],
            [-178, -15],
            [-180, -15],
            [-180, -20],
          ],
        ],
      ],
    },
  );

  it('holds what lies on both sides of it, on it, and nothing on the far side of the earth', () => {
    for (const zone of parse(crossing, cut)) {
      for (const longitude of [179, -179, 179.999, -180, 180])
        expect(isInside(zone, place([longitude, -17]))).toBe(true);
      for (const longitude of [177, -177, 0, 2, -2]) expect(isInside(zone, place([longitude, -17]))).toBe(false);
    }
  });

  it('has no border where it was cut in two', () => {
    const [, zone] = parse(crossing, cut);
    if (zone === undefined) throw new Error('a zone is missing');
    expect(zone.isCut).toBe(true);
    expect(distanceToBorder(zone, place([179.99, -17.5]), 500_000)).toBeGreaterThan(200_000);
  });

  it('may lie beside it with a border of its own there', () => {
    const [zone] = parse(area({ id: 'east', kind: 'waters' }, square(179.9, 0, 0.1)));
    if (zone === undefined) throw new Error('a zone is missing');
    expect(distanceToBorder(zone, place([179.99, 0]), 5000)).toBeCloseTo(1112, -1);
  });

  it('has its line crossed by a way across it', () => {
    const zones = parse(line({ id: 'date-line' }, [180, -10], [-180, 10]));
    const map = createZoneMap(zones);
    const crossed = [...linesCrossed(map, place([179.9, 1]), place([-179.9, 1]))];
    expect(crossed.map(([zone, { to, part }]) => [zone.here.id, to, part])).toEqual([
      ['date-line', 'right', expect.closeTo(0.5, 9)],
    ]);
    expect(linesCrossed(map, place([179.9, 11]), place([-179.9, 11])).size).toBe(0);
    expect(linesCrossed(map, place([0.1, 1]), place([-0.1, 1])).size).toBe(0);
  });
});

describe('a way that ends on a line', () => {
  it('crosses it with this step or with the next, whichever way the line was drawn', () => {
    const forward = parse(line({ id: 'line' }, [107, 16], [107, 17]));
    const backward = parse(line({ id: 'line' }, [107, 17], [107, 16]));
    for (const zones of [forward, backward]) {
      const map = createZoneMap(zones);
      const steps = [place([106.9, 16.5]), place([107, 16.5]), place([107.1, 16.5])];
      const crossings = [0, 1].map(step => {
        const [from, to] = [steps[step], steps[step + 1]];
        return from === undefined || to === undefined ? 0 : linesCrossed(map, from, to).size;
      });
      expect((crossings[0] === 1) !== (crossings[1] === 1)).toBe(true);
      // Touching it and turning back is no crossing, or two.
      const [start, middle] = steps;
      if (start === undefined || middle === undefined) throw new Error('a step is missing');
      expect(linesCrossed(map, start, middle).size).toBe(linesCrossed(map, middle, start).size);
    }
  });
});

describe('a way that crosses a crooked line twice', () => {
  it('ends on the side where it began: it has not crossed it', () => {
    const map = createZoneMap(parse(line({ id: 'hook' }, [107, 16], [107, 17], [107.2, 17], [107.2, 16])));
    expect(linesCrossed(map, place([106.9, 16.5]), place([107.3, 16.5])).size).toBe(0);
    expect(linesCrossed(map, place([106.9, 16.5]), place([107.1, 16.5])).size).toBe(1);
  });
});
