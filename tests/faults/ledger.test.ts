/** The judge of this folder is judged: what is missing, doubled or miscounted does not escape it. */
import { expect, test } from 'vitest';
import { createLedger, type Found, type FoundStream, type Ledger } from './support/ledger.ts';
import type { Identity } from './support/patterns.ts';

const stream = 'environment/obs';
const none = new Map();

const numbered = (...positions: readonly (number | undefined)[]): Map<number, Identity> =>
  new Map(
    positions.flatMap((at, index) => (at === undefined ? [] : [[index + 1, { at, id: at, key: 'line-0' }] as const])),
  );

const found = (numbers: ReadonlyMap<number, Identity>, more: Partial<FoundStream> = {}, rest: Partial<Found> = {}) => ({
  epoch: '0001',
  faults: [],
  saved: new Map(),
  states: new Map(),
  media: new Set<string>(),
  ...rest,
  streams: [
    {
      name: stream,
      first: 1,
      next: Math.max(0, ...numbers.keys()) + 1,
      rows: numbers.size,
      bytes: 0,
      scannedRows: numbers.size,
      scannedBytes: 0,
      numbers,
      shed: [],
      settled: [],
      ...more,
    },
  ],
});

const accepted = (...positions: readonly number[]): Ledger => {
  const ledger = createLedger({ streamOf: () => stream, saves: true });
  for (const at of positions) ledger.take({ kind: 'appended', events: [[at, at]], key: 'line-0', saved: at });
  return ledger;
};

const kept = { saved: new Map([['line-0', 9]]) };

test('finds nothing where all is kept, delivered or told as gone', () => {
  const ledger = accepted(1, 2, 3, 4);
  const here = found(numbered(undefined, undefined, 3, 4), { first: 3, settled: [[1, 2]], shed: [[2, 2]] }, kept);
  expect(ledger.judge(here, new Map([[stream, numbered(1)]]))).toEqual([]);
});

test.for<[string, Found, RegExp]>([
  ['is not there at the end', found(numbered(1, 2), {}, kept), /1 accepted events are lost, of 3/],
  ['is not there in the middle', found(numbered(1, 3), {}, kept), /1 accepted events are lost, of 2/],
  ['left a hole', found(numbered(1, undefined, 3), {}, kept), /2 \(never seen\) is neither kept, delivered nor told/],
  ['was removed too early', found(numbered(undefined, 2, 3), { first: 2 }, kept), /1 is gone, and was not settled/],
  ['is settled and was not received', found(numbered(1, 2, 3), { settled: [[2, 2]] }, kept), /nobody received it/],
  ['has changed places', found(numbered(2, 1, 3), {}, kept), /comes after/],
  ['has two numbers', found(numbered(1, 2, 3, 3), {}, kept), /3 has two numbers/],
  ['is not counted', found(numbered(1, 2, 3), { rows: 2 }, kept), /counts 2 rows and has 3/],
  ['does not weigh what is counted', found(numbered(1, 2, 3), { bytes: 5 }, kept), /counts 5 bytes and has 0/],
  ['is beyond the next number', found(numbered(1, 2, 3), { next: 3 }, kept), /3 is given, and 3 is to be the next/],
  ['came without its state', found(numbered(1, 2, 3)), /is committed, and its state is still 0/],
  ['is of another life', found(numbered(1, 2, 3), {}, { ...kept, epoch: '0002' }), /the epoch was 0001 and is 0002/],
  ['lost its stream', { ...found(none, {}, kept), streams: [] }, /the whole stream environment\/obs is lost/],
])('finds an accepted event that %s', ([, folder, words]) => {
  const ledger = accepted(1, 2, 3);
  const first = found(numbered(1), {}, kept);
  ledger.judge(first, none);
  expect(ledger.judge(folder, none).join('\n')).toMatch(words);
});

test('finds a number that was given twice', () => {
  const ledger = accepted(1, 2);
  expect(ledger.judge(found(numbered(1, 2), {}, kept), none)).toEqual([]);
  expect(ledger.judge(found(numbered(1, 5), {}, kept), none)).toContain(`${stream} 2 was 2 and is 5`);
});

test('finds a state, a retained topic and a picture that went back or are gone', () => {
  const ledger = accepted();
  ledger.take({ kind: 'appended', events: [], key: 'line-1', saved: 7, media: 'a.jpg' });
  ledger.take({ kind: 'retained', topic: 'health', value: 3 });
  ledger.take({ kind: 'left', media: 'b.jpg' });
  const folder = { saved: new Map([['line-1', 6]]), states: new Map([['health', 2]]), media: new Set(['b.jpg']) };
  expect(ledger.judge({ ...found(none, {}, folder), streams: [] }, none)).toEqual([
    'the state line-1 was 7 and is 6',
    'health was 3 and is 2',
    'the picture a.jpg is lost',
    'the picture b.jpg is back',
  ]);
});
