import { expect, test } from 'vitest';
import {
  addNumber,
  countLost,
  countOutside,
  createLedger,
  type Ranges,
  type Shed,
} from '../../../simulators/ioc/ledger.ts';

test('numbers in any order become few ranges', () => {
  const ranges: Ranges = [];
  for (const number of [5, 1, 2, 9, 4, 3, 7]) expect(addNumber(ranges, number)).toBe(true);
  expect(ranges).toEqual([
    [1, 5],
    [7, 7],
    [9, 9],
  ]);
});

test('a number that is there already is not new', () => {
  const ranges: Ranges = [
    [1, 5],
    [7, 9],
  ];
  for (const number of [1, 3, 5, 7, 9]) expect(addNumber(ranges, number)).toBe(false);
  expect(ranges).toEqual([
    [1, 5],
    [7, 9],
  ]);
});

test('what neither arrived nor is excused is outside', () => {
  expect(countOutside(1, 10, [[1, 3]], [[5, 6]])).toBe(5);
  expect(countOutside(1, 10, [], [])).toBe(10);
  expect(countOutside(4, 3, [], [])).toBe(0);
  expect(countOutside(1, 10, [[1, 10]], [[3, 4]])).toBe(0);
});

const report = (lastAccepted: number, lowestUnsent: number, shed: readonly Shed[] = []) => ({
  stream: 'environment/obs',
  epoch: '0001',
  lastAccepted,
  lowestUnsent,
  shed,
});

test('a hole below the lowest unsent number is a loss', () => {
  const ledger = createLedger('one');
  for (const number of [1, 2, 4]) ledger.receive('gw', 'environment/obs', '0001', number);
  ledger.report('gw', report(4, 5));
  expect(ledger.judge()).toMatchObject([{ stream: 'gw/environment/obs', received: 3, lost: 1, late: 0 }]);
});

test('a hole that the gateway declared as shed is no loss', () => {
  const ledger = createLedger('one');
  for (const number of [1, 2, 5]) ledger.receive('gw', 'environment/obs', '0001', number);
  ledger.report('gw', report(5, 6, [[3, 4]]));
  expect(ledger.judge()).toMatchObject([{ lost: 0, late: 0, shed: 2 }]);
});

test('of a range that was given up in part so many holes are excused and no more', () => {
  const received: Ranges = [
    [1, 10],
    [12, 12],
    [14, 14],
    [21, 30],
  ];
  // 11, 13 and 15 to 20 are missing.
  expect(countLost(1, 30, received, [[11, 20, 8]])).toBe(0);
  expect(countLost(1, 30, received, [[11, 20, 7]])).toBe(1);
  expect(
    countLost(1, 30, received, [
      [11, 16, 2],
      [17, 20],
    ]),
  ).toBe(2);
  // Two ranges of different reasons lie over each other.
  expect(
    countLost(1, 30, received, [
      [11, 15, 2],
      [13, 20, 6],
    ]),
  ).toBe(0);
  expect(
    countLost(1, 30, received, [
      [11, 15, 2],
      [13, 20, 5],
    ]),
  ).toBe(1);
  // What is above has not all come yet.
  expect(countLost(1, 15, received, [[11, 20, 1]])).toBe(0);
});

test('what is missing from the lowest unsent number on is late', () => {
  const ledger = createLedger('one');
  for (const number of [1, 2, 9]) ledger.receive('gw', 'environment/obs', '0001', number);
  ledger.report('gw', report(9, 3));
  expect(ledger.judge()).toMatchObject([{ lost: 0, late: 6 }]);
});

test('a center that came later holds nothing against the gateway from before', () => {
  const ledger = createLedger('first-seen');
  for (const number of [100, 101]) ledger.receive('gw', 'environment/obs', '0001', number);
  ledger.report('gw', report(101, 102));
  expect(ledger.judge()).toMatchObject([{ received: 2, lost: 0, late: 0 }]);
});

test('each epoch of a stream is counted by itself', () => {
  const ledger = createLedger('one');
  ledger.receive('gw', 'environment/obs', '0001', 1);
  ledger.receive('gw', 'environment/obs', '0002', 1);
  expect(ledger.judge().map(({ epoch, received }) => [epoch, received])).toEqual([
    ['0001', 1],
    ['0002', 1],
  ]);
});
