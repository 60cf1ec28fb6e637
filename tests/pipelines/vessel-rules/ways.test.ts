import { describe, expect, it } from 'vitest';
import { bearingDegrees, destinationOf, type Moving, metresPerSecondPerKnot } from '../../../core/geodesy.ts';
import { createWatch } from '../../../pipelines/vessel-rules/watch.ts';
import { openWays, type Ways } from '../../../pipelines/vessel-rules/ways.ts';

const corner = { longitude: 107.6, latitude: 16.6 };
const knots = 10;
const every = 10;
const watchOf = (saved: ReadonlyMap<string, Uint8Array> = new Map()) =>
  createWatch(saved, { vmsInterval: 7_200_000, vmsDelivery: 0 });

/** North to the corner and 40 degrees to starboard after it; `seconds` from the corner. */
const onBend = (seconds: number): Moving => {
  const cogDegrees = seconds < 0 ? 0 : 40;
  const place = destinationOf(corner, cogDegrees, seconds * knots * metresPerSecondPerKnot);
  return { ...place, sogKnots: knots, cogDegrees };
};
const pass = (ways: Ways, way: 1 | -1 = 1): void => {
  for (let at = -300; at < 300; at += every) {
    const [from, here] = [onBend(way * (at - every)), onBend(way * at)];
    ways.learn(from, { ...here, cogDegrees: way === 1 ? here.cogDegrees : here.cogDegrees + 180 });
  }
};
const headingAfter = (ways: Ways, moving: Moving, seconds: number): number => {
  const { longitudes, latitudes } = ways.ahead(moving, every, 40);
  const at = (step: number) => ({ longitude: longitudes[step] ?? 0, latitude: latitudes[step] ?? 0 });
  return (bearingDegrees(at(seconds / every), at(seconds / every + 1)) + 360) % 360;
};

describe('a vessel before a bend', () => {
  it('is expected straight ahead where nobody passed before', () => {
    expect(headingAfter(openWays(watchOf()), onBend(-60), 120)).toBeCloseTo(0, 1);
  });

  it('is expected along the way that others took, whichever way they went', () => {
    const ways = openWays(watchOf());
    for (let count = 0; count < 3; count++) pass(ways, -1);
    expect(headingAfter(ways, onBend(-60), 20)).toBeCloseTo(0, -1);
    expect(headingAfter(ways, onBend(-60), 120)).toBeCloseTo(40, -1);
  });

  it('is expected straight ahead when it does not follow the way, and where others only crossed', () => {
    const ways = openWays(watchOf());
    for (let count = 0; count < 3; count++) pass(ways);
    expect(headingAfter(ways, { ...onBend(-60), cogDegrees: 345 }, 150)).toBeCloseTo(345, 1);
    expect(headingAfter(ways, { ...onBend(200), cogDegrees: 310 }, 20)).toBeCloseTo(310, 1);
  });

  it('is expected along the same way after a restart', () => {
    const watch = watchOf();
    const ways = openWays(watch);
    for (let count = 0; count < 3; count++) pass(ways);
    const saved = [...watch.tables.takeChanged(1e6)].flatMap(([key, value]): [string, Uint8Array][] =>
      value === undefined ? [] : [[key, value]],
    );
    const restored = openWays(watchOf(new Map(saved)));
    expect(restored.ahead(onBend(-60), every, 40)).toEqual(ways.ahead(onBend(-60), every, 40));
  });

  it('counts a passage once in each place, however often it reports', () => {
    const ways = openWays(watchOf());
    for (let count = 0; count < 100; count++) ways.learn(onBend(-60), { ...onBend(-60), cogDegrees: 20 });
    expect(headingAfter(ways, onBend(-60), 0)).toBeCloseTo(0, 1);
  });
});
