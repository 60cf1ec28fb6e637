import { expect, it } from 'vitest';
import type { Measurement } from '../../../../core/observation.ts';
import { type Duration, hours, minutes } from '../../../../core/time.ts';
import { createHeldValues } from '../../../../drivers/sensors/sparkplug/held.ts';

const start = Date.UTC(2026, 10, 26);
const sample = (quantity: Measurement['quantity'], value: number, after: Duration): Measurement => ({
  kind: 'measurement',
  device: 'weather-1',
  time: start + after,
  timeFrom: 'device',
  quantity,
  value,
});

const open = (hold: Duration) => {
  let passed: Duration = 0;
  const values = createHeldValues(hold, { now: () => start + passed, steady: () => passed });
  const told = () => values.due().map(({ quantity, value }) => [quantity, value]);
  return { values, told, at: (after: Duration) => (passed = after) };
};

it('a value that does not change is told each minute, as of then, for as long as it counts', () => {
  const { values, told, at } = open(minutes(3));
  values.take([sample('no2', 31, 0)]);
  at(59_000);
  expect(told()).toEqual([]);
  at(minutes(1));
  expect(values.due()).toEqual([{ ...sample('no2', 31, minutes(1)), timeFrom: 'gateway', corrections: ['held'] }]);
  expect(told()).toEqual([]);
  at(minutes(2));
  values.take([sample('so2', 4, minutes(2))]);
  expect(told()).toEqual([['no2', 31]]);
  at(minutes(3));
  expect(told()).toEqual([
    ['no2', 31],
    ['so2', 4],
  ]);
  at(minutes(4));
  expect(told()).toEqual([['so2', 4]]);
  at(hours(1));
  expect(told()).toEqual([]);
});

it('what comes late is not held, and nothing that became none', () => {
  const { values, told, at } = open(minutes(30));
  values.take([sample('no2', 31, minutes(5)), sample('no2', 20, minutes(1))]);
  at(minutes(6));
  expect(told()).toEqual([['no2', 31]]);
  values.forget();
  at(minutes(8));
  expect(told()).toEqual([]);
});
