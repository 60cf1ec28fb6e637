import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../../core/queue.ts';

const drain = async <T>(queue: BoundedQueue<T>): Promise<readonly T[]> => {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
};

describe('a queue that blocks', () => {
  it('refuses what has no room', () => {
    const queue = new BoundedQueue<number>({ capacity: 2, overflow: 'block' });
    expect([1, 2, 3].map(item => queue.offer(item))).toEqual([true, true, false]);
  });

  it('lets a producer wait for room, and keeps the order', async () => {
    const queue = new BoundedQueue<number>({ capacity: 1, overflow: 'block' });
    const producing = (async () => {
      for (let item = 1; item <= 5; item++) await queue.push(item);
      queue.close();
    })();
    expect(await drain(queue)).toEqual([1, 2, 3, 4, 5]);
    await producing;
  });

  it('lets waiting producers go when it is closed, and counts what they brought', async () => {
    const dropped: number[] = [];
    const queue = new BoundedQueue<number>({
      capacity: 1,
      overflow: 'block',
      onDrop: count => dropped.push(count),
    });
    queue.offer(1);
    const waiting = queue.push(2);
    queue.close();
    await waiting;
    expect(dropped).toEqual([1]);
  });
});

it('drops the oldest where it may, and counts it', async () => {
  const dropped: number[] = [];
  const queue = new BoundedQueue<number>({
    capacity: 2,
    overflow: 'drop-oldest',
    onDrop: count => dropped.push(count),
  });
  for (const item of [1, 2, 3, 4]) queue.offer(item);
  queue.close();
  expect(await drain(queue)).toEqual([3, 4]);
  expect(dropped).toEqual([1, 1]);
});

it('keeps only the newest where that is wanted', async () => {
  const queue = new BoundedQueue<number>({ capacity: 9, overflow: 'latest' });
  for (const item of [1, 2, 3]) queue.offer(item);
  queue.close();
  expect(await drain(queue)).toEqual([3]);
});

it('gives all that waits at once, up to a maximum', async () => {
  const queue = new BoundedQueue<number>({ capacity: 10, overflow: 'block' });
  for (let item = 0; item < 7; item++) queue.offer(item);
  queue.close();
  const sizes: number[] = [];
  for await (const items of queue.batches(3)) sizes.push(items.length);
  expect(sizes).toEqual([3, 3, 1]);
});

it('gives what came before a failure, then throws it', async () => {
  const queue = new BoundedQueue<number>({ capacity: 10, overflow: 'block' });
  queue.offer(1);
  queue.fail(new Error('the line broke'));
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of queue) seen.push(item);
  })();
  await expect(reading).rejects.toThrow('the line broke');
  expect(seen).toEqual([1]);
});

it('wakes a consumer that waits', async () => {
  const queue = new BoundedQueue<number>({ capacity: 10, overflow: 'block' });
  const reading = drain(queue);
  queue.offer(1);
  queue.close();
  expect(await reading).toEqual([1]);
});
