import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Box } from '../../../core/observation.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { loadManifest, loadModel, modelFolder } from '../../../models/load.ts';
import { createInterpret, type Detection } from '../../../pipelines/detect/interpret.ts';
import { createPreparation } from '../../../pipelines/detect/prepare.ts';
import { dataFile, missingData, missingPrograms, readJsonLines } from '../../support/resources.ts';

type Corners = readonly [left: number, top: number, right: number, bottom: number];
const corners = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const expectedSchema = z.object({
  file: z.string(),
  width: z.number(),
  height: z.number(),
  dets: z.array(z.object({ cls: z.string(), score: z.number(), box: corners })),
});
/** What people saw in the pictures: boxes in pixels, and how many of what must be found at least. */
const truthSchema = z.object({
  person_gt: z.record(z.string(), z.array(corners)),
  no_person: z.array(z.string()),
  must: z.record(z.string(), z.record(z.string(), z.number())),
});

const overlap = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
};

interface Picture {
  readonly references: readonly { readonly cls: string; readonly score: number; readonly box: Box }[];
  readonly found: readonly Detection[];
  readonly toBox: (pixels: Corners) => Box;
}

/** A person is found by the best box that is left for it (COCO's rule); the areas are COCO's, in pixels. */
const sizeOf = ([left, top, right, bottom]: Corners): 'small' | 'medium' | 'large' => {
  const area = (right - left) * (bottom - top);
  if (area < 32 ** 2) return 'small';
  return area < 96 ** 2 ? 'medium' : 'large';
};

/** How many of the people are found, by size. */
const recalled = (
  people: readonly Corners[],
  boxes: readonly { readonly score: number; readonly box: Box }[],
  toBox: Picture['toBox'],
): Record<string, number> => {
  const left = new Set(people);
  const found: Record<string, number> = {};
  for (const { box } of boxes.toSorted((a, b) => b.score - a.score)) {
    const best = [...left]
      .map(person => ({ person, iou: overlap(box, toBox(person)) }))
      .toSorted((a, b) => b.iou - a.iou)
      .at(0);
    if (best === undefined || best.iou < 0.5) continue;
    left.delete(best.person);
    const size = sizeOf(best.person);
    found[size] = (found[size] ?? 0) + 1;
  }
  return found;
};

describe.skipIf(missingData() ?? missingPrograms('ffmpeg'))('YOLOX-Nano on real pictures scaled by ffmpeg', () => {
  const pictures = new Map<string, Picture>();

  beforeAll(async () => {
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

    for (const row of await readJsonLines(dataFile('pictures', 'yolox-nano-expected.jsonl'))) {
      const { file, width, height, dets } = expectedSchema.parse(row);
      const toBox = ([left, top, right, bottom]: Corners): Box => ({
        x: left / width,
        y: top / height,
        width: (right - left) / width,
        height: (bottom - top) / height,
      });
      const references = dets.map(({ cls, score, box }) => ({ cls, score, box: toBox(box) }));
      pictures.set(file, { references, found: await detect(file), toBox });
    }
  }, 300_000);

  const truth = async () =>
    truthSchema.parse(JSON.parse(await readFile(dataFile('pictures', 'ground-truth.json'), 'utf8')));
  const pictureOf = (file: string): Picture => pictures.get(file) ?? expect.unreachable(`no picture ${file}`);
  const foundIn = (file: string, label: string): readonly Detection[] =>
    pictureOf(file).found.filter(detection => detection.label === label && detection.score >= 0.3);

  it('finds what the reference runner finds', () => {
    let references = 0;
    let exact = 0;
    const far: unknown[] = [];
    for (const [file, picture] of pictures)
      for (const { cls, score, box } of picture.references.filter(reference => reference.score >= 0.5)) {
        references += 1;
        const candidates = picture.found
          .filter(({ label }) => label === cls)
          .map(detection => ({ iou: overlap(detection.box, box), off: Math.abs(detection.score - score) }));
        if (candidates.some(({ iou, off }) => iou >= 0.95 && off <= 0.02)) exact += 1;
        if (!candidates.some(({ iou, off }) => iou >= 0.8 && off <= 0.15)) far.push({ file, cls, score });
      }
    expect(references).toBe(163);
    expect(far).toEqual([]);
    expect(exact / references).toBeGreaterThanOrEqual(0.9);
  });

  it('finds as many of the people whom somebody drew by hand as the reference runner, of each size', async () => {
    const ours: Record<string, number> = {};
    const theirs: Record<string, number> = {};
    const people: Record<string, number> = {};
    const addTo = (sum: Record<string, number>, of: Record<string, number>): void => {
      for (const [size, count] of Object.entries(of)) sum[size] = (sum[size] ?? 0) + count;
    };
    for (const [file, drawn] of Object.entries((await truth()).person_gt)) {
      const { references, toBox } = pictureOf(file);
      addTo(ours, recalled(drawn, foundIn(file, 'person'), toBox));
      addTo(
        theirs,
        recalled(
          drawn,
          references.filter(({ cls, score }) => cls === 'person' && score >= 0.3),
          toBox,
        ),
      );
      for (const person of drawn) addTo(people, { [sizeOf(person)]: 1 });
    }
    expect(people).toEqual({ medium: 62, large: 60 });
    for (const size of ['medium', 'large']) expect(ours[size]).toBeGreaterThanOrEqual(theirs[size] ?? Number.NaN);
    expect(ours['large']).toBeGreaterThanOrEqual(54);
    expect(ours['medium']).toBeGreaterThanOrEqual(42);
  });

  it('finds nobody where nobody is', async () => {
    const { no_person: empty } = await truth();
    expect(empty.length).toBeGreaterThan(10);
    expect(empty.filter(file => foundIn(file, 'person').length > 0)).toEqual([]);
  });

  it('finds the large things that everybody sees', async () => {
    for (const [file, things] of Object.entries((await truth()).must))
      for (const [label, count] of Object.entries(things))
        expect(foundIn(file, label).length, `${label} in ${file}`).toBeGreaterThanOrEqual(count);
  });
});

describe('the output of a YOLOv8 head', () => {
  const manifest = loadManifest(modelFolder('simulated-scenes'));
  const placement = { left: 0, top: 6, width: 320, height: 180 };

  /** `cells` of [x, y, width, height, scores…], laid out as the head does it: one row for each value. */
  const outputOf = (cells: readonly (readonly number[])[], rows: number) => [
    {
      values: Float32Array.from({ length: rows * cells.length }, (_, at) => {
        return cells[at % cells.length]?.[Math.floor(at / cells.length)] ?? 0;
      }),
      dimensions: [1, rows, cells.length],
    },
  ];

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
