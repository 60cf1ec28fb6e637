import { expect, test } from 'vitest';
import { hours, minutes, seconds } from '../../../core/time.ts';
import { type BudgetOptions, createBudget } from '../../../sinks/mqtt/budget.ts';

/** With a clock for the time of day and one for durations, both moved by hand. */
const open = (options: Partial<BudgetOptions> = {}) => {
  const clock = { now: Date.parse('2026-11-26T05:00:00Z'), passed: 0 };
  const written: string[] = [];
  const budget = createBudget({
    reserve: 0,
    timeZone: 'Asia/Ho_Chi_Minh',
    now: () => clock.now,
    monotonic: () => clock.passed,
    saved: undefined,
    save: text => written.push(text),
    ...options,
  });
  const pass = (duration: number): void => {
    clock.now += duration;
    clock.passed += duration;
  };
  return { budget, clock, written, pass };
};

test('is no limit where none is set', () => {
  const { budget, written } = open();
  budget.spent(1e12);
  expect(budget.room('other')).toBe(Number.POSITIVE_INFINITY);
  expect([budget.traffic(), budget.warning(), written]).toEqual([undefined, undefined, []]);
});

test('gives as many bytes as a second brings, saves up no more than one second, and lends another to alerts', () => {
  const { budget, pass } = open({ perSecond: 1000 });
  budget.spent(1000);
  expect(budget.room('other')).toBe(0);
  expect(budget.room('alert')).toBe(1000);
  pass(250);
  expect(budget.room('other')).toBe(250);
  pass(minutes(1));
  expect(budget.room('other')).toBe(1000);
});

test('keeps a reserve for alerts when the day is used up, and says what it holds up', () => {
  const { budget } = open({ daily: 10_000, reserve: 1000 });
  budget.spent(10_000);
  expect([budget.room('other'), budget.room('alert')]).toEqual([0, 1000]);
  expect(budget.warning()).toContain('only alerts');
  budget.spent(1000);
  expect(budget.room('alert')).toBe(0);
  expect(budget.warning()).toContain('nothing is sent');
});

test('begins the day at midnight at the site, not in UTC', () => {
  const { budget, pass } = open({ daily: 1000 });
  budget.spent(1000);
  // 23:59 in Việt Nam.
  pass(hours(12) - minutes(1));
  expect(budget.traffic()).toMatchObject({ day: '2026-11-26', bytes: 1000 });
  pass(minutes(2));
  expect(budget.traffic()).toMatchObject({ day: '2026-11-27', bytes: 0 });
  expect(budget.room('other')).toBe(1000);
});

test('gives no second budget for a day when the clock is set back and forth', () => {
  const { budget, clock, pass } = open({ daily: 1000 });
  budget.spent(900);
  for (const jump of [-48, 48]) {
    clock.now += hours(jump);
    pass(seconds(2));
    expect(budget.traffic()).toMatchObject({ day: '2026-11-26', bytes: 900 });
  }
});

test('does not wait for a year when the clock had been a year ahead', () => {
  const { budget, clock, pass } = open({ daily: 1000, saved: '2027-11-26 900' });
  expect(budget.room('other')).toBe(100);
  clock.now += hours(1);
  pass(hours(24));
  expect(budget.traffic()).toMatchObject({ day: '2026-11-27', bytes: 0 });
});

test('counts what the socket carried beside what was written to it, and what the network adds', () => {
  const { budget } = open({ daily: 1e6 });
  budget.began();
  budget.spent(500);
  // A handshake and acknowledgements beside it.
  budget.measured(3000);
  const { bytes = 0 } = budget.traffic() ?? {};
  expect(bytes).toBeGreaterThan(3000 + 2 * 52);
  expect(bytes).toBeLessThan(3600);
  budget.measured(3000);
  expect(budget.traffic()?.bytes).toBe(bytes);
  budget.began();
  budget.measured(100);
  expect(budget.traffic()?.bytes).toBeGreaterThanOrEqual(bytes + 100);
});

test('goes on after a crash with no less than was used, and is not written for each event', () => {
  const { budget, written } = open({ daily: 1_000_000 });
  for (let n = 0; n < 1000; n++) budget.spent(500);
  expect(written.length).toBeLessThan(60);
  const again = open({ daily: 1_000_000, saved: written.at(-1) });
  expect(again.budget.traffic()?.bytes).toBeGreaterThanOrEqual(500_000);
  expect(again.budget.traffic()?.bytes).toBeLessThan(515_000);
});

test('keeps the exact count when it is closed', () => {
  const { budget, written } = open({ daily: 1_000_000 });
  budget.spent(123);
  budget.close();
  expect(written.at(-1)).toBe('2026-11-26 123');
});

test('begins anew where what was saved is not to be read', () => {
  expect(open({ daily: 1000, saved: 'nonsense' }).budget.traffic()).toMatchObject({ bytes: 0, day: '2026-11-26' });
});
