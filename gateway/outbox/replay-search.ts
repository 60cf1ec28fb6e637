/** What of a piece of a stream can be offered again, and why the rest cannot: found piece by piece. */
import type { MissingRange, MissingReason, Replayed, ReplayRequest } from './outbox.ts';
import { addRange, missingFrom, type Range, type Ranges, sizeOf } from './ranges.ts';
import type { ShedRange } from './shed-ledger.ts';
import type { Store } from './store.ts';

/** So many numbers at most in one request. */
const mostNumbers = 200_000;
/** So many missing ranges are told in one answer. */
const mostMissing = 400;
/** Ranges of what was given up that are held against what is missing. */
const mostShed = 1000;

export interface ReplaySearch {
  isDone(): boolean;
  /** Looks at some more numbers; returns what each of the sinks is to be offered again. */
  advance(store: Store, sinks: readonly string[]): readonly { readonly name: string; readonly ranges: Ranges }[];
  result(): Replayed;
}

/** `next` is the number that the stream gives next. */
export const createReplaySearch = ({ stream, from, to }: ReplayRequest, next: number): ReplaySearch => {
  const end = Math.min(to, from + mostNumbers - 1);
  const missing: MissingRange[] = [];
  let looked = from - 1;
  let offered = 0;
  let waiting = 0;

  const miss = (low: number, high: number, reason: MissingReason): void => {
    const last = missing.at(-1);
    if (last !== undefined && last.reason === reason && last.to + 1 === low) {
      missing[missing.length - 1] = { ...last, to: high };
    } else missing.push({ from: low, to: high, reason });
  };

  /** What is not there below `next` was given up, or it was delivered and then left the history. */
  const explain = ([low, high]: Range, shed: readonly ShedRange[]): void => {
    let at = low;
    for (const range of shed.toSorted((a, b) => a.from - b.from)) {
      if (range.to < at || range.from > high) continue;
      if (range.from > at) miss(at, range.from - 1, 'trimmed');
      miss(Math.max(at, range.from), Math.min(high, range.to), range.reason);
      at = range.to + 1;
      if (at > high) return;
    }
    miss(at, high, 'trimmed');
  };

  return {
    isDone: () => looked >= end || missing.length >= mostMissing,
    advance: (store, sinks) => {
      const low = looked + 1;
      if (low >= next) {
        miss(low, end, 'never-accepted');
        looked = end;
        return [];
      }
      const { ranges, through } = store.present(stream, low, Math.min(end, next - 1));
      const shed = sinks.flatMap(sink => store.shedRanges(sink, stream, mostShed));
      for (const gap of missingFrom(ranges, low, through)) explain(gap, shed);
      const delivered: Ranges = [];
      const undelivered: Ranges = [];
      const again = sinks.map(name => {
        const settled = store.settled(name, stream);
        const own: Ranges = [];
        for (const range of ranges) {
          const open = missingFrom(settled, ...range);
          for (const [a, b] of open) addRange(undelivered, a, b);
          for (const [a, b] of missingFrom(open, ...range)) {
            addRange(own, a, b);
            addRange(delivered, a, b);
          }
        }
        return { name, ranges: own };
      });
      offered += sizeOf(delivered);
      waiting += sizeOf(undelivered);
      looked = through;
      return again;
    },
    result: () => ({ through: looked, offered, waiting, missing }),
  };
};
