import { expect, it, vi } from 'vitest';
import { minutes, seconds } from '../../../core/time.ts';
import { createReturnWatch } from '../../../gateway/runtime/return-watch.ts';

const never = new AbortController().signal;

/** Answers as the letters say: `.` nobody, `o` somebody. */
const answering = (letters: string) => {
  let at = 0;
  return {
    asked: () => at,
    knock: async (): Promise<void> => {
      if (letters[at++] !== 'o') throw new Error('nobody');
    },
  };
};

it('tells a return by an answer after none', async () => {
  const { knock, asked } = answering('oo.o');
  // The shortest pauses there are.
  expect(await createReturnWatch(knock, () => 1).returned(never)).toBe(true);
  expect(asked()).toBe(4);
});

it('remembers over an attempt in between that it was away, unless that reached it', async () => {
  for (const [reached, knocks] of [
    [false, 2],
    [true, 4],
  ] as const) {
    const { knock, asked } = answering('.o.o');
    const watch = createReturnWatch(knock, () => 1);
    const attempt = new AbortController();
    const first = watch.returned(attempt.signal);
    await new Promise(resolve => setImmediate(resolve));
    attempt.abort();
    expect(await first).toBe(false);
    if (reached) watch.isHere();
    expect(await watch.returned(never)).toBe(true);
    expect(asked()).toBe(knocks);
  }
});

it('knocks each half second for five minutes after it was read, and every two seconds from then on', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { knock, asked } = answering('');
    // The longest pauses there are.
    const watch = createReturnWatch(knock, () => 0);
    const knocksWithin = async (time: number): Promise<number> => {
      const before = asked();
      await vi.advanceTimersByTimeAsync(time);
      return asked() - before;
    };
    await knocksWithin(minutes(10));
    watch.isHere();
    const over = new AbortController();
    const returned = watch.returned(over.signal);
    expect(await knocksWithin(seconds(10))).toBe(20);
    await knocksWithin(minutes(5));
    expect(await knocksWithin(seconds(10))).toBe(5);
    over.abort();
    expect(await returned).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});
