import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Drawing, drawZones } from '../../../gateway/cli/zones-drawing.ts';

const size = { width: 400, height: 200 };
const nothing: Drawing = { zones: [], lines: [], masks: [], grid: 'none' };

/** Whether something is drawn at a fraction of the picture, and in which color. */
const look = async (drawing: Partial<Drawing>) => {
  const svg = drawZones({ ...nothing, ...drawing }, size);
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject(size);
  return (x: number, y: number): readonly number[] => {
    const at = (Math.round(y * (size.height - 1)) * size.width + Math.round(x * (size.width - 1))) * 4;
    return [...data.subarray(at, at + 4)];
  };
};

const transparent = [0, 0, 0, 0];
const square = (from: number, to: number): [number, number][] => [
  [from, from],
  [to, from],
  [to, to],
  [from, to],
];

describe('a drawing of zones', () => {
  it('outlines zones where they are, and masks apart from them', async () => {
    const at = await look({ zones: [{ id: 'quay', polygon: square(0.25, 0.75) }], masks: [square(0.8, 0.95)] });
    expect(at(0.5, 0.75)).toEqual([255, 225, 25, 255]);
    expect(at(0.5, 0.5).at(-1)).toBeGreaterThan(20);
    expect(at(0.5, 0.5).at(-1)).toBeLessThan(80);
    expect(at(0.1, 0.5)).toEqual(transparent);
    expect(at(0.95, 0.87)).toEqual([240, 50, 230, 255]);
  });

  it.each(['left', 'right'] as const)('points to the inward side of a line: %s', async inward => {
    const points: [number, number][] = [
      [0.5, 0.1],
      [0.5, 0.9],
    ];
    const at = await look({ lines: [{ id: 'gate', points, inward }] });
    expect(at(0.5, 0.8)).toEqual([70, 240, 240, 255]);
    // Down the picture, the left of the way is the right of the picture.
    const [there, elsewhere] = inward === 'left' ? [0.56, 0.44] : [0.44, 0.56];
    expect(at(there, 0.5)).toEqual([70, 240, 240, 255]);
    expect(at(elsewhere, 0.5)).toEqual(transparent);
  });

  it('rules each tenth, and only where it is asked to', async () => {
    const at = await look({ grid: 'drawn' });
    const drawn = Array.from({ length: 400 }, (_, x) => at(x / 399, 0.53)).filter(([, , , alpha = 0]) => alpha > 0);
    expect(drawn.length).toBeGreaterThanOrEqual(9);
    expect(drawn.length).toBeLessThan(40);
    expect((await look({}))(0.5, 0.5)).toEqual(transparent);
  });

  it('keeps the words of what lies at the edge inside of the picture', () => {
    const svg = drawZones({ ...nothing, zones: [{ id: 'a-long-name-of-a-zone', polygon: square(0.9, 1) }] }, size);
    const [, x = ''] = /<text x="([\d.]+)"/.exec(svg) ?? [];
    expect(Number(x) + 21 * 12 * 0.62).toBeLessThanOrEqual(size.width);
  });
});
