import { expect, test } from 'vitest';
import type { Decoder } from '../../../core/driver.ts';
import type { Observation } from '../../../core/observation.ts';
import { readDocument } from '../../../gateway/replay/documents.ts';

/** A list of numbers: a time, 0 where the device tells none, or a negative one for nothing. */
const numbers: Decoder = ({ bytes, receivedAt }) => {
  let values: readonly number[];
  try {
    values = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return [{ kind: 'malformed', reason: 'not-json' }];
  }
  return values.map(value =>
    value < 0
      ? { kind: 'ignored', reason: `nothing${value}` }
      : {
          kind: 'observation',
          observation: {
            kind: 'base-station',
            device: 'vms-1',
            mmsi: value,
            longitude: 0,
            latitude: 0,
            ...(value === 0 ? { time: receivedAt, timeFrom: 'gateway' } : { time: value, timeFrom: 'device' }),
          } satisfies Observation,
        },
  );
};

const read = (text: string) =>
  readDocument(Buffer.from(text), numbers).map(({ decoded, time }) => [
    decoded.kind === 'observation' ? decoded.observation.time : decoded.reason,
    time,
  ]);

test('what a document holds is heard when it was so, whatever its order', () => {
  expect(read('[30, 10, 20, 10]')).toEqual([
    [10, 10],
    [10, 10],
    [20, 20],
    [30, 30],
  ]);
});

test('what tells no time is heard with what stands before it, and the first with the earliest', () => {
  expect(read('[-1, 30, 0, 20, -2]')).toEqual([
    ['nothing-1', 20],
    [20, 20],
    ['nothing-2', 20],
    [30, 30],
    [30, 30],
  ]);
});

test('each line may be a document, and one that is none costs itself alone', () => {
  expect(read('[30]\r\n\n[10, 20\n[5]')).toEqual([
    [5, 5],
    [30, 30],
    ['not-json', 30],
  ]);
});

test('nothing is read where nothing tells a time', () => {
  expect(read('[0, -1]')).toEqual([]);
  expect(read('time;latitude\n')).toEqual([]);
});
