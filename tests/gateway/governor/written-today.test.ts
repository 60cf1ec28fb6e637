import { describe, expect, it } from 'vitest';
import { hours } from '../../../core/time.ts';
import { createWrittenToday } from '../../../gateway/governor/written-today.ts';

const zone = 'Asia/Ho_Chi_Minh';

const openDay = (start: string, saved?: Parameters<typeof createWrittenToday>[2]) => {
  const time = { now: Date.parse(start), steady: 0 };
  const today = createWrittenToday(zone, { now: () => time.now, steady: () => time.steady }, saved);
  const pass = (duration: number): void => {
    time.now += duration;
    time.steady += duration;
  };
  return { today, time, pass };
};

describe('what was written today', () => {
  it('begins anew at midnight of the site', () => {
    const { today, pass } = openDay('2026-11-26T16:30:00Z');
    today.add(1000);
    expect(today.record).toEqual({ day: '2026-11-26', bytes: 1000 });
    pass(hours(1));
    today.add(1);
    expect(today.record).toEqual({ day: '2026-11-27', bytes: 1 });
  });

  it('goes on after a restart on the same day', () => {
    const { today } = openDay('2026-11-26T05:00:00Z', { day: '2026-11-26', bytes: 700 });
    today.add(50);
    expect(today.record.bytes).toBe(750);
  });

  it('is not forgotten because the clock is set back, as after a start without a battery', () => {
    const { today, time } = openDay('1970-01-01T00:00:00Z', { day: '2026-11-26', bytes: 700 });
    expect(today.record.bytes).toBe(700);
    time.now = Date.parse('2026-11-26T06:00:00Z');
    expect(today.record.bytes).toBe(700);
  });

  it('leaves a day that was ahead after a day', () => {
    const { today, pass } = openDay('2026-11-26T05:00:00Z', { day: '2036-01-01', bytes: 700 });
    expect(today.record.day).toBe('2036-01-01');
    pass(hours(24));
    expect(today.record).toEqual({ day: '2026-11-27', bytes: 0 });
  });

  it('may be a quarter of the budget at midnight, and all of it at the end of the day', () => {
    expect(openDay('2026-11-25T17:00:00Z').today.share()).toBe(0.25);
    expect(openDay('2026-11-26T05:00:00Z').today.share()).toBe(0.625);
    expect(openDay('2026-11-26T16:59:59Z').today.share()).toBeCloseTo(1, 2);
  });
});
