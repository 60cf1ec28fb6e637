import { describe, expect, it } from 'vitest';
import { aheadOf, closestApproach, type Moving } from '../../../core/geodesy.ts';
import { closestOnPaths, type Path } from '../../../pipelines/vessel-rules/path.ts';

const stepSeconds = 10;

const straight = (moving: Moving, steps = 40): Path => {
  const places = Array.from({ length: steps + 1 }, (_, step) => aheadOf(moving, step * stepSeconds));
  return {
    longitudes: Float64Array.from(places, ({ longitude }) => longitude),
    latitudes: Float64Array.from(places, ({ latitude }) => latitude),
  };
};

const eastbound: Moving = { longitude: 107.8, latitude: 16.8, sogKnots: 10, cogDegrees: 90 };
const northbound: Moving = { longitude: 107.81, latitude: 16.791, sogKnots: 9, cogDegrees: 0 };

describe('two paths', () => {
  it('are closest where two that keep their course are', () => {
    const approach = closestApproach(eastbound, northbound);
    const found = closestOnPaths([straight(eastbound), 0], [straight(northbound), 0], stepSeconds);
    expect(found.metres).toBeCloseTo(approach.metres, 0);
    expect(found.seconds).toBeCloseTo(approach.seconds, 0);
    expect(found.own.east).toBeCloseTo(5.14, 1);
    expect(found.other.north).toBeCloseTo(4.63, 1);
  });

  it('are compared by where the two are now, however old their reports are', () => {
    const now = closestOnPaths([straight(eastbound), 0], [straight(northbound), 0], stepSeconds);
    const later = closestOnPaths([straight(eastbound), 2.5], [straight(northbound), 2.5], stepSeconds);
    expect(later.metres).toBeCloseTo(now.metres, 0);
    expect(later.seconds).toBeCloseTo(now.seconds - 25, 0);
    expect(later.nowMetres).toBeLessThan(now.nowMetres);
  });

  it('are closest now where the two part', () => {
    const westbound = { ...northbound, longitude: 107.79, cogDegrees: 270 };
    const { seconds, metres, nowMetres } = closestOnPaths(
      [straight(eastbound), 0],
      [straight(westbound), 0],
      stepSeconds,
    );
    expect(seconds).toBe(0);
    expect(metres).toBe(nowMetres);
  });

  it('meet across the antimeridian', () => {
    const one = { longitude: 179.99, latitude: 0, sogKnots: 10, cogDegrees: 90 };
    const other = { longitude: -179.99, latitude: 0, sogKnots: 10, cogDegrees: 270 };
    const { metres, seconds } = closestOnPaths([straight(one), 0], [straight(other), 0], stepSeconds);
    expect(metres).toBeLessThan(1);
    expect(seconds).toBeCloseTo(216, -1);
  });
});
