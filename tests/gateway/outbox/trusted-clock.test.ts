import { expect, test } from 'vitest';
import { createTrustedClock } from '../../../gateway/outbox/trusted-clock.ts';

const hour = 3_600_000;
const day = 24 * hour;
const year = 365 * day;

/** A clock whose time of day is set by hand, and a steady one that only goes on. */
const openClock = (time = Date.UTC(2026, 10, 26)) => {
  let steady = 5000;
  let wall = time;
  return {
    trusted: createTrustedClock({ now: () => wall, steady: () => steady }),
    pass: (by: number) => {
      steady += by;
      wall += by;
    },
    set: (by: number) => {
      wall += by;
    },
    wall: () => wall,
  };
};

test('knows no time before the clock could be trusted', () => {
  const { trusted, wall } = openClock();
  expect(trusted.now()).toBeUndefined();
  trusted.judge('unsynchronized');
  expect(trusted.now()).toBeUndefined();
  trusted.judge('ntp');
  expect(trusted.now()).toBe(wall());
});

test('goes on by the steady clock when the time of day jumps', () => {
  const { trusted, pass, set, wall } = openClock();
  trusted.judge('ntp');
  const began = wall();
  pass(hour);
  set(year);
  expect(trusted.now()).toBe(began + hour);
});

test.each(['ntp', 'gnss', 'estimated'] as const)(
  'believes a jump forward by a year only after hours of %s',
  quality => {
    const { trusted, pass, set, wall } = openClock();
    trusted.judge('ntp');
    set(year);
    for (let passed = 0; passed < 5 * hour; passed += hour) {
      trusted.judge(quality);
      expect(trusted.now()).toBe(wall() - year);
      pass(hour);
    }
    pass(hour);
    trusted.judge(quality);
    expect(trusted.now()).toBe(wall());
  },
);

test('forgets a jump that was taken back', () => {
  const { trusted, pass, set, wall } = openClock();
  trusted.judge('ntp');
  set(day);
  trusted.judge('ntp');
  pass(hour);
  set(-day);
  trusted.judge('ntp');
  set(day);
  pass(5 * hour);
  trusted.judge('ntp');
  expect(trusted.now()).toBe(wall() - day);
});

test('follows the clock backwards and over small corrections at once', () => {
  const { trusted, set, wall } = openClock();
  trusted.judge('ntp');
  set(-day);
  trusted.judge('ntp');
  expect(trusted.now()).toBe(wall());
  set(30_000);
  trusted.judge('ntp');
  expect(trusted.now()).toBe(wall());
});
