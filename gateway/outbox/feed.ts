/**
 * One sink's view of the outbox: which numbers of each stream wait, which of them lie in memory because they were
 * accepted a moment ago, and which topics must wait because the other side did not take them.
 */

import { type Lane, lanes } from '../../core/sealed.ts';
import type { Feed, Outgoing, Refusal } from '../../core/sink.ts';
import { type Clock, type Duration, type Instant, minutes, seconds } from '../../core/time.ts';
import { addRange, includes, missingFrom, type Range, type Ranges, rangeFrom, removeRange, sizeOf } from './ranges.ts';
import { createReplays } from './replays.ts';
import type { Store } from './store.ts';
import type { StreamState } from './streams.ts';
import { createSuspects, type Suspect, type Suspects } from './suspects.ts';

/** Accepted events kept in memory for a connected sink; the disk has them too. */
const liveBytes = 8 * 2 ** 20;
const readRows = 500;
/** A sink that connects as the gateway starts is offered what was accepted meanwhile as new, if it is no more. */
const freshRows = 500;
const freshFor = seconds(10);
const readBytes = 2 ** 20;
/** Reads for one call of `take` while all that is read belongs to refused topics. */
const readsInVain = 4;
/** A stream with more gaps than this sends nothing new until some are closed, so that they stay a small set. */
const mostGaps = 2000;

const pauses: Readonly<Record<Refusal, readonly [first: Duration, longest: Duration]>> = {
  'no-consumer': [seconds(1), minutes(1)],
  'not-permitted': [seconds(10), minutes(5)],
  'not-accepted': [seconds(10), minutes(5)],
};

/** Why a topic's events wait, as it is told once. */
export interface Refused {
  readonly topic: string;
  readonly reason: Refusal;
  readonly detail: string;
  readonly since: Instant;
}

interface RefusedTopic extends Refused {
  /** The lowest number that was refused: it is the one that is tried again. */
  lowest: number;
  pause: Duration;
  /** By the steady clock. */
  retryAt: Duration;
  state: 'waiting' | 'trying';
}

interface StreamFeed {
  readonly stream: string;
  readonly lane: Lane;
  readonly settled: readonly Range[];
  /** On the disk, waiting to be read. */
  readonly pending: Ranges;
  /** Read from the disk. */
  buffer: Outgoing[];
  /** Accepted a moment ago, in memory. */
  live: Outgoing[];
  /** Numbers of `pending` below it belong to refused topics. */
  cursor: number;
  gate: 'open' | 'first' | 'waiting';
  readonly refused: Map<string, RefusedTopic>;
  readonly suspects: Suspects;
}

export interface OutboxFeed extends Feed {
  readonly sink: string;
  /** An event was just committed. */
  offer(stream: string, lane: Lane, number: number, topic: string, body: Uint8Array): void;
  /** What is on the disk of these numbers is not what was read before. */
  reread(stream: string, low: number, high: number): void;
  /** The outbox removed these numbers. */
  shed(stream: string, low: number, high: number): void;
  /** Accepted and neither delivered nor shed. */
  backlog(): number;
  oldest(): Instant | undefined;
  /** Topics whose events wait now. */
  refusals(): readonly Refused[];
  /** Single events that wait because the other side finds fault with them. */
  suspects(): readonly { readonly topic: string; readonly number: number; readonly detail: string }[];
  /** Whether it gives events of `stream` at all. */
  takes(stream: string): boolean;
  /** Offers delivered events again. Throws `exhausted` when too many wait for that already. */
  replay(stream: string, ranges: readonly Range[]): void;
  streams(): readonly { readonly stream: string; readonly lastAccepted: number; readonly lowestUnsent: number }[];
}

export interface FeedOptions {
  readonly sink: string;
  readonly store: Store;
  readonly clock: Clock;
  /** What waits on the disk waits on, but for alerts; never when absent. */
  readonly isHeld?: () => boolean;
  readonly onRefused: (refused: Refused) => void;
  /** The other side refuses this event and takes others: nothing more is to be done for it at this sink. */
  readonly onPoisoned: (stream: string, suspect: Suspect) => void;
}

export const createFeed = (options: FeedOptions): OutboxFeed => {
  const { sink, store, clock, isHeld = () => false, onRefused, onPoisoned } = options;
  const streams = new Map<string, StreamFeed>();
  let state: 'idle' | 'all' | 'first' = 'idle';
  let heldBytes = 0;
  let deliveries = 0;
  const replays = createReplays(clock);
  const takes = (stream: string): boolean => store.takes(sink, stream);
  const ownStreams = (): readonly StreamState[] => store.streams().filter(({ name }) => takes(name));
  const openedAt = clock.steady();
  /** What each stream gives next, until the first connection. */
  let opening: ReadonlyMap<string, number> | undefined = new Map(ownStreams().map(({ name, next }) => [name, next]));

  const add = (stream: string, lane: Lane): StreamFeed => {
    const feed: StreamFeed = {
      stream,
      lane,
      settled: store.settled(sink, stream),
      pending: [],
      buffer: [],
      live: [],
      cursor: 1,
      gate: state === 'first' ? 'first' : 'open',
      refused: new Map(),
      suspects: createSuspects(clock),
    };
    streams.set(stream, feed);
    return feed;
  };
  for (const { name, lane } of ownStreams()) add(name, lane);

  const keepWaiting = (feed: StreamFeed, number: number): void => {
    if (!includes(feed.settled, number) && !feed.suspects.has(number)) addRange(feed.pending, number, number);
  };

  const putBackBuffer = (feed: StreamFeed): void => {
    for (const { number } of feed.buffer) keepWaiting(feed, number);
    feed.buffer = [];
    feed.cursor = 1;
  };

  const postpone = (refused: RefusedTopic): void => {
    const [, longest] = pauses[refused.reason];
    refused.pause = Math.min(refused.pause * 2, longest);
    refused.retryAt = clock.steady() + refused.pause;
  };

  const isClogged = (feed: StreamFeed): boolean => feed.settled.length > mostGaps;

  /** Leaves the older half of what is least important in memory to the disk. */
  const forgetOldest = (): void => {
    const feeds = [...streams.values()].filter(({ live }) => live.length > 0);
    const least = lanes.toReversed().flatMap(lane => feeds.filter(feed => feed.lane === lane))[0];
    if (least === undefined) return;
    for (const { number, body } of least.live.splice(0, Math.ceil(least.live.length / 2))) {
      heldBytes -= body.length;
      least.cursor = Math.min(least.cursor, number);
      keepWaiting(least, number);
    }
  };

  /** The lowest refused event of each topic whose pause is over. */
  const retryTopics = (feed: StreamFeed, taken: Outgoing[], limit: number, moment: Duration): void => {
    for (const refused of feed.refused.values()) {
      if (taken.length >= limit || feed.gate === 'waiting') return;
      if (refused.state === 'trying' || refused.retryAt > moment) continue;
      const [row] = store.read(feed.stream, refused.lowest, refused.lowest, 1, readBytes).events;
      if (row === undefined) {
        feed.refused.delete(refused.topic);
        putBackBuffer(feed);
        continue;
      }
      removeRange(feed.pending, row.number, row.number);
      refused.state = 'trying';
      if (feed.gate === 'first') feed.gate = 'waiting';
      taken.push({ stream: feed.stream, lane: feed.lane, historical: true, ...row });
    }
  };

  const isCaughtUp = ({ live, buffer, pending, cursor }: StreamFeed): boolean =>
    live.length === 0 && buffer.length === 0 && rangeFrom(pending, cursor) === undefined;

  /**
   * The suspects whose pause is over. None of them goes first on a connection, which it may end, where there are others
   * to speak for their stream.
   */
  const retrySuspects = (feed: StreamFeed, taken: Outgoing[], limit: number): void => {
    while (taken.length < limit && (feed.gate === 'open' || (feed.gate === 'first' && isCaughtUp(feed)))) {
      const suspect = feed.suspects.due();
      if (suspect === undefined) return;
      const { number } = suspect;
      const [row] = store.read(feed.stream, number, number, 1, readBytes).events;
      if (row === undefined) {
        feed.suspects.forget(number, number);
        continue;
      }
      suspect.state = 'trying';
      if (feed.gate === 'first') feed.gate = 'waiting';
      taken.push({ stream: feed.stream, lane: feed.lane, historical: true, ...row });
    }
  };

  const takeReplays = (own: readonly StreamFeed[], taken: Outgoing[], limit: number, bytes: number): void => {
    if (replays.isEmpty || ![...streams.values()].every(isCaughtUp)) return;
    for (const feed of own) {
      const { stream, lane, gate } = feed;
      const range = gate === 'waiting' ? undefined : replays.next(stream);
      const room = Math.min(limit - taken.length, replays.allowance(), gate === 'first' ? 1 : Number.POSITIVE_INFINITY);
      if (range === undefined || room <= 0) continue;
      const { events, through } = store.read(stream, range[0], range[1], room, bytes);
      if (through < range[0]) continue;
      replays.took(
        stream,
        range[0],
        through,
        events.map(({ number }) => number),
      );
      for (const event of events) taken.push({ stream, lane, historical: true, ...event });
      if (gate === 'first' && events.length > 0) feed.gate = 'waiting';
    }
  };

  /** A whole topic waits from now on; its lowest event alone is tried again. */
  const hold = (feed: StreamFeed, number: number, topic: string, reason: Refusal, detail: string): void => {
    const [first] = pauses[reason];
    const known = feed.refused.get(topic);
    const refused = { topic, reason, detail, since: clock.now() };
    feed.refused.set(topic, {
      ...refused,
      lowest: Math.min(number, known?.lowest ?? number),
      pause: first,
      retryAt: clock.steady() + first,
      state: 'waiting',
    });
    onRefused(refused);
  };

  /** The other side finds fault with one event. Returns the lowest one of its topic when the whole topic is to wait. */
  const suspect = (feed: StreamFeed, { number, topic }: Outgoing, detail: string): number | undefined => {
    const verdict = feed.suspects.refused(number, topic, detail, deliveries);
    if (verdict === 'topic') {
      const own = feed.suspects.release(topic);
      for (const one of own) keepWaiting(feed, one);
      return Math.min(...own);
    }
    if (verdict === 'poisoned') {
      const found = [...feed.suspects.all()].find(one => one.number === number);
      feed.suspects.forget(number, number);
      if (found !== undefined) onPoisoned(feed.stream, found);
    }
    return undefined;
  };

  /** Reads on; returns false when nothing is left to read. A run of refused rows is passed over piece by piece. */
  const fill = (feed: StreamFeed): boolean => {
    const range = rangeFrom(feed.pending, feed.cursor);
    if (range === undefined) return false;
    const { events, through } = store.read(feed.stream, range[0], range[1], readRows, readBytes);
    removeRange(feed.pending, range[0], through);
    feed.cursor = through + 1;
    for (const event of events) {
      if (feed.refused.has(event.topic)) keepWaiting(feed, event.number);
      else feed.buffer.push({ stream: feed.stream, lane: feed.lane, historical: true, ...event });
    }
    return true;
  };

  /** Takes what was accepted from number `from` on into memory, if it is little. */
  const recall = (feed: StreamFeed, from: number, next: number): void => {
    if (next <= from || next - from > freshRows) return;
    const { events, through } = store.read(feed.stream, from, next - 1, freshRows, readBytes);
    if (through < next - 1) return;
    for (const event of events) {
      if (!includes(feed.pending, event.number)) continue;
      removeRange(feed.pending, event.number, event.number);
      feed.live.push({ stream: feed.stream, lane: feed.lane, historical: false, ...event });
      heldBytes += event.body.length;
    }
  };

  const begin = (offer: 'all' | 'first'): void => {
    const fresh = clock.steady() - openedAt <= freshFor && !isHeld() ? opening : undefined;
    opening = undefined;
    state = offer;
    heldBytes = 0;
    for (const { name, lane, first, next } of ownStreams()) {
      const feed = streams.get(name) ?? add(name, lane);
      feed.live = [];
      feed.buffer = [];
      feed.pending.splice(0, feed.pending.length, ...missingFrom(feed.settled, first, next - 1));
      feed.suspects.endTrials();
      for (const { number } of feed.suspects.all()) removeRange(feed.pending, number, number);
      feed.cursor = 1;
      feed.gate = offer === 'first' ? 'first' : 'open';
      for (const refused of feed.refused.values()) {
        // A broker that ends the connection over what it does not permit must not be asked first thing again.
        if (refused.reason === 'no-consumer') refused.retryAt = clock.steady();
        else if (refused.state === 'trying') postpone(refused);
        refused.state = 'waiting';
      }
      if (fresh !== undefined) recall(feed, fresh.get(name) ?? 1, next);
    }
  };

  return {
    sink,
    epoch: store.epoch,
    begin,
    end: () => {
      state = 'idle';
      heldBytes = 0;
      for (const feed of streams.values()) {
        feed.live = [];
        feed.buffer = [];
        feed.pending.splice(0);
      }
      replays.end();
    },
    admit: stream => {
      const feed = streams.get(stream);
      if (feed !== undefined) feed.gate = 'open';
    },

    offer: (stream, lane, number, topic, body) => {
      if (state === 'idle') return;
      const feed = streams.get(stream) ?? (takes(stream) ? add(stream, lane) : undefined);
      if (feed === undefined) return;
      if (feed.refused.has(topic)) {
        // It is known to wait, so the disk need not be read to find that out.
        if (rangeFrom(feed.pending, feed.cursor) === undefined) feed.cursor = number + 1;
        keepWaiting(feed, number);
      } else if (feed.gate !== 'open' || isClogged(feed) || body.length > liveBytes) keepWaiting(feed, number);
      else {
        feed.live.push({ stream, lane, number, topic, body, historical: false });
        heldBytes += body.length;
        if (heldBytes > liveBytes) forgetOldest();
      }
    },

    take: (limit, bytes, offer) => {
      const taken: Outgoing[] = [];
      if (state === 'idle' || limit <= 0) return taken;
      let size = 0;
      const isEnough = (): boolean => taken.length >= limit || size >= bytes;
      const moment = clock.steady();

      const takeFrom = (feed: StreamFeed, queue: Outgoing[]): void => {
        let used = 0;
        for (const event of queue) {
          if (isEnough() || feed.gate === 'waiting' || isClogged(feed)) break;
          used++;
          if (!event.historical) heldBytes -= event.body.length;
          if (feed.refused.has(event.topic) || includes(feed.settled, event.number)) {
            keepWaiting(feed, event.number);
            continue;
          }
          if (feed.gate === 'first') feed.gate = 'waiting';
          taken.push(event);
          size += event.body.length;
        }
        if (used > 0) queue.splice(0, used);
      };

      for (const lane of offer === undefined ? lanes : [offer.lane]) {
        const own = [...streams.values()].filter(feed => feed.lane === lane);
        for (const feed of own) {
          if (offer?.from === 'memory') break;
          if (feed.refused.size > 0) retryTopics(feed, taken, limit, moment);
        }
        for (const feed of own) {
          if (offer?.from !== 'disk') takeFrom(feed, feed.live);
        }
        const isDiskHeld = lane !== 'alert' && isHeld();
        for (const feed of own) {
          if (offer?.from === 'memory' || isDiskHeld) break;
          for (let vain = 0; vain < readsInVain && !isEnough() && feed.gate !== 'waiting' && !isClogged(feed); ) {
            if (feed.buffer.length === 0 && !fill(feed)) break;
            if (feed.buffer.length === 0) vain++;
            takeFrom(feed, feed.buffer);
          }
        }
        // After the others: a broker may end the connection over one of them.
        for (const feed of own) {
          if (offer?.from !== 'memory' && !isEnough() && feed.suspects.size > 0) retrySuspects(feed, taken, limit);
        }
        if (offer?.from !== 'memory' && !isEnough()) takeReplays(own, taken, limit, bytes - size);
        if (isEnough()) break;
      }
      return taken;
    },

    delivered: ({ stream, number, topic }) => {
      deliveries++;
      if (!replays.isEmpty && replays.landed(stream, number)) return;
      store.settle(sink, stream, number);
      const feed = streams.get(stream);
      if (feed === undefined) return;
      if (feed.suspects.size > 0) feed.suspects.taken(number, topic);
      if (feed.refused.size > 0 && feed.refused.delete(topic)) putBackBuffer(feed);
    },
    skipped: ({ stream, number }) => {
      if (!replays.isEmpty && replays.landed(stream, number)) return;
      store.settle(sink, stream, number);
      streams.get(stream)?.suspects.forget(number, number);
    },

    returned: ({ stream, number }) => {
      const feed = streams.get(stream);
      if (feed === undefined || state === 'idle') return;
      if (feed.gate === 'waiting') feed.gate = 'first';
      if (!replays.isEmpty && replays.returned(stream, number)) return;
      feed.suspects.returned(number);
      keepWaiting(feed, number);
      putBackBuffer(feed);
    },

    refused: (event, reason, detail) => {
      const { stream, number, topic } = event;
      const feed = streams.get(stream);
      if (feed === undefined || state === 'idle') return;
      if (feed.gate === 'waiting') feed.gate = 'first';
      // What was delivered once is not asked for so urgently.
      if (!replays.isEmpty && replays.landed(stream, number)) return;
      const known = feed.refused.get(topic);
      if (reason === 'not-accepted' && known === undefined) {
        const lowest = suspect(feed, event, detail);
        if (lowest !== undefined) hold(feed, lowest, topic, reason, detail);
        return;
      }
      feed.suspects.forget(number, number);
      keepWaiting(feed, number);
      if (known === undefined || known.reason !== reason) {
        hold(feed, number, topic, reason, detail);
        return;
      }
      known.lowest = Math.min(known.lowest, number);
      if (known.state === 'waiting') return;
      known.state = 'waiting';
      postpone(known);
    },

    reread: (stream, low, high) => {
      const feed = streams.get(stream);
      if (feed === undefined) return;
      const isStale = ({ number }: Outgoing): boolean => number >= low && number <= high;
      if (feed.buffer.some(isStale)) putBackBuffer(feed);
      const stale = feed.live.findIndex(isStale);
      if (stale < 0) return;
      // Those behind them as well, so that they stay in order.
      for (const { number, body } of feed.live.splice(stale)) {
        heldBytes -= body.length;
        feed.cursor = Math.min(feed.cursor, number);
        keepWaiting(feed, number);
      }
    },

    shed: (stream, low, high) => {
      const feed = streams.get(stream);
      if (feed === undefined) return;
      removeRange(feed.pending, low, high);
      if (feed.suspects.size > 0) feed.suspects.forget(low, high);
      const isKept = (event: Outgoing): boolean => event.number < low || event.number > high;
      feed.buffer = feed.buffer.filter(isKept);
      const gone = feed.live.filter(event => !isKept(event));
      for (const event of gone) heldBytes -= event.body.length;
      if (gone.length > 0) feed.live = feed.live.filter(isKept);
    },

    backlog: () => ownStreams().reduce((sum, { name, next }) => sum + next - 1 - sizeOf(store.settled(sink, name)), 0),
    oldest: () => {
      const times = ownStreams().flatMap(({ name, next }) => {
        const lowest = firstUnsettled(store.settled(sink, name));
        const time = lowest < next ? store.timeOf(name, lowest) : undefined;
        return time === undefined ? [] : [time];
      });
      return times.length === 0 ? undefined : Math.min(...times);
    },
    refusals: () =>
      [...streams.values()].flatMap(feed =>
        [...feed.refused.values()].map(({ topic, reason, detail, since }) => ({ topic, reason, detail, since })),
      ),
    suspects: () =>
      [...streams.values()].flatMap(({ suspects }) =>
        [...suspects.all()].map(({ topic, number, detail }) => ({ topic, number, detail })),
      ),
    takes,
    replay: replays.add,
    streams: () =>
      ownStreams().map(({ name, next }) => ({
        stream: name,
        lastAccepted: next - 1,
        lowestUnsent: firstUnsettled(store.settled(sink, name)),
      })),
  };
};

/** Settled numbers begin at 1. */
const firstUnsettled = (settled: readonly Range[]): number => {
  const head = settled[0];
  return head !== undefined && head[0] <= 1 ? head[1] + 1 : 1;
};
