/** Store, feeds and uplinks joined: what the outbox's worker does, without the thread. */

import type { GatewayError } from '../../core/errors.ts';
import { toGatewayError } from '../../core/errors.ts';
import { type Instant, systemClock } from '../../core/time.ts';
import { openUplink, type StateMessage, type Uplink } from '../../sinks/mqtt/uplink.ts';
import { createSealer } from '../runtime/seal.ts';
import type { UplinkStatus } from '../runtime/status.ts';
import { openReserve } from './disk.ts';
import { writeEpoch } from './epoch.ts';
import { createFeed, type OutboxFeed, type Refused } from './feed.ts';
import type { Notice } from './notice.ts';
import {
  type Failure,
  type FromWorker,
  type Group,
  type Question,
  type Status,
  toFailure,
  type WorkerOptions,
} from './protocol.ts';
import { lastNumbers, openOrReplaceStore } from './replace-store.ts';
import { sliceGroup } from './slice-group.ts';
import type { Store, StoreOptions } from './store.ts';

export interface Service {
  /** No failures: everything was accepted. Otherwise one place for each call of the group. */
  append(group: Group): readonly (Failure | undefined)[];
  answer(question: Question): Promise<unknown>;
  status(): Status;
}

interface Sink {
  readonly name: string;
  readonly feed: OutboxFeed;
  readonly uplink: Uplink;
}

const tidyEvery = 500;
const statusEvery = 500;
const epochEvery = 10_000;
const compactEvery = 60_000;
/** The delivery state must fit into one event. */
const reportedShedRanges = 800;

export const openService = (options: WorkerOptions, say: (message: FromWorker) => void): Service => {
  const { folder, site, budgetBytes } = options;
  const now = (): Instant => systemClock.now();
  const notify = (notice: Notice): void => say({ kind: 'notice', notice });
  const sealer = createSealer(site);
  const refusedCounts = new Map<string, number>();
  const shed = new Map<string, Extract<Notice, { kind: 'shed' }>>();

  const storeOptions: StoreOptions = {
    folder,
    sinks: options.uplinks.map(({ config }) => config.name),
    budgetBytes,
    reserve: openReserve(folder),
    now,
    onShed: ({ stream, lane, low, high, reason, count }) => {
      for (const { feed } of sinks) feed.shed(stream, low, high);
      const key = `${lane} ${reason}`;
      shed.set(key, { kind: 'shed', lane, reason, count: (shed.get(key)?.count ?? 0) + count });
    },
  };
  const { store, replaced } = openOrReplaceStore(storeOptions);
  const retained = new Map(store.retained());
  /** Uplinks that have cleared a topic. */
  const cleared = new Map<string, Set<string>>();

  const deliveryState = (feed: OutboxFeed): StateMessage => {
    const streams = feed.streams();
    const most = Math.min(200, Math.floor(reportedShedRanges / Math.max(1, streams.length)));
    const { predecessor } = store;
    return sealer.state(
      'delivery',
      {
        epoch: store.epoch,
        ...(predecessor !== undefined && {
          predecessor: {
            epoch: predecessor.epoch,
            streams: Object.entries(predecessor.streams).map(([stream, lastAccepted]) => ({ stream, lastAccepted })),
          },
        }),
        streams: streams.map(({ stream, lastAccepted, lowestUnsent }) => ({
          stream,
          epoch: store.epoch,
          lastAccepted,
          lowestUnsent,
          shed: store.shedRanges(feed.sink, stream).slice(-most),
        })),
      },
      now(),
    );
  };

  const openSink = ({ config, password }: WorkerOptions['uplinks'][number]): Sink => {
    const { name } = config;
    const feed = createFeed({
      sink: name,
      store,
      now,
      onRefused: refused => notify(toNotice(name, refused, config.protocol)),
    });
    const uplink = openUplink({
      config,
      ...(password !== undefined && { password }),
      clientId: `haidang-${site.city}-${site.gateway}`,
      feed,
      now,
      connection: (state, connectionid) => {
        const words = state === 'online' ? { state } : { state: 'offline', reason: state };
        return sealer.state('connection', { ...words, connectionid }, now());
      },
      delivery: () => deliveryState(feed),
      states: () => retained,
      onStateSent: (topic, body) => {
        if (body !== undefined || !retained.has(topic) || retained.get(topic) !== undefined) return;
        const done = cleared.get(topic) ?? new Set();
        cleared.set(topic, done.add(name));
        if (options.uplinks.every(other => done.has(other.config.name))) forget(topic);
      },
      onConnected: () => notify({ kind: 'connected', uplink: name, at: now() }),
      onLost: error => notify({ kind: 'lost', uplink: name, at: now(), error: toFailure(error) }),
      onStateRefused: (topic, detail) => notify({ kind: 'not-authorized', uplink: name, topic, detail }),
    });
    return { name, feed, uplink };
  };

  const forget = (topic: string): void => {
    store.forget(topic);
    retained.delete(topic);
    cleared.delete(topic);
  };

  const sinks: readonly Sink[] = options.uplinks.map(openSink);
  if (replaced !== undefined) notify(replaced);

  const refuse = (failure: GatewayError, events: number): Failure => {
    refusedCounts.set(failure.kind, (refusedCounts.get(failure.kind) ?? 0) + events);
    return toFailure(failure);
  };

  const commit = (group: Group): void => {
    const numbers = store.append(group);
    if (numbers.length === 0 || sinks.length === 0) return;
    let start = 0;
    for (const [index, number] of numbers.entries()) {
      const end = group.ends[index] ?? start;
      const topic = group.topics[group.topicOf[index] ?? 0];
      if (topic !== undefined) {
        const body = group.bodies.subarray(start, end);
        for (const { feed } of sinks) feed.offer(topic.stream, topic.lane, number, topic.topic, body);
      }
      start = end;
    }
  };

  const append = (group: Group): readonly (Failure | undefined)[] => {
    try {
      commit(group);
      return [];
    } catch (thrown) {
      const calls = sliceGroup(group);
      if (calls.length === 1) return [refuse(toGatewayError(thrown), group.topicOf.length)];
      // One call that finds no room must not cost the others theirs.
      return calls.map(call => {
        try {
          commit(call);
          return undefined;
        } catch (failure) {
          return refuse(toGatewayError(failure), call.topicOf.length);
        }
      });
    } finally {
      for (const { uplink } of sinks) uplink.wake();
    }
  };

  const status = (): Status => ({
    outbox: {
      accepted: store.accepted(),
      refused: Object.fromEntries(refusedCounts),
      lanes: store.lanes(),
      media: store.mediaTotals(),
    },
    uplinks: sinks.map(({ name, feed, uplink }): UplinkStatus => {
      const { error, ...report } = uplink.report();
      const oldest = feed.oldest();
      return {
        name,
        ...report,
        backlog: feed.backlog(),
        ...(oldest !== undefined && { oldest }),
        ...(error !== undefined && { error: toFailure(error) }),
        warnings: feed.refusals().map(({ topic, detail }) => `${topic}: ${detail}`),
      };
    }),
  });

  const isDrained = (): boolean =>
    sinks.every(
      ({ feed, uplink }) => uplink.report().state !== 'connected' || (feed.backlog() === 0 && uplink.isIdle()),
    );

  const drain = async (within: number): Promise<void> => {
    const deadline = performance.now() + within;
    while (!isDrained() && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20));
  };

  const retain = (topic: string, body: string | undefined): void => {
    if (body === undefined && !retained.has(topic)) return;
    store.retain(topic, body);
    retained.set(topic, body);
    cleared.delete(topic);
    if (body === undefined && sinks.length === 0) forget(topic);
    for (const { uplink } of sinks) uplink.retain(topic, body);
  };

  /** In steps, so that what is to be accepted comes in between. */
  const tidy = (): void => {
    if (!isClosed && store.tidy()) setImmediate(tidy);
  };
  let isClosed = false;

  const every = (pause: number, work: () => void): NodeJS.Timeout => setInterval(work, pause);
  const timers = [
    every(tidyEvery, () => {
      tidy();
      for (const notice of shed.values()) notify(notice);
      shed.clear();
    }),
    every(statusEvery, () => say({ kind: 'status', status: status() })),
    every(epochEvery, () => saveEpoch(folder, store)),
    every(compactEvery, () => store.compact()),
  ];

  return {
    append,
    status,
    answer: async question => {
      switch (question.kind) {
        case 'restore':
          return store.saved(question.owner);
        case 'retain':
          return retain(question.topic, question.body);
        case 'retained-topics':
          return [...retained].filter(([, body]) => body !== undefined).map(([topic]) => topic);
        case 'pending-media':
          return store.pendingMedia(question.limit);
        case 'drain':
          return drain(question.within);
        case 'close': {
          for (const timer of timers) clearInterval(timer);
          isClosed = true;
          await Promise.all(sinks.map(({ uplink }) => uplink.stop()));
          store.tidy();
          saveEpoch(folder, store);
          say({ kind: 'status', status: status() });
          store[Symbol.dispose]();
          return undefined;
        }
      }
    },
  };
};

const saveEpoch = (folder: string, store: Store): void =>
  writeEpoch(folder, { epoch: store.epoch, streams: lastNumbers(store) });

const toNotice = (uplink: string, { topic, reason, detail, since }: Refused, protocol: 5 | '3.1.1'): Notice => {
  if (reason === 'no-consumer') return { kind: 'no-consumer', uplink, topic, since };
  if (reason === 'not-accepted') return { kind: 'not-accepted', uplink, topic, detail };
  return { kind: protocol === 5 ? 'not-authorized' : 'path-not-permitted', uplink, topic, detail };
};
