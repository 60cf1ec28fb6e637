import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../core/batch.ts';
import type { Frame, Picture } from '../../../core/observation.ts';
import { loadManifest, modelFolder } from '../../../models/load.ts';
import { detectSchema } from '../../../pipelines/detect/config.ts';
import { detect } from '../../../pipelines/detect/detect.ts';
import { masked, masksSchema } from '../../../pipelines/detect/masks.ts';
import { createPreparation } from '../../../pipelines/detect/prepare.ts';

const white = (width: number, height: number): Picture => ({
  width,
  height,
  pixels: new Uint8Array(width * height * 3).fill(255),
});

const frame = (time: number, large?: Picture): Frame => ({
  ...{ kind: 'frame', device: 'cam-1', time, ...white(96, 54) },
  ...(large !== undefined && { large }),
});

async function* play(frames: readonly Frame[]): AsyncGenerator<Batch<Frame>, void> {
  for (const each of frames) yield { items: [each] };
}

const painted = async (masks: readonly (readonly (readonly [number, number])[])[], each: Frame): Promise<Frame> => {
  for await (const { items } of masked(play([each]), masks)) if (items[0]?.kind === 'frame') return items[0];
  throw new Error('no frame came');
};

const isBlack = ({ width, pixels }: Picture, x: number, y: number): boolean =>
  pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3).every(value => value === 0);

const blackIn = (picture: Picture): number => {
  let count = 0;
  for (let y = 0; y < picture.height; y++) for (let x = 0; x < picture.width; x++) if (isBlack(picture, x, y)) count++;
  return count;
};

/** Whether a point lies in the triangle. */
const isIn = (triangle: readonly (readonly [number, number])[], x: number, y: number): boolean => {
  const sides = triangle.map(([ax, ay], index) => {
    const [bx, by] = triangle[(index + 1) % 3] ?? [0, 0];
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
  });
  return sides.every(side => side >= 0) || sides.every(side => side <= 0);
};

const rightHalf = [
  [0.5, 0],
  [1, 0],
  [1, 1],
  [0.5, 1],
] as const;

describe('a mask', () => {
  it.each([
    [
      [
        [0.1, 0.2],
        [0.8, 0.3],
        [0.4, 0.9],
      ],
    ],
    [
      [
        [0, 0],
        [1, 0.02],
        [0.01, 1],
      ],
    ],
    [
      [
        [0.52, 0.51],
        [0.53, 0.51],
        [0.525, 0.52],
      ],
    ],
  ] as const)('blackens each pixel that it touches, and hardly any other: %j', async triangle => {
    const { width, height } = { width: 32, height: 18 };
    const { large } = await painted([triangle], frame(0, white(width, height)));
    const reaches = (x: number, y: number, margin: number): boolean => {
      for (let v = -margin; v <= 1 + margin; v += 0.05)
        for (let u = -margin; u <= 1 + margin; u += 0.05)
          if (isIn(triangle, (x + u) / width, (y + v) / height)) return true;
      return false;
    };
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const black = large !== undefined && isBlack(large, x, y);
        if (reaches(x, y, 0)) expect(black, `${x}, ${y} is touched`).toBe(true);
        else if (black) expect(reaches(x, y, 0.1), `${x}, ${y} is far away`).toBe(true);
      }
    }
    expect(large && blackIn(large)).toBeGreaterThan(0);
  });

  it('lies at the same place in both sizes of a frame, also after the camera changed its size', async () => {
    const frames = [frame(0, white(1280, 720)), frame(1, white(640, 360))];
    for await (const { items } of masked(play(frames), [rightHalf])) {
      for (const each of items.flatMap(item => (item.kind === 'frame' && item.large ? [item, item.large] : []))) {
        const half = each.width / 2;
        for (const y of [0, each.height - 1]) {
          expect([half - 1, half, each.width - 1].map(x => isBlack(each, x, y))).toEqual([false, true, true]);
        }
      }
    }
  });

  it('hides what moves there from the motion gate, the tensor, snapshots and ordered pictures alike', async () => {
    const frames = Array.from({ length: 20 }, (_, index) => {
      const each = frame(index * 200, white(192, 108));
      // A gray square walks behind the mask.
      for (let y = 20; y < 40; y++) each.pixels.fill(90, (y * 96 + 50 + index) * 3, (y * 96 + 70 + index) * 3);
      return each;
    });
    const manifest = await loadManifest(modelFolder('simulated-scenes'));
    const { tensor, prepare } = createPreparation(manifest);
    const looked: Picture[] = [];
    const shown: Picture[] = [];
    const kept: Picture[] = [];
    let ordered = false;
    for await (const _ of detect(masked(play(frames), [rightHalf]), {
      config: detectSchema.parse({ model: 'm', fps: 15, look: '10m', snapshot: { every: '1s' } }),
      detector: () => ({ model: 'm', version: '1.0.0', sha256: 'abc', threshold: 0.5 }),
      infer: async picture => {
        looked.push(picture);
        return [{ label: 'person', score: 0.9, box: { x: 0.1, y: 0.1, width: 0.1, height: 0.1 } }];
      },
      sees: 'objects',
      nameOf: () => 't1',
      keep: async picture => {
        kept.push(picture);
        ordered = true;
        return undefined;
      },
      viewer: {
        still: { wants: () => ordered, show: picture => void shown.push(picture) },
        moving: { wants: () => false, show: () => {} },
      },
    })) {
      if (shown.length > 0) ordered = false;
    }
    // The first picture is always looked at, the second was ordered; nothing else moved.
    expect([looked.length, kept.length, shown.length]).toEqual([2, 1, 1]);
    for (const picture of [...kept, ...shown]) expect(blackIn(picture)).toBe((192 * 108) / 2);
    const colors = new Set<number>();
    for (const picture of looked) {
      const { left, top, width, height } = prepare(picture);
      for (let y = top; y < top + height; y++)
        for (let x = left + width / 2; x < left + width; x++) colors.add(tensor[y * manifest.input.width + x] ?? -1);
    }
    const [mean, scale] = [manifest.input.mean[0], manifest.input.scale[0]];
    expect([...colors]).toEqual([Math.fround((0 - mean) * scale)]);
  });

  it.each([
    [
      'with corners in a wrong order',
      [
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ],
      'its sides meet',
    ],
    [
      'that touches itself',
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0.5, 0],
        [0, 1],
      ],
      'its sides meet',
    ],
    [
      'with the same corner twice',
      [
        [0, 0],
        [0, 0],
        [1, 0],
        [1, 1],
      ],
      'its sides meet',
    ],
    [
      'without an area',
      [
        [0, 0],
        [0.5, 0.5],
        [1, 1],
      ],
      'hides nothing',
    ],
    [
      'with two corners',
      [
        [0, 0],
        [1, 1],
      ],
      '3',
    ],
    [
      'outside of the picture',
      [
        [0, 0],
        [1.2, 0],
        [1, 1],
      ],
      '1',
    ],
    [
      'in pixels',
      [
        [0, 0],
        [640, 0],
        [640, 360],
      ],
      '1',
    ],
  ])('%s is refused', (_, mask, message) => {
    const { error } = masksSchema.safeParse([mask]);
    expect(error?.issues.map(issue => issue.message).join()).toContain(message);
  });

  it('may be concave, and there are sixteen of them at most', () => {
    const concave = [
      [0, 0],
      [1, 0],
      [0.5, 0.5],
      [1, 1],
      [0, 1],
    ];
    expect(masksSchema.safeParse(Array.from({ length: 16 }, () => concave)).success).toBe(true);
    expect(masksSchema.safeParse(Array.from({ length: 17 }, () => concave)).success).toBe(false);
  });
});
