/**
 * What the reader of the events believes of where vessels are: it goes on from the newest position with the speed and
 * course told in it (docs/vessel-positions.md). Beside what really was this tells what downsampling costs.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { aheadOf, metresPerSecondPerKnot, type Place } from '../../core/geodesy.ts';
import type { Instant } from '../../core/time.ts';

/** Below this speed, in m/s as events tell it, a vessel is believed to lie still. */
const stillMetresPerSecond = 0.257;

const observed = 'fishing-vessel.vessel.observed';
const position = z.object({
  location: z.object({ coordinates: z.tuple([z.number(), z.number()]) }),
  speedOverGround: z.number().optional(),
  courseOverGround: z.number().optional(),
  quality: z.literal('suspect').optional(),
});

interface Believed extends Place {
  readonly time: Instant;
  readonly speed: number | undefined;
  readonly course: number | undefined;
}

export interface Reconstruction {
  /** Takes positions of vessels; anything else is passed over. */
  take(event: Conclusion): void;
  /** Where the reader believes it to be; undefined before it was told of it. `subject` as in events. */
  placeOf(subject: string, time: Instant): Place | undefined;
}

export const createReconstruction = (): Reconstruction => {
  const newest = new Map<string, Believed>();
  return {
    take: ({ event, subject, time, data }) => {
      if (event !== observed) return;
      const read = position.safeParse(data);
      if (!read.success) return;
      const { location, speedOverGround, courseOverGround, quality } = read.data;
      if (quality === 'suspect' || time < (newest.get(subject)?.time ?? time)) return;
      const [longitude, latitude] = location.coordinates;
      newest.set(subject, { time, longitude, latitude, speed: speedOverGround, course: courseOverGround });
    },
    placeOf: (subject, time) => {
      const believed = newest.get(subject);
      if (believed === undefined) return undefined;
      const { speed = 0, course } = believed;
      if (course === undefined || speed < stillMetresPerSecond) return believed;
      const moving = { ...believed, sogKnots: speed / metresPerSecondPerKnot, cogDegrees: course };
      return aheadOf(moving, (time - believed.time) / 1000);
    },
  };
};

/** Distances to the meter, however many. */
export interface Distances {
  add(metres: number): void;
  readonly count: number;
  readonly most: number;
  /** Which `share` of them, 0–1, is not above, in whole meters. NaN without any. */
  quantile(share: number): number;
}

/** Beyond it all are one. */
const farthestMetres = 100_000;

export const createDistances = (): Distances => {
  const counts = new Uint32Array(farthestMetres + 1);
  let count = 0;
  let most = 0;
  return {
    add: metres => {
      const cell = Math.min(farthestMetres, Math.ceil(metres));
      counts[cell] = (counts[cell] ?? 0) + 1;
      count++;
      most = Math.max(most, metres);
    },
    get count() {
      return count;
    },
    get most() {
      return most;
    },
    quantile: share => {
      let below = 0;
      for (const [metres, here] of counts.entries()) {
        below += here;
        if (here > 0 && below >= share * count) return metres;
      }
      return Number.NaN;
    },
  };
};
