/** What goes wrong with a camera's picture, done to pictures that are right. The same bytes for the same picture everywhere. */
import type { PictureSize } from '../../core/observation.ts';
import type { Picture } from './backdrop.ts';

/** Faults of the picture alone: the connection lives, and pictures come. `frozen` is the same picture again and again. */
export const pictureFaults = ['black', 'frozen', 'blurred', 'covered', 'moved'] as const;
export type PictureFault = (typeof pictureFaults)[number];

type Spoil = (picture: Picture, size: PictureSize) => Picture;

/** Mean over `2 × reach + 1` pixels along one direction, `step` bytes apart; lines hold `length` pixels. */
const smear = (picture: Picture, reach: number, step: number, length: number): Picture => {
  const out = new Uint8Array(picture.length);
  for (let block = 0; block < picture.length; block += step * length) {
    for (let first = block; first < block + step; first++) {
      let sum = 0;
      let count = 0;
      for (let place = -reach; place < length; place++) {
        if (place + reach < length) {
          sum += picture[first + (place + reach) * step] ?? 0;
          count++;
        }
        if (place > reach) {
          sum -= picture[first + (place - reach - 1) * step] ?? 0;
          count--;
        }
        if (place >= 0) out[first + place * step] = sum / count;
      }
    }
  }
  return out;
};

/** A lens out of focus: twice the mean over a square of 3 % of the width. */
const blurred: Spoil = (picture, { width, height }) => {
  const reach = Math.max(1, Math.round(width * 0.015));
  let out = picture;
  for (let pass = 0; pass < 2; pass++) out = smear(smear(out, reach, 3, width), reach, width * 3, height);
  return out;
};

/** A rag before the lens: even and gray, with the noise that the sensor had. */
const covered: Spoil = (picture, { width }) =>
  picture.map((value, at) => 96 + (Math.floor(at / 3) % width) / (width / 24) + (value & 7));

/** Turned away by a fifth of the picture to the right and an eighth down; what comes into it is the rest, mirrored. */
const moved: Spoil = (picture, { width, height }) => {
  const right = Math.round(width / 5);
  const down = Math.round(height / 8);
  const out = new Uint8Array(picture.length);
  for (let row = 0; row < height; row++) {
    const fromRow = row + down < height ? row + down : 2 * (height - 1) - row - down;
    for (let column = 0; column < width; column++) {
      const fromColumn = column + right < width ? column + right : 2 * (width - 1) - column - right;
      const from = (fromRow * width + fromColumn) * 3;
      out.set(picture.subarray(from, from + 3), (row * width + column) * 3);
    }
  }
  return out;
};

const spoils: Readonly<Record<PictureFault, Spoil>> = {
  black: picture => picture.map(value => value & 3),
  frozen: picture => picture,
  blurred,
  covered,
  moved,
};

export const spoil = (fault: PictureFault, picture: Picture, size: PictureSize): Picture =>
  spoils[fault](picture, size);
