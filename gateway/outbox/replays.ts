/** What a sink was asked to offer again, stream by stream: a bounded set of numbers, given out slowly. */
import { GatewayError } from '../../core/errors.ts';
import type { Clock } from '../../core/time.ts';
import { addRange, type Range, type Ranges, removeRange, sizeOf } from './ranges.ts';

/** Numbers that may wait to be offered again. */
const mostNumbers = 1_000_000;
const mostRanges = 1000;
/** Behind everything else, and no faster than this, so that the center can bear it beside what is new. */
const perSecond = 500;
const burst = 100;

interface Replay {
  readonly waiting: Ranges;
  readonly taken: Set<number>;
}

export interface Replays {
  readonly isEmpty: boolean;
  /** Throws `exhausted` when too much waits already. */
  add(stream: string, ranges: readonly Range[]): void;
  /** How many may be offered now. */
  allowance(): number;
  /** The lowest numbers that wait. */
  next(stream: string): Range | undefined;
  /** Of `low` … `through` the `numbers` are on their way; the others are not kept any more. */
  took(stream: string, low: number, through: number, numbers: readonly number[]): void;
  /** Whether the number was on its way; it is not from now on. */
  landed(stream: string, number: number): boolean;
  /** Whether the number was on its way; it waits again. */
  returned(stream: string, number: number): boolean;
  /** The connection ended: what was on its way waits again. */
  end(): void;
}

export const createReplays = (clock: Pick<Clock, 'steady'>): Replays => {
  const streams = new Map<string, Replay>();
  let tokens = burst;
  let filledAt = clock.steady();

  const isOver = ({ waiting, taken }: Replay): boolean => waiting.length === 0 && taken.size === 0;

  const land = (stream: string, number: number): Replay | undefined => {
    const replay = streams.get(stream);
    if (replay === undefined || !replay.taken.delete(number)) return undefined;
    if (isOver(replay)) streams.delete(stream);
    return replay;
  };

  return {
    get isEmpty() {
      return streams.size === 0;
    },
    add: (stream, ranges) => {
      const all = [...streams.values()];
      const numbers = all.reduce((sum, { waiting }) => sum + sizeOf(waiting), 0);
      const count = all.reduce((sum, { waiting }) => sum + waiting.length, 0);
      if (numbers + sizeOf(ranges) > mostNumbers || count + ranges.length > mostRanges) {
        throw new GatewayError('exhausted', 'too much waits to be offered again', { advice: 'Ask again later.' });
      }
      if (ranges.length === 0) return;
      const replay = streams.get(stream) ?? { waiting: [], taken: new Set() };
      streams.set(stream, replay);
      for (const [low, high] of ranges) addRange(replay.waiting, low, high);
    },
    allowance: () => {
      const moment = clock.steady();
      tokens = Math.min(burst, tokens + ((moment - filledAt) / 1000) * perSecond);
      filledAt = moment;
      return Math.floor(tokens);
    },
    next: stream => streams.get(stream)?.waiting[0],
    took: (stream, low, through, numbers) => {
      const replay = streams.get(stream);
      if (replay === undefined) return;
      removeRange(replay.waiting, low, through);
      for (const number of numbers) replay.taken.add(number);
      tokens -= numbers.length;
      if (isOver(replay)) streams.delete(stream);
    },
    landed: (stream, number) => land(stream, number) !== undefined,
    returned: (stream, number) => {
      const replay = land(stream, number);
      if (replay === undefined) return false;
      addRange(replay.waiting, number, number);
      streams.set(stream, replay);
      return true;
    },
    end: () => {
      for (const { waiting, taken } of streams.values()) {
        for (const number of taken) addRange(waiting, number, number);
        taken.clear();
      }
    },
  };
};
