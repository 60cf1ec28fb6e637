import { expect, test } from 'vitest';
import { createCamera } from '../../../simulators/world/camera-model.ts';

const camera = createCamera({ heightMetres: 7, pitch: 0.2, fieldOfView: 0.9 });

test('a ray through where a point is seen leads to the point', () => {
  const point = [3, 24, 1.5] as const;
  const seen = camera.project(point);
  const [x, y, z] = camera.ray(seen?.u ?? 0, seen?.v ?? 0);
  const length = point[1] / y;
  expect(x * length).toBeCloseTo(point[0], 6);
  expect(7 + z * length).toBeCloseTo(point[2], 6);
});

test('what is behind the camera is not seen', () => {
  expect(camera.project([0, -5, 0])).toBeUndefined();
});

test('what is farther away stands higher in the picture, as long as it is on the ground', () => {
  const near = camera.project([0, 15, 0])?.v ?? 0;
  const far = camera.project([0, 60, 0])?.v ?? 0;
  expect(far).toBeLessThan(near);
});
