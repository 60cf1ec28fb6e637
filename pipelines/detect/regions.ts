/**
 * Small objects are found where they move: at most two parts of the large picture, each of the size of the model's input,
 * are inferred beside the whole, and what is found in them is joined with what is found in the whole. Pure but for its own
 * memory.
 */
import type { Box, Frame, Picture, PictureSize } from '../../core/observation.ts';
import { classGroupOf } from './class-groups.ts';
import type { Detection } from './interpret.ts';
import { lumaInto } from './luma.ts';
import { overlap } from './overlap.ts';

/** Of one picture: each costs as much as the whole. */
const mostRegions = 2;
/**
 * A region enlarges by this to twice as much where the large picture has the pixels, and pixels beyond are averaged: what
 * is enlarged more looks like nothing that a model has learned, and the region holds little.
 */
const usualZoom = 2;
/** Less is not worth an inference. */
const leastZoom = 1.5;

const grid = { columns: 80, rows: 45, samples: 3 } as const;
const { columns, rows } = grid;
const cells = columns * rows;
/** Levels of 255 by which a cell's mean must differ from the background, beyond the change of the whole picture. */
const level = 6;
/** Changed cells that hang together; fewer are noise. A person 40 m away covers about four. */
const leastCells = 2;
/** Share of the difference by which the background follows each picture. */
const follow = 0.2;
/** Those that have waited longest, where more move: in rain everything does. */
const mostPlaces = 100;

/** Share of its size within which a box touches the edge of a region. */
const edge = 0.015;
const rounding = 1e-6;
/** Above this overlap a box of the whole and one of a region are one object; the model decided within each by itself. */
const sameObject = 0.3;
/** A box of a region with more than this share of it inside a box of the whole is a part of that, */
const inside = 0.7;
/** where the whole is at least this many times as sure. */
const sureEnough = 0.5;
/** Least share of a region's box in which something moves or is followed. */
const leastExplained = 0.5;
/** Pixels that the model sees of a small object, as the evaluation of COCO has it. */
const smallArea = 32 ** 2;

/** A part of the large picture, in its pixels. */
export interface Region extends PictureSize {
  readonly left: number;
  readonly top: number;
}

export interface RegionSize extends PictureSize {
  /** Pixels of the large picture in each direction that become one. */
  readonly step: number;
}

/** Undefined where a region would show hardly more than the small picture does. */
export const regionSizeOf = (input: PictureSize, small: PictureSize, large: PictureSize): RegionSize | undefined => {
  const zoom = large.width / small.width;
  const step = Math.max(1, Math.floor(zoom / usualZoom));
  if (zoom / step < leastZoom) return undefined;
  const fitted = (most: number, there: number): number => Math.min(most, Math.floor(there / step)) * step;
  return { width: fitted(input.width, large.width), height: fitted(input.height, large.height), step };
};

const median = (values: Float32Array): number => values.toSorted()[values.length >> 1] ?? 0;

/** Boxes of what differs from the pictures before, in fractions of the picture. The first picture shows none. */
export const createMovement = (): ((picture: Picture) => readonly Box[]) => {
  const plane = new Float32Array(cells);
  const difference = new Float32Array(cells);
  const changed = new Uint8Array(cells);
  const waiting = new Uint16Array(cells);
  let background: Float32Array | undefined;

  /** The box of all changed cells that hang together with the first; takes their marks. */
  const boxFrom = (first: number): Box | undefined => {
    let [left, top, right, bottom]: [number, number, number, number] = [columns, rows, -1, -1];
    let count = 0;
    let open = 0;
    waiting[open++] = first;
    changed[first] = 0;
    while (open > 0) {
      const cell = waiting[--open] ?? 0;
      count++;
      const column = cell % columns;
      const row = Math.floor(cell / columns);
      [left, top] = [Math.min(left, column), Math.min(top, row)];
      [right, bottom] = [Math.max(right, column), Math.max(bottom, row)];
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
          const at = y * columns + x;
          if (changed[at] === 0) continue;
          changed[at] = 0;
          waiting[open++] = at;
        }
      }
    }
    if (count < leastCells) return undefined;
    return {
      x: left / columns,
      y: top / rows,
      width: (right + 1 - left) / columns,
      height: (bottom + 1 - top) / rows,
    };
  };

  return picture => {
    lumaInto(plane, picture, grid);
    if (background === undefined) {
      background = plane.slice();
      return [];
    }
    for (let cell = 0; cell < cells; cell++) difference[cell] = (plane[cell] ?? 0) - (background[cell] ?? 0);
    const light = median(difference);
    for (let cell = 0; cell < cells; cell++) {
      const off = (difference[cell] ?? 0) - light;
      changed[cell] = Math.abs(off) > level ? 1 : 0;
      background[cell] = (background[cell] ?? 0) + light + follow * off;
    }
    const boxes: Box[] = [];
    for (let cell = 0; cell < cells; cell++) {
      const box = changed[cell] === 0 ? undefined : boxFrom(cell);
      if (box !== undefined) boxes.push(box);
    }
    return boxes;
  };
};

/** Larger things are left to the whole picture. `picture` is the small one. */
const isSmall = ({ width, height }: Box, picture: PictureSize): boolean =>
  width * picture.width * height * picture.height < smallArea;

const between = (least: number, value: number, most: number): number => Math.max(least, Math.min(most, value));

const around = ({ x, y, width, height }: Box, large: PictureSize, size: PictureSize): Region => ({
  left: between(0, Math.round((x + width / 2) * large.width - size.width / 2), large.width - size.width),
  top: between(0, Math.round((y + height / 2) * large.height - size.height / 2), large.height - size.height),
  width: size.width,
  height: size.height,
});

const holds = ({ left, top, width, height }: Region, box: Box, large: PictureSize): boolean =>
  box.x * large.width >= left &&
  box.y * large.height >= top &&
  (box.x + box.width) * large.width <= left + width &&
  (box.y + box.height) * large.height <= top + height;

/**
 * Regions that hold the most places, each place counted by how many pictures it has waited for one: where there are more
 * than regions, they take turns.
 */
export const createChoice = (): ((
  places: readonly Box[],
  large: PictureSize,
  size: PictureSize,
) => readonly Region[]) => {
  const lookedAt = new Float64Array(cells);
  let turn = 0;

  const waitedAt = ({ x, y, width, height }: Box): number => {
    const column = between(0, Math.floor((x + width / 2) * columns), columns - 1);
    const row = between(0, Math.floor((y + height / 2) * rows), rows - 1);
    return turn - (lookedAt[row * columns + column] ?? 0);
  };

  const mark = (region: Region, large: PictureSize): void => {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const center = { x: (column + 0.5) / columns, y: (row + 0.5) / rows, width: 0, height: 0 };
        if (holds(region, center, large)) lookedAt[row * columns + column] = turn;
      }
    }
  };

  return (places, large, size) => {
    turn++;
    let left = places
      .map(box => ({ box, waited: waitedAt(box) }))
      .sort((a, b) => b.waited - a.waited)
      .slice(0, mostPlaces);
    const regions: Region[] = [];
    while (regions.length < mostRegions && left.length > 0) {
      let best: Region | undefined;
      let most = 0;
      for (const { box } of left) {
        const region = around(box, large, size);
        let sum = 0;
        for (const place of left) if (holds(region, place.box, large)) sum += place.waited;
        if (sum > most) [best, most] = [region, sum];
      }
      if (best === undefined) break;
      const chosen = best;
      regions.push(chosen);
      left = left.filter(({ box }) => !holds(chosen, box, large));
    }
    for (const region of regions) mark(region, large);
    return regions;
  };
};

/** The region's pixels, each the mean of `step × step` of them. */
export const cutOut = ({ width: across, pixels }: Picture, region: Region, step: number): Picture => {
  const width = region.width / step;
  const height = region.height / step;
  const cut = new Uint8Array(width * height * 3);
  if (step === 1) {
    for (let row = 0; row < height; row++) {
      const from = ((region.top + row) * across + region.left) * 3;
      cut.set(pixels.subarray(from, from + width * 3), row * width * 3);
    }
    return { width, height, pixels: cut };
  }
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const first = ((region.top + row * step) * across + region.left + column * step) * 3;
      for (let channel = 0; channel < 3; channel++, at++) {
        let sum = 0;
        for (let y = 0; y < step; y++) {
          for (let x = 0; x < step; x++) sum += pixels[first + (y * across + x) * 3 + channel] ?? 0;
        }
        cut[at] = Math.round(sum / (step * step));
      }
    }
  }
  return { width, height, pixels: cut };
};

/** A region as those who join know it: boxes of the whole picture. */
export interface Place {
  readonly region: Box;
  /** Because of which it was chosen. */
  readonly reasons: readonly Box[];
}

/** What to look at beside a frame. */
export interface Cut extends Place {
  readonly picture: Picture;
}

/** `followed` are the boxes of what was followed in the picture before. The frame's pixels are read at once. */
export type Closer = (frame: Frame, followed: readonly Box[]) => readonly Cut[];

export interface CloserOptions {
  /** Of the model. */
  readonly input: PictureSize;
  /** Asked for each picture: not while the machine asks for less. */
  readonly may: () => boolean;
  /** Told how many regions are inferred beside a picture. */
  readonly onCut: (count: number) => void;
}

export const createCloser = ({ input, may, onCut }: CloserOptions): Closer => {
  const movement = createMovement();
  const choose = createChoice();
  return (frame, followed) => {
    if (!may()) return [];
    const { large } = frame;
    const size = large && regionSizeOf(input, frame, large);
    if (large === undefined || size === undefined) return [];
    const places = [...movement(frame), ...followed].filter(place => isSmall(place, frame));
    const regions = choose(places, large, size);
    if (regions.length > 0) onCut(regions.length);
    return regions.map(region => ({
      region: {
        x: region.left / large.width,
        y: region.top / large.height,
        width: region.width / large.width,
        height: region.height / large.height,
      },
      reasons: places.filter(place => holds(region, place, large)),
      picture: cutOut(large, region, size.step),
    }));
  };
};

export interface FoundInRegion extends Place {
  /** In fractions of the region. */
  readonly found: readonly Detection[];
}

const toWhole = (box: Box, region: Box): Box => ({
  x: region.x + box.x * region.width,
  y: region.y + box.y * region.height,
  width: box.width * region.width,
  height: box.height * region.height,
});

/** Whether an edge of the region that is none of the picture cuts the object. */
const isCut = (box: Box, region: Box): boolean =>
  (box.x < edge && region.x > 0) ||
  (box.y < edge && region.y > 0) ||
  (box.x + box.width > 1 - edge && region.x + region.width < 1 - rounding) ||
  (box.y + box.height > 1 - edge && region.y + region.height < 1 - rounding);

export interface Joined {
  /** Each object once, best first. */
  readonly objects: readonly Detection[];
  /** All boxes of the whole and of the regions, for whoever hides what was found. */
  readonly boxes: readonly Detection[];
}

const areaOf = ({ width, height }: Box): number => width * height;

const sharedArea = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

/** Whether it is a part of something that the whole picture shows surely enough: a rider, a window of a bus. */
const isPart = ({ box, score }: Detection, whole: readonly Detection[]): boolean =>
  whole.some(
    known =>
      known.score >= score * sureEnough &&
      overlap(known.box, box) <= sameObject &&
      sharedArea(known.box, box) > inside * areaOf(box),
  );

/**
 * `picture` is the small one. Of one object's boxes the best stays. Of a region's those alone count for which it was looked at: small ones where
 * something moves or is followed, no parts of what the whole shows, and none that the edge of the region cuts, because the
 * object is larger than that.
 */
export const join = (picture: PictureSize, whole: readonly Detection[], regions: readonly FoundInRegion[]): Joined => {
  if (regions.length === 0) return { objects: whole, boxes: whole };
  const parts = regions.map(({ region, reasons, found }) =>
    found.map(({ label, score, box }) => {
      const detection = { label, score, box: toWhole(box, region) };
      const explained = reasons.reduce((sum, reason) => sum + sharedArea(reason, detection.box), 0);
      const counts =
        !isCut(box, region) &&
        isSmall(detection.box, picture) &&
        explained >= leastExplained * areaOf(detection.box) &&
        !isPart(detection, whole);
      return { detection, counts };
    }),
  );
  const candidates = [
    ...whole.map(detection => ({ detection, source: -1 })),
    ...parts.flatMap((part, source) =>
      part.filter(({ counts }) => counts).map(({ detection }) => ({ detection, source })),
    ),
  ].sort((a, b) => b.detection.score - a.detection.score);
  const kept: typeof candidates = [];
  for (const candidate of candidates) {
    const group = classGroupOf(candidate.detection.label);
    const isKnown = kept.some(
      ({ detection: { label, box }, source }) =>
        source !== candidate.source &&
        classGroupOf(label) === group &&
        overlap(box, candidate.detection.box) > sameObject,
    );
    if (!isKnown) kept.push(candidate);
  }
  return {
    objects: kept.map(({ detection }) => detection),
    boxes: [...whole, ...parts.flat().map(({ detection }) => detection)],
  };
};
