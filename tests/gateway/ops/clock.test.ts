import { describe, expect, it } from 'vitest';
import { judgeClock, type Synchronization, watchClock } from '../../../gateway/ops/clock.ts';
import { until } from '../../support/resources.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const now = Date.UTC(2026, 10, 25);

describe('the quality of the clock', () => {
  it.each([
    ['ntp', now, 0, 'synchronized'],
    ['estimated', now, 0, 'unknown'],
    ['unsynchronized', now, 0, 'unsynchronized'],
    ['unsynchronized', Date.UTC(1970, 0, 1), 0, 'synchronized'],
    ['unsynchronized', Date.UTC(2023, 11, 31), 0, 'unknown'],
    ['unsynchronized', now, now + 1, 'unknown'],
  ] as const)('is %s at %i, after %i, when the time service says %s', (expected, at, notBefore, said) => {
    expect(judgeClock(at, notBefore, said)).toBe(expected);
  });
});

describe('watching the clock', () => {
  it('lets devices wait until the clock is set', async () => {
    let said: Synchronization = 'unsynchronized';
    await using watch = await watchClock({
      clock: { now: () => now, steady: () => performance.now() },
      log,
      notBefore: 0,
      ask: async () => said,
      every: 1,
    });
    let isOver = false;
    const waiting = watch.firstSync(60_000).then(() => {
      isOver = true;
    });
    expect(isOver).toBe(false);
    said = 'synchronized';
    await waiting;
    expect(watch.quality()).toBe('ntp');
  });

  it('lets them go on with an unset clock after a while', async () => {
    await using watch = await watchClock({
      clock: { now: () => now, steady: () => performance.now() },
      log,
      notBefore: 0,
      ask: async () => 'unsynchronized',
      every: 1,
    });
    await watch.firstSync(5);
    expect(watch.quality()).toBe('unsynchronized');
  });

  it('tells when the clock was set while it watched', async () => {
    let offset = 0;
    const said: string[] = [];
    await using _ = await watchClock({
      clock: { now: () => now + performance.now() + offset, steady: () => performance.now() },
      log: { ...log, warn: message => said.push(message) },
      notBefore: 0,
      ask: async () => 'synchronized',
      every: 1,
    });
    offset = 3_600_000;
    await until('the step is seen', () => said.includes('the clock was set'));
  });
});
