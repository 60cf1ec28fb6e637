import { expect, it } from 'vitest';
import { createInOrder } from '../../core/in-order.ts';

it('releases in the order of entering, whatever order the work ends in', () => {
  const released: (readonly string[])[] = [];
  const line = createInOrder<string>(done => released.push(done));
  const [first, second, third] = [line.enter('a'), line.enter('b'), line.enter('c')];
  second();
  third();
  expect(released).toEqual([]);
  first();
  expect(released).toEqual([['a', 'b', 'c']]);
  expect(line.size).toBe(0);
});

it('takes a place as done once', () => {
  const released: string[] = [];
  const line = createInOrder<string>(done => released.push(...done));
  const first = line.enter('a');
  line.enter('b');
  first();
  first();
  expect(released).toEqual(['a']);
  expect(line.size).toBe(1);
});
