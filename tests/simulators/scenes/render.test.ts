import { expect, test } from 'vitest';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { worldPeriod } from '../../../simulators/world/period.ts';
import { createView, sceneNames } from '../../../simulators/world/view.ts';

const size = [320, 180] as const;

test.each(sceneNames)('the %s looks the same whenever it is drawn, and after a period', scene => {
  const first = createRenderer(createView(4, scene), ...size);
  const picture = Uint8Array.from(first.render(31_000));
  const second = createRenderer(createView(4, scene), ...size);
  second.render(5000);
  expect(Buffer.compare(second.render(31_000), picture)).toBe(0);
  expect(Buffer.compare(second.render(31_000 + worldPeriod), picture)).toBe(0);
});

test.each(sceneNames)('what the ground truth says of the %s is there in the picture', scene => {
  const view = createView(4, scene);
  const renderer = createRenderer(view, ...size);
  const mean = (picture: Uint8Array, index: number): number =>
    ((picture[index * 3] ?? 0) + (picture[index * 3 + 1] ?? 0) + (picture[index * 3 + 2] ?? 0)) / 3;
  let moved = 0;
  let drawn = 0;
  for (let instant = 0; instant < worldPeriod; instant += 6000) {
    const before = new Map(view.visibleAt(instant).map(object => [object.identity, object]));
    const earlier = Uint8Array.from(renderer.render(instant));
    const later = renderer.render(instant + 2000);
    for (const { identity, box, visible } of view.visibleAt(instant + 2000)) {
      const wide = box.width * size[0] >= 8 && box.height * size[1] >= 8;
      if (before.has(identity) || visible < 0.9 || !wide) continue;
      moved += 1;
      let changed = 0;
      let pixels = 0;
      for (let y = Math.ceil(box.y * size[1]); y < Math.floor((box.y + box.height) * size[1]); y++) {
        for (let x = Math.ceil(box.x * size[0]); x < Math.floor((box.x + box.width) * size[0]); x++) {
          pixels += 1;
          if (Math.abs(mean(earlier, y * size[0] + x) - mean(later, y * size[0] + x)) > 12) changed += 1;
        }
      }
      if (changed / pixels > 0.2) drawn += 1;
    }
  }
  expect(moved).toBeGreaterThan(0);
  expect(drawn).toBe(moved);
});
