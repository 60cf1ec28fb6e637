import { expect, test } from 'vitest';
import { quantities } from '../../../core/quantity.ts';
import { hours, minutes } from '../../../core/time.ts';
import { airAt } from '../../../simulators/world/air.ts';

test('every value lies in the range of its quantity, day and night', () => {
  for (let instant = 0; instant < hours(48); instant += minutes(17)) {
    for (const [name, value] of Object.entries(airAt(9, instant))) {
      const quantity = Object.entries(quantities).find(([known]) => known === name)?.[1];
      expect(value, name).toBeGreaterThanOrEqual(quantity?.minimum ?? Number.POSITIVE_INFINITY);
      expect(value, name).toBeLessThanOrEqual(quantity?.maximum ?? Number.NEGATIVE_INFINITY);
    }
  }
});

test('finer dust is part of coarser dust', () => {
  for (let instant = 0; instant < hours(24); instant += minutes(11)) {
    const { pm1 = 0, pm25 = 0, pm10 = 0 } = airAt(9, instant);
    expect(pm1).toBeLessThanOrEqual(pm25);
    expect(pm25).toBeLessThanOrEqual(pm10);
  }
});
