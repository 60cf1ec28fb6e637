import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withIdle } from '../../core/idle.ts';
import { BoundedQueue } from '../../core/queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('says whenever nothing came for a while, and ends with its source', async () => {
  const source = new BoundedQueue<string>({ capacity: 4, overflow: 'block' });
  const seen: (string | undefined)[] = [];
  const reading = (async () => {
    for await (const one of withIdle(source, 6000, new AbortController().signal)) seen.push(one);
  })();
  source.offer('a');
  await vi.advanceTimersByTimeAsync(13_000);
  source.offer('b');
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen).toEqual(['a', undefined, undefined, 'b']);
  source.fail(new Error('the broker is gone'));
  await expect(reading).rejects.toThrow('the broker is gone');
  expect(vi.getTimerCount()).toBe(0);
});

it('closes its source when its reader goes', async () => {
  let isClosed = false;
  async function* count() {
    try {
      for (let number = 0; ; number++) yield number;
    } finally {
      isClosed = true;
    }
  }
  for await (const number of withIdle(count(), 6000, new AbortController().signal)) if (number === 2) break;
  expect(isClosed).toBe(true);
});

it('lets its reader go while it waits', async () => {
  const source = new BoundedQueue<string>({ capacity: 4, overflow: 'block' });
  const seen: (string | undefined)[] = [];
  const reading = (async () => {
    for await (const one of withIdle(source, 6000, new AbortController().signal)) {
      seen.push(one);
      break;
    }
  })();
  await vi.advanceTimersByTimeAsync(6000);
  await reading;
  expect(seen).toEqual([undefined]);
});
