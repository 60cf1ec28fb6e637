import { expect, it } from 'vitest';
import { minutes, seconds } from '../../../../core/time.ts';
import { createRebirth } from '../../../../drivers/sensors/sparkplug/rebirth.ts';

/** The moments at which a node that never answers is asked within `length`, as the driver looks each half second. */
const askedWithin = (length: number, stagger = 0): readonly number[] => {
  const rebirth = createRebirth(stagger);
  const asked: number[] = [];
  rebirth.need(0);
  for (let now = 0; now <= length; now += 500) {
    rebirth.need(now);
    if (!rebirth.isDue(now)) continue;
    rebirth.asked(now);
    asked.push(now / 1000);
  }
  return asked;
};

it('asks after two seconds, then ever more seldom up to each five minutes', () => {
  expect(askedWithin(minutes(20))).toEqual([2, 12, 32, 72, 152, 312, 612, 912]);
});

it('asks each reader of a node at another moment', () => {
  expect(askedWithin(seconds(5), 1500)).toEqual([3.5]);
});

it('does not ask where the births come by themselves, or another asked', () => {
  const rebirth = createRebirth(0);
  rebirth.need(0);
  rebirth.born();
  expect(rebirth.isDue(seconds(60))).toBe(false);
  rebirth.need(seconds(60));
  rebirth.asked(seconds(61));
  expect(rebirth.isDue(seconds(70))).toBe(false);
  expect(rebirth.isDue(seconds(71))).toBe(true);
});

it('counts the echo of its own request once', () => {
  const rebirth = createRebirth(0);
  rebirth.need(0);
  rebirth.asked(seconds(2));
  rebirth.asked(seconds(2) + 20);
  expect(rebirth.isDue(seconds(12))).toBe(true);
});

it('does not ask a node that loses messages all the time more than once in five minutes', () => {
  const rebirth = createRebirth(0);
  let asked = 0;
  for (let now = 0; now < minutes(60); now += 500) {
    rebirth.need(now);
    if (!rebirth.isDue(now)) continue;
    rebirth.asked(now);
    rebirth.born();
    asked++;
  }
  expect(asked).toBeLessThanOrEqual(18);
});
