import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress } from '../../../gateway/cli/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const away = '\r\u001b[K';
const place = '/dev/serial/by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.2:1.0-port0';

/** What a terminal shows after all of `text`, line by line. */
const screenOf = (text: string): readonly string[] =>
  text.split('\n').map(line => line.slice(line.lastIndexOf(away) + (line.includes(away) ? away.length : 0)));

const open = (isTerminal: boolean, columns = 80) => {
  let text = '';
  const progress = createProgress(
    part => {
      text += part;
    },
    isTerminal,
    () => columns,
  );
  return { progress, text: () => text, screen: () => screenOf(text) };
};

describe('the progress of a search', () => {
  it('is one line on a terminal, on which the time goes on without a word from the search', () => {
    const { progress, screen } = open(true);
    using _ = progress;
    progress.tell('/dev/ttyS0', 'listening', 5000);
    expect(screen()).toEqual(['/dev/ttyS0: listening, at most 5s left']);
    vi.advanceTimersByTime(2000);
    expect(screen()).toEqual(['/dev/ttyS0: listening, at most 3s left']);
    vi.advanceTimersByTime(60_000);
    expect(screen()).toEqual(['/dev/ttyS0: listening, at most 1s left']);
  });

  it('fits into the terminal, so that it can be taken away again', () => {
    for (const columns of [20, 40, 80, 120]) {
      const { progress, screen } = open(true, columns);
      using _ = progress;
      progress.tell(place, 'asking for Modbus address 4 at 9600 8N1', 5000);
      expect(screen()[0]?.length).toBeLessThan(columns);
    }
    const { progress, screen } = open(true);
    using _ = progress;
    progress.tell(place, 'listening at 9600 8N1', 5000);
    expect(screen()[0]).toMatch(/^….*1\.0-port0: listening at 9600 8N1, at most 5s left$/);
  });

  it('goes on below what is said of a search that ended, and is away at the end', () => {
    const { progress, screen } = open(true);
    {
      using _ = progress;
      progress.tell('a', 'listening', 9000);
      progress.tell('b', 'listening', 5000);
      expect(screen()).toEqual(['2 left, b: listening, at most 9s left']);
      progress.end('b', 'b: nothing\n');
      expect(screen()).toEqual(['b: nothing', 'a: listening, at most 9s left']);
    }
    expect(screen()).toEqual(['b: nothing', '']);
    vi.advanceTimersByTime(5000);
    expect(screen()).toEqual(['b: nothing', '']);
  });

  it('is a line now and then in a log, without what only a terminal understands', () => {
    const { progress, text } = open(false);
    using _ = progress;
    progress.tell(place, 'listening', 20_000);
    vi.advanceTimersByTime(12_000);
    progress.end(place, 'nothing\n');
    expect(text()).toBe(`${place}: listening, at most 15s left\n${place}: listening, at most 10s left\nnothing\n`);
  });
});
