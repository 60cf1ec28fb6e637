import { describe, expect, it } from 'vitest';
import type { Box } from '../../../core/observation.ts';
import type { Detection } from '../../../pipelines/detect/interpret.ts';
import { createTracker, createTrackNames } from '../../../pipelines/detect/tracker.ts';
import { createWorld } from '../../../simulators/world/create.ts';

const box = (x: number, y = 0.4, size = 0.1): Box => ({ x, y, width: size, height: size });
const found = (at: Box, label = 'person', score = 0.9): Detection => ({ label, score, box: at });

const countingTracker = () => {
  let count = 0;
  return createTracker(() => `t${++count}`);
};

describe('the tracker', () => {
  it('gives an identity at the second sighting, and keeps it', () => {
    const tracker = countingTracker();
    expect(tracker.step([found(box(0.1))], 0).objects[0]).not.toHaveProperty('track');
    expect(tracker.step([found(box(0.12))], 333)).toMatchObject({ objects: [{ track: 't1' }], begun: ['t1'] });
    expect(tracker.step([found(box(0.14))], 666)).toMatchObject({ objects: [{ track: 't1' }], begun: [] });
  });

  it('follows an object that moves by more than its own size between two pictures', () => {
    const tracker = countingTracker();
    const names = [0, 0.11, 0.23, 0.35, 0.47, 0.59].map(
      (x, index) => tracker.step([found(box(x))], index * 333).objects[0]?.track,
    );
    expect(names).toEqual([undefined, 't1', 't1', 't1', 't1', 't1']);
  });

  it('ends an object once, when it was not found for a while', () => {
    const tracker = countingTracker();
    tracker.step([found(box(0.1))], 0);
    tracker.step([found(box(0.1))], 333);
    const ended = [666, 1000, 1333, 1666, 2000, 2333].map(time => tracker.step([], time).ended);
    expect(ended.flat()).toEqual(['t1']);
    expect(ended.findIndex(each => each.length > 0)).toBe(4);
  });

  it('ends an object also when the clock is set back meanwhile', () => {
    const tracker = countingTracker();
    tracker.step([found(box(0.1))], 10_000_000);
    tracker.step([found(box(0.1))], 10_000_333);
    expect([0, 333, 666, 999].flatMap(time => tracker.step([], time).ended)).toEqual(['t1']);
  });

  it('takes it for the same after it was hidden for a moment', () => {
    const tracker = countingTracker();
    for (const [time, x] of [
      [0, 0.1],
      [333, 0.13],
      [666, 0.16],
    ] as const)
      tracker.step([found(box(x))], time);
    tracker.step([], 1000);
    tracker.step([], 1333);
    expect(tracker.step([found(box(0.25))], 1666).objects[0]?.track).toBe('t1');
  });

  it('keeps two that pass each other apart', () => {
    const tracker = countingTracker();
    const at = (step: number): readonly Detection[] => [
      found({ x: 0.1 + step * 0.05, y: 0.4, width: 0.06, height: 0.2 }),
      found({ x: 0.6 - step * 0.05, y: 0.42, width: 0.06, height: 0.2 }),
    ];
    const names = new Set<string | undefined>();
    for (let step = 0; step < 11; step++) {
      const { objects } = tracker.step(step % 2 === 0 ? at(step) : at(step).toReversed(), step * 200);
      if (step < 1) continue;
      const rightward = objects.find(object => object.box.y === 0.4);
      names.add(rightward?.track);
    }
    expect([...names]).toEqual([expect.stringMatching(/^t[12]$/)]);
  });

  it('calls an object what it was called most, also where the detector wavers', () => {
    const tracker = countingTracker();
    tracker.step([found(box(0.1), 'car')], 0);
    tracker.step([found(box(0.1), 'car')], 333);
    expect(tracker.step([found(box(0.1), 'bus', 0.6)], 666).objects[0]).toMatchObject({ label: 'car', track: 't1' });
  });

  it('forgets at once what was seen in one picture only', () => {
    const tracker = countingTracker();
    tracker.step([found(box(0.1))], 0);
    tracker.step([], 333);
    tracker.step([], 666);
    expect(tracker.step([found(box(0.1))], 1000).objects[0]).not.toHaveProperty('track');
  });

  it('follows what stands still through pictures taken ten seconds apart', () => {
    const tracker = countingTracker();
    tracker.step([found(box(0.1))], 0);
    for (let look = 1; look < 10; look++) {
      expect(tracker.step([found(box(0.1))], look * 10_000)).toMatchObject({ objects: [{ track: 't1' }], ended: [] });
    }
  });

  it('stays quick and bounded when a model finds things everywhere', () => {
    const tracker = countingTracker();
    const began = performance.now();
    for (let picture = 0; picture < 30; picture++) {
      const everywhere = Array.from({ length: 300 }, (_, index) =>
        found(box(((index * 37 + picture * 11) % 100) / 100, (index % 17) / 17, 0.02)),
      );
      tracker.step(everywhere, picture * 100);
    }
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it.each(['street', 'harbour'])('keeps the identities of the simulated %s', scene => {
    const world = createWorld(3);
    const tracker = countingTracker();
    const tracksOf = new Map<string, Set<string>>();
    let sightings = 0;
    for (let time = 0; time < 30_000; time += 333) {
      const visible = world.visibleAt(scene, time).filter(({ visible: part }) => part > 0.7);
      const { objects } = tracker.step(
        visible.map(({ label, box: at }) => found(at, label)),
        time,
      );
      for (const [index, { identity }] of visible.entries()) {
        const track = objects[index]?.track;
        if (track === undefined) continue;
        sightings++;
        tracksOf.set(identity, (tracksOf.get(identity) ?? new Set()).add(track));
      }
    }
    expect(sightings).toBeGreaterThan(200);
    const tracks = [...tracksOf.values()].reduce((sum, { size }) => sum + size, 0);
    // Whoever leaves and comes back, or is hidden for long, is another track.
    expect(tracks / tracksOf.size).toBeLessThan(1.6);
  });
});

describe('identities', () => {
  it('are dated, counted, and begin somewhere at random', () => {
    const nameOf = createTrackNames(Date.UTC(2026, 10, 22, 17, 4, 2, 999), () => 0.000186);
    expect([nameOf(), nameOf()]).toEqual(['20261122T170402Z-187', '20261122T170402Z-188']);
  });
});
