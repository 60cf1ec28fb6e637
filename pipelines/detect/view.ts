/**
 * What of a picture stays the same while the light changes: where its edges are, how sharp they are, and where it is
 * bright and dark on the whole. Compared with a remembered view of the same camera it tells whether that still shows.
 * Pure.
 */

/** Of the planes that are compared: fine enough for the blur of a lens, coarse enough for a thousand cameras. */
export const viewGrid = { columns: 128, rows: 72, samples: 2 } as const;

const { columns, rows } = viewGrid;
/** Cells a tile and direction. */
export const side = 8;
const tilesAcross = columns / side;
const tilesDown = rows / side;
export const tileCount = tilesAcross * tilesDown;

/** The upper left cell of a tile. */
export const firstCellOf = (tile: number): number =>
  Math.floor(tile / tilesAcross) * side * columns + (tile % tilesAcross) * side;

/** Levels of 255 between the darkest and the brightest cell of a tile that shows something: below it is sky, fog or noise. */
const leastContrast = 30;
/** Tiles that have to show something before anything is said of the view: a sea and its horizon have about eight. */
const leastTiles = 16;
/** Cells by which the whole picture may be shifted, and is still the same view: a pole sways. */
const mostShift = 2;
/** How alike edges of a tile are from which on it shows the same thing, as a correlation. */
const alike = 0.5;

interface Tiles {
  readonly contrast: Float32Array;
  readonly mean: Float32Array;
}

const tilesOf = (plane: Float32Array): Tiles => {
  const contrast = new Float32Array(tileCount);
  const mean = new Float32Array(tileCount);
  for (let tile = 0; tile < tileCount; tile++) {
    const first = firstCellOf(tile);
    let least = 255;
    let most = 0;
    let sum = 0;
    for (let line = first; line < first + side * columns; line += columns) {
      for (let at = line; at < line + side; at++) {
        const value = plane[at] ?? 0;
        if (value < least) least = value;
        if (value > most) most = value;
        sum += value;
      }
    }
    contrast[tile] = most - least;
    mean[tile] = sum / (side * side);
  }
  return { contrast, mean };
};

/** A plane with a margin, in which the cells of its border stand again. */
const wideColumns = columns + 2 * mostShift;
const wideRows = rows + 2 * mostShift;
const wideAt = (x: number, y: number): number => (y + mostShift) * wideColumns + x + mostShift;

const widen = (plane: Float32Array): Float32Array => {
  const wide = new Float32Array(wideColumns * wideRows);
  for (let y = 0; y < rows; y++) {
    const from = y * columns;
    const to = wideAt(0, y);
    for (let x = 0; x < columns; x++) wide[to + x] = plane[from + x] ?? 0;
    wide.fill(plane[from] ?? 0, to - mostShift, to);
    wide.fill(plane[from + columns - 1] ?? 0, to + columns, to + columns + mostShift);
  }
  const top = mostShift * wideColumns;
  const end = wide.length - top;
  for (let line = 0; line < top; line += wideColumns) {
    wide.copyWithin(line, top, top + wideColumns);
    wide.copyWithin(end + line, end - wideColumns, end);
  }
  return wide;
};

/**
 * The plane without what changes slowly across it: shadows, the glow of lamps and the brightness of the whole go. What is
 * taken away is the mean over five by five cells; the margin is that of `widen`.
 */
const edgesOf = (plane: Float32Array): Float32Array => {
  const wide = widen(plane);
  const across = new Float32Array(wide.length);
  for (let at = 2; at < wide.length - 2; at++) {
    const left = (wide[at - 2] ?? 0) + (wide[at - 1] ?? 0);
    across[at] = (left + (wide[at] ?? 0) + (wide[at + 1] ?? 0) + (wide[at + 2] ?? 0)) / 5;
  }
  const edges = new Float32Array(plane.length);
  let cell = 0;
  for (let y = 0; y < rows; y++) {
    const line = wideAt(0, y);
    for (let at = line; at < line + columns; at++) {
      const above = (across[at - 2 * wideColumns] ?? 0) + (across[at - wideColumns] ?? 0);
      const sum = above + (across[at] ?? 0) + (across[at + wideColumns] ?? 0) + (across[at + 2 * wideColumns] ?? 0);
      edges[cell++] = (wide[at] ?? 0) - sum / 5;
    }
  }
  return widen(edges);
};

/** Of a tile: its steepest step between neighbors as a part of its contrast, which light and fog leave as it is. */
const sharpnessOf = (plane: Float32Array, contrast: number, tile: number): number => {
  const first = firstCellOf(tile);
  const last = first + (side - 1) * columns;
  let steepest = 0;
  for (let line = first; line <= last; line += columns) {
    for (let at = line; at < line + side - 1; at++) {
      steepest = Math.max(steepest, Math.abs((plane[at + 1] ?? 0) - (plane[at] ?? 0)));
    }
  }
  for (let line = first; line < last; line += columns) {
    for (let at = line; at < line + side; at++) {
      steepest = Math.max(steepest, Math.abs((plane[at + columns] ?? 0) - (plane[at] ?? 0)));
    }
  }
  return steepest / contrast;
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Pearson's, 0 where either is even. */
const correlation = (a: Float32Array, b: Float32Array): number => {
  let sumA = 0;
  let sumB = 0;
  for (let at = 0; at < a.length; at++) {
    sumA += a[at] ?? 0;
    sumB += b[at] ?? 0;
  }
  let both = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let at = 0; at < a.length; at++) {
    const offA = (a[at] ?? 0) - sumA / a.length;
    const offB = (b[at] ?? 0) - sumB / b.length;
    both += offA * offB;
    squaresA += offA * offA;
    squaresB += offB * offB;
  }
  // Less than two levels of spread is noise.
  const even = 4 * a.length;
  return squaresA < even || squaresB < even ? 0 : both / Math.sqrt(squaresA * squaresB);
};

/** What one plane shows, without any other. */
export interface Sight {
  readonly plane: Float32Array;
  readonly tiles: Tiles;
  /** Tiles that show something. */
  readonly shown: number;
  /** Median over those tiles, about 0.15 (a blur) to 1; undefined where they are too few. */
  readonly sharpness: number | undefined;
}

export const toSight = (plane: Float32Array): Sight => {
  const tiles = tilesOf(plane);
  const sharp: number[] = [];
  for (let tile = 0; tile < tileCount; tile++) {
    const contrast = tiles.contrast[tile] ?? 0;
    if (contrast >= leastContrast) sharp.push(sharpnessOf(plane, contrast, tile));
  }
  return { plane, tiles, shown: sharp.length, sharpness: sharp.length < leastTiles ? undefined : median(sharp) };
};

export interface Likeness {
  /** Of the tiles that show something in the remembered view, those that show the same now; or `enough` of them. */
  readonly same: number;
  /** Tiles that show something now, as a part of those that did. */
  readonly shown: number;
  /** −1 to 1: how alike bright and dark lie on the whole, which a blur leaves as it is. */
  readonly layout: number;
}

/**
 * Undefined where the remembered plane shows too little to be known again. Shifts are not tried any more when `enough` is
 * the same.
 */
export const compare = (remembered: Float32Array, now: Sight, enough: number): Likeness | undefined => {
  const known = tilesOf(remembered);
  const telling: number[] = [];
  for (let tile = 0; tile < tileCount; tile++) {
    if ((known.contrast[tile] ?? 0) >= leastContrast) telling.push(tile);
  }
  if (telling.length < leastTiles) return undefined;
  const before = edgesOf(remembered);
  const after = edgesOf(now.plane);
  const sameBy = (right: number, down: number): number => {
    const shift = down * wideColumns + right;
    let same = 0;
    for (const tile of telling) {
      const first = wideAt((tile % tilesAcross) * side, Math.floor(tile / tilesAcross) * side);
      let both = 0;
      let squaresBefore = 0;
      let squaresAfter = 0;
      for (let line = first; line < first + side * wideColumns; line += wideColumns) {
        for (let at = line; at < line + side; at++) {
          const a = before[at] ?? 0;
          const b = after[at + shift] ?? 0;
          both += a * b;
          squaresBefore += a * a;
          squaresAfter += b * b;
        }
      }
      if (both > alike * Math.sqrt(squaresBefore * squaresAfter)) same++;
    }
    return same / telling.length;
  };
  let same = sameBy(0, 0);
  for (let down = -mostShift; down <= mostShift; down++) {
    for (let right = -mostShift; right <= mostShift && same < enough; right++) {
      same = Math.max(same, sameBy(right, down));
    }
  }
  return { same, shown: now.shown / telling.length, layout: correlation(known.mean, now.tiles.mean) };
};
