/**
 * The history: writes what is measured into a time-series database. An event counts as delivered when the server said
 * that it has it; one that is delivered twice is the same point.
 */
import { onAbort, sleep } from '../../core/abort.ts';
import { backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import { type GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Outgoing, RunningSink, SinkHost, SinkReport } from '../../core/sink.ts';
import { type Duration, type Instant, minutes, seconds } from '../../core/time.ts';
import type { InfluxConfig } from './config.ts';
import { addressOf, type Database, type Written } from './database.ts';
import { openDatabase } from './open-database.ts';
import { type Point, toPoint } from './point.ts';

export interface InfluxOptions extends SinkHost {
  readonly config: InfluxConfig;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Of a batch; bodies of events are some three times as large as their lines. */
const mostEvents = 5000;
const mostBytes = 2 ** 20;
/** What comes within this time goes together. */
const gathering: Duration = seconds(1);
/** Where there is nothing to write, it is asked so often whether it is still there. */
const knocking: Duration = seconds(10);
/** Events of a batch that are found to be at fault; the rest of it has another turn. */
const mostFaults = 20;
const longestRetryAfter: Duration = minutes(15);
/** For the answer to what is on its way when the gateway stops. */
const farewell: Duration = seconds(2);

interface Line {
  readonly event: Outgoing;
  readonly point: Point;
}

type Away = Extract<Written, { readonly kind: 'away' }>;

export const openInflux = (options: InfluxOptions): RunningSink => {
  const { config, feed, now } = options;
  const controller = new AbortController();
  const { signal } = controller;
  /** Nothing is told to the feed any more. */
  const over = new AbortController();
  let state: SinkReport['state'] = 'connecting';
  let since = now();
  let delivered = 0;
  let lastDelivery: Instant | undefined;
  let error: GatewayError | undefined;
  let nextRetry: Instant | undefined;
  let onItsWay = 0;
  let tooOld = 0;
  let isLost = true;
  let isFirst = true;
  const pauses = { unreachable: backoff(unreachableBackoff), denied: backoff(deniedBackoff) };

  const become = (next: SinkReport['state']): void => {
    if (state !== next) since = now();
    state = next;
  };

  const succeed = (): void => {
    error = undefined;
    nextRetry = undefined;
    become('connected');
    if (isLost) options.onConnected();
    isLost = false;
    isFirst = false;
  };

  const deliver = (lines: readonly Line[], dropped: number): void => {
    for (const { event } of lines) feed.delivered(event);
    delivered += lines.length - dropped;
    tooOld += dropped;
    lastDelivery = now();
    pauses.unreachable = backoff(unreachableBackoff);
  };

  /** Writes, and finds the events at fault by halves. */
  const write = async (
    database: Database,
    lines: readonly Line[],
    faults: { found: number },
  ): Promise<Away | undefined> => {
    const [first] = lines;
    if (first === undefined || signal.aborted) return undefined;
    if (faults.found >= mostFaults) {
      for (const { event } of lines) feed.returned(event);
      return undefined;
    }
    const written = await database.write(lines.map(({ point }) => point));
    if (over.signal.aborted) return undefined;
    switch (written.kind) {
      case 'taken':
        deliver(lines, written.tooOld);
        return undefined;
      case 'away':
        for (const { event } of lines) feed.returned(event);
        return written;
      case 'at-fault': {
        if (lines.length === 1) {
          faults.found++;
          feed.refused(first.event, 'not-accepted', written.detail);
          return undefined;
        }
        const middle = Math.ceil(lines.length / 2);
        const other = lines.slice(middle);
        const left = await write(database, lines.slice(0, middle), faults);
        if (left === undefined) return write(database, other, faults);
        for (const { event } of other) feed.returned(event);
        return left;
      }
    }
  };

  /** Empties the feed until the database is away, which it says how, or the sink is stopped. */
  const empty = async (database: Database): Promise<Away | undefined> => {
    let heardAt = performance.now();
    while (!signal.aborted) {
      const events = feed.take(mostEvents, mostBytes);
      const lines: Line[] = [];
      for (const event of events) {
        const point = toPoint(event.body);
        if (point === undefined) feed.skipped(event);
        else lines.push({ event, point });
      }
      onItsWay = lines.length;
      const left = await write(database, lines, { found: 0 });
      onItsWay = 0;
      if (left !== undefined) return left;
      if (lines.length > 0) heardAt = performance.now();
      else if (performance.now() - heardAt > knocking) {
        const answer = await database.knock();
        if (answer.kind === 'away') return answer;
        heardAt = performance.now();
      }
      // A large backlog goes without a pause, a few events a second do not take as many requests.
      if (events.length < mostEvents / 10) await sleep(gathering, signal);
    }
    return undefined;
  };

  const visit = async (database: Database): Promise<Away | undefined> => {
    const answer = await database.knock();
    if (answer.kind === 'away' || signal.aborted) return answer.kind === 'away' ? answer : undefined;
    succeed();
    feed.begin('all');
    try {
      return await empty(database);
    } finally {
      if (!over.signal.aborted) feed.end();
    }
  };

  const lose = (failure: GatewayError, retryAfter: Duration = 0): Duration => {
    error = failure;
    if (!isLost || isFirst) options.onLost(failure);
    isLost = true;
    isFirst = false;
    const pause = pauses[failure.kind === 'denied' ? 'denied' : 'unreachable'].next().value;
    return Math.max(pause, Math.min(retryAfter, longestRetryAfter));
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      become('connecting');
      let pause: Duration;
      try {
        using database = await openDatabase(options);
        using _cut = onAbort(over.signal, () => database[Symbol.dispose]());
        const left = await visit(database);
        if (left === undefined || signal.aborted) return;
        pause = lose(left.error, left.retryAfter);
      } catch (thrown) {
        if (signal.aborted) return;
        pause = lose(toGatewayError(thrown));
      }
      become('waiting');
      nextRetry = now() + pause;
      await sleep(pause, signal);
    }
  };
  const running = run();

  return {
    // It looks for itself, so that what comes in a second goes together.
    wake: () => {},
    report: () => ({
      state,
      since,
      address: addressOf(config),
      delivered,
      ...(lastDelivery !== undefined && { lastDelivery }),
      ...(error !== undefined && { error }),
      ...(nextRetry !== undefined && { nextRetry }),
      warnings: tooOld === 0 ? [] : [`${tooOld} points were older than the database keeps: it dropped them`],
    }),
    isIdle: () => onItsWay === 0,
    stop: async manner => {
      controller.abort();
      const patience = new AbortController();
      if (manner === 'politely') await Promise.race([running, sleep(farewell, patience.signal)]);
      patience.abort();
      over.abort();
      become('stopped');
    },
  };
};
