import { createHook } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { createTurns } from '../../core/turns.ts';

const asked = (count: number) => Array.from({ length: count }, (_, index) => index);

test('one works at a time, in the order of asking', async () => {
  const turns = createTurns();
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await Promise.resolve();
    await Promise.resolve();
    steps.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map(name => turns(work(name))));
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('work that fails is told to who asked, and the next has its turn', async () => {
  const turns = createTurns();
  const failing = turns(() => Promise.reject(new Error('broken')));
  const next = turns(async () => {});
  await expect(failing).rejects.toThrow('broken');
  await expect(next).resolves.toBeUndefined();
});

test('those who wait cost nothing until it is their turn', async () => {
  const turns = createTurns();
  const waiting = 1000;
  let wakings = 0;
  const hook = createHook({ before: () => wakings++ }).enable();
  await Promise.all(asked(waiting).map(() => turns(() => Promise.resolve())));
  hook.disable();
  expect(wakings).toBeLessThan(10 * waiting);
});
