import { expect, it } from 'vitest';
import { resourceBudgets, resources } from '../../../core/resource-budgets.ts';
import { effectsOf, inFull } from '../../../gateway/governor/effects.ts';

it('every measure of a budget but a start afresh changes something beside those before it', () => {
  const visited: string[] = [];
  for (const resource of resources) {
    const { measures } = resourceBudgets[resource];
    for (const [index, measure] of measures.entries()) {
      visited.push(measure);
      const before = effectsOf(new Set(measures.slice(0, index)));
      const after = effectsOf(new Set(measures.slice(0, index + 1)));
      if (measure.endsWith('-afresh')) expect(after).toEqual(before);
      else expect(after, measure).not.toEqual(before);
    }
  }
  expect(visited.length).toBeGreaterThan(10);
});

it('without any measure everything is done as configured', () => {
  expect(inFull).toEqual({
    detection: { share: 1, model: 'usual', pictures: 'kept' },
    history: 'kept',
    linger: 1000,
    observations: 'accepted',
  });
});

it('of two measures of one kind the stronger one counts', () => {
  expect(effectsOf(new Set(['detection-half', 'detection-quarter'])).detection.share).toBe(0.25);
  expect(effectsOf(new Set(['commits-60s', 'commits-10s'])).linger).toBe(60_000);
});
