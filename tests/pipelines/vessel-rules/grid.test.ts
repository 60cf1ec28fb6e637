import { describe, expect, it } from 'vitest';
import { distanceMetres } from '../../../core/geodesy.ts';
import { createGrid } from '../../../pipelines/vessel-rules/grid.ts';
import { createRandom } from '../../../simulators/world/random.ts';

const random = createRandom(20_261_126, 'grid');
const between = (from: number, to: number): number => from + random() * (to - from);

describe('the grid', () => {
  it.each([
    ['off Vietnam', 107, 109, 16, 18],
    ['across the antimeridian', 179, 181, -18, -16],
    ['in the far north', 20, 40, 80, 89.5],
  ])('finds everybody within the radius %s', (_, west, east, south, north) => {
    const grid = createGrid(0.02, 1000);
    const places = Array.from({ length: 400 }, (_, index) => {
      const longitude = between(west, east);
      const place = { longitude: longitude > 180 ? longitude - 360 : longitude, latitude: between(south, north) };
      grid.put(`v${index}`, place);
      return place;
    });
    let found = 0;
    for (const place of places)
      for (const radius of [200, 5000, 20_000]) {
        const near = new Set(grid.near(place, radius));
        const within = places.flatMap((other, index) => (distanceMetres(place, other) <= radius ? [`v${index}`] : []));
        expect(within.filter(key => !near.has(key))).toEqual([]);
        found += within.length;
      }
    expect(found).toBeGreaterThan(1000);
  });

  it('knows where somebody is now, and forgets who is removed', () => {
    const grid = createGrid(0.02, 1000);
    grid.put('one', { longitude: 107, latitude: 16 });
    grid.put('one', { longitude: 108, latitude: 16 });
    expect(grid.near({ longitude: 107, latitude: 16 }, 1000)).toEqual([]);
    expect(grid.near({ longitude: 108, latitude: 16 }, 1000)).toEqual(['one']);
    grid.remove('one');
    expect(grid.near({ longitude: 108, latitude: 16 }, 1000)).toEqual([]);
  });

  it('forgets who was put first when there are too many', () => {
    const grid = createGrid(0.02, 2);
    const place = { longitude: 107, latitude: 16 };
    for (const key of ['one', 'two', 'three']) grid.put(key, place);
    expect([...grid.near(place, 1000)].toSorted()).toEqual(['three', 'two']);
  });

  it('does not ask all of many', () => {
    const grid = createGrid(0.02, 20_000);
    for (let index = 0; index < 20_000; index++)
      grid.put(`v${index}`, { longitude: between(100, 120), latitude: between(0, 20) });
    const asked = Array.from(
      { length: 100 },
      () => grid.near({ longitude: between(100, 120), latitude: between(0, 20) }, 2000).length,
    );
    expect(Math.max(...asked)).toBeLessThan(20);
  });
});
