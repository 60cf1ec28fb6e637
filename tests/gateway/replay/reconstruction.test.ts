import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { distanceMetres } from '../../../core/geodesy.ts';
import { createDistances, createReconstruction } from '../../../gateway/replay/reconstruction.ts';

const start = Date.UTC(2026, 10, 23);
const subject = 'vessel/mmsi/574000001';
const quay = { longitude: 107.63, latitude: 16.57 };

const told = (at: number, data: Readonly<Record<string, unknown>> = {}): Conclusion => ({
  kind: 'conclusion',
  event: 'fishing-vessel.vessel.observed',
  source: 'ais-1',
  subject,
  time: start + at * 1000,
  key: 'a',
  data: { location: { type: 'Point', coordinates: [quay.longitude, quay.latitude] }, ...data },
});

describe('a reader', () => {
  const metresAfter = (seconds: number, ...events: readonly Conclusion[]): number => {
    const reader = createReconstruction();
    for (const event of events) reader.take(event);
    const place = reader.placeOf(subject, start + seconds * 1000);
    return place === undefined ? Number.NaN : Math.round(distanceMetres(quay, place));
  };

  it('goes on with the speed and course of the newest position', () => {
    expect(metresAfter(60, told(0, { speedOverGround: 5, courseOverGround: 212 }))).toBe(300);
    const back = told(30, { speedOverGround: 2, courseOverGround: 212 });
    expect(metresAfter(60, back, told(0, { speedOverGround: 5, courseOverGround: 212 }))).toBe(60);
  });

  it.each([
    ['a vessel that lies still', { speedOverGround: 0.2, courseOverGround: 212 }],
    ['one without a course', { speedOverGround: 5 }],
    ['one without a speed', { courseOverGround: 212 }],
  ])('leaves %s where it is', (_, data) => {
    expect(metresAfter(60, told(0, data))).toBe(0);
  });

  it('knows nothing of a vessel that it was not told of, or only what is suspect', () => {
    expect(metresAfter(60)).toBeNaN();
    expect(metresAfter(60, told(0, { quality: 'suspect' }))).toBeNaN();
    expect(metresAfter(60, { ...told(0), event: 'fishing-vessel.vessel.described' })).toBeNaN();
  });
});

it('tells how many distances are not above one', () => {
  const distances = createDistances();
  expect(distances.quantile(0.5)).toBeNaN();
  for (let metres = 1; metres <= 100; metres++) distances.add(metres - 0.5);
  distances.add(1e7);
  expect([distances.quantile(0.5), distances.quantile(0.95), distances.count]).toEqual([51, 96, 101]);
  expect([distances.most, distances.quantile(1)]).toEqual([1e7, 100_000]);
});
