/** Texts for people with what was measured put into them, in both languages. */

import type { Figure } from '../../core/hazard.ts';
import { unitOf } from '../../core/hazard.ts';

export interface Words {
  readonly vi: string;
  readonly en: string;
}

/** What a text may name in braces. */
export const placeholders = ['value', 'limit', 'level', 'trend'] as const;

/** Of UCUM codes, where people write a unit in another way. */
const written: Readonly<Record<string, string>> = {
  Cel: '°C',
  'ug/m3': 'µg/m³',
  'dB(A)': 'dBA',
  '[ppm]': 'ppm',
  '[pH]': '',
  '1': '',
  '{NTU}': 'NTU',
  'uS/cm': 'µS/cm',
  'W/m2': 'W/m²',
  deg: '°',
};

const formatOf = (language: string, least: number, most: number): Intl.NumberFormat =>
  new Intl.NumberFormat(language, { minimumFractionDigits: least, maximumFractionDigits: most, useGrouping: false });
/** Gauges tell centimeters. */
const metres = { vi: formatOf('vi-VN', 2, 2), en: formatOf('en-US', 2, 2) };
const others = { vi: formatOf('vi-VN', 0, 1), en: formatOf('en-US', 0, 1) };
const small = { vi: formatOf('vi-VN', 0, 3), en: formatOf('en-US', 0, 3) };

const bothOf = (make: (language: 'vi' | 'en') => string): Words => ({ vi: make('vi'), en: make('en') });

/** `3,62 m` and `3.62 m`. */
export const valueWords = (value: number, figure: Figure): Words => {
  const unit = unitOf(figure);
  const formats = unit === 'm' ? metres : Math.abs(value) >= 10 ? others : small;
  return bothOf(language => `${formats[language].format(value)} ${written[unit] ?? unit}`.trimEnd());
};

/** `, đang lên 0,21 m/giờ`; empty while nobody knows, or below a centimeter in an hour. */
export const trendWords = (perHour: number | undefined, figure: Figure): Words => {
  if (perHour === undefined || Math.abs(perHour) < 0.01) return { vi: '', en: '' };
  const { vi, en } = valueWords(Math.abs(perHour), figure);
  return perHour > 0
    ? { vi: `, đang lên ${vi}/giờ`, en: `, rising ${en}/h` }
    : { vi: `, đang xuống ${vi}/giờ`, en: `, falling ${en}/h` };
};

/** Names in braces are replaced; longer than any headline it is cut. */
export const fill = (template: Words, words: Readonly<Record<string, Words>>): Words =>
  bothOf(language =>
    template[language]
      .replaceAll(/\{(\w+)\}/g, (whole, name: string) => words[name]?.[language] ?? whole)
      .slice(0, 300),
  );
