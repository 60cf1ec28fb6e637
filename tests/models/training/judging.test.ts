import { expect, test } from 'vitest';
import type { Box } from '../../../core/observation.ts';
import { loadModel, modelFolder } from '../../../models/load.ts';
import {
  addTallies,
  judgeClip,
  judgePicture,
  precisionOf,
  recallOf,
  totalOf,
} from '../../../models/training/judging.ts';
import { missingPrograms } from '../../support/resources.ts';

const box: Box = { x: 0.2, y: 0.2, width: 0.2, height: 0.2 };
const beside: Box = { ...box, x: 0.6 };
const seen = (where: Box, visible = 1, label = 'boat') => ({ label, identity: `${label}-1`, box: where, visible });
const claimed = (where: Box, score = 0.9, label = 'boat') => ({ label, score, box: where });

test('an object that is found counts once, its double is wrong', () => {
  expect(totalOf(judgePicture([claimed(box), claimed(box, 0.8)], [seen(box)]))).toEqual({
    found: 1,
    missed: 0,
    wrong: 1,
  });
});

test('a box elsewhere is wrong and leaves the object missed', () => {
  expect(totalOf(judgePicture([claimed(beside)], [seen(box)]))).toEqual({ found: 0, missed: 1, wrong: 1 });
});

test('another label is wrong', () => {
  expect(totalOf(judgePicture([claimed(box, 0.9, 'car')], [seen(box)]))).toEqual({ found: 0, missed: 1, wrong: 1 });
});

test('an object that is mostly hidden is neither demanded nor wrong to find', () => {
  expect(totalOf(judgePicture([claimed(box)], [seen(box, 0.3)]))).toEqual({ found: 0, missed: 0, wrong: 0 });
  expect(totalOf(judgePicture([], [seen(box, 0.3)]))).toEqual({ found: 0, missed: 0, wrong: 0 });
});

test('precision and recall of nothing are perfect', () => {
  const nothing = totalOf(addTallies());
  expect([precisionOf(nothing), recallOf(nothing)]).toEqual([1, 1]);
});

test.skipIf(missingPrograms('ffmpeg') !== undefined)(
  'the shipped model finds what is in scenes it has never seen, and little else',
  async () => {
    await using model = await loadModel(modelFolder('simulated-scenes'));
    const all = [];
    for (const scene of ['street', 'harbour'] as const) {
      const tallies = [];
      // More scenes rather than longer ones: what stands still is right or wrong in every picture of one.
      for (const seed of [21, 22, 23, 24]) {
        tallies.push(await judgeClip(model, { scene, seed, start: 30_000, duration: 4000 }, { fps: 2 }));
      }
      const total = totalOf(addTallies(...tallies));
      expect(total.found, scene).toBeGreaterThan(60);
      expect(precisionOf(total), scene).toBeGreaterThanOrEqual(0.95);
      expect(recallOf(total), scene).toBeGreaterThanOrEqual(0.95);
      all.push(...tallies);
    }
    const both = totalOf(addTallies(...all));
    expect(precisionOf(both)).toBeGreaterThanOrEqual(0.95);
    expect(recallOf(both)).toBeGreaterThanOrEqual(0.95);
  },
);
