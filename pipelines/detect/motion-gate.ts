/**
 * Decides which pictures are worth inferring: those in which something moves, and one from time to time. It compares
 * brightness on a coarse grid with two backgrounds. The near one is of the last moment, and takes in what stands still and
 * every change of the light; the far one is of the last half minute, and knows again what was there before a thing passed. What
 * differs from both moves. A change of the light over the whole picture is no motion, nor is what rain or branches do to
 * a cell all the time. Where most parts of the picture change at once it rains hard or the pole sways, since a thing is in one place.
 * Then each cell is soon used to all that this does to it, and a change counts only beside one of the picture before: a
 * thing is still there, a streak of rain is not. Pure but for its own memory.
 */
import type { Picture } from '../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { lumaInto } from './luma.ts';

/** `motion`: something moves, or did a moment ago. `look`: nothing moves, but it is time. `still`: not worth it. */
export type Sight = 'motion' | 'look' | 'still';

export interface MotionGateOptions {
  /** How often a quiet picture is inferred all the same. */
  readonly look: Duration;
  /** How long after the last motion pictures still count as moving, so that what stops or leaves is seen to. */
  readonly hold?: Duration;
  /** Of each cell from the top: at 2 half the usual difference is enough, at 0 nothing is. 1 everywhere when absent. */
  readonly sensitivity?: Float32Array;
}

export const motionGrid = { columns: 48, rows: 27, samples: 4 } as const;
const { columns, rows } = motionGrid;
const cells = columns * rows;

/** Levels of 255 by which a cell's mean must differ from both backgrounds, beyond the change of the whole picture. */
const level = 6;
/** And so many times what it usually differs by. */
const spreads = 3;
/** Changed cells that make a motion where they touch each other: fewer are noise. A person 40 pixels high of 640 across changes about four. */
const least = 4;
/** How fast the backgrounds follow. */
const follows = { near: seconds(0.4), far: seconds(20) } as const;
/**
 * How fast a difference becomes usual, and how much of it counts for that at most: a passing thing must not make its cells
 * blind in fair weather, nor a crowd all over the picture in what is taken for rough weather.
 */
const fair = { follow: seconds(60), most: 9 } as const;
const rough = { follow: seconds(10), most: 25 } as const;
/**
 * The weather is rough in pictures in which so many of the 6 × 3 parts change, where more than this share of the pictures were
 * such of late: a lorry that passes close by fills some too.
 */
const roughFrom = { parts: 12, share: 0.05, follow: seconds(20) } as const;
const partOf = Uint8Array.from(
  { length: cells },
  (_, cell) => 6 * Math.floor(cell / columns / 9) + Math.floor((cell % columns) / 8),
);
/** Of the time between two pictures no more counts. */
const countsAtMost = seconds(2);

/** Puts the values into another order: to find one of them takes a tenth of sorting them all (Hoare, "Algorithm 65: find"). */
const medianOf = (values: Float32Array): number => {
  const middle = values.length >> 1;
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[middle] ?? 0;
    let low = left;
    let high = right;
    while (low <= high) {
      while ((values[low] ?? 0) < pivot) low++;
      while ((values[high] ?? 0) > pivot) high--;
      if (low > high) break;
      const value = values[low] ?? 0;
      values[low++] = values[high] ?? 0;
      values[high--] = value;
    }
    if (high < middle) left = low;
    if (low > middle) right = high;
  }
  return values[middle] ?? 0;
};

/** A background that follows by itself: of each cell, by how much it differs beyond what the light of the picture did. */
const createBackground = (first: Float32Array, follow: Duration) => {
  const known = first.slice();
  const off = new Float32Array(cells);
  const ordered = new Float32Array(cells);
  return (plane: Float32Array, elapsed: Duration): Float32Array => {
    for (let cell = 0; cell < cells; cell++) off[cell] = (plane[cell] ?? 0) - (known[cell] ?? 0);
    ordered.set(off);
    const light = medianOf(ordered);
    for (let cell = 0; cell < cells; cell++) ordered[cell] = (plane[cell] ?? 0) / Math.max(8, known[cell] ?? 0);
    const gain = medianOf(ordered);
    const part = 1 - Math.exp(-elapsed / follow);
    for (let cell = 0; cell < cells; cell++) {
      const added = (off[cell] ?? 0) - light;
      const multiplied = (plane[cell] ?? 0) - gain * (known[cell] ?? 0);
      off[cell] = Math.abs(added) < Math.abs(multiplied) ? added : multiplied;
      known[cell] = (known[cell] ?? 0) + light + part * added;
    }
    return off;
  };
};

export const createMotionGate = ({
  look,
  hold = seconds(2),
  sensitivity,
}: MotionGateOptions): ((picture: Picture, time: Instant) => Sight) => {
  const plane = new Float32Array(cells);
  /** Mean squares of what the cells differ by. */
  const squares = new Float32Array(cells);
  const sizes = new Float32Array(cells);
  const changed = new Uint8Array(cells);
  const changedBefore = new Uint8Array(cells);
  const counted = new Uint8Array(cells);
  const waiting = new Uint16Array(cells);
  let backgrounds: readonly ReturnType<typeof createBackground>[] | undefined;
  /** Share of the last pictures in which most parts changed. */
  let roughness = 0;
  let seenAt = 0;
  let movedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const isBesideChangedBefore = (cell: number): boolean => {
    const column = cell % columns;
    for (let row = cell - column - columns; row <= cell - column + columns; row += columns) {
      if (row < 0 || row >= cells) continue;
      for (let at = row + Math.max(0, column - 1); at <= row + Math.min(columns - 1, column + 1); at++) {
        if (changedBefore[at] === 1) return true;
      }
    }
    return false;
  };

  /** Whether enough cells that count hang together; it takes the marks of those that it has seen. */
  const isTogether = (): boolean => {
    for (let first = 0; first < cells; first++) {
      if (counted[first] === 0) continue;
      let count = 0;
      let left = 0;
      waiting[left++] = first;
      counted[first] = 0;
      while (left > 0) {
        const cell = waiting[--left] ?? 0;
        if (++count >= least) return true;
        const column = cell % columns;
        for (let row = cell - column - columns; row <= cell - column + columns; row += columns) {
          if (row < 0 || row >= cells) continue;
          for (let at = row + Math.max(0, column - 1); at <= row + Math.min(columns - 1, column + 1); at++) {
            if (counted[at] === 0) continue;
            counted[at] = 0;
            waiting[left++] = at;
          }
        }
      }
    }
    return false;
  };

  const moves = (elapsed: Duration): boolean => {
    const [near, far] = backgrounds?.map(differ => differ(plane, elapsed)) ?? [];
    let parts = 0;
    for (let cell = 0; cell < cells; cell++) {
      const fromNear = near?.[cell] ?? 0;
      const fromFar = far?.[cell] ?? 0;
      // Brighter than the one and darker than the other is no thing, but where one was.
      const size = fromNear * fromFar > 0 ? Math.min(Math.abs(fromNear), Math.abs(fromFar)) : 0;
      sizes[cell] = size;
      if (size > level) parts |= 1 << (partOf[cell] ?? 0);
    }
    let partCount = 0;
    for (; parts > 0; parts &= parts - 1) partCount++;
    const isMost = partCount >= roughFrom.parts;
    roughness += (1 - Math.exp(-elapsed / roughFrom.follow)) * ((isMost ? 1 : 0) - roughness);
    const weather = isMost && roughness > roughFrom.share ? rough : fair;
    const part = 1 - Math.exp(-elapsed / weather.follow);
    for (let cell = 0; cell < cells; cell++) {
      const size = sizes[cell] ?? 0;
      const square = squares[cell] ?? 0;
      changed[cell] = size * (sensitivity?.[cell] ?? 1) > Math.max(level, spreads * Math.sqrt(square)) ? 1 : 0;
      squares[cell] = square + part * (Math.min(size, weather.most) ** 2 - square);
      counted[cell] = changed[cell] === 1 && (weather === fair || isBesideChangedBefore(cell)) ? 1 : 0;
    }
    changedBefore.set(changed);
    return isTogether();
  };

  return (picture, time) => {
    lumaInto(plane, picture, motionGrid);
    const elapsed = Math.min(countsAtMost, Math.abs(time - seenAt));
    seenAt = time;
    backgrounds ??= [createBackground(plane, follows.near), createBackground(plane, follows.far)];
    if (moves(elapsed)) movedAt = time;
    // A clock that is set back must not close the gate for long.
    if (time < movedAt) movedAt = time;
    if (time < lookedAt) lookedAt = Number.NEGATIVE_INFINITY;
    const sight = time - movedAt <= hold ? 'motion' : time - lookedAt >= look ? 'look' : 'still';
    if (sight !== 'still') lookedAt = time;
    return sight;
  };
};
