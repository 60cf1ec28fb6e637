import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Box } from '../../../core/observation.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { loadManifest, loadModel, modelFolder } from '../../../models/load.ts';
import { createInterpret, type Detection } from '../../../pipelines/detect/interpret.ts';
import { createPreparation } from '../../../pipelines/detect/prepare.ts';
import { dataFile, missingData, missingPrograms, readJsonLines } from '../../support/resources.ts';

const expectedSchema = z.object({
  file: z.string(),
  width: z.number(),
  height: z.number(),
  dets: z.array(
    z.object({ cls: z.string(), score: z.number(), box: z.tuple([z.number(), z.number(), z.number(), z.number()]) }),
  ),
});

const overlap = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
};

describe('prepare and interpret', () => {
  const skip = missingData() ?? missingPrograms('ffmpeg');

  it.skipIf(skip)(
    'find what the reference runner of YOLOX-Nano finds in real pictures scaled by ffmpeg',
    async () => {
      await using model = await loadModel(modelFolder('yolox-nano'), {
        threads: 2,
        weights: dataFile('models', 'yolox_nano', 'yolox_nano.onnx'),
      });
      const { manifest } = model;
      const { tensor, prepare } = createPreparation(manifest);
      const interpret = createInterpret(manifest);

      const detect = async (file: string): Promise<readonly Detection[]> => {
        for await (const { picture } of decodeVideo(
          { args: ['-i', path.join(dataFile('pictures'), file)] },
          {
            width: manifest.input.width,
            height: manifest.input.height,
            resampling: manifest.input.resampling,
            maximumFps: 1,
          },
          { signal: AbortSignal.timeout(20_000), explain: complaints => expect.unreachable(complaints), keep: 'all' },
        )) {
          const placement = prepare(picture);
          return interpret(await model.run(tensor), placement, 0.25);
        }
        return [];
      };

      let references = 0;
      let exact = 0;
      const far: unknown[] = [];
      for (const row of await readJsonLines(dataFile('pictures', 'yolox-nano-expected.jsonl'))) {
        const { file, width, height, dets } = expectedSchema.parse(row);
        const found = await detect(file);
        for (const { cls, score, box } of dets.filter(reference => reference.score >= 0.5)) {
          references += 1;
          const [left, top, right, bottom] = box;
          const wanted = {
            x: left / width,
            y: top / height,
            width: (right - left) / width,
            height: (bottom - top) / height,
          };
          const candidates = found
            .filter(({ label }) => label === cls)
            .map(detection => ({
              iou: overlap(detection.box, wanted),
              off: Math.abs(detection.score - score),
            }));
          if (candidates.some(({ iou, off }) => iou >= 0.95 && off <= 0.02)) exact += 1;
          if (!candidates.some(({ iou, off }) => iou >= 0.8 && off <= 0.15)) far.push({ file, cls, score });
        }
      }
      expect(references).toBe(163);
      expect(far).toEqual([]);
      expect(exact / references).toBeGreaterThanOrEqual(0.9);
    },
    300_000,
  );
});

describe('the output of a YOLOv8 head', () => {
  const manifest = loadManifest(modelFolder('simulated-scenes'));
  const placement = { left: 0, top: 6, width: 320, height: 180 };

  /** `cells` of [x, y, width, height, scores…], laid out as the head does it: one row for each value. */
  const outputOf = (cells: readonly (readonly number[])[], rows: number) => ({
    values: Float32Array.from({ length: rows * cells.length }, (_, at) => {
      return cells[at % cells.length]?.[Math.floor(at / cells.length)] ?? 0;
    }),
    dimensions: [1, rows, cells.length],
  });

  it('becomes boxes in fractions of the picture, best first, one for each object', async () => {
    const interpret = createInterpret(await manifest);
    const cells = [
      [160, 96, 32, 18, 0.6, 0, 0, 0, 0],
      [162, 96, 32, 18, 0.9, 0, 0, 0, 0],
      [162, 96, 32, 18, 0, 0, 0.7, 0, 0],
      [20, 20, 10, 10, 0.1, 0.2, 0, 0, 0.3],
    ];
    const found = interpret(outputOf(cells, 9), placement, 0.5);
    expect(found.map(({ label, score }) => [label, Number(score.toFixed(2))])).toEqual([
      ['person', 0.9],
      ['car', 0.7],
    ]);
    expect(found[0]?.box.x).toBeCloseTo(146 / 320, 5);
    expect(found[0]?.box.y).toBeCloseTo(81 / 180, 5);
    expect(found[0]?.box.width).toBeCloseTo(0.1, 5);
    expect(found[0]?.box.height).toBeCloseTo(0.1, 5);
  });

  it('is cut at the edges of the picture, and left out beyond them', async () => {
    const interpret = createInterpret(await manifest);
    const cells = [
      [0, 6, 32, 18, 0.9, 0, 0, 0, 0],
      [160, 200, 10, 10, 0.9, 0, 0, 0, 0],
    ];
    expect(interpret(outputOf(cells, 9), placement, 0.5).map(({ box }) => box)).toEqual([
      { x: 0, y: 0, width: expect.closeTo(0.05, 5), height: expect.closeTo(0.05, 5) },
    ]);
  });

  it('of another shape is refused with what was expected', async () => {
    const interpret = createInterpret(await manifest);
    expect(() => interpret(outputOf([[1, 2, 3]], 84), placement, 0.5)).toThrow(/\[1, 84, 1\], not the yolov8/);
  });

  it('of numbers that are none gives nothing', async () => {
    const interpret = createInterpret(await manifest);
    const cells = [Array<number>(9).fill(Number.NaN), [Number.NaN, 1, 1, 1, 0.9, 0, 0, 0, 0]];
    expect(interpret(outputOf(cells, 9), placement, 0.5)).toEqual([]);
  });
});
