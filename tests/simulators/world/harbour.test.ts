import { expect, test } from 'vitest';
import { createWorld } from '../../../simulators/world/create.ts';
import { quayCamera } from '../../../simulators/world/harbour.ts';
import { worldPeriod } from '../../../simulators/world/period.ts';

test('speed and course are those of the track', () => {
  const world = createWorld(5);
  for (const [index, now] of world.vesselsAt(60_000).entries()) {
    const then = world.vesselsAt(61_000)[index];
    if (then === undefined || now.sogKnots < 1) continue;
    const north = (then.latitude - now.latitude) * 110_655;
    const east = (then.longitude - now.longitude) * 111_320 * Math.cos((quayCamera.latitude * Math.PI) / 180);
    expect(Math.hypot(north, east) / 0.514444).toBeCloseTo(now.sogKnots, 0);
  }
});

test('vessels before the camera are where they were a period ago', () => {
  const world = createWorld(5);
  const before = world.vesselsAt(40_000).slice(0, 8);
  const after = world.vesselsAt(40_000 + worldPeriod).slice(0, 8);
  for (const [index, { longitude, latitude }] of before.entries()) {
    expect(after[index]?.longitude).toBeCloseTo(longitude, 9);
    expect(after[index]?.latitude).toBeCloseTo(latitude, 9);
  }
});

test('every vessel has an MMSI of Viet Nam of its own', () => {
  const numbers = createWorld(5)
    .vesselsAt(0)
    .map(({ vessel }) => vessel.mmsi);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.filter(mmsi => Math.floor(mmsi / 1e6) !== 574)).toEqual([]);
});
