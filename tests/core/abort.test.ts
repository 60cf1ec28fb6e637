import { expect, it } from 'vitest';
import { aborted, onAbort, sleep } from '../../core/abort.ts';
import { hours } from '../../core/time.ts';

it('ends a sleep at once on abort, also one that has not begun', async () => {
  const controller = new AbortController();
  const sleeping = sleep(hours(1), controller.signal);
  controller.abort();
  await sleeping;
  await sleep(hours(1), controller.signal);
  await aborted(controller.signal);
});

it('releases once, on abort or at the end of the scope, whichever is first', () => {
  const controller = new AbortController();
  let released = 0;
  {
    using _ = onAbort(controller.signal, () => released++);
    controller.abort();
    expect(released).toBe(1);
  }
  expect(released).toBe(1);
  {
    using _ = onAbort(new AbortController().signal, () => released++);
  }
  expect(released).toBe(2);
});
