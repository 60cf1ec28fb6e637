/** The last seconds of a camera, as they may leave the box: JPEGs, bounded by time and by bytes. Pure. */
import type { PictureSize } from '../../core/observation.ts';
import type { Duration, Instant } from '../../core/time.ts';

/** A picture in which all is hidden that must be. */
export interface RingPicture extends PictureSize {
  readonly time: Instant;
  /** Monotonic, ms: setting the time of day stretches no clip. */
  readonly at: Duration;
  readonly jpeg: Uint8Array;
  /** The same with objects of one authorised class as they are, by that class; only where there are some. */
  readonly shown: ReadonlyMap<string, Uint8Array>;
}

export interface Ring {
  push(picture: RingPicture): void;
  /** Those from `at` on, and the one before it: it stood until the next one came. */
  since(at: Duration): readonly RingPicture[];
}

const bytesOf = ({ jpeg, shown }: RingPicture): number =>
  [...shown.values()].reduce((sum, each) => sum + each.length, jpeg.length);

/** Keeps what lies less than `length` back; less of it where that takes more than `maximumBytes`. */
export const createRing = (length: Duration, maximumBytes: number): Ring => {
  const pictures: RingPicture[] = [];
  let bytes = 0;
  const drop = (): void => {
    const oldest = pictures.shift();
    if (oldest !== undefined) bytes -= bytesOf(oldest);
  };
  return {
    push: picture => {
      pictures.push(picture);
      bytes += bytesOf(picture);
      while ((pictures[1]?.at ?? picture.at) < picture.at - length || bytes > maximumBytes) drop();
    },
    since: at => {
      const first = pictures.findLastIndex(picture => picture.at <= at);
      return pictures.slice(Math.max(0, first));
    },
  };
};
