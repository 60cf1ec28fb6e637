import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import type { TimeQuality } from '../../../core/sealed.ts';
import { exampleConclusion, exampleSite } from '../../../events/example-site.ts';
import { eventTypes } from '../../../events/registry.ts';
import { createRestamp } from '../../../gateway/outbox/restamp.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';

const hour = 3_600_000;
const year = 366 * 24 * hour;
/** The clock of a gateway that woke up a year behind. */
const woken = Date.UTC(2025, 10, 22, 16, 0, 0);
const setAt = woken + 2 * hour + year;
const correction = { shifts: [{ from: woken, to: woken + 2 * hour, by: year }], setAt };
const restamp = createRestamp(correction, exampleSite.timeZone);
const sealer = createSealer(exampleSite, { boot: 'b1', correction: () => undefined });

const conclusion = (name: string, changes: Partial<Conclusion> = {}): Conclusion => {
  const type = eventTypes.get(name);
  if (type === undefined) throw new Error(`no event ${name}`);
  return { ...exampleConclusion(type), ...changes };
};

const seal = (made: Conclusion, recordedAt: number, quality: TimeQuality = 'unsynchronized') =>
  sealer.event(made, recordedAt, quality);
const parse = (body: string | undefined) => JSON.parse(body ?? '{}') as Record<string, unknown>;

const types = [...eventTypes.values()].filter(({ lane }) => lane !== 'state').map(({ name }) => name);

describe('an event accepted before the clock was set', () => {
  it.each(types)('%s is what it would have been by the right clock, but for its id and what it is worth', name => {
    const made = conclusion(name);
    // Of the example, everything else is an instant of a right clock and stays.
    const wrong = seal({ ...made, time: woken + 1000 }, woken + 2000);
    const right = seal({ ...made, time: woken + 1000 + year }, woken + 2000 + year, 'estimated');
    const again = restamp(wrong.body);
    expect(parse(again?.body)).toEqual({ ...parse(right.body), id: wrong.id });
    expect(again).toMatchObject({ time: right.time, expires: right.expires });
  });

  it('has its headline in the local time of the right clock', () => {
    const { body } = seal(conclusion('urban-camera.zone.entered', { time: woken + 4 * 60_000 }), woken + 5 * 60_000);
    expect(body).toContain('lúc 23:04 ngày 22/11');
    // 2024 and 2028 have 366 days, 2026 has not: the day differs.
    expect(restamp(body)?.body).toContain('lúc 23:04 ngày 23/11');
    expect(restamp(body)?.body).toContain('at 23:04 on 23 Nov');
  });

  it('keeps the time of a device whose own clock is right', () => {
    const { body } = seal(conclusion('fishing-vessel.vessel.observed', { time: woken + year }), woken + 1000);
    expect(parse(restamp(body)?.body)).toMatchObject({
      time: new Date(woken + year).toISOString(),
      recordedtime: new Date(woken + 1000 + year).toISOString(),
    });
  });

  it('still tells from what to what the clock was set', () => {
    const data = {
      stepMs: year,
      before: new Date(woken + 1000).toISOString(),
      after: '2026-11-23T16:00:01.000Z',
      quality: 'ntp',
    };
    const { body } = seal(conclusion('gateway.clock.stepped', { time: woken + 1000, data }), woken + 2000);
    expect(parse(restamp(body)?.body)['data']).toMatchObject(data);
  });
});

describe('an event that is left as it is', () => {
  it.each([
    ['was accepted by a clock that was set', seal(conclusion('gateway.gateway.started'), woken + 1000, 'ntp')],
    ['was accepted at another time', seal(conclusion('gateway.gateway.started'), woken - 1)],
  ])('%s', (_, { body }) => {
    expect(restamp(body)).toBeUndefined();
  });
});
