/**
 * A day of a station whose sensor reads wrongly, breaks and is away, through every stage from the reading to the index:
 * what is published is what a person with a pencil makes of the hours that count.
 */
import { expect, test } from 'vitest';
import type { Conclusion, Item } from '../../../core/conclusion.ts';
import type { Measurement } from '../../../core/observation.ts';
import { hours, minutes } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage as aggregate } from '../../../pipelines/aggregate/stage.ts';
import { stage as airQuality } from '../../../pipelines/air-quality/stage.ts';
import { stage as normalize } from '../../../pipelines/normalize/stage.ts';
import { stage as quality } from '../../../pipelines/quality/stage.ts';
import { toWire } from '../../support/events.ts';
import { byHand } from './by-hand.ts';

const device = 'aq-kimlong';
/** Midnight in Vietnam. */
const midnight = Date.UTC(2026, 10, 22, 17);

/** It shows half of what there is, and 4 ug/m3 more. */
const calibration = { gain: 2, offset: -8 };
const shownOf = (value: number): number => value / 2 + 4;

const chain = [
  normalize.bind({ devices: { [device]: { quantities: { pm25: calibration } } } }, exampleSite),
  quality.bind({}, exampleSite),
  aggregate.bind({ periods: ['1m', '1h', '24h'] }, exampleSite),
  airQuality.bind({}, exampleSite),
].map(bound => bound.start(new Map()));

const conclusions: Conclusion[] = [];
const pass = (items: readonly Item[], from: number): void => {
  let left = items;
  for (const stage of chain.slice(from)) {
    if (left.length === 0) return;
    left = stage.step(left).output;
  }
  for (const item of left)
    if (item.kind === 'conclusion') {
      toWire(item);
      conclusions.push(item);
    }
};
const tick = (now: number): void => {
  for (const [index, stage] of chain.entries()) pass(stage.tick(now, now - midnight).output, index + 1);
};

/** Without power at night and for an hour in the afternoon; of one hour there are forty minutes. */
const away = new Set([3, 4, 15]);
const short = 18;
/** For ten minutes of this hour it shows what no air holds. */
const broken = 10;
const pm25 = Array.from({ length: 24 }, (_, hour) => Math.round(10 * (34 + 25 * Math.sin(hour / 4))) / 10);
const isThere = (hour: number, minute: number): boolean => !away.has(hour) && (hour !== short || minute < 40);

const sampleAt = (hour: number, minute: number): Measurement => {
  const time = midnight + hours(hour) + minutes(minute) + 30_000;
  const isBroken = hour === broken && minute >= 20 && minute < 30;
  // Up and down by the same, so that the mean of each hour, and of what is left of it, is the value above.
  const value = isBroken ? 90_000 : shownOf((pm25[hour] ?? 0) + (minute % 2 === 0 ? 0.5 : -0.5));
  return { kind: 'measurement', device, time, timeFrom: 'device', quantity: 'pm25', value };
};

for (let hour = 0; hour < 25; hour++)
  for (let minute = 0; minute < 60; minute++) {
    tick(midnight + hours(hour) + minutes(minute) + 6000);
    if (hour < 24 && isThere(hour, minute)) pass([sampleAt(hour, minute)], 0);
  }

const ofPeriod = (length: number) => conclusions.filter(({ key }) => Number(key.split('/')[1]) === length);
/** An hour counts with 75 % of its minutes. */
const counted = pm25.map((value, hour) => (away.has(hour) || hour === short ? undefined : value));

test('each hour has the index of its calibrated, unbroken values, and is pending where too few hours count', () => {
  const expected = pm25.flatMap((_, hour) => {
    if (away.has(hour)) return [];
    const nowcast = byHand.weighted(counted, hour);
    return [[hour, nowcast === undefined ? undefined : byHand.read('pm25', nowcast)]];
  });
  const found = ofPeriod(hours(1)).map(({ time, data }) => [(time - midnight) / hours(1) - 1, data['airQualityIndex']]);
  expect(found).toEqual(expected);
  expect(found.filter(([, index]) => index === undefined).map(([hour]) => hour)).toEqual([0, 5]);
});

test('the day has the index of its hours that count', () => {
  const mean = byHand.average(counted.filter(value => value !== undefined));
  expect(ofPeriod(hours(24))).toMatchObject([
    { time: midnight + hours(24), data: { airQualityIndex: byHand.read('pm25', mean), index: { scheme: 'VN_AQI-d' } } },
  ]);
});

test('what it showed while it was broken is told of, and set aside', () => {
  const told = ofPeriod(hours(1)).find(({ time }) => time === midnight + hours(broken + 1));
  expect(told?.data).toMatchObject({ samples: { pm25: 50 }, setAside: { pm25: 10 } });
  const faults = conclusions.filter(({ event }) => event.startsWith('environment.sensor-fault'));
  expect(faults.map(({ event, data }) => [event, data['test']])).toEqual([
    ['environment.sensor-fault.raised', 'gross-range'],
    ['environment.sensor-fault.cleared', 'gross-range'],
  ]);
});
