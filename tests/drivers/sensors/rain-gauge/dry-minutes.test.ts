import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Batch } from '../../../../core/batch.ts';
import type { Observation } from '../../../../core/observation.ts';
import { BoundedQueue } from '../../../../core/queue.ts';
import { fallenAt } from '../../../../drivers/sensors/rain-gauge/codec.ts';
import { withDryMinutes } from '../../../../drivers/sensors/rain-gauge/dry-minutes.ts';
import { createContext } from '../../support/context.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells 0 mm for each minute without a tip, every tip, and the end of the connection', async () => {
  const tips = new BoundedQueue<Batch<Observation>>({ capacity: 10, overflow: 'block' });
  const told: number[] = [];
  const reading = (async () => {
    for await (const { items } of withDryMinutes(tips, 'rain-1', createContext()))
      for (const item of items) if (item.kind === 'measurement') told.push(item.value);
  })();
  await vi.advanceTimersByTimeAsync(90_000);
  tips.offer({ items: [fallenAt(0.2, 'rain-1', 0)] });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(told).toEqual([0, 0.2]);
  await vi.advanceTimersByTimeAsync(62_000);
  expect(told).toEqual([0, 0.2, 0, 0]);
  tips.fail(new Error('the line is gone'));
  await expect(reading).rejects.toThrow('the line is gone');
  expect(vi.getTimerCount()).toBe(0);
});
