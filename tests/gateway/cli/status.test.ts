import { expect, it } from 'vitest';
import { unblurredLines } from '../../../gateway/cli/status.ts';

it('says under a camera how many unblurred pictures it gave, of what', () => {
  expect(unblurredLines({ 'dropped.newer-frame': 3 })).toEqual([]);
  expect(
    unblurredLines({ 'snapshot.unblurred.traffic light': 1, 'dropped.newer-frame': 3, 'snapshot.unblurred.car': 12 }),
  ).toEqual(['unblurred pictures, as "authorised" says: 1 with each traffic light, 12 with each car']);
});
