import { describe, expect, it } from 'vitest';
import type { Box, Frame, Picture } from '../../../core/observation.ts';
import type { Detection } from '../../../pipelines/detect/interpret.ts';
import {
  createChoice,
  createCloser,
  createMovement,
  cutOut,
  join,
  regionSizeOf,
} from '../../../pipelines/detect/regions.ts';

const small = { width: 320, height: 180 };
const large = { width: 1280, height: 720 };
const input = { width: 320, height: 192 };

const gray = ({ width, height }: { width: number; height: number }, light = 90): Picture => ({
  width,
  height,
  pixels: new Uint8Array(width * height * 3).fill(light),
});

/** Pixels. */
const draw = (picture: Picture, left: number, top: number, width: number, height: number): Picture => {
  for (let row = top; row < top + height; row++) {
    const from = (row * picture.width + left) * 3;
    picture.pixels.fill(220, from, from + width * 3);
  }
  return picture;
};

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

const detection = (label: string, score: number, place: Box): Detection => ({ label, score, box: place });

describe('the size of a region', () => {
  it('is that of the model where it enlarges by two, so that no pixel of the large picture is lost', () => {
    expect(regionSizeOf(input, small, { width: 640, height: 360 })).toEqual({ width: 320, height: 192, step: 1 });
    expect(regionSizeOf({ width: 416, height: 416 }, { width: 416, height: 234 }, large)).toEqual({
      ...{ width: 416, height: 416, step: 1 },
    });
  });

  it('holds more of a picture that is much larger, and never more than all of it', () => {
    expect(regionSizeOf(input, small, large)).toEqual({ width: 640, height: 384, step: 2 });
    expect(regionSizeOf(input, small, { width: 3840, height: 2160 })).toEqual({ width: 1920, height: 1152, step: 6 });
    expect(
      regionSizeOf({ width: 640, height: 640 }, { width: 640, height: 160 }, { width: 1280, height: 320 }),
    ).toEqual({ width: 640, height: 320, step: 1 });
  });

  it('is none where the large picture shows hardly more than the small one', () => {
    expect(regionSizeOf(input, small, { width: 470, height: 264 })).toBeUndefined();
  });
});

describe('movement', () => {
  it('is told by boxes of what was not there before, without the light of the whole and without specks', () => {
    const movement = createMovement();
    expect(movement(draw(gray(small), 40, 40, 4, 12))).toEqual([]);
    const next = draw(gray(small, 110), 80, 100, 4, 16);
    draw(next, 200, 20, 4, 4);
    const boxes = movement(next);
    expect(boxes).toEqual([box(40 / 320, 40 / 180, 4 / 320, 12 / 180), box(80 / 320, 100 / 180, 4 / 320, 16 / 180)]);
  });
});

describe('the choice of regions', () => {
  const size = { width: 320, height: 192 };

  it('has the place in its middle, but for the edges of the picture', () => {
    expect(createChoice()([box(0.5, 0.5, 0.01, 0.05)], large, size)).toEqual([{ left: 486, top: 282, ...size }]);
    expect(createChoice()([box(0, 0.97, 0.01, 0.03)], large, size)).toEqual([{ left: 0, top: 528, ...size }]);
  });

  it('takes two at most, which hold the most', () => {
    const crowd = [box(0.1, 0.1, 0.01, 0.03), box(0.15, 0.12, 0.01, 0.03), box(0.2, 0.1, 0.01, 0.03)];
    const pair = [box(0.8, 0.8, 0.01, 0.03), box(0.83, 0.8, 0.01, 0.03)];
    const alone = [box(0.5, 0.5, 0.01, 0.03)];
    const regions = createChoice()([...alone, ...pair, ...crowd], large, size);
    expect(regions.map(({ left, top }) => [left, top])).toEqual([
      [0, 0],
      [870, 491],
    ]);
  });

  it('comes to each of more places in turn', () => {
    const choose = createChoice();
    const places = [0.1, 0.3, 0.5, 0.7, 0.9].map(x => box(x, x, 0.01, 0.03));
    const seen = new Set<number>();
    for (let turn = 0; turn < 3; turn++) for (const { left } of choose(places, large, size)) seen.add(left);
    expect(seen.size).toBe(5);
  });
});

describe('what is cut out', () => {
  it('has the pixels of the region, or the means of some', () => {
    const picture = { width: 4, height: 2, pixels: Uint8Array.from({ length: 24 }, (_, at) => at * 10) };
    const region = { left: 2, top: 0, width: 2, height: 2 };
    expect([...cutOut(picture, region, 1).pixels]).toEqual([60, 70, 80, 90, 100, 110, 180, 190, 200, 210, 220, 230]);
    expect(cutOut(picture, region, 2)).toEqual({ width: 1, height: 1, pixels: Uint8Array.of(135, 145, 155) });
  });

  it('lies around what moves and what is followed, none in the first picture, and is counted', () => {
    const counts: number[] = [];
    let may = true;
    const closer = createCloser({ input, may: () => may, onCut: count => counts.push(count) });
    const frame = (at: number): Frame => ({
      ...{ kind: 'frame', device: 'cam', time: at },
      ...draw(gray(small), at, 80, 4, 16),
      large: draw(gray(large), at * 4, 320, 16, 64),
    });
    expect(closer(frame(40), [])).toEqual([]);
    const [moving, followed] = closer(frame(60), [box(0.9, 0.9, 0.02, 0.05)]);
    expect(moving?.region).toEqual(box(0, 160 / 720, 0.5, 384 / 720));
    expect(moving?.picture).toMatchObject(input);
    // It holds the place that the thing left, too; the thing begins at pixel 240 of the picture and 160 below its top.
    expect(moving?.picture.pixels[(80 * 320 + 120) * 3]).toBe(220);
    expect(moving?.picture.pixels[(80 * 320 + 119) * 3]).toBe(90);
    expect(followed?.region).toEqual(box(640 / 1280, 336 / 720, 0.5, 384 / 720));
    expect(counts).toEqual([2]);
    may = false;
    expect(closer(frame(100), []), 'the machine is busy').toEqual([]);
    may = true;
    expect(closer({ ...frame(80), large: gray(small) }, []), 'nothing is larger').toEqual([]);
  });

  it('is not what the whole picture shows well', () => {
    const closer = createCloser({ input, may: () => true, onCut: () => {} });
    const still = (): Frame => ({ ...{ kind: 'frame', device: 'cam', time: 0 }, ...gray(small), large: gray(large) });
    expect(closer(still(), [box(0.4, 0.4, 0.1, 0.1778)])).toEqual([]);
    expect(closer(still(), [box(0.4, 0.4, 0.1, 0.1777)])).toHaveLength(1);
  });
});

describe('what is found in the whole and in regions', () => {
  const region = box(0.5, 0.5, 0.25, 0.25);
  const reasons = [region];

  it('is placed in the whole picture, best first', () => {
    const far = detection('person', 0.9, box(0.5, 0.25, 0.125, 0.5));
    const near = detection('person', 0.6, box(0.1, 0.1, 0.1, 0.3));
    const { objects, boxes } = join(small, [near], [{ region, reasons, found: [far] }]);
    expect(objects).toEqual([{ ...far, box: box(0.625, 0.5625, 0.03125, 0.125) }, near]);
    expect(boxes).toHaveLength(2);
  });

  it('is one object where both saw it, by whichever label of its group, and the surer box stays', () => {
    const whole = detection('car', 0.6, box(0.6, 0.6, 0.06, 0.06));
    const same = detection('truck', 0.8, box(0.4, 0.4, 0.24, 0.24));
    const { objects, boxes } = join(small, [whole], [{ region, reasons, found: [same] }]);
    expect(objects.map(({ label }) => label)).toEqual(['truck']);
    expect(boxes, 'both are hidden').toHaveLength(2);
    expect(
      join(small, [{ ...whole, score: 0.9 }], [{ region, reasons, found: [same] }]).objects.map(({ label }) => label),
    ).toEqual(['car']);
    expect(join(small, [{ ...whole, label: 'person' }], [{ region, reasons, found: [same] }]).objects).toHaveLength(2);
  });

  it('stays apart where the model itself told two from each other in one picture', () => {
    const two = [detection('person', 0.9, box(0.4, 0.4, 0.2, 0.4)), detection('person', 0.8, box(0.45, 0.4, 0.2, 0.4))];
    expect(join(small, [], [{ region, reasons, found: two }]).objects).toHaveLength(2);
    expect(join(small, two, [{ region, reasons, found: [] }]).objects).toEqual(two);
  });

  it('is hidden but no object where nothing moves, where it is large, and where it is a part of what the whole shows', () => {
    const far = detection('person', 0.8, box(0.4, 0.4, 0.1, 0.3));
    const objectsOf = (found: Detection, whole: readonly Detection[], reason: Box) => {
      const { objects, boxes } = join(small, whole, [{ region, reasons: [reason], found: [found] }]);
      expect(boxes).toHaveLength(whole.length + 1);
      return objects.length - whole.length;
    };
    const bus = detection('bus', 0.4, box(0.5, 0.5, 0.3, 0.2));
    expect(objectsOf(far, [], region)).toBe(1);
    expect(objectsOf(far, [], box(0.5, 0.5, 0.1, 0.1))).toBe(0);
    expect(objectsOf({ ...far, box: box(0.1, 0.1, 0.6, 0.6) }, [], region)).toBe(0);
    expect(objectsOf(far, [bus], region)).toBe(0);
    expect(objectsOf(far, [{ ...bus, score: 0.3 }], region)).toBe(1);
  });

  it('is hidden but no object where the edge of the region cuts it, and whole at the edge of the picture', () => {
    const left = detection('bus', 0.9, box(0, 0.2, 0.3, 0.5));
    const whole = detection('bus', 0.5, box(0.4, 0.5, 0.2, 0.2));
    const { objects, boxes } = join(small, [whole], [{ region, reasons, found: [left] }]);
    expect(objects).toEqual([whole]);
    expect(boxes).toEqual([whole, { ...left, box: box(0.5, 0.55, 0.075, 0.125) }]);
    const atPictureEdge = { region: box(0, 0.5, 0.25, 0.25), reasons: [box(0, 0, 1, 1)], found: [left] };
    expect(join(small, [], [atPictureEdge]).objects).toHaveLength(1);
  });
});
