import { expect, it } from 'vitest';
import { extendPath, type Footprint } from '../../../pipelines/zones/path.ts';

const way = (count: number, at: (step: number) => readonly [number, number]): readonly Footprint[] => {
  const path: Footprint[] = [];
  for (let step = 0; step < count; step++) extendPath(path, at(step), step);
  return path;
};

it('keeps the corners of a long way in 32 points, with its first and its last', () => {
  const corners = [
    [0.1, 0.1],
    [0.9, 0.1],
    [0.9, 0.9],
    [0.1, 0.9],
  ] as const;
  const leg = 500;
  const path = way(3 * leg + 1, step => {
    const index = Math.min(2, Math.floor(step / leg));
    const [from, to] = [corners[index] ?? [0, 0], corners[index + 1] ?? [0, 0]];
    const part = (step - index * leg) / leg;
    return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
  });
  expect(path.length).toBeLessThanOrEqual(32);
  for (const [x, y] of corners)
    expect(Math.min(...path.map(point => Math.hypot(point.x - x, point.y - y)))).toBeLessThan(0.02);
  expect(path[0]).toMatchObject({ x: 0.1, y: 0.1, at: 0 });
  expect(path.map(({ at }) => at)).toEqual(path.map(({ at }) => at).toSorted((a, b) => a - b));
});

it('takes no step out of the trembling of a box', () => {
  expect(way(1000, step => [0.5 + (step % 2) * 0.005, 0.5])).toHaveLength(1);
});
