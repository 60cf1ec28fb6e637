import { expect, it } from 'vitest';
import { createLogRing } from '../../../gateway/ops/log-ring.ts';

const line = (level: string, n: number): string => `{"level":"${level}","message":"${n}"}`;

it('gives the newest lines, the oldest of them first', () => {
  const ring = createLogRing({ lines: 3, characters: 1000 });
  for (const n of [1, 2, 3, 4]) ring.add(line('info', n));
  expect(ring.tail(10, 'info')).toEqual([line('info', 2), line('info', 3), line('info', 4)]);
  expect(ring.tail(2, 'info')).toEqual([line('info', 3), line('info', 4)]);
});

it('leaves out what is below the level asked for', () => {
  const ring = createLogRing({ lines: 10, characters: 1000 });
  for (const level of ['info', 'warn', 'error']) ring.add(line(level, 1));
  expect(ring.tail(10, 'warn')).toEqual([line('warn', 1), line('error', 1)]);
  expect(ring.tail(10, 'error')).toEqual([line('error', 1)]);
});

it('keeps no more than it may, however long the lines are', () => {
  const ring = createLogRing({ lines: 10, characters: 100 });
  for (const n of [1, 2]) ring.add(`${line('info', n)}${' '.repeat(60)}`);
  expect(ring.tail(10, 'info')).toHaveLength(1);
});
