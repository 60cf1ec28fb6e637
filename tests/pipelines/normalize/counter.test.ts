import { expect, it } from 'vitest';
import { hours, minutes } from '../../../core/time.ts';
import { advance, type Counter, type Reading } from '../../../pipelines/normalize/counter.ts';

const start = Date.UTC(2026, 10, 23);
const gap = minutes(90);

/** What each stand brings, a minute after the one before unless it says when. */
const told = (...stands: (number | Partial<Reading>)[]): (number | string | undefined)[] => {
  let counter: Counter | undefined;
  return stands.map((given, index) => {
    const reading = {
      stand: 0,
      time: start + minutes(index),
      ...(typeof given === 'number' ? { stand: given } : given),
    };
    const { counter: next, growth } = advance(counter, reading, gap);
    counter = next;
    if (growth === undefined) return undefined;
    const by = Number(growth.by.toFixed(6));
    return growth.isSure ? by : `${by}?`;
  });
};

it('tells what the counter grew by, and of its first stand nothing', () => {
  expect(told(812.4, 812.4, 812.6, 813.4)).toEqual([undefined, 0, 0.2, 0.8]);
});

it('counts what fell since a counter was set back once the next stand confirms it, and says that more may have fallen', () => {
  expect(told(812.4, 0.2, 0.6, 0.6, 0.8)).toEqual([undefined, undefined, '0.6?', 0, 0.2]);
  expect(told(812.4, 0, 0, 0.2)).toEqual([undefined, undefined, '0?', 0.2]);
});

it('counts over the highest stand of a counter of 16 and of 32 bits', () => {
  const of16 = { rollover: 65_536 * 0.2 };
  expect(
    told({ ...of16, stand: 65_534 * 0.2 }, { ...of16, stand: 0.2 }, { ...of16, stand: 0.4 }, { ...of16, stand: 0.6 }),
  ).toEqual([undefined, undefined, 0.8, 0.2]);
  const of32 = { rollover: 2 ** 32 * 0.25 };
  expect(told({ ...of32, stand: (2 ** 32 - 1) * 0.25 }, { ...of32, stand: 0 }, { ...of32, stand: 0.25 })).toEqual([
    undefined,
    undefined,
    0.5,
  ]);
});

it('takes a counter of known bits that begins at 0 far from its highest stand for one that was set back', () => {
  const bits = { rollover: 65_536 * 0.2 };
  expect(told({ ...bits, stand: 812.4 }, { ...bits, stand: 0.2 }, { ...bits, stand: 0.4 })).toEqual([
    undefined,
    undefined,
    '0.4?',
  ]);
});

it('tells nothing twice of stands that come again, late or out of order', () => {
  const at = (minute: number, stand: number) => ({ time: start + minutes(minute), stand });
  expect(told(at(0, 10), at(1, 10.2), at(1, 10.2), at(3, 11), at(2, 10.6), at(1, 10.2), at(4, 11.2))).toEqual([
    undefined,
    0.2,
    0,
    0.8,
    undefined,
    undefined,
    0.2,
  ]);
  // The same without a clock in the device: all of them are as of their arrival.
  expect(told(10, 10.2, 11, 10.6, 11, 11.2)).toEqual([undefined, 0.2, 0.8, undefined, 0, 0.2]);
});

it('tells nothing of a stand that cannot be, and goes on from the one before', () => {
  expect(told(10, 100_010, 10.2, 10.4)).toEqual([undefined, undefined, 0.2, 0.2]);
});

it('goes on from the stand of another gauge once it is confirmed', () => {
  expect(told(10, 5000, 5000.2, 5000.4)).toEqual([undefined, undefined, '0.2?', 0.2]);
  expect(told(5000, 1000, 1000.2, 1000.4)).toEqual([undefined, undefined, '0.2?', 0.2]);
});

it('follows a clock that was set back an hour', () => {
  const at = (minute: number, stand: number) => ({ time: start + minutes(minute), stand });
  expect(told(at(60, 10), at(1, 10), at(2, 10.2), at(3, 10.4))).toEqual([undefined, 0, 0.2, 0.2]);
});

it('says of what fell while nothing was heard for long that nobody knows when', () => {
  const late = { time: start + hours(2), stand: 40.2 };
  expect(told(10, late)).toEqual([undefined, '30.2?']);
  expect(told(10, { ...late, time: start + gap })).toEqual([undefined, 30.2]);
});
