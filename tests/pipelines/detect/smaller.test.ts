import { expect, it } from 'vitest';
import { unfitSmaller } from '../../../pipelines/detect/smaller.ts';

const objects = { family: 'yolov8', name: 'output' } as const;
const usual = { name: 'large', labels: ['person', 'car'], output: objects };
const small = { ...usual, name: 'small' };

it('a smaller model with the same labels, in whatever order, stands in', () => {
  expect(unfitSmaller(usual, { ...small, labels: ['car', 'person'] })).toBeUndefined();
});

it.each([
  ['lacks one', { ...small, labels: ['car'] }, 'small does not know person, as large does'],
  ['has one more', { ...small, labels: ['person', 'car', 'cat'] }, 'small also knows cat, which large does not'],
  [
    'classifies whole pictures',
    { ...small, output: { family: 'classification', name: 'scores', scores: 'logits' } as const },
    'small and large do not tell the same: one finds objects, one classifies whole pictures',
  ],
])('one that %s does not', (_, smaller, said) => {
  expect(unfitSmaller(usual, smaller)).toBe(said);
});
