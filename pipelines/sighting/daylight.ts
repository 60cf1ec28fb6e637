/** How high the sun stands. Pure. */
import type { Instant } from '../../core/time.ts';
import type { Position } from './plane.ts';

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (value: number): number => (value * 180) / Math.PI;

/** 2000-01-01T12:00:00Z. */
const j2000 = Date.UTC(2000, 0, 1, 12);

/**
 * Degrees above the horizontal, without refraction. The low-precision formulas of the Astronomical Almanac (page C24),
 * good to 0.01° in the sun's place from 1950 to 2050.
 */
export const sunElevationDegrees = ({ longitude, latitude }: Position, instant: Instant): number => {
  const days = (instant - j2000) / 86_400_000;
  const meanLongitude = 280.46 + 0.9856474 * days;
  const anomaly = radians(357.528 + 0.9856003 * days);
  const ecliptic = radians(meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly));
  const obliquity = radians(23.439 - 0.0000004 * days);
  const ascension = degrees(Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic)));
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic));
  const siderealDegrees = 280.46061837 + 360.98564736629 * days;
  const hourAngle = radians(siderealDegrees + longitude - ascension);
  const phi = radians(latitude);
  return degrees(
    Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle)),
  );
};
