import { expect, test } from 'vitest';
import { splitPictures } from '../../../simulators/scenes/coded-pictures.ts';

const start = [0, 0, 0, 1];
const short = [0, 0, 1];
const delimiter = [9, 0x10];

test('each delimiter begins a picture, and only one with an IDR slice is a keyframe', () => {
  const stream = Uint8Array.from([
    ...[...start, ...delimiter, ...start, 0x67, 1, ...start, 0x68, 2, ...short, 0x65, 3, 3],
    ...[...start, ...delimiter, ...short, 0x41, 4, 0, 0, 3, 5],
  ]);
  expect(splitPictures(stream, 'h264')).toEqual([
    {
      keyframe: true,
      units: [
        [0x67, 1],
        [0x68, 2],
        [0x65, 3, 3],
      ].map(unit => Uint8Array.from(unit)),
    },
    { keyframe: false, units: [Uint8Array.from([0x41, 4, 0, 0, 3, 5])] },
  ]);
});

test('an empty stream has no pictures', () => {
  expect(splitPictures(new Uint8Array(), 'h264')).toEqual([]);
});
