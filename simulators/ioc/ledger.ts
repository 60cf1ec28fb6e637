/**
 * The loss ledger as the center keeps it (events.md, Delivery): which numbers of each stream arrived, held against the
 * gateway's retained delivery state. A number that did not arrive is a loss only below the lowest unsent one and
 * outside the shed ranges, or where one of these says how many of it were given up, beyond that count; from the lowest
 * unsent on it is late.
 */

/** Inclusive ranges of whole numbers, sorted and merged. */
export type Ranges = [from: number, to: number][];

/** Puts `value` into `ranges` and tells whether it was new. Fast at the end, where numbers usually arrive. */
export const addNumber = (ranges: Ranges, value: number): boolean => {
  let at = ranges.length;
  for (;;) {
    const range = ranges[at - 1];
    if (range === undefined || range[0] <= value) break;
    at--;
  }
  const before = ranges[at - 1];
  const after = ranges[at];
  if (before !== undefined && value <= before[1]) return false;
  const joinsBefore = before !== undefined && before[1] + 1 === value;
  const joinsAfter = after !== undefined && after[0] - 1 === value;
  if (joinsBefore && joinsAfter) {
    before[1] = after[1];
    ranges.splice(at, 1);
  } else if (joinsBefore) before[1] = value;
  else if (joinsAfter) after[0] = value;
  else ranges.splice(at, 0, [value, value]);
  return true;
};

/** How many whole numbers from `first` to `last` lie in none of `ranges` and in none of `excused`. */
export const countOutside = (
  first: number,
  last: number,
  ranges: readonly (readonly [number, number])[],
  excused: readonly (readonly [number, number])[],
): number => {
  const covered = [...ranges, ...excused].toSorted((a, b) => a[0] - b[0]);
  let outside = 0;
  let next = first;
  for (const [from, to] of covered) {
    if (next > last) break;
    if (from > next) outside += Math.min(from, last + 1) - next;
    next = Math.max(next, to + 1);
  }
  return outside + Math.max(0, last + 1 - next);
};

/** What was accepted and given up: all of a range, or so many of it. */
export type Shed = readonly [from: number, to: number, count?: number];

/**
 * How many numbers from `first` to `last` did not arrive and are not explained. Of a range that was given up in part
 * only so many holes are excused as it says; what is still to be sent of it, above `last`, cannot be judged yet.
 */
export const countLost = (
  first: number,
  last: number,
  received: readonly (readonly [number, number])[],
  shed: readonly Shed[],
): number => {
  const whole: [number, number][] = [];
  const parts: { from: number; to: number; count: number }[] = [];
  for (const [from, to, count] of shed.toSorted((a, b) => a[0] - b[0])) {
    const before = parts.at(-1);
    if (count === undefined) whole.push([from, to]);
    else if (before !== undefined && from <= before.to) {
      before.to = Math.max(before.to, to);
      before.count += count;
    } else parts.push({ from, to, count });
  }
  const inParts = parts.map(({ from, to }): [number, number] => [from, to]);
  let lost = countOutside(first, last, received, [...whole, ...inParts]);
  for (const { from, to, count } of parts) {
    if (to > last) continue;
    lost += Math.max(0, countOutside(Math.max(first, from), to, received, whole) - count);
  }
  return lost;
};

/** One stream of the delivery state. */
export interface StreamReport {
  /** `<service>/<class>`. */
  readonly stream: string;
  readonly epoch: string;
  readonly lastAccepted: number;
  /** The lowest number that may still be sent; `lastAccepted + 1` when nothing waits. */
  readonly lowestUnsent: number;
  readonly shed: readonly Shed[];
}

export interface StreamJudgement {
  /** `<gateway>/<service>/<class>`. */
  readonly stream: string;
  readonly epoch: string;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly shed: number;
}

interface Stream {
  readonly stream: string;
  readonly epoch: string;
  readonly received: Ranges;
  report: StreamReport | undefined;
}

export interface Ledger {
  /** An event with this `streamseq` arrived. */
  receive(gateway: string, stream: string, epoch: string, number: number): void;
  report(gateway: string, report: StreamReport): void;
  judge(): readonly StreamJudgement[];
}

/**
 * `from` is the first number that is expected of a stream: 1 for a center that was there from the start, the first one
 * seen for a center that came later.
 */
export const createLedger = (from: 'one' | 'first-seen'): Ledger => {
  const streams = new Map<string, Stream>();

  const at = (gateway: string, name: string, epoch: string): Stream => {
    const stream = `${gateway}/${name}`;
    const key = `${stream}/${epoch}`;
    let found = streams.get(key);
    if (found === undefined) {
      found = { stream, epoch, received: [], report: undefined };
      streams.set(key, found);
    }
    return found;
  };

  return {
    receive: (gateway, stream, epoch, number) => {
      addNumber(at(gateway, stream, epoch).received, number);
    },
    report: (gateway, report) => {
      at(gateway, report.stream, report.epoch).report = report;
    },
    judge: () =>
      [...streams.values()].map(({ stream, epoch, received, report }) => {
        const first = from === 'one' ? 1 : (received[0]?.[0] ?? report?.lowestUnsent ?? 1);
        const highest = received.at(-1)?.[1] ?? 0;
        const shed = report?.shed ?? [];
        const settledBelow = report?.lowestUnsent ?? first;
        const last = Math.max(highest, report?.lastAccepted ?? 0);
        return {
          stream,
          epoch,
          received: received.reduce((sum, [low, high]) => sum + high - low + 1, 0),
          lost: countLost(first, settledBelow - 1, received, shed),
          late: countOutside(
            Math.max(first, settledBelow),
            last,
            received,
            shed.map(([low, high]): [number, number] => [low, high]),
          ),
          shed: shed.reduce((sum, [low, high, count]) => sum + (count ?? high - low + 1), 0),
        };
      }),
  };
};
