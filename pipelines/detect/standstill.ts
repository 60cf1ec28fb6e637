/**
 * Whether pictures stand still although each is coded anew, by a recorder, or with a clock that runs on in a corner: then
 * the noise of the sensor is gone, which this camera has had for days. Of a camera whose noise does not outlive its own
 * coding nothing can be said. Pure but for its own memory.
 */
import { z } from 'zod';
import { type Duration, hours } from '../../core/time.ts';
import { firstCellOf, side, tileCount, viewGrid } from './view.ts';

/** What is known of a camera's noise. */
export const keptNoiseSchema = z.strictObject({
  /** Levels of 255: the least by which half of the tiles or more have differed from one look to the next. */
  least: z.number().min(0),
  /** For how long that was watched, in milliseconds. */
  knownFor: z.number().min(0),
});
export type KeptNoise = z.output<typeof keptNoiseSchema>;

export interface Standstill {
  /** For how long nothing but the coding has changed. */
  look(plane: Float32Array, elapsed: Duration): Duration;
  /** The next picture is not compared with the last. */
  interrupt(): void;
  kept(): KeptNoise | undefined;
}

/** A day and a night, and both once more. */
const knownAfter = hours(48);
/** Below this the coding of a quiet night leaves as little as that of one picture. */
const leastNoise = 0.4;
/** The noise is gone when less than this part of the least is left. */
const gone = 0.25;
/** So slowly a camera's least noise is taken to be more again. */
const forgets = hours(24 * 7);
/** Key frames look different, also of one picture: of so many looks the quietest quarter tells. */
const looks = 32;
/** Tiles whose mean changes by more than this level, and the part of them that may: the clock of a recorder. */
const drift = { level: 1, part: 0.1 } as const;

export const createStandstill = (known?: KeptNoise): Standstill => {
  let { least, knownFor } = known ?? { least: Number.POSITIVE_INFINITY, knownFor: 0 };
  let before: Float32Array | undefined;
  const means = new Float32Array(tileCount);
  const differences = new Float32Array(tileCount);
  /** Means of the tiles when something was seen to live last. */
  const lived = new Float32Array(tileCount);
  /** Of the last looks, in turns. */
  const noises = new Float32Array(looks);
  let count = 0;
  let standsFor = 0;
  /** The noise was gone, and the light changed all the same: what comes now is how this camera sees. */
  let lives = false;

  const measure = (last: Float32Array, plane: Float32Array): void => {
    for (let tile = 0; tile < tileCount; tile++) {
      const first = firstCellOf(tile);
      let sum = 0;
      let difference = 0;
      for (let line = first; line < first + side * viewGrid.columns; line += viewGrid.columns) {
        for (let at = line; at < line + side; at++) {
          const value = plane[at] ?? 0;
          sum += value;
          difference += Math.abs(value - (last[at] ?? 0));
        }
      }
      means[tile] = sum / (side * side);
      differences[tile] = difference / (side * side);
    }
    noises[count++ % looks] = differences.sort()[tileCount >> 1] ?? 0;
  };

  const hasDrifted = (): boolean => {
    let left = drift.part * tileCount;
    for (let tile = 0; tile < tileCount; tile++) {
      if (Math.abs((means[tile] ?? 0) - (lived[tile] ?? 0)) > drift.level && --left < 0) return true;
    }
    return false;
  };

  return {
    look: (plane, elapsed) => {
      if (before === undefined) {
        before = plane.slice();
        return 0;
      }
      measure(before, plane);
      before.set(plane);
      if (count < looks) {
        lived.set(means);
        return 0;
      }
      const noise = noises.toSorted()[looks >> 2] ?? 0;
      if (knownFor >= knownAfter && noise < gone * least && !lives) {
        standsFor += elapsed;
        if (!hasDrifted()) return least >= leastNoise ? standsFor : 0;
        lives = true;
        count = 0;
        standsFor = 0;
        return 0;
      }
      lives = false;
      standsFor = 0;
      lived.set(means);
      knownFor += elapsed;
      least = noise < least ? noise : least + (elapsed / forgets) * (noise - least);
      return 0;
    },
    interrupt: () => {
      before = undefined;
      count = 0;
      standsFor = 0;
    },
    kept: () => (knownFor === 0 ? undefined : { least, knownFor }),
  };
};
