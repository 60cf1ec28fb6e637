/** Latitudes and longitudes as people and programs write them. */
import { toLocalNumber } from './value.ts';

export const angleFormats = ['decimal', 'ddmm'] as const;
export type AngleFormat = (typeof angleFormats)[number];

export type Axis = 'latitude' | 'longitude';

const letters: Readonly<Record<Axis, RegExp>> = { latitude: /[NS]/, longitude: /[EW]/ };

/** A letter N, S, E or W before or behind what is left. */
const hemispherePattern = /^([NSEW])?\s*([^NSEW]*?)\s*([NSEW])?$/;

/**
 * `decimal`: degrees, `16.5575`; `ddmm`: degrees and minutes as in NMEA 0183, `1633.45`, whose last two digits before the
 * point are minutes. A letter may stand before, behind or in a field of its own (`hemisphere`), a decimal comma for the
 * point, and a degree sign is passed over. Undefined when it is no angle.
 */
export const parseAngle = (
  value: unknown,
  format: AngleFormat,
  axis: Axis,
  hemisphere?: unknown,
): number | undefined => {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
  const [, before, bare = '', behind] = hemispherePattern.exec(text.toUpperCase().replace('°', '').trim()) ?? [];
  if (before !== undefined && behind !== undefined) return undefined;
  const apart = typeof hemisphere === 'string' ? hemisphere.trim().toUpperCase() : '';
  const letter = before ?? behind ?? (apart === '' ? undefined : apart);
  if (letter !== undefined && (letter.length !== 1 || !letters[axis].test(letter))) return undefined;

  const number = toLocalNumber(bare);
  if (number === undefined || (letter !== undefined && number < 0)) return undefined;
  const isNegative = number < 0 || letter === 'S' || letter === 'W';
  const size = Math.abs(number);
  const degrees = Math.floor(size / 100);
  const angle = format === 'decimal' ? size : degrees + (size - degrees * 100) / 60;
  if (format === 'ddmm' && size - degrees * 100 >= 60) return undefined;
  return isNegative ? -angle : angle;
};
