import { expect, test } from 'vitest';
import { minutes } from '../../../core/time.ts';
import { createSuspicion, type Suspicion } from '../../../sinks/mqtt/suspicion.ts';

const keys = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

/** A broker that ends each connection when it gets `poison`; `said`: with the reason. Gives who was blamed, and when. */
const hunt = (suspicion: Suspicion, poison: string, all: readonly string[], said: boolean) => {
  let waiting = [...all];
  for (let connection = 1; connection <= 20; connection++) {
    const window = Math.min(1000, suspicion.limit(0));
    for (;;) {
      const sent = waiting.slice(0, window);
      const bad = sent.indexOf(poison);
      const answered = bad === -1 ? sent : sent.slice(0, bad);
      for (const key of answered) suspicion.cleared(key);
      waiting = waiting.filter(key => !answered.includes(key));
      if (bad !== -1) break;
      if (waiting.length === 0) return { blamed: [], connection };
    }
    const blamed = suspicion.ended(waiting.slice(0, window), said, 0);
    if (blamed.length > 0) return { blamed, connection };
  }
  return { blamed: [], connection: Number.POSITIVE_INFINITY };
};

test.for([
  ['with a reason', true, 3],
  ['without a word', false, 4],
] as const)('finds the one among a thousand over which connections end, %s', ([, said, connections]) => {
  const found = hunt(createSuspicion(), '700', keys(1, 2000), said);
  expect(found.blamed).toEqual(['700']);
  expect(found.connection).toBeLessThanOrEqual(connections);
});

test('knows it again without another search', () => {
  const suspicion = createSuspicion();
  hunt(suspicion, '7', keys(1, 100), true);
  expect(suspicion.ended(['200', '7', '201'], true, 0)).toEqual(['7']);
  expect(suspicion.limit(0)).toBe(Number.POSITIVE_INFINITY);
});

test('blames nobody on a link that is cut at other places each time', () => {
  const suspicion = createSuspicion();
  for (let n = 1; n < 100; n++) {
    expect(suspicion.ended(keys(n * 10, n * 10 + 5), false, 0)).toEqual([]);
    for (const key of keys(n * 10, n * 10 + 5)) suspicion.cleared(key);
    expect(suspicion.limit(0)).toBe(Number.POSITIVE_INFINITY);
  }
});

test('lets the others go on when its suspects do not come up again', () => {
  const suspicion = createSuspicion();
  suspicion.ended(keys(1, 100), true, 0);
  expect(suspicion.limit(minutes(9))).toBe(32);
  expect(suspicion.limit(minutes(11))).toBe(Number.POSITIVE_INFINITY);
});

test('acquits what is answered, and ends the search when nobody is left', () => {
  const suspicion = createSuspicion();
  suspicion.ended(keys(1, 3), true, 0);
  expect(suspicion.limit(0)).toBe(1);
  for (const key of keys(1, 3)) suspicion.cleared(key);
  expect(suspicion.limit(0)).toBe(Number.POSITIVE_INFINITY);
  expect(suspicion.isActive).toBe(false);
});
