import { afterEach, expect, test, vi } from 'vitest';
import { openSetup } from '../../../simulators/demo/progress.ts';

afterEach(() => vi.useRealTimers());

const open = (output: 'terminal' | 'log') => {
  vi.useFakeTimers();
  const written: string[] = [];
  const setup = openSetup({ write: text => written.push(text), output });
  return { setup, written };
};

test('what is ready at once is not worth a line', () => {
  const { setup, written } = open('log');
  setup.begin('air-1');
  vi.advanceTimersByTime(500);
  setup.end('air-1');
  setup[Symbol.dispose]();
  expect(written).toEqual([]);
});

test('a log gets a line now and then, and one at the end', () => {
  const { setup, written } = open('log');
  setup.begin('cam-1');
  setup.say('cam-1', 'renders the street: 40 %');
  vi.advanceTimersByTime(40_000);
  setup.end('cam-1');
  setup[Symbol.dispose]();
  expect(written).toEqual([
    'demo: cam-1: renders the street: 40 % … 15s\n',
    'demo: cam-1: renders the street: 40 % … 30s\n',
    'demo: cam-1: ready after 40s\n',
  ]);
});

test('a terminal’s line is written over and cleared', () => {
  const { setup, written } = open('terminal');
  setup.begin('cam-1');
  vi.advanceTimersByTime(3000);
  setup[Symbol.dispose]();
  expect(written.at(-2)).toBe('\r\u001b[Kdemo: cam-1 … 3s');
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test('a step that tells how far it is is shown even when timers starve', () => {
  const { setup, written } = open('log');
  setup.begin('cam-1');
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
  setup.say('cam-1', '80 %');
  setup[Symbol.dispose]();
  vi.restoreAllMocks();
  expect(written).toEqual(['demo: cam-1: 80 % … 1m\n']);
});
