/**
 * What of a picture stays the same while the light changes: where its edges are, how sharp they are, and where it is
 * bright and dark on the whole. Compared with a remembered view of the same camera it tells whether that still shows.
 * Pure.
 */

/** Of the planes that are compared: fine enough for the blur of a lens, coarse enough for a thousand cameras. */
export const viewGrid = { columns: 128, rows: 72, samples: 2 } as const;

const { columns, rows } = viewGrid;
/** Cells a tile and direction. */
const side = 8;
const tilesAcross = columns / side;
const tilesDown = rows / side;
const tileCount = tilesAcross * tilesDown;

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
    const left = (tile % tilesAcross) * side;
    const top = Math.floor(tile / tilesAcross) * side;
    let least = 255;
    let most = 0;
    let sum = 0;
    for (let y = top; y < top + side; y++) {
      for (let x = left; x < left + side; x++) {
        const value = plane[y * columns + x] ?? 0;
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

/** The plane without what changes slowly across it: shadows, the glow of lamps and the brightness of the whole go. */
const edgesOf = (plane: Float32Array): Float32Array => {
  const reach = 2;
  const across = new Float32Array(plane.length);
  const edges = new Float32Array(plane.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let by = -reach; by <= reach; by++) {
        sum += plane[y * columns + Math.min(columns - 1, Math.max(0, x + by))] ?? 0;
      }
      across[y * columns + x] = sum / (2 * reach + 1);
    }
  }
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let by = -reach; by <= reach; by++) {
        sum += across[Math.min(rows - 1, Math.max(0, y + by)) * columns + x] ?? 0;
      }
      const at = y * columns + x;
      edges[at] = (plane[at] ?? 0) - sum / (2 * reach + 1);
    }
  }
  return edges;
};

/** Of a tile: its steepest step between neighbors as a part of its contrast, which light and fog leave as it is. */
const sharpnessOf = (plane: Float32Array, contrast: number, tile: number): number => {
  const left = (tile % tilesAcross) * side;
  const top = Math.floor(tile / tilesAcross) * side;
  let steepest = 0;
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) {
      const at = y * columns + x;
      const value = plane[at] ?? 0;
      if (x + 1 < left + side) steepest = Math.max(steepest, Math.abs((plane[at + 1] ?? 0) - value));
      if (y + 1 < top + side) steepest = Math.max(steepest, Math.abs((plane[at + columns] ?? 0) - value));
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
  /** Of the tiles that show something in the remembered view, those that show the same now. */
  readonly same: number;
  /** Tiles that show something now, as a part of those that did. */
  readonly shown: number;
  /** −1 to 1: how alike bright and dark lie on the whole, which a blur leaves as it is. */
  readonly layout: number;
}

/** Undefined where the remembered view shows too little to be known again. */
export const compare = (known: Sight, now: Sight): Likeness | undefined => {
  const telling: number[] = [];
  for (let tile = 0; tile < tileCount; tile++) {
    if ((known.tiles.contrast[tile] ?? 0) >= leastContrast) telling.push(tile);
  }
  if (telling.length < leastTiles) return undefined;
  const before = edgesOf(known.plane);
  const after = edgesOf(now.plane);
  const sameBy = (right: number, down: number): number => {
    let same = 0;
    for (const tile of telling) {
      const left = (tile % tilesAcross) * side;
      const top = Math.floor(tile / tilesAcross) * side;
      let both = 0;
      let squaresBefore = 0;
      let squaresAfter = 0;
      for (let y = top; y < top + side; y++) {
        const line = Math.min(rows - 1, Math.max(0, y + down)) * columns;
        for (let x = left; x < left + side; x++) {
          const a = before[y * columns + x] ?? 0;
          const b = after[line + Math.min(columns - 1, Math.max(0, x + right))] ?? 0;
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
    for (let right = -mostShift; right <= mostShift && same < 0.6; right++) {
      same = Math.max(same, sameBy(right, down));
    }
  }
  return { same, shown: now.shown / telling.length, layout: correlation(known.tiles.mean, now.tiles.mean) };
};
