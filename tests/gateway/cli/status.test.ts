import { expect, it } from 'vitest';
import { unblurredLines } from '../../../gateway/cli/status.ts';

it('says under a camera how many unblurred pictures and clips it gave, of what', () => {
  expect(unblurredLines({ 'dropped.newer-frame': 3 })).toEqual([]);
  expect(
    unblurredLines({ 'snapshot.unblurred.traffic light': 1, 'snapshot.unblurred.car': 12, 'clip.unblurred.car': 2 }),
  ).toEqual(['unblurred pictures and clips, as "authorised" says: 1 with each traffic light, 14 with each car']);
});
