import { expect, it } from 'vitest';
import type { Detections } from '../../../core/observation.ts';
import { createLiveTracks } from '../../../gateway/runtime/live-tracks.ts';

const detector = { model: 'simulated-scenes', version: '1', sha256: 'c789161e04bb', threshold: 0.5 };
const box = { x: 0.1, y: 0.1, width: 0.1, height: 0.1 };

const frame = (time: number, tracks: readonly (string | undefined)[], ended: readonly string[] = []): Detections => ({
  kind: 'detections',
  device: 'cam-1',
  time,
  timeFrom: 'gateway',
  objects: tracks.map(track => ({ label: 'car', confidence: 0.9, box, ...(track !== undefined && { track }) })),
  ended,
  detector,
});

it('ends what is followed when the connection breaks, also what the last picture did not show', () => {
  const live = createLiveTracks();
  live.follow([frame(1, ['a', 'b', undefined]), frame(2, ['b', 'c'], []), frame(3, ['c'], ['b'])]);
  expect(live.interrupted()).toEqual({ ...frame(3, []), ended: ['a', 'c'], endedBy: 'interrupted' });
});

it('says nothing where nothing is followed', () => {
  const live = createLiveTracks();
  expect(live.interrupted()).toBeUndefined();
  live.follow([frame(1, ['a']), frame(2, [], ['a'])]);
  expect(live.interrupted()).toBeUndefined();
});

it('remembers no more than a bounded number of them', () => {
  const live = createLiveTracks();
  for (let time = 0; time < 6_000; time++) live.follow([frame(time, [`t-${time}`])]);
  expect(live.interrupted()?.ended).toHaveLength(5_000);
});
