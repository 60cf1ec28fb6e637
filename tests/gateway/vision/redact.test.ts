import { describe, expect, it } from 'vitest';
import { createRedaction } from '../../../gateway/vision/redact.ts';

describe('what is blurred', () => {
  it('is every person and every vehicle that the model knows', () => {
    const { hides } = createRedaction({ name: 'own', redact: { person: ['pedestrian'], vehicle: ['van'] } });
    expect(hides).toBe('person-boxes,vehicle-boxes');
  });

  it.each([
    ['person', 'vehicle-boxes'],
    ['bus', 'person-boxes,vehicle-boxes but bus'],
    ['boat', 'person-boxes,vehicle-boxes'],
  ])('is everything but %s where that is shown', (shown, hides) => {
    const redact = { person: ['person'], vehicle: ['car', 'bus'] };
    expect(createRedaction({ name: 'own', redact }, shown).hides).toBe(hides);
  });

  it.each([
    ['persons', { person: [], vehicle: ['car'] }],
    ['vehicles', { person: ['person'], vehicle: [] }],
    ['persons and no vehicles', { person: [], vehicle: [] }],
  ])('cannot be told of by a model that finds no %s, so there is no picture', (missing, redact) => {
    expect(() => createRedaction({ name: 'own', redact })).toThrow(
      expect.objectContaining({
        kind: 'unsupported',
        message: `model own finds no ${missing} to blur`,
        advice: expect.stringContaining('"redact"'),
      }),
    );
  });
});
