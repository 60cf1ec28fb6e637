import { describe, expect, it } from 'vitest';
import { type ClockShift, shiftInstant } from '../../../core/time.ts';
import { type ClockStep, type ClockWatchOptions, judgeClock, watchClock } from '../../../gateway/ops/clock.ts';
import type { Synchronization } from '../../../gateway/ops/time-service.ts';
import { createTestClock } from '../../support/clock.ts';
import { until } from '../../support/resources.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const now = Date.UTC(2026, 10, 25);
const woken = Date.UTC(2024, 0, 1);
const hour = 3_600_000;
const day = 24 * hour;

describe('the quality of the clock', () => {
  it.each([
    ['ntp', now, 0, 'synchronized'],
    ['gnss', now, 0, 'gnss'],
    ['estimated', now, 0, 'unknown'],
    ['unsynchronized', now, 0, 'unsynchronized'],
    ['unsynchronized', Date.UTC(1970, 0, 1), 0, 'synchronized'],
    ['unsynchronized', Date.UTC(2023, 11, 31), 0, 'unknown'],
    ['unsynchronized', now, now + 1, 'unknown'],
    // What this machine believed before may have been wrong.
    ['ntp', now, now + 1, 'synchronized'],
  ] as const)('is %s at %i, after %i, when the time service says %s', (expected, at, notBefore, said) => {
    expect(judgeClock({ now: at, notBefore, said, wasSet: false })).toBe(expected);
  });

  it('is estimated where a clock that was set has lost its servers', () => {
    expect(judgeClock({ now, notBefore: 0, said: 'unsynchronized', wasSet: true })).toBe('estimated');
  });
});

/** A watch over a clock of the test, and everything it tells. */
const watch = async (at: number, first: Synchronization, options: Partial<ClockWatchOptions> = {}) => {
  const clock = createTestClock(at);
  const world = { said: first };
  const shifts: ClockShift[] = [];
  const steps: ClockStep[] = [];
  const watched = await watchClock({
    clock,
    log,
    notBefore: 0,
    onShift: shift => shifts.push(shift),
    onStep: step => steps.push(step),
    onHistory: () => {},
    ask: async () => world.said,
    every: 1,
    sinceBoot: () => 60_000,
    ...options,
  });
  return { watched, clock, world, shifts, steps, [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose]() };
};

describe('watching the clock', () => {
  it('lets devices wait until the clock is set', async () => {
    await using test = await watch(now, 'unsynchronized');
    let isOver = false;
    const waiting = test.watched.firstSync(60_000).then(() => {
      isOver = true;
    });
    expect(isOver).toBe(false);
    test.world.said = 'synchronized';
    await waiting;
    expect(test.watched.quality()).toBe('ntp');
  });

  it('lets them go on with an unset clock after a while', async () => {
    await using test = await watch(now, 'unsynchronized');
    await test.watched.firstSync(5);
    expect(test.watched.quality()).toBe('unsynchronized');
  });

  it.each([
    ['forward', hour],
    ['back', -hour],
  ])('moves what is remembered to where it was when the clock is set %s by mistake, and right again', async (_, by) => {
    await using test = await watch(now, 'synchronized');
    const began = now + 5000;
    test.clock.pass(10_000);
    test.clock.set(by);
    test.watched.clock.now();
    const during = test.clock.now() + 60_000;
    test.clock.pass(120_000);
    test.clock.set(-by);
    test.watched.clock.now();
    const moved = (instant: number): number => test.shifts.reduce(shiftInstant, instant);
    expect(test.shifts).toHaveLength(2);
    expect(moved(began)).toBe(began);
    // Remembered while it was wrong: only the second step concerns it.
    expect(test.shifts.slice(1).reduce(shiftInstant, during)).toBe(during - by);
  });

  it.each([
    ['forward by an hour', hour],
    ['forward by a day', day],
    ['back by an hour', -hour],
    ['back by a day', -day],
  ])('tells once when the clock is set %s, and moves what was dated by it', async (_, by) => {
    await using test = await watch(now, 'synchronized');
    test.clock.pass(10_000);
    test.clock.set(by);
    // Whoever reads the clock first.
    expect(test.watched.clock.now()).toBe(now + 10_000 + by);
    expect(test.shifts).toEqual([{ from: now - 60_000, to: now + 10_000, by }]);
    await until('the step is told', () => test.steps.length > 0);
    test.clock.pass(1000);
    test.watched.clock.now();
    expect(test.steps).toEqual([{ by, before: now + 10_000, after: now + 10_000 + by, quality: 'ntp' }]);
    expect(test.shifts).toHaveLength(1);
    expect(test.watched.correction()).toBeUndefined();
  });

  it('follows a clock that is slewed, however far, without a word', async () => {
    await using test = await watch(now, 'synchronized');
    for (let second = 0; second < 20; second++) {
      test.clock.pass(1000);
      test.clock.set(500);
      test.watched.clock.now();
    }
    expect(test.shifts).toEqual([]);
  });
});

describe('a clock that is not set when the machine starts', () => {
  it('knows by how much it was wrong once it is set', async () => {
    await using test = await watch(woken, 'unsynchronized');
    expect(test.watched.history()).toEqual({ wasSet: false, spans: [{ start: woken - 60_000, from: woken - 60_000 }] });
    test.clock.pass(hour);
    test.clock.set(now - woken);
    test.world.said = 'gnss';
    await until('it is set', () => test.watched.quality() === 'gnss');
    const [first, second] = test.watched.correction()?.shifts ?? [];
    expect(first).toEqual({ from: woken - 60_000, to: woken + hour, by: now - woken });
    expect(second).toMatchObject({ by: 0 });
    expect(test.watched.correction()?.setAt).toBe(now + hour);
    expect(test.steps).toMatchObject([{ by: now - woken, quality: 'gnss' }]);
  });

  it('that was right all the time was wrong by nothing', async () => {
    await using test = await watch(now, 'unsynchronized');
    test.clock.pass(hour);
    test.world.said = 'synchronized';
    await until('it is set', () => test.watched.quality() === 'ntp');
    expect(test.watched.correction()?.shifts).toEqual([{ from: now - 60_000, to: now + hour, by: 0 }]);
    expect(test.steps).toEqual([]);
  });

  it('and is set to something wrong first, knows each of its errors', async () => {
    await using test = await watch(woken, 'unsynchronized');
    test.clock.pass(hour);
    test.clock.set(day);
    test.watched.clock.now();
    test.clock.pass(hour);
    test.clock.set(day);
    test.watched.clock.now();
    test.world.said = 'synchronized';
    await until('it is set', () => test.watched.quality() === 'ntp');
    expect(test.watched.correction()?.shifts).toEqual([
      { from: woken - 60_000, to: woken + hour, by: 2 * day },
      { from: woken + hour + day, to: woken + 2 * hour + day, by: day },
      { from: woken + 2 * hour + 2 * day, to: woken + 2 * hour + 2 * day, by: 0 },
    ]);
  });

  it('is known to have been wrong by the run after it too, since the machine did not start in between', async () => {
    await using before = await watch(woken, 'unsynchronized');
    before.clock.pass(hour);
    const history = before.watched.history();
    // Two hours later, and set since.
    await using after = await watch(now, 'synchronized', { history, sinceBoot: () => 60_000 + 2 * hour });
    expect(after.watched.correction()?.shifts).toEqual([
      { from: woken - 60_000, to: woken + 2 * hour, by: now - 2 * hour - woken },
    ]);
  });

  it('and still is not set in the next run, goes on with what is known', async () => {
    await using before = await watch(woken, 'unsynchronized');
    const history = before.watched.history();
    await using after = await watch(woken + hour, 'unsynchronized', { history, sinceBoot: () => 60_000 + hour });
    expect(after.watched.history()).toEqual(history);
  });

  it('keeps no more of its errors than a few', async () => {
    await using test = await watch(woken, 'unsynchronized');
    for (let set = 0; set < 100; set++) {
      test.clock.set(hour);
      test.watched.clock.now();
    }
    expect(test.watched.history().spans).toHaveLength(8);
  });
});
