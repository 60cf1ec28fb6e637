import { expect, test } from 'vitest';
import type { Fault } from '../../../core/simulator.ts';
import { playTimetable, stepsOf } from '../../../simulators/scenarios/timetable.ts';
import { until } from '../../support/resources.ts';

test('a fault begins at its time and ends after it', () => {
  expect(stepsOf([{ after: 100, show: 'silent', for: 50 }])).toEqual([
    { at: 100, show: 'silent' },
    { at: 150, show: undefined },
  ]);
});

test('a fault without an end lasts', () => {
  expect(stepsOf([{ after: 100, show: 'away' }])).toEqual([{ at: 100, show: 'away' }]);
});

test('faults are taken in the order of time, and a later one replaces what still lasts', () => {
  expect(
    stepsOf([
      { after: 200, show: 'hang', for: 10 },
      { after: 100, show: 'silent', for: 500 },
    ]),
  ).toEqual([
    { at: 100, show: 'silent' },
    { at: 200, show: 'hang' },
    { at: 210, show: undefined },
  ]);
});

test('a timetable that repeats begins each round with a device that behaves', async () => {
  const shown: (Fault | undefined)[] = [];
  const stopping = new AbortController();
  const playing = playTimetable<Fault>(
    [{ after: 5, show: 'noise' }],
    20,
    fault => {
      shown.push(fault);
    },
    stopping.signal,
  );
  await until('two rounds were played', () => shown.length >= 4);
  stopping.abort();
  await playing;
  expect(shown.slice(0, 4)).toEqual(['noise', undefined, 'noise', undefined]);
});

test('nothing is shown once it is stopped', async () => {
  const shown: unknown[] = [];
  await playTimetable([{ after: 60_000, show: 'noise' }], undefined, fault => shown.push(fault), AbortSignal.abort());
  expect(shown).toEqual([]);
});
