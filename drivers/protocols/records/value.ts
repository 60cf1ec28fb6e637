/** Values in records: numbers and texts as senders write them. */

const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number, or one written as text; undefined for anything else. */
export const toNumber = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && numberPattern.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

/** As `toNumber`, of people whose decimals stand behind a comma: `12,5`. */
export const toLocalNumber = (value: unknown): number | undefined =>
  toNumber(typeof value === 'string' && /^[^,.]*,\d+\s*$/.test(value) ? value.replace(',', '.') : value);

export const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
