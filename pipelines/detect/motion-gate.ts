/**
 * Decides which pictures are worth inferring: those in which something moves, and one from time to time. It compares
 * brightness on a coarse grid with that of a moment ago, so that noise costs nothing, and a change of the light over the
 * whole picture is no motion. Pure but for its own memory.
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
}

/** Levels of 255 by which a cell's mean must differ from the background, beyond the change of the whole picture. */
const level = 6;
/** Changed cells that make a motion: fewer are noise. A person who walks 40 m away changes about six. */
const least = 4;
/** Share of the difference by which the background follows each picture: what stopped is background a moment later. */
const follow = 0.6;
const grid = { columns: 48, rows: 27, samples: 4 };
const cells = grid.columns * grid.rows;

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
    lumaInto(plane, picture, grid);
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
