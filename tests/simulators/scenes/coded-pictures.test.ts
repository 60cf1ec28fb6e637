import { expect, test } from 'vitest';
import { parameterSetsOf, splitPictures } from '../../../simulators/scenes/coded-pictures.ts';

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

test('of H.265 each picture that a decoder can begin with is a keyframe, and brings its parameter sets', () => {
  const unit = (type: number, ...bytes: number[]): number[] => [...start, type << 1, 1, ...bytes];
  const stream = Uint8Array.from([
    ...[...unit(35, 0x50), ...unit(32, 7), ...unit(33, 8), ...unit(34, 9), ...unit(21, 3)],
    ...[...unit(35, 0x50), ...unit(1, 4)],
  ]);
  const pictures = splitPictures(stream, 'h265');
  expect(pictures.map(({ keyframe }) => keyframe)).toEqual([true, false]);
  expect(parameterSetsOf(pictures[0], 'h265')?.map(set => set[2])).toEqual([7, 8, 9]);
  expect(parameterSetsOf(pictures[1], 'h265')).toBeUndefined();
});

test('of motion JPEG every file is a picture', () => {
  const file = [0xff, 0xd8, 0xff, 0xdb, 1, 2, 0xff, 0xd9];
  const pictures = splitPictures(Uint8Array.from([...file, ...file]), 'mjpeg');
  expect(pictures).toEqual([file, file].map(bytes => ({ keyframe: true, units: [Uint8Array.from(bytes)] })));
});
