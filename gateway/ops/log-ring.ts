/** The newest lines of the log in memory, for who asks from afar. What leaves it was made fit to be read before. */
import type { Log } from '../../core/log.ts';

export type LogLevel = keyof Log;

export interface LogRing {
  add(line: string): void;
  /** The newest `count` lines of at least this level, the oldest of them first. */
  tail(count: number, level: LogLevel): readonly string[];
}

export interface LogRingBounds {
  readonly lines: number;
  /** Of all lines together. */
  readonly characters: number;
}

const levels: readonly LogLevel[] = ['info', 'warn', 'error'];

/** As `createLog` writes it, in front of every line. */
const levelOf = (line: string): LogLevel => levels.find(level => line.startsWith(`{"level":"${level}"`)) ?? 'error';

export const createLogRing = ({ lines, characters }: LogRingBounds): LogRing => {
  const kept: string[] = [];
  let size = 0;
  return {
    add: line => {
      kept.push(line);
      size += line.length;
      while (kept.length > lines || size > characters) size -= kept.shift()?.length ?? 0;
    },
    tail: (count, level) => {
      const least = levels.indexOf(level);
      return kept.filter(line => levels.indexOf(levelOf(line)) >= least).slice(-count);
    },
  };
};
