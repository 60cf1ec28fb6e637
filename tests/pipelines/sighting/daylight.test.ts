import { expect, it } from 'vitest';
import { sunElevationDegrees } from '../../../pipelines/sighting/daylight.ts';

/** Huế. */
const place = { longitude: 107.5909, latitude: 16.4637 };
const obliquity = 23.44;

const highest = (day: number): { readonly elevation: number; readonly minute: number } => {
  let best = { elevation: -90, minute: 0 };
  for (let minute = 0; minute < 24 * 60; minute++) {
    const elevation = sunElevationDegrees(place, day + minute * 60_000);
    if (elevation > best.elevation) best = { elevation, minute };
  }
  return best;
};

it('has the sun as high at noon as its declination says, on the longest and the shortest day', () => {
  expect(highest(Date.UTC(2026, 5, 21)).elevation).toBeCloseTo(90 - (obliquity - place.latitude), 1);
  expect(highest(Date.UTC(2026, 11, 22)).elevation).toBeCloseTo(90 - (obliquity + place.latitude), 1);
});

it('has it highest at noon of the meridian, but for the equation of time', () => {
  const noon = 12 * 60 - place.longitude * 4;
  // The Astronomical Almanac: −14 minutes in the middle of February, +16 at the beginning of November.
  expect(highest(Date.UTC(2026, 1, 11)).minute - noon).toBeCloseTo(14.2, -0.5);
  expect(highest(Date.UTC(2026, 10, 3)).minute - noon).toBeCloseTo(-16.4, -0.5);
});

it('rises and sets twelve hours apart at the equinox', () => {
  const day = Date.UTC(2026, 2, 20);
  const up = Array.from({ length: 24 * 60 }, (_, minute) => sunElevationDegrees(place, day + minute * 60_000) > 0);
  expect(up.filter(Boolean).length / 60).toBeCloseTo(12, 1);
});
