import { describe, expect, it } from 'vitest';
import { createPace } from '../../../pipelines/detect/pace.ts';

/** How many of the pictures of `seconds` at `fps` are looked at; each comes up to `jitter` milliseconds late. */
const lookedAt = (fps: number, share: number, seconds: number, jitter = 0): number => {
  const isDue = createPace(fps, () => share);
  const times = Array.from(
    { length: fps * seconds },
    (_, index) => (index * 1000) / fps + ((index * 7) % 5) * (jitter / 5),
  );
  return times.filter(isDue).length;
};

describe('the pace of detection', () => {
  it('looks at every picture in full, also where they come unevenly', () => {
    expect(lookedAt(3, 1, 60, 200)).toBe(180);
  });

  it('looks at half or a quarter of them', () => {
    expect(lookedAt(4, 0.5, 60, 60)).toBe(120);
    expect(lookedAt(4, 0.25, 60, 60)).toBe(60);
  });

  it('looks at as many a second of a camera that gives fewer than it is asked for', () => {
    const isDue = createPace(4, () => 0.5);
    const slow = Array.from({ length: 60 }, (_, index) => index * 1000);
    expect(slow.filter(isDue)).toHaveLength(60);
  });

  it('goes on at once when the clock is set', () => {
    const isDue = createPace(1, () => 0.25);
    expect([isDue(10_000_000), isDue(10_001_000), isDue(5000)]).toEqual([true, false, true]);
  });
});
