/**
 * What an outbox owes: every line of `load.ts` that was read is a debt, and `judge` says which of them a folder and the
 * broker's subscriber together do not pay. Pure, so that a test can show that it finds what is missing.
 */
import type { LoadLine } from './load.ts';
import type { Identity } from './patterns.ts';

/** A stream as it lies in a folder. */
export interface FoundStream {
  readonly name: string;
  readonly first: number;
  readonly next: number;
  readonly rows: number;
  readonly bytes: number;
  readonly scannedRows: number;
  readonly scannedBytes: number;
  readonly numbers: ReadonlyMap<number, Identity>;
  /** Told to the center as gone. */
  readonly shed: readonly (readonly [low: number, high: number])[];
  readonly settled: readonly (readonly [low: number, high: number])[];
}

/** An outbox's folder as it is after a fault, opened once. */
export interface Found {
  readonly epoch: string;
  readonly streams: readonly FoundStream[];
  readonly saved: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, number>;
  readonly media: ReadonlySet<string>;
  /** Whatever is wrong with the folder by itself: SQLite's own check, a counter, a checksum. */
  readonly faults: readonly string[];
}

/** Numbers that a subscriber received, by stream. */
export type Delivered = ReadonlyMap<string, ReadonlyMap<number, Identity>>;

export interface Ledger {
  take(line: LoadLine): void;
  /** What is owed and not paid, in words; empty when all is well. */
  judge(found: Found, delivered: Delivered): readonly string[];
  /** Events acknowledged so far. */
  accepted(): number;
  /** The highest position that was acknowledged. */
  highest(): number;
}

export interface LedgerOptions {
  readonly streamOf: (at: number) => string;
  /** Whether an event's call saves its position under the event's key. */
  readonly saves: boolean;
}

const includes = (ranges: readonly (readonly [number, number])[], number: number): boolean =>
  ranges.some(([low, high]) => low <= number && number <= high);

/** At most this many of a kind are told. */
const told = 5;

export const createLedger = ({ streamOf, saves }: LedgerOptions): Ledger => {
  /** Positions in ascending order, by stream. */
  const accepted = new Map<string, number[]>();
  const ids = new Map<number, number>();
  const saved = new Map<string, number>();
  const states = new Map<string, number>();
  const media = new Map<string, 'waiting' | 'leaving' | 'left'>();
  /** Whose number is whose, once seen. */
  const known = new Map<string, Map<number, Identity>>();
  let count = 0;
  let highest = 0;
  let epoch: string | undefined;

  const judgeStream = (stream: FoundStream, delivered: ReadonlyMap<number, Identity>): string[] => {
    const { name, next } = stream;
    const wrong: string[] = [];
    const own = known.get(name) ?? new Map<number, Identity>();
    known.set(name, own);
    for (const source of [stream.numbers, delivered]) {
      for (const [number, identity] of source) {
        const before = own.get(number);
        if (before === undefined) own.set(number, identity);
        else if (before.at !== identity.at) wrong.push(`${name} ${number} was ${before.at} and is ${identity.at}`);
        if (number >= next) wrong.push(`${name} ${number} is given, and ${next} is to be the next`);
      }
    }
    for (let number = 1; number < next; number++) {
      if (stream.numbers.has(number)) continue;
      if (!includes(stream.settled, number)) wrong.push(`${name} ${number} is gone, and was not settled`);
      if (delivered.has(number) || includes(stream.shed, number)) continue;
      wrong.push(
        `${name} ${number} (${own.get(number)?.at ?? 'never seen'}) is neither kept, delivered nor told as gone`,
      );
    }
    for (const [low, high] of stream.settled) {
      for (let number = low; number <= high; number++) {
        if (delivered.has(number) || includes(stream.shed, number)) continue;
        wrong.push(`${name} ${number} is settled, and nobody received it`);
      }
    }
    // Numbers are given in the order of the calls, so a number that nobody saw lies between its neighbors.
    const seen = [...own].filter(([number]) => number < next).toSorted(([a], [b]) => a - b);
    for (let index = 1; index < seen.length; index++) {
      const [number, identity] = seen[index] ?? [0, undefined];
      const [last, before] = seen[index - 1] ?? [0, undefined];
      if ((before?.at ?? 0) >= (identity?.at ?? 0)) {
        wrong.push(`${name} ${number} (${identity?.at}) comes after ${last} (${before?.at})`);
      }
    }
    const positions = new Set(seen.map(([, { at }]) => at));
    const gaps = [...seen.map(([number, { at }]) => ({ number, at })), { number: next, at: Number.POSITIVE_INFINITY }];
    const owed = (accepted.get(name) ?? []).filter(at => !positions.has(at)).toSorted((a, b) => a - b);
    let taken = 0;
    let numberBefore = 0;
    for (const { number, at } of gaps) {
      const from = taken;
      while ((owed[taken] ?? Number.POSITIVE_INFINITY) < at) taken++;
      const lost = taken - from - (number - numberBefore - 1);
      if (lost > 0)
        wrong.push(`${name}: ${lost} accepted events are lost, of ${owed.slice(from, taken).slice(0, told).join(' ')}`);
      numberBefore = number;
    }
    return wrong;
  };

  return {
    accepted: () => count,
    highest: () => highest,
    take: line => {
      switch (line.kind) {
        case 'appended':
          for (const [at, id] of line.events) {
            const stream = streamOf(at);
            const own = accepted.get(stream) ?? [];
            accepted.set(stream, own);
            own.push(at);
            ids.set(at, id);
            count++;
            highest = Math.max(highest, at);
          }
          if (line.key !== undefined && line.saved !== undefined) {
            saved.set(line.key, Math.max(line.saved, saved.get(line.key) ?? 0));
          }
          if (line.media !== undefined) media.set(line.media, 'waiting');
          break;
        case 'leaving':
          media.set(line.media, 'leaving');
          break;
        case 'left':
          media.set(line.media, 'left');
          break;
        case 'retained':
          states.set(line.topic, line.value);
          break;
        case 'open':
        case 'refused':
        case 'notice':
        case 'ended':
          break;
      }
    },
    judge: (found, delivered) => {
      const wrong: string[] = [...found.faults];
      epoch ??= found.epoch;
      if (found.epoch !== epoch) wrong.push(`the epoch was ${epoch} and is ${found.epoch}`);
      for (const name of accepted.keys()) {
        if (!found.streams.some(stream => stream.name === name)) wrong.push(`the whole stream ${name} is lost`);
      }
      const none = new Map<number, Identity>();
      for (const stream of found.streams) {
        wrong.push(...judgeStream(stream, delivered.get(stream.name) ?? none));
        const { name, first, next, rows, bytes, scannedRows, scannedBytes, numbers } = stream;
        if (rows !== scannedRows) wrong.push(`${name} counts ${rows} rows and has ${scannedRows}`);
        if (bytes !== scannedBytes) wrong.push(`${name} counts ${bytes} bytes and has ${scannedBytes}`);
        for (const number of numbers.keys()) {
          if (number < first || number >= next) wrong.push(`${name} ${number} is outside of ${first} … ${next - 1}`);
        }
        if (!saves) continue;
        for (const [number, { at, key }] of numbers) {
          const value = found.saved.get(key) ?? 0;
          if (value < at) wrong.push(`${name} ${number} (${at}) is committed, and its state is still ${value}`);
        }
      }
      for (const [key, value] of saved) {
        const has = found.saved.get(key);
        if (has === undefined || has < value) wrong.push(`the state ${key} was ${value} and is ${has}`);
      }
      for (const [topic, value] of states) {
        const has = found.states.get(topic);
        if (has === undefined || has < value) wrong.push(`${topic} was ${value} and is ${has}`);
      }
      for (const [key, state] of media) {
        if (state === 'waiting' && !found.media.has(key)) wrong.push(`the picture ${key} is lost`);
        if (state === 'left' && found.media.has(key)) wrong.push(`the picture ${key} is back`);
      }
      const numberOf = new Map<number, Identity>();
      for (const own of known.values()) {
        for (const identity of own.values()) {
          const { id, at } = identity;
          const before = numberOf.get(at);
          if (before !== undefined) wrong.push(`${at} has two numbers`);
          numberOf.set(at, identity);
          const said = ids.get(at);
          if (said !== undefined && said !== id) wrong.push(`${at} was accepted as ${said} and is ${id}`);
        }
      }
      return wrong;
    },
  };
};
