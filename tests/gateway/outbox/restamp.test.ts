import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { mediaRetention } from '../../../core/media-reference.ts';
import type { TimeQuality } from '../../../core/sealed.ts';
import { exampleConclusion, exampleSite } from '../../../events/example-site.ts';
import { eventTypes } from '../../../events/registry.ts';
import { createRestamp } from '../../../gateway/outbox/restamp.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { listen, openTestOutbox, type Received, sealed } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

const missing = missingPrograms('mosquitto');

const hour = 3_600_000;
const year = 366 * 24 * hour;
/** The clock of a gateway that woke up a year behind. */
const woken = Date.UTC(2025, 10, 22, 16, 0, 0);
const setAt = woken + 2 * hour + year;
const correction = { shifts: [{ from: woken, to: woken + 2 * hour, by: year }], setAt };
const restamp = createRestamp(correction, exampleSite.timeZone);
const sealer = createSealer(exampleSite, { boot: 'b1', correction: () => undefined, isUnknown: () => false });

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

describe.skipIf(missing !== undefined)('an outbox whose clock was set', () => {
  const started = conclusion('gateway.gateway.started');
  const unset = (n: number) => seal({ ...started, time: woken + n * 1000, key: String(n) }, woken + n * 1000);
  const timesOf = (received: readonly Received[]) =>
    received.map(({ body }) => String(parse(body)['time']).slice(0, 4));

  it('dates again what waits since the mark, and nothing that was there before', async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
    const { outbox } = opened;
    // Of an earlier start of the machine, which woke up at the same time.
    await outbox.append({ events: [unset(1)] });
    const mark = await outbox.mark();
    for (let n = 2; n <= 1500; n++) void outbox.append({ events: [unset(n)] });
    await outbox.append({ events: [seal(started, setAt + 1000, 'ntp')] });
    expect(await outbox.restamp(correction, mark)).toBe(1499);
    expect(await outbox.restamp(correction, mark)).toBe(0);
    await using broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(broker.port);
    await until('all of them came', () => listener.events().length === 1501);
    expect(timesOf(listener.events())).toEqual(['2025', ...Array.from({ length: 1500 }, () => '2026')]);
    expect(new Set(listener.events().map(({ id }) => id)).size).toBe(1501);
    // What is counted of them is what is there.
    await until('nothing waits', () => outbox.status().outbox.lanes.every(({ bytes }) => bytes === 0));
  });

  it('lets a picture wait for as long as it was to wait from when it was taken', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path);
    const { outbox } = opened;
    const picture = (n: number, expires: number) => ({
      ...{ key: `k${n}`, sha256: String(n).repeat(64), mediaType: 'image/jpeg', bytes: 1 },
      ...{ device: 'cam-1', correlation: `c${n}`, expires },
    });
    const old = picture(1, woken + 1000 + mediaRetention);
    await outbox.append({ media: [old] });
    const mark = await outbox.mark();
    await outbox.append({ media: [picture(2, woken + 1000 + mediaRetention), picture(3, setAt + mediaRetention)] });
    await outbox.restamp(correction, mark);
    expect((await outbox.pendingMedia(10)).map(({ expires }) => expires - mediaRetention)).toEqual([
      woken + 1000,
      woken + 1000 + year,
      setAt,
    ]);
  });

  it('keeps what waits for a while after the link is back, but for alerts and for what happens now', async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }], {
      timeQuality: 'unsynchronized',
    });
    const { outbox } = opened;
    const mark = await outbox.mark();
    await outbox.append({ events: [unset(1), sealed(7, { lane: 'alert' })] });
    await using broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(broker.port);
    await until('the alert came', () => listener.events().length === 1);
    await outbox.append({ events: [sealed(8)] });
    await until('what happens now came', () => listener.events().length === 2);
    await until('it says why', () =>
      outbox.status().uplinks[0]?.warnings.includes('the backlog waits for the clock to be set'),
    );
    await outbox.restamp(correction, mark);
    await outbox.judgeClock('ntp');
    await until('all came', () => listener.events().length === 3);
    expect(listener.events().map(({ id }) => Number(id.slice(-2)))).toEqual([7, 8, expect.anything()]);
    expect(timesOf(listener.events().slice(2))).toEqual(['2026']);
  });
});
