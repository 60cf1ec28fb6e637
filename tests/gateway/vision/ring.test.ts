import { describe, expect, it } from 'vitest';
import { createRing, type RingPicture } from '../../../gateway/vision/ring.ts';

const picture = (at: number, bytes = 100, shown = 0): RingPicture => ({
  ...{ width: 64, height: 36, time: 1_000_000 + at, at, jpeg: new Uint8Array(bytes) },
  shown: new Map(shown > 0 ? [['person', new Uint8Array(shown)]] : []),
});

const filled = (pictures: readonly RingPicture[], length = 1000, bytes = 100_000) => {
  const ring = createRing(length, bytes);
  for (const each of pictures) ring.push(each);
  return (at: number) => ring.since(at).map(each => each.at);
};

describe('the last seconds of a camera', () => {
  it('begin with the picture that stood when they began', () => {
    const since = filled([0, 400, 800, 1200, 1600].map(at => picture(at)));
    expect(since(600)).toEqual([400, 800, 1200, 1600]);
    expect(since(800)).toEqual([800, 1200, 1600]);
    expect(since(5000)).toEqual([1600]);
  });

  it('hold the last picture of a quiet scene however long ago it was taken', () => {
    expect(filled([picture(0), picture(60_000)])(59_000)).toEqual([0, 60_000]);
    expect(filled([picture(0), picture(60_000), picture(60_500)], 1000)(0)).toEqual([0, 60_000, 60_500]);
    expect(filled([picture(0), picture(60_000), picture(62_000)], 1000)(0)).toEqual([60_000, 62_000]);
  });

  it('are fewer where they would take too many bytes, those with an authorised class counted too', () => {
    expect(
      filled(
        [0, 1, 2, 3].map(at => picture(at)),
        1000,
        250,
      )(0),
    ).toEqual([2, 3]);
    expect(
      filled(
        [0, 1, 2, 3].map(at => picture(at, 100, 100)),
        1000,
        250,
      )(0),
    ).toEqual([3]);
    expect(filled([picture(0, 300)], 1000, 250)(0)).toEqual([]);
  });

  it('are nothing before the first picture', () => {
    expect(createRing(1000, 1000).since(0)).toEqual([]);
  });
});
