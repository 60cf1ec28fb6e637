/** Latitudes and longitudes as people and programs write them. */
import { toLocalNumber } from './value.ts';

export const angleFormats = ['decimal', 'ddmm'] as const;
export type AngleFormat = (typeof angleFormats)[number];

export type Axis = 'latitude' | 'longitude';

const letters: Readonly<Record<Axis, RegExp>> = { latitude: /[NS]/, longitude: /[EW]/ };

/** A letter N, S, E or W before or behind what is left. */
const hemispherePattern = /^([NSEW])?\s*([^NSEW]*?)\s*([NSEW])?$/;

const signs = /[°º]/;
const signedPattern =
  /^(-?)(\d{1,3})\s*[°º]\s*(\d{1,2}(?:[.,]\d+)?)\s*['′’]?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:["″”]|'')?)?$/;

/** Degrees of text with signs; undefined where it is no such text, or minutes or seconds are 60 or more. */
const signedAngle = (text: string): number | undefined => {
  const [, sign, ...parts] = signedPattern.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const [degrees = 0, minutes = 0, seconds = 0] = parts.map(part => Number((part ?? '0').replace(',', '.')));
  const size = degrees + minutes / 60 + seconds / 3600;
  return minutes >= 60 || seconds >= 60 ? undefined : sign === '-' ? -size : size;
};

/**
 * `decimal`: degrees, `16.5575`; `ddmm`: degrees and minutes as in NMEA 0183, `1633.45`, whose last two digits before the
 * point are minutes. Text with signs says by itself what it is, in either format: `16°33.45'`, `16°33'27"`. A letter may
 * stand before, behind or in a field of its own (`hemisphere`), and a decimal comma for the point. Undefined when it is no
 * angle.
 */
export const parseAngle = (
  value: unknown,
  format: AngleFormat,
  axis: Axis,
  hemisphere?: unknown,
): number | undefined => {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
  const [, before, bare = '', behind] =
    hemispherePattern.exec(
      text
        .toUpperCase()
        .replace(/[°º]\s*(?=[NSEW]?\s*$)/, '')
        .trim(),
    ) ?? [];
  if (before !== undefined && behind !== undefined) return undefined;
  const apart = typeof hemisphere === 'string' ? hemisphere.trim().toUpperCase() : '';
  const letter = before ?? behind ?? (apart === '' ? undefined : apart);
  if (letter !== undefined && (letter.length !== 1 || !letters[axis].test(letter))) return undefined;

  const number = signedAngle(bare) ?? toLocalNumber(bare);
  if (number === undefined || (letter !== undefined && number < 0)) return undefined;
  const isNegative = number < 0 || letter === 'S' || letter === 'W';
  const size = Math.abs(number);
  const degrees = Math.floor(size / 100);
  const isDecimal = format === 'decimal' || signs.test(bare);
  const angle = isDecimal ? size : degrees + (size - degrees * 100) / 60;
  if (!isDecimal && size - degrees * 100 >= 60) return undefined;
  return isNegative ? -angle : angle;
};
