import { expect, test } from 'vitest';
import { classGroupOf } from '../../../pipelines/detect/class-groups.ts';

test('a bus may be a car, a person is never a motorbike', () => {
  expect(classGroupOf('bus')).toBe(classGroupOf('car'));
  expect(classGroupOf('person')).not.toBe(classGroupOf('motorbike'));
});

test('a label of nobody’s list stands alone', () => {
  expect(classGroupOf('durian')).toBe('durian');
});
