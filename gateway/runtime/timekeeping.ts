/**
 * What the gateway makes of its clock: remembers over a restart that it was not set, and dates what was accepted until
 * then again when it is. Across a start of the machine nothing is known of the clock before it, so what was accepted
 * there keeps the time that it has, and says so.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Saved, TimeQuality } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import {
  type Clock,
  type ClockShift,
  type Duration,
  hours,
  type Instant,
  minutes,
  seconds,
  toTimestamp,
} from '../../core/time.ts';
import { type ClockStep, type Correction, watchClock } from '../ops/clock.ts';
import type { Synchronization } from '../ops/time-service.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Dating } from './correction.ts';

const owner = 'gateway.clock';

/** What stages hold of a start of the machine before this one is told by then. */
const lostFor = hours(2);
const mostLost = 8;

/** The outbox measures by it how long a clock that was set has stayed where it is. */
const judgeEvery = minutes(1);

const mark = z.object({ epoch: z.string(), streams: z.record(z.string(), z.number()), media: z.number() });

/** What is remembered of the clock since the machine started. */
const bootRecord = z.object({
  boot: z.string(),
  wasSet: z.boolean(),
  spans: z.array(z.object({ start: z.number(), from: z.number(), to: z.number().exactOptional() })),
  /** What was in the outbox before anything was accepted by the wrong clock. */
  mark: mark.exactOptional(),
  /** All that can be dated again has been. */
  isDone: z.boolean(),
  /** Times of earlier starts of the machine whose clock was never set. */
  lost: z.array(z.object({ from: z.number(), to: z.number() })).default([]),
});
type BootRecord = z.output<typeof bootRecord>;

const parse = <T>(schema: z.ZodType<T>, bytes: Uint8Array | undefined): T | undefined =>
  bytes && schema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;

const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export interface TimekeepingOptions {
  readonly outbox: Pick<Outbox, 'append' | 'restore' | 'mark' | 'restamp' | 'judgeClock'>;
  readonly clock: Clock;
  /** Of this start of the machine; undefined where the system tells none. */
  readonly bootId: string | undefined;
  /** When the run before was last known to be alive. */
  readonly lastSeen: Instant | undefined;
  readonly log: Log;
  /** What was remembered by the clock is moved. Called once the gateway `follows`. */
  readonly onShift: (shift: ClockShift) => void;
  readonly onStep: (step: ClockStep) => void;
  readonly ask?: () => Promise<Synchronization>;
  readonly sinceBoot?: () => Duration;
}

export interface Timekeeping extends AsyncDisposable {
  /** The clock for every part of the gateway: a step is noticed when any of them reads it. */
  readonly clock: Clock;
  quality(): TimeQuality;
  firstSync(within: Duration): Promise<void>;
  /** For the seal. */
  readonly dating: Dating;
  /** Whether it was given before the machine started last, by a clock that was not set. */
  isLost(instant: Instant): boolean;
  /** The clock is right, and so is what was dated by it: what has expired may go. */
  isTrusted(): boolean;
  /** To be saved now and then, so that a later run knows a clock that has fallen behind. */
  saved(): readonly Saved[];
}

export const openTimekeeping = async (options: TimekeepingOptions): Promise<Timekeeping> => {
  const { outbox, clock, log } = options;
  const boot = options.bootId ?? randomUUID();
  const stored = await outbox.restore(owner);
  const known = parse(bootRecord, stored.get('boot'));
  const previous: BootRecord | undefined = known?.boot === boot ? known : undefined;
  const unset = known === undefined || known.boot === boot || known.isDone ? [] : known.spans;
  const lost = [
    ...(known?.lost ?? []),
    // The end of a period that was open may lie an hour ahead of what was last known.
    ...unset.map(({ from, to = options.lastSeen ?? from }) => ({ from, to: Math.max(from, to) + hours(1) })),
  ].slice(-mostLost);
  const isLost = (instant: Instant): boolean => lost.some(({ from, to }) => instant >= from && instant <= to);
  const openedAt = clock.steady();
  let isDone = previous?.isDone ?? true;
  let marked = previous?.mark;
  let work: Promise<void> = Promise.resolve();
  let isClosed = false;

  /** Steps of the record, one after the other; what fails is tried again by the next run. */
  const inOrder = (step: () => Promise<void>): void => {
    work = work.then(step).catch((thrown: unknown) => {
      if (!isClosed)
        log.error('what is known of the clock was not accepted', { reason: toGatewayError(thrown).message });
    });
  };

  const isTrusted = (): boolean => watch.quality() !== 'unsynchronized' && isDone;
  const judge = (): Promise<void> => outbox.judgeClock(isTrusted() ? watch.quality() : 'unsynchronized');

  const save = async (): Promise<void> => {
    const { wasSet, spans } = watch.history();
    const record = {
      boot,
      wasSet,
      spans: isDone ? [] : spans.map(({ start, from, to }) => ({ start, from, ...(to !== undefined && { to }) })),
      isDone,
      lost,
      ...(marked !== undefined && { mark: marked }),
    };
    await outbox.append({ saved: [{ owner, key: 'boot', value: encode(record) }] });
  };

  const dateAgain = async (correction: Correction): Promise<void> => {
    // What is still on its way to the disk was sealed by the wrong clock.
    await outbox.append({});
    if (marked === undefined) return;
    const events = await outbox.restamp(correction, marked);
    isDone = true;
    log.info('what was accepted before the clock was set is dated again', {
      events,
      shiftsMs: correction.shifts.map(({ by }) => by),
    });
    await save();
  };

  const remember = (): void => {
    inOrder(judge);
    if (watch.quality() === 'unsynchronized') {
      const begins = isDone;
      isDone = false;
      inOrder(async () => {
        if (begins) marked = await outbox.mark();
        await save();
      });
      return;
    }
    const correction = watch.correction();
    inOrder(async () => {
      await save();
      if (!isDone && correction !== undefined) await dateAgain(correction);
    });
    inOrder(judge);
  };

  let isOpen = false;
  const watch = await watchClock({
    clock,
    log,
    notBefore: parse(z.number(), stored.get('trusted')) ?? options.lastSeen ?? 0,
    history: previous && { wasSet: previous.wasSet, spans: previous.isDone ? [] : previous.spans },
    onShift: options.onShift,
    onStep: options.onStep,
    onHistory: () => {
      if (isOpen) remember();
    },
    ...(options.ask !== undefined && { ask: options.ask }),
    ...(options.sinceBoot !== undefined && { sinceBoot: options.sinceBoot }),
  });
  isOpen = true;
  remember();
  // Before anything is accepted it must be known what was there.
  await work;
  let judgedAt = clock.steady();
  const timer = setInterval(() => {
    if (clock.steady() - judgedAt < judgeEvery) return;
    judgedAt = clock.steady();
    inOrder(judge);
  }, seconds(1));

  return {
    clock: watch.clock,
    quality: watch.quality,
    firstSync: watch.firstSync,
    dating: {
      boot,
      correction: watch.correction,
      isUnknown: instant => lost.length > 0 && clock.steady() - openedAt < lostFor && isLost(instant),
    },
    isLost,
    isTrusted,
    saved: () =>
      watch.quality() === 'unsynchronized' ? [] : [{ owner, key: 'trusted', value: encode(watch.clock.now()) }],
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      clearInterval(timer);
      await watch[Symbol.asyncDispose]();
      await work;
    },
  };
};

/** `gateway.clock.stepped`. */
export const steppedConclusion = (site: Site, { by, before, after, quality }: ClockStep): Conclusion => ({
  kind: 'conclusion',
  event: 'gateway.clock.stepped',
  source: 'clock',
  subject: `gateway/${site.gateway}`,
  time: after,
  key: `${before}/${after}`,
  severity: 'LOW',
  data: { stepMs: by, before: toTimestamp(before), after: toTimestamp(after), quality },
});
