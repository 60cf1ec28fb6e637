import { expect, test } from 'vitest';
import { type AssumedTime, type Doubt, dated } from '../../../gateway/replay/dated.ts';
import type { Recorded } from '../../../gateway/replay/recording.ts';

const start = Date.parse('2026-11-23T08:00:00Z');
const second = 1000;
const hour = 3600;
const years = 10 * 365 * 24 * hour;

/** Each record is one byte, and tells so many seconds after `start`, or no time. */
const date = async (tells: readonly (number | undefined)[], assumed?: AssumedTime) => {
  const doubts: Doubt[] = [];
  const records = tells.map(
    (after, index): Recorded => ({
      bytes: Uint8Array.of(index),
      time: after === undefined ? undefined : start + after * second,
    }),
  );
  const times: number[] = [];
  for await (const { bytes, time } of dated(records, {
    name: 'quay.nmea',
    assumed,
    onDoubt: doubt => doubts.push(doubt),
  })) {
    expect(bytes[0]).toBe(times.length);
    times.push((time - start) / second);
  }
  return { times, doubts };
};

test('a record has its own time, or that of the one before; before the first, that of the first', async () => {
  expect(await date([undefined, 5, undefined, 5, 7.5, undefined])).toEqual({
    times: [5, 5, 5, 5, 7.5, 7.5],
    doubts: [],
  });
});

test('the clock never goes back: what tells an earlier time was heard now, and is told where it is far off', async () => {
  expect(await date([100, 99, 101, 20, undefined, 102])).toEqual({
    times: [100, 100, 101, 101, 101, 102],
    doubts: ['time-before-the-last'],
  });
});

test('one record alone does not take the clock into the future', async () => {
  expect(await date([0, years, undefined, 1, 2])).toEqual({ times: [0, 0, 0, 1, 2], doubts: ['time-far-ahead'] });
});

test('neither does the first one', async () => {
  expect(await date([undefined, years, 0, 1])).toEqual({ times: [0, 0, 0, 1], doubts: ['time-far-ahead'] });
});

test('a pause is one when the next record is there too', async () => {
  expect(await date([0, 5 * hour, undefined, 5 * hour + 1])).toEqual({
    times: [0, 5 * hour, 5 * hour, 5 * hour + 1],
    doubts: [],
  });
});

test('records hours apart, as those of satellites, are believed, the last one too', async () => {
  const tells = [0, 2 * hour, 4 * hour, 9 * hour];
  expect(await date(tells)).toEqual({ times: tells, doubts: [] });
});

test('a recording that tells no time is dated from an assumed start on, and one that tells is not', async () => {
  const assumed = { start: start + hour * second, every: 600 };
  expect((await date([undefined, undefined, undefined], assumed)).times).toEqual([hour, hour + 0.6, hour + 1.2]);
  expect(await date([undefined, 1, undefined, 2], assumed)).toEqual({
    times: [1, 1, 1, 2],
    doubts: ['start-not-used'],
  });
});

test('a recording that tells no time is refused, with what can be said of it', async () => {
  await expect(date([undefined, undefined])).rejects.toMatchObject({
    kind: 'config',
    message: 'quay.nmea does not tell when it was recorded',
    advice: expect.stringContaining('--start 2026-11-23T08:00:00Z'),
  });
  expect((await date([])).times).toEqual([]);
});

test('what waits for a time is bounded: 16 MiB without one are a recording that tells none', async () => {
  let read = 0;
  const endless = function* (): Generator<Recorded> {
    const bytes = new Uint8Array(65_536);
    for (;;) {
      read++;
      yield { bytes, time: undefined };
    }
  };
  await expect(dated(endless(), { name: 'noise' }).next()).rejects.toThrow('does not tell when it was recorded');
  expect(read).toBe(257);
  const assumed = dated(endless(), { name: 'noise', assumed: { start, every: second } });
  expect((await assumed.next()).value?.time).toBe(start);
  expect((await assumed.next()).value?.time).toBe(start + second);
  await assumed.return();
});
