/**
 * How far the clock of this machine can be trusted, and when it was set. Boxes without a battery-backed clock wake up
 * in the past and are set by NTP minutes later; what happens until then must not be dated wrongly in silence.
 */
import os from 'node:os';
import { sleep } from '../../core/abort.ts';
import type { Log } from '../../core/log.ts';
import type { TimeQuality } from '../../core/sealed.ts';
import {
  type Clock,
  type ClockShift,
  type Duration,
  hours,
  type Instant,
  seconds,
  toTimestamp,
} from '../../core/time.ts';
import { askTimeService, type Synchronization } from './time-service.ts';

/** No event of this program is older than the program. */
const oldestPlausible: Instant = Date.UTC(2024, 0, 1);

/** Steps of the time of day below this are the time service at its work. */
const largestQuietStep = seconds(2);

/**
 * What is remembered is moved when the clock is set; what was under way then (a period of at most an hour, a batch) is
 * over after this time, and nothing more of the wrong clock comes up.
 */
const correctionLasts = hours(2);

/** A clock that was set to something wrong more often than this keeps the newest of its times. */
const mostSpans = 8;

export interface Judgement {
  readonly now: Instant;
  /** An instant that this machine has already lived through. */
  readonly notBefore: Instant;
  readonly said: Synchronization;
  /** It was right at some moment since the machine started. */
  readonly wasSet: boolean;
}

export const judgeClock = ({ now, notBefore, said, wasSet }: Judgement): TimeQuality => {
  // A time service knows better than what this machine believed before.
  const earliest = said === 'unknown' ? Math.max(oldestPlausible, notBefore) : oldestPlausible;
  if (now < earliest) return 'unsynchronized';
  switch (said) {
    case 'gnss':
      return 'gnss';
    case 'synchronized':
      return 'ntp';
    case 'unknown':
      return 'estimated';
    case 'unsynchronized':
      // A clock that was set runs on for a while when its servers are out of reach.
      return wasSet ? 'estimated' : 'unsynchronized';
  }
};

/** A time in which the clock was not set, and what it then believed the start of the machine to have been. */
export interface UnsetSpan {
  readonly start: Instant;
  readonly from: Instant;
  /** Undefined while it lasts. */
  readonly to?: Instant | undefined;
}

/** What is known of the clock since the machine started; outlives the program, not the machine. */
export interface ClockHistory {
  readonly wasSet: boolean;
  /** Since it was last known to be right; the oldest first. */
  readonly spans: readonly UnsetSpan[];
}

/** What the clock gave while it was not set, now that it is. */
export interface Correction {
  readonly shifts: readonly ClockShift[];
  /** By the right clock. */
  readonly setAt: Instant;
}

/** The clock was set by more than a time service does at its work. */
export interface ClockStep {
  /** Positive: to a later time. */
  readonly by: Duration;
  readonly before: Instant;
  readonly after: Instant;
  /** After the step. */
  readonly quality: TimeQuality;
}

export interface ClockWatch extends AsyncDisposable {
  /** The clock it watches. Whoever reads it first after a step makes the step known. */
  readonly clock: Clock;
  quality(): TimeQuality;
  /** Resolves as soon as the clock is set, or when `within` has passed: the caller asks `quality` which it was. */
  firstSync(within: Duration): Promise<void>;
  history(): ClockHistory;
  /** For some hours after the clock was set; undefined before and after, and where it was set before anybody asked. */
  correction(): Correction | undefined;
}

export interface ClockWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly notBefore: Instant;
  /** Of an earlier run since the machine started. */
  readonly history?: ClockHistory | undefined;
  /** At once when a step is noticed: what the clock gave before it, and by how much that is to be moved. */
  readonly onShift: (shift: ClockShift) => void;
  /** A moment later, when it is known what the clock is worth now. */
  readonly onStep: (step: ClockStep) => void;
  /** The history changed: it became known that the clock is not set, it was set to something else, or it is right. */
  readonly onHistory: () => void;
  readonly ask?: () => Promise<Synchronization>;
  /** Between two looks, and between two questions while the clock is not set; ten times as long afterwards. */
  readonly every?: Duration;
  /** Since the machine started. */
  readonly sinceBoot?: () => Duration;
}

/** Asks at once, and again for as long as it is open. */
export const watchClock = async (options: ClockWatchOptions): Promise<ClockWatch> => {
  const { clock, log, notBefore, ask = askTimeService, every = seconds(1) } = options;
  const stop = new AbortController();
  const bootSteady = clock.steady() - (options.sinceBoot?.() ?? seconds(os.uptime()));
  /** What the clock would have shown at the start of the machine, and the earliest that anybody remembers by it. */
  let start = clock.now() - clock.steady() + bootSteady;
  let earliest = start;
  let wasSet = options.history?.wasSet ?? false;
  let spans: UnsetSpan[] = [...(options.history?.spans ?? [])];
  let correction: Correction | undefined;
  /** By the steady clock. */
  let correctedAt = Number.NEGATIVE_INFINITY;
  let quality: TimeQuality | undefined;
  let waiting: (() => void)[] = [];
  /** A step that nobody was told of yet. */
  let untold: Pick<ClockStep, 'by' | 'after'> | undefined;

  const sinceBoot = (): Duration => clock.steady() - bootSteady;
  const isSame = (one: Instant, other: Instant): boolean => Math.abs(one - other) <= largestQuietStep;

  /** The clock is known to be unset from `from` on. */
  const beginSpan = (from: Instant): void => {
    const last = spans.at(-1);
    if (last !== undefined && last.to === undefined) {
      if (isSame(last.start, start)) return;
      endSpan(last.start + sinceBoot());
    }
    spans = [...spans, { start, from }].slice(-mostSpans);
  };
  const endSpan = (to: Instant): void => {
    spans = spans.map(span => (span.to === undefined ? { ...span, to } : span));
  };

  /** `start` is right. */
  const correct = (): void => {
    endSpan((spans.at(-1)?.start ?? start) + sinceBoot());
    correctedAt = clock.steady();
    correction = {
      setAt: Math.round(start + sinceBoot()),
      shifts: spans.map(span => ({
        from: Math.floor(span.from),
        to: Math.ceil(span.to ?? start + sinceBoot()),
        by: Math.round(start - span.start),
      })),
    };
  };

  const become = (next: TimeQuality): void => {
    if (next === quality) return;
    if (quality !== undefined) log.info('the quality of the clock changed', { from: quality, to: next });
    const before = quality;
    quality = next;
    if (next === 'unsynchronized') {
      // What was known of earlier times has been used by now.
      if (wasSet) spans = [];
      wasSet = false;
      correction = undefined;
      beginSpan(before === undefined && spans.length === 0 ? start : start + sinceBoot());
      options.onHistory();
      return;
    }
    if (before === undefined || before === 'unsynchronized') {
      wasSet = true;
      start = clock.now() - sinceBoot();
      if (spans.length > 0) correct();
      options.onHistory();
    }
    for (const resolve of waiting) resolve();
    waiting = [];
  };

  const moved = (now: Instant): Duration => now - sinceBoot() - start;

  const notice = (read: Instant): void => {
    let now = read;
    let by = moved(now);
    if (Math.abs(by) > largestQuietStep) {
      // The process may have stood still between the two hands: it does not do so twice.
      now = clock.now();
      by = moved(now);
    }
    if (Math.abs(by) <= largestQuietStep) {
      // A clock that is set is followed as it is slewed; one that is not has nobody who slews it.
      if (quality !== 'unsynchronized') start += by;
      return;
    }
    const before = now - by;
    start += by;
    const shift = { from: Math.floor(earliest), to: Math.ceil(before), by: Math.round(by) };
    // What is remembered moves too, and has to move again if this step was a mistake.
    earliest += by;
    if (quality === 'unsynchronized') {
      endSpan(before);
      beginSpan(now);
      options.onHistory();
    }
    untold = { by: by + (untold?.by ?? 0), after: now };
    log.warn('the clock was set', { stepMs: Math.round(by), now: toTimestamp(now) });
    options.onShift(shift);
  };

  const watched: Clock = {
    now: () => {
      const now = clock.now();
      if (quality !== undefined) notice(now);
      return now;
    },
    steady: clock.steady,
  };

  const question = async (): Promise<void> => {
    const said = await ask();
    become(judgeClock({ now: watched.now(), notBefore, said, wasSet }));
    if (untold === undefined || quality === undefined) return;
    const by = Math.round(untold.by);
    const after = Math.round(untold.after);
    untold = undefined;
    options.onStep({ by, before: after - by, after, quality });
  };

  await question();
  const looking = (async () => {
    let looks = 0;
    for (;;) {
      await sleep(every, stop.signal);
      if (stop.signal.aborted) return;
      watched.now();
      looks++;
      const isDue = looks % (quality === 'unsynchronized' ? 3 : 30) === 0;
      if (untold !== undefined || isDue) await question();
    }
  })();

  return {
    clock: watched,
    quality: () => quality ?? 'unsynchronized',
    firstSync: async within => {
      if (quality !== 'unsynchronized') return;
      const over = new AbortController();
      const synchronized = new Promise<void>(resolve => waiting.push(resolve));
      await Promise.race([synchronized, sleep(within, AbortSignal.any([over.signal, stop.signal]))]);
      over.abort();
    },
    history: () => ({ wasSet, spans }),
    correction: () =>
      correction !== undefined && clock.steady() - correctedAt < correctionLasts ? correction : undefined,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await looking;
    },
  };
};
