import { describe, expect, it } from 'vitest';
import type { ClockShift } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import type { ClockStep } from '../../../gateway/ops/clock.ts';
import type { Synchronization } from '../../../gateway/ops/time-service.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { openTimekeeping, steppedConclusion, type TimekeepingOptions } from '../../../gateway/runtime/timekeeping.ts';
import { createTestClock } from '../../support/clock.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const woken = Date.UTC(2024, 0, 1);
const right = Date.UTC(2026, 10, 25);
const hour = 3_600_000;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Nobody listens there: everything waits. */
const away = [{ url: 'mqtt://127.0.0.1:1' }];

type TestOutbox = Awaited<ReturnType<typeof openTestOutbox>>['outbox'];

/** A run of the gateway since the machine started; `uptime` is how long that was ago. */
const run = async (
  outbox: TestOutbox,
  at: number,
  first: Synchronization,
  options: Partial<TimekeepingOptions> & { readonly uptime?: number } = {},
) => {
  const clock = createTestClock(at);
  const world = { said: first };
  const restamped: number[] = [];
  const shifts: ClockShift[] = [];
  const steps: ClockStep[] = [];
  const { uptime = 60_000, ...rest } = options;
  const timekeeping = await openTimekeeping({
    outbox: {
      ...outbox,
      restamp: async (correction, mark) => {
        const events = await outbox.restamp(correction, mark);
        restamped.push(events);
        return events;
      },
    },
    clock,
    bootId: 'b1',
    lastSeen: undefined,
    log: silent,
    onShift: shift => shifts.push(shift),
    onStep: step => steps.push(step),
    ask: async () => world.said,
    sinceBoot: () => uptime,
    ...rest,
  });
  const sealer = createSealer(exampleSite, timekeeping.dating);
  return {
    timekeeping,
    clock,
    world,
    restamped,
    shifts,
    steps,
    /** Accepts an event of this moment. */
    accept: async () => {
      const now = timekeeping.clock.now();
      const conclusion = { ...steppedConclusion(exampleSite, { by: 0, before: now, after: now, quality: 'ntp' }) };
      await outbox.append({ events: [sealer.event(conclusion, now, timekeeping.quality())] });
    },
    [Symbol.asyncDispose]: () => timekeeping[Symbol.asyncDispose](),
  };
};

describe('a clock that is set while the gateway runs', () => {
  it('has what was accepted before dated again, once', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await using test = await run(opened.outbox, woken, 'unsynchronized');
    await test.accept();
    await test.accept();
    expect(test.timekeeping.isTrusted()).toBe(false);
    test.clock.pass(hour);
    test.clock.set(right - woken);
    test.world.said = 'synchronized';
    await until('it is dated again', () => test.timekeeping.isTrusted(), 10_000);
    expect(test.restamped).toEqual([2]);
    expect(test.steps).toMatchObject([{ by: right - woken, quality: 'ntp' }]);
    expect(test.shifts).toHaveLength(1);
    expect(test.timekeeping.dating.correction()?.shifts[0]).toMatchObject({ by: right - woken });
  });

  it('is no longer thought of hours later', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await using test = await run(opened.outbox, woken, 'unsynchronized');
    test.clock.set(right - woken);
    test.world.said = 'synchronized';
    await until('it is trusted', () => test.timekeeping.isTrusted(), 10_000);
    expect(test.timekeeping.dating.correction()).toBeDefined();
    test.clock.pass(2 * hour);
    expect(test.timekeeping.dating.correction()).toBeUndefined();
  });
});

describe('a clock that is set between two runs', () => {
  /** A run by a wrong clock that accepts two events, and ends without a word. */
  const accepted = async (outbox: TestOutbox, bootId: string): Promise<void> => {
    await using test = await run(outbox, woken, 'unsynchronized', { bootId });
    await test.accept();
    await test.accept();
  };

  it('has what the first one accepted dated again by the second', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await accepted(opened.outbox, 'b1');
    await using test = await run(opened.outbox, right, 'synchronized', { uptime: 60_000 + hour });
    expect(test.restamped).toEqual([2]);
    expect(test.timekeeping.isTrusted()).toBe(true);
  });

  it('and by none after it, also when the one that began was interrupted', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    const { outbox } = opened;
    await accepted(outbox, 'b1');
    const uptime = 60_000 + hour;
    await using interrupted = await run(
      { ...outbox, restamp: () => Promise.reject(new Error('cut off')) },
      right,
      'synchronized',
      { uptime },
    );
    expect(interrupted.timekeeping.isTrusted()).toBe(false);
    await interrupted.timekeeping[Symbol.asyncDispose]();
    await using second = await run(outbox, right, 'synchronized', { uptime });
    expect(second.restamped).toEqual([2]);
    await second.timekeeping[Symbol.asyncDispose]();
    await using third = await run(outbox, right, 'synchronized', { uptime });
    expect(third.restamped).toEqual([]);
  });

  it('leaves it as it is where the machine was started in between: nobody knows for how long it was off', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await accepted(opened.outbox, 'b1');
    await using test = await run(opened.outbox, right, 'synchronized', { bootId: 'b2' });
    expect(test.restamped).toEqual([]);
    expect(test.timekeeping.isTrusted()).toBe(true);
  });

  it('says of what is told later of that time that nobody knows when it was, also after another run', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await accepted(opened.outbox, 'b1');
    for (let runs = 0; runs < 2; runs++) {
      await using test = await run(opened.outbox, right, 'synchronized', { bootId: 'b2', lastSeen: woken + hour });
      const { dating, isLost } = test.timekeeping;
      expect([woken + hour, woken + 3 * hour, right].map(dating.isUnknown)).toEqual([true, false, false]);
      const sealer = createSealer(exampleSite, dating);
      const conclusion = steppedConclusion(exampleSite, { by: 0, before: 0, after: woken + hour, quality: 'ntp' });
      expect(sealer.event(conclusion, right, 'ntp').body).toContain('"timequality":"unsynchronized"');
      test.clock.pass(2 * hour);
      expect(dating.isUnknown(woken + hour)).toBe(false);
      expect(isLost(woken + hour)).toBe(true);
    }
  });

  it('dates again only what this start of the machine accepted, where the one before had no time either', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await accepted(opened.outbox, 'b1');
    await accepted(opened.outbox, 'b2');
    await accepted(opened.outbox, 'b2');
    await using test = await run(opened.outbox, right, 'synchronized', { bootId: 'b2', uptime: 60_000 + hour });
    expect(test.restamped).toEqual([4]);
  });
});

describe('a clock of which nobody says whether it is set', () => {
  it('is not believed when it is behind what this machine has lived through', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, away);
    await using before = await run(opened.outbox, right, 'unknown');
    expect(before.timekeeping.quality()).toBe('estimated');
    await opened.outbox.append({ saved: before.timekeeping.saved() });
    await before.timekeeping[Symbol.asyncDispose]();
    await using after = await run(opened.outbox, right - hour, 'unknown', { bootId: 'b2', lastSeen: woken });
    expect(after.timekeeping.quality()).toBe('unsynchronized');
    expect(after.timekeeping.saved()).toEqual([]);
  });
});
