/**
 * Parts of a camera's picture that nobody may look at (a neighbor's window), painted black before anything else reads a
 * pixel: the device key `masks`. Pure but for the pixels of the pictures.
 */
import { z } from 'zod';
import type { Batch } from '../../core/batch.ts';
import type { CameraSignal, Frame, Picture } from '../../core/observation.ts';

type Corner = readonly [x: number, y: number];
type Mask = readonly Corner[];

const fraction = () => z.number().min(0).max(1);

const sideOf = ([ax, ay]: Corner, [bx, by]: Corner, [x, y]: Corner): number =>
  Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));

const isBetween = (a: Corner, b: Corner, [x, y]: Corner): boolean =>
  Math.min(a[0], b[0]) <= x && x <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= y && y <= Math.max(a[1], b[1]);

/** Whether the sides a–b and c–d have a point in common. */
const meet = (a: Corner, b: Corner, c: Corner, d: Corner): boolean => {
  const [sideC, sideD, sideA, sideB] = [sideOf(a, b, c), sideOf(a, b, d), sideOf(c, d, a), sideOf(c, d, b)];
  if (sideC * sideD < 0 && sideA * sideB < 0) return true;
  return (
    (sideC === 0 && isBetween(a, b, c)) ||
    (sideD === 0 && isBetween(a, b, d)) ||
    (sideA === 0 && isBetween(c, d, a)) ||
    (sideB === 0 && isBetween(c, d, b))
  );
};

/** Corners in a wrong order leave parts open that were meant to be hidden. */
const isSimple = (mask: Mask): boolean =>
  mask.every((from, one) => {
    const to = mask[(one + 1) % mask.length] ?? from;
    return mask.every((otherFrom, other) => {
      const apart = Math.abs(one - other);
      if (apart === 0) return from[0] !== to[0] || from[1] !== to[1];
      if (apart === 1 || apart === mask.length - 1) return true;
      return !meet(from, to, otherFrom, mask[(other + 1) % mask.length] ?? otherFrom);
    });
  });

const areaOf = (mask: Mask): number => {
  let twice = 0;
  let [fromX, fromY] = mask.at(-1) ?? [0, 0];
  for (const [x, y] of mask) {
    twice += fromX * y - x * fromY;
    [fromX, fromY] = [x, y];
  }
  return Math.abs(twice) / 2;
};

/** Share of the picture: a thousandth of its width and height. */
const smallestArea = 1e-6;

export const masksSchema = z
  .array(
    z
      .array(z.tuple([fraction(), fraction()]))
      .min(3)
      .max(32)
      .refine(isSimple, {
        error: 'its sides meet: give the corners in their order along the outline, each of them once',
        abort: true,
      })
      .refine(
        mask => areaOf(mask) >= smallestArea,
        'hides nothing: its corners lie on one line. Give corners with an area between them',
      ),
  )
  .max(16);

/** Runs of bytes of one picture size, [from, to) one after the other. */
type Runs = readonly (readonly [from: number, to: number])[];

/** Marks in `row` what of the pixels of line `y` the mask touches, be it with a corner. */
const markLine = (mask: readonly Corner[], y: number, row: Uint8Array): void => {
  const mark = (from: number, to: number): void => {
    row.fill(1, Math.max(0, Math.floor(from)), Math.min(row.length, Math.floor(to) + 1));
  };
  const crossings: number[] = [];
  const middle = y + 0.5;
  let [ax, ay] = mask.at(-1) ?? [0, 0];
  for (const [bx, by] of mask) {
    const top = Math.max(y, Math.min(ay, by));
    const bottom = Math.min(y + 1, Math.max(ay, by));
    if (top <= bottom) {
      const at = (line: number): number => (by === ay ? ax : ax + ((line - ay) * (bx - ax)) / (by - ay));
      const [one, other] = by === ay ? [ax, bx] : [at(top), at(bottom)];
      mark(Math.min(one, other), Math.max(one, other));
      if (ay > middle !== by > middle) crossings.push(at(middle));
    }
    [ax, ay] = [bx, by];
  }
  crossings.sort((one, other) => one - other);
  for (let index = 1; index < crossings.length; index += 2) mark(crossings[index - 1] ?? 0, crossings[index] ?? 0);
};

const runsOf = (masks: readonly Mask[], width: number, height: number): Runs => {
  const scaled = masks.map(mask => mask.map(([x, y]): Corner => [x * width, y * height]));
  const runs: [from: number, to: number][] = [];
  const row = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (const mask of scaled) markLine(mask, y, row);
    for (let from = row.indexOf(1); from >= 0; ) {
      const open = row.indexOf(0, from);
      const to = open < 0 ? width : open;
      runs.push([(y * width + from) * 3, (y * width + to) * 3]);
      from = row.indexOf(1, to);
    }
  }
  return runs;
};

const createBrush = (masks: readonly Mask[]): ((picture: Picture) => void) => {
  let width = 0;
  let height = 0;
  let runs: Runs = [];
  return picture => {
    if (picture.width !== width || picture.height !== height) {
      ({ width, height } = picture);
      runs = runsOf(masks, width, height);
    }
    for (const [from, to] of runs) picture.pixels.fill(0, from, to);
  };
};

/** The same frames, in both sizes of which every pixel that a mask touches is black. */
export async function* masked(
  batches: AsyncIterable<Batch<Frame | CameraSignal>>,
  masks: readonly Mask[],
): AsyncGenerator<Batch<Frame | CameraSignal>, void> {
  const paint = createBrush(masks);
  const paintLarge = createBrush(masks);
  for await (const batch of batches) {
    for (const item of batch.items) {
      if (item.kind !== 'frame') continue;
      paint(item);
      if (item.large !== undefined) paintLarge(item.large);
    }
    yield batch;
  }
}
