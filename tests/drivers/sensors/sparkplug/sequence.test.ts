import { expect, it } from 'vitest';
import { createSequence } from '../../../../drivers/sensors/sparkplug/sequence.ts';

it('takes the numbers one after the other, from 255 on to 0', () => {
  const sequence = createSequence();
  sequence.begin(0);
  for (let index = 1; index < 600; index++) expect(sequence.accept(index % 256, 0)).toBe('next');
  expect(sequence.isBroken(60_000)).toBe(false);
});

it('begins with whatever comes first where the birth was missed', () => {
  const sequence = createSequence();
  expect(sequence.accept(77, 0)).toBe('next');
  expect(sequence.accept(78, 0)).toBe('next');
  expect(sequence.isBroken(60_000)).toBe(false);
});

it('is broken when a message is missing for two seconds, and once', () => {
  const sequence = createSequence();
  sequence.begin(254);
  expect(sequence.accept(1, 1000)).toBe('next');
  expect(sequence.isBroken(2999)).toBe(false);
  expect(sequence.isBroken(3000)).toBe(true);
  expect(sequence.isBroken(9000)).toBe(false);
});

it('takes what comes late, and is whole again', () => {
  const sequence = createSequence();
  sequence.begin(254);
  for (const number of [2, 0, 255, 1]) expect(sequence.accept(number, 1000)).toBe('next');
  expect(sequence.isBroken(9000)).toBe(false);
});

it('tells what came before', () => {
  const sequence = createSequence();
  sequence.begin(0);
  for (const number of [1, 2, 4]) sequence.accept(number, 0);
  expect([4, 2, 3, 3].map(number => sequence.accept(number, 0))).toEqual(['again', 'again', 'next', 'again']);
});

it('is broken, and goes on, after a loss of more than half of the numbers', () => {
  const sequence = createSequence();
  sequence.begin(0);
  expect(sequence.accept(200, 0)).toBe('next');
  expect(sequence.accept(201, 0)).toBe('next');
  expect(sequence.isBroken(2000)).toBe(true);
});

it('is whole again after the next birth', () => {
  const sequence = createSequence();
  sequence.begin(0);
  sequence.accept(9, 0);
  sequence.begin(0);
  expect(sequence.isBroken(60_000)).toBe(false);
});
