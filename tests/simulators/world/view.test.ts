import { expect, test } from 'vitest';
import { createWorld } from '../../../simulators/world/create.ts';
import { worldPeriod } from '../../../simulators/world/period.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { createView, sceneNames, waitingPerson } from '../../../simulators/world/view.ts';

test.each(sceneNames)('boxes of the %s lie inside the picture, and identities are unique', scene => {
  const world = createWorld(11);
  for (let instant = 0; instant < worldPeriod; instant += 7000) {
    const objects = world.visibleAt(scene, instant);
    for (const { box, visible } of objects) {
      expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(box.x + box.width, box.y + box.height)).toBeLessThanOrEqual(1 + 1e-9);
      expect(visible).toBeGreaterThan(0);
      expect(visible).toBeLessThanOrEqual(1);
    }
    expect(new Set(objects.map(({ identity }) => identity)).size).toBe(objects.length);
  }
});

test('the boats in the picture are boats of the AIS feed', () => {
  const world = createWorld(11);
  const known = new Set(world.vesselsAt(50_000).map(({ vessel }) => `vessel-${vessel.mmsi}`));
  const boats = world.visibleAt('harbour', 50_000).filter(({ label }) => label === 'boat');
  expect(boats.length).toBeGreaterThan(2);
  expect(boats.filter(({ identity }) => !known.has(identity))).toEqual([]);
});

test('people, motorbikes, cars and boats are all seen within a period', () => {
  const world = createWorld(11);
  const labels = new Set<string>();
  for (let instant = 0; instant < worldPeriod; instant += 2000)
    for (const scene of sceneNames) for (const { label } of world.visibleAt(scene, instant)) labels.add(label);
  expect([...labels].sort()).toEqual(expect.arrayContaining(['boat', 'car', 'motorbike', 'person']));
});

test('a view that is not there shows nothing', () => {
  expect(createWorld(11).visibleAt('airport', 0)).toEqual([]);
});

test('whoever is added to a view is seen there, and nobody else is moved by it', () => {
  const street = createView(11, 'street');
  const added = waitingPerson(createRandom(11, 'added'), 'added', street.angle);
  const fuller = createView(11, 'street', () => [added]).visibleAt(0);
  const boxes = (objects: typeof fuller) => new Map(objects.map(({ identity, box }) => [identity, box]));
  const { [added.identity]: box, ...others } = Object.fromEntries(boxes(fuller));
  expect(box?.height).toBeGreaterThan(0.05);
  expect(Object.fromEntries(boxes(street.visibleAt(0)))).toEqual(others);
});
