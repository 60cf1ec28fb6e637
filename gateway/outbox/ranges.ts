/** Sets of whole numbers as sorted, merged, inclusive ranges. A stream's settled numbers are usually one range. */

export type Range = readonly [low: number, high: number];
export type Ranges = Range[];

/** Index of the first range that ends at or after `value`; searched from the end, where most changes happen. */
const indexFrom = (ranges: readonly Range[], value: number): number => {
  const last = ranges.at(-1);
  if (last === undefined || last[1] < value) return ranges.length;
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.[1] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Puts `low` … `high` into `ranges`, in place. */
export const addRange = (ranges: Ranges, low: number, high: number): void => {
  if (high < low) return;
  const start = indexFrom(ranges, low - 1);
  let end = start;
  let from = low;
  let to = high;
  for (let range = ranges[end]; range !== undefined && range[0] <= high + 1; range = ranges[end]) {
    from = Math.min(from, range[0]);
    to = Math.max(to, range[1]);
    end++;
  }
  if (end === start + 1 && ranges[start]?.[0] === from && ranges[start]?.[1] === to) return;
  if (end === start + 1) ranges[start] = [from, to];
  else ranges.splice(start, end - start, [from, to]);
};

/** Takes `low` … `high` out of `ranges`, in place. */
export const removeRange = (ranges: Ranges, low: number, high: number): void => {
  const start = indexFrom(ranges, low);
  let end = start;
  const rest: Range[] = [];
  for (let range = ranges[end]; range !== undefined && range[0] <= high; range = ranges[end]) {
    if (range[0] < low) rest.push([range[0], low - 1]);
    if (range[1] > high) rest.push([high + 1, range[1]]);
    end++;
  }
  if (end > start) ranges.splice(start, end - start, ...rest);
};

export const includes = (ranges: readonly Range[], value: number): boolean => {
  const range = ranges[indexFrom(ranges, value)];
  return range !== undefined && range[0] <= value;
};

/** The lowest number ≥ `from` that is in none of `ranges`. */
export const firstMissing = (ranges: readonly Range[], from: number): number => {
  const range = ranges[indexFrom(ranges, from)];
  return range !== undefined && range[0] <= from ? range[1] + 1 : from;
};

/** The first range, or part of one, at or after `from`. */
export const rangeFrom = (ranges: readonly Range[], from: number): Range | undefined => {
  const range = ranges[indexFrom(ranges, from)];
  return range && [Math.max(range[0], from), range[1]];
};

/** What of `low` … `high` is in none of `ranges`. */
export const missingFrom = (ranges: readonly Range[], low: number, high: number): Ranges => {
  const missing: Ranges = [];
  let next = low;
  for (let index = indexFrom(ranges, low); next <= high; index++) {
    const range = ranges[index];
    if (range === undefined || range[0] > high) {
      missing.push([next, high]);
      break;
    }
    if (range[0] > next) missing.push([next, range[0] - 1]);
    next = Math.max(next, range[1] + 1);
  }
  return missing;
};

/** At most `most` sorted ranges that hold all of `ranges`: where there are more, the narrowest gaps are closed. */
export const coarsen = (ranges: readonly Range[], most: number): Ranges => {
  const excess = ranges.length - Math.max(1, most);
  if (excess <= 0) return [...ranges];
  const gaps = ranges.slice(1).map(([low], index) => ({ at: index + 1, width: low - (ranges[index]?.[1] ?? 0) }));
  const closed = new Set(
    gaps
      .toSorted((a, b) => a.width - b.width)
      .slice(0, excess)
      .map(({ at }) => at),
  );
  const coarse: Ranges = [];
  for (const [index, [low, high]] of ranges.entries()) {
    const before = coarse.at(-1);
    if (before !== undefined && closed.has(index)) coarse[coarse.length - 1] = [before[0], high];
    else coarse.push([low, high]);
  }
  return coarse;
};

export const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0);

/** `1-412 415-420`. */
export const formatRanges = (ranges: readonly Range[]): string =>
  ranges.map(([low, high]) => `${low}-${high}`).join(' ');

/** What `formatRanges` writes; parts that are no ranges are left out. */
export const parseRanges = (written: string): Ranges =>
  written.split(' ').flatMap((part): Ranges => {
    const [low = Number.NaN, high = Number.NaN] = part.split('-').map(Number);
    return low > 0 && high >= low ? [[low, high]] : [];
  });
