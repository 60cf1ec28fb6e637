/**
 * Decides which pictures are worth inferring: those in which something moves, and one from time to time. It compares
 * brightness on a coarse grid with that of a moment ago, so that noise costs nothing, and a change of the light over the
 * whole picture is no motion. Pure but for its own memory.
 */
import type { Picture } from '../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';

/** `motion`: something moves, or did a moment ago. `look`: nothing moves, but it is time. `still`: not worth it. */
export type Sight = 'motion' | 'look' | 'still';

export interface MotionGateOptions {
  /** How often a quiet picture is inferred all the same. */
  readonly look: Duration;
  /** How long after the last motion pictures still count as moving, so that what stops or leaves is seen to. */
  readonly hold?: Duration;
}

const columns = 48;
const rows = 27;
const cells = columns * rows;

/** Levels of 255 by which a cell's mean must differ from the background, beyond the change of the whole picture. */
const level = 6;
/** Changed cells that make a motion: fewer are noise. A person who walks 40 m away changes about six. */
const least = 4;
/** Share of the difference by which the background follows each picture: what stopped is background a moment later. */
const follow = 0.6;
/** Sampled pixels a cell and direction: more would cost time and tell nothing new. */
const samples = 4;

const brightness = ({ width, height, pixels }: Picture, plane: Float32Array): void => {
  for (let row = 0; row < rows; row++) {
    const top = (row * height) / rows;
    const stepY = height / rows / samples;
    for (let column = 0; column < columns; column++) {
      const left = (column * width) / columns;
      const stepX = width / columns / samples;
      let sum = 0;
      for (let y = 0; y < samples; y++) {
        const line = Math.floor(top + y * stepY) * width;
        for (let x = 0; x < samples; x++) {
          const at = (line + Math.floor(left + x * stepX)) * 3;
          // ITU-R BT.601 luma in integers.
          sum += 77 * (pixels[at] ?? 0) + 150 * (pixels[at + 1] ?? 0) + 29 * (pixels[at + 2] ?? 0);
        }
      }
      plane[row * columns + column] = sum / (256 * samples * samples);
    }
  }
};

const median = (values: Float32Array): number => values.toSorted()[values.length >> 1] ?? 0;

export const createMotionGate = ({
  look,
  hold = seconds(2),
}: MotionGateOptions): ((picture: Picture, time: Instant) => Sight) => {
  const plane = new Float32Array(cells);
  const difference = new Float32Array(cells);
  let background: Float32Array | undefined;
  let movedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const moves = (known: Float32Array): boolean => {
    for (let cell = 0; cell < cells; cell++) difference[cell] = (plane[cell] ?? 0) - (known[cell] ?? 0);
    const light = median(difference);
    let changed = 0;
    for (let cell = 0; cell < cells; cell++) {
      const off = difference[cell] ?? 0;
      if (Math.abs(off - light) > level) changed++;
      known[cell] = (known[cell] ?? 0) + follow * (off - light) + light;
    }
    return changed >= least;
  };

  return (picture, time) => {
    brightness(picture, plane);
    if (background === undefined) background = plane.slice();
    else if (moves(background)) movedAt = time;
    // A clock that is set back must not close the gate for long.
    if (time < movedAt) movedAt = time;
    if (time < lookedAt) lookedAt = Number.NEGATIVE_INFINITY;
    const sight = time - movedAt <= hold ? 'motion' : time - lookedAt >= look ? 'look' : 'still';
    if (sight !== 'still') lookedAt = time;
    return sight;
  };
};
