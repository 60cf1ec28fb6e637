import { describe, expect, it } from 'vitest';
import { inferredFrom, thresholdsOf } from '../../../pipelines/detect/thresholds.ts';

const manifest = { threshold: 0.5, thresholds: { car: 0.7 } };

describe('the thresholds of a camera', () => {
  it.each([
    ['the manifest', {}, undefined, { threshold: 0.5, thresholds: { car: 0.7 } }],
    ['the configuration, for all classes', { threshold: 0.6 }, undefined, { threshold: 0.6, thresholds: {} }],
    ['an order for all', { threshold: 0.6 }, { all: 0.2, labels: {} }, { threshold: 0.2, thresholds: {} }],
    ['an order for one class', {}, { labels: { boat: 0.3 } }, { threshold: 0.5, thresholds: { car: 0.7, boat: 0.3 } }],
    ['both', { threshold: 0.6 }, { all: 0.9, labels: { car: 0.1 } }, { threshold: 0.9, thresholds: { car: 0.1 } }],
  ] as const)('are those of %s', (_, config, ordered, expected) => {
    expect(thresholdsOf(manifest, config, ordered)).toEqual(expected);
  });

  it('hide no less when they are raised: what is inferred goes down to half of the lowest', () => {
    const configured = thresholdsOf(manifest, {});
    expect(inferredFrom(configured, thresholdsOf(manifest, {}, { all: 0.95, labels: {} }))).toBe(0.25);
    expect(inferredFrom(configured, thresholdsOf(manifest, {}, { labels: { car: 0.1 } }))).toBe(0.05);
  });
});
