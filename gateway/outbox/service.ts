/** Store, feeds and uplinks joined: what the outbox's worker does, without the thread. */
import { renameSync } from 'node:fs';
import path from 'node:path';
import { type GatewayError, systemCode, toGatewayError } from '../../core/errors.ts';
import type { TimeQuality } from '../../core/sealed.ts';
import type { RunningSink, StateMessage } from '../../core/sink.ts';
import { type Clock, type Duration, type Instant, minutes, systemClock } from '../../core/time.ts';
import type { Correction } from '../ops/clock.ts';
import { createSealerOf } from '../runtime/seal.ts';
import type { UplinkStatus } from '../runtime/status.ts';
import { toDeliveryState } from './delivery-state.ts';
import { createReserve } from './disk.ts';
import { writeEpochIfPossible } from './epoch.ts';
import { createFeed, type OutboxFeed, type Refused } from './feed.ts';
import { toGroupTopic } from './group-topic.ts';
import { takeCopy } from './in-place.ts';
import type { Notice } from './notice.ts';
import { offerAgain } from './offer-again.ts';
import type { Replayed, ReplayRequest } from './outbox.ts';
import {
  type ClockLead,
  type Failure,
  type FromWorker,
  type Group,
  type Question,
  type SinkOptions,
  type Status,
  toFailure,
  type WorkerOptions,
} from './protocol.ts';
import { findSetAside, lastNumbers, type OpenedStore, openOrReplaceStore, replaceStore } from './replace-store.ts';
import type { StoreMark } from './restamp.ts';
import { carryOver, startSalvage, toSalvagedGroup } from './salvage.ts';
import { type OpenSink, openSinkOfKind, toStoreSink } from './sink-kinds.ts';
import { sliceGroup } from './slice-group.ts';
import type { Store, StoreOptions } from './store.ts';
import { isInputOutput } from './store-error.ts';
import { createTrustedClock } from './trusted-clock.ts';

export interface Service {
  /** No failures: everything was accepted. Otherwise one place for each call of the group. */
  append(group: Group): readonly (Failure | undefined)[];
  answer(question: Question): Promise<unknown>;
  status(): Status;
}

interface Sink {
  readonly name: string;
  readonly kind: SinkOptions['config']['sink'];
  readonly feed: OutboxFeed;
  readonly running: RunningSink;
  /** What waits on the disk waits for the time. */
  readonly isHeld: () => boolean;
}

/**
 * A link that comes back brings the time too, but some moments later: for so long what waits on the disk waits on, so
 * that it goes out dated rightly. Alerts do not wait, nor does what happens now: the center sees when it arrives.
 */
const clockPatience = minutes(2);

const tidyEvery = 500;
const statusEvery = 500;
const epochEvery = 10_000;
const placeEvery = 1000;
const compactEvery = 60_000;
const reserveEvery = 5000;
/** After so many I/O errors in a row the file is not opened again, but set aside. */
const mostInputOutputFailures = 3;
/** Stores tried for one group. */
const mostStores = 5;
/** Between two attempts to get any store at all. */
const brokenPause = 1000;
/** Under which the store keeps what each uplink used of its budget. */
const trafficOwner = 'uplink traffic';

/** `openSink` opens the sinks that the configuration names. */
export const openService = (
  options: WorkerOptions,
  say: (message: FromWorker) => void,
  openSink: OpenSink = openSinkOfKind,
): Service => {
  const { folder, site, budgetBytes } = options;
  let lead: ClockLead = { now: 0, steady: 0 };
  const clock: Clock = {
    now: () => systemClock.now() + lead.now,
    steady: () => systemClock.steady() + lead.steady,
  };
  const now = (): Instant => clock.now();
  const trusted = createTrustedClock(clock);
  trusted.judge(options.timeQuality);
  let timeQuality = options.timeQuality;
  let history: 'kept' | 'none' = 'kept';
  const notify = (notice: Notice): void => say({ kind: 'notice', notice });
  const types = options.states.map(state => ({ ...state, hasHeadline: false, headlineOf: () => undefined }));
  const sealer = createSealerOf(new Map(types.map(type => [type.name, type])), site);
  const refusedCounts = new Map<string, number>();
  const shed = new Map<string, Extract<Notice, { kind: 'shed' }>>();

  const reserve = createReserve(folder);
  const storeOptions: StoreOptions = {
    folder,
    sinks: options.sinks.map(({ config }) => toStoreSink(config)),
    budgetBytes,
    history: {
      get bytes() {
        return history === 'kept' ? options.history.bytes : 0;
      },
      age: options.history.age,
    },
    reserve,
    now,
    trustedNow: trusted.now,
    onShed: ({ stream, lane, sinks: losing, ranges, reason, count }) => {
      for (const { name, feed } of sinks) {
        if (losing.includes(name)) for (const [low, high] of ranges) feed.shed(stream, low, high);
      }
      const key = `${lane} ${reason} ${losing.join(' ')}`;
      shed.set(key, { kind: 'shed', uplinks: losing, lane, reason, count: (shed.get(key)?.count ?? 0) + count });
    },
  };
  let store: Store;
  let sinks: readonly Sink[] = [];
  let salvage: Disposable | undefined;
  let isClosed = false;
  let inputOutputFailures = 0;
  /** There is no store, nor can one be made; when that was tried last (`performance.now()`). */
  let broken: { readonly failure: GatewayError; readonly triedAt: number } | undefined;
  const retained = new Map<string, string | undefined>();
  /** Uplinks that have cleared a topic. */
  const cleared = new Map<string, Set<string>>();

  const deliveryState = (feed: OutboxFeed): StateMessage =>
    sealer.state('delivery', toDeliveryState(store, feed), now());

  const startSink = (sinkOptions: SinkOptions): Sink => {
    const { name, sink: kind } = sinkOptions.config;
    /** For the first time: a link that comes and goes must not keep anything back for ever. */
    let connectedAt: Duration | undefined;
    const isHeld = (): boolean =>
      timeQuality === 'unsynchronized' && clock.steady() - (connectedAt ?? clock.steady()) < clockPatience;
    const feed = createFeed({
      sink: name,
      store: shield(store),
      clock,
      isHeld,
      onRefused: refused => notify(toNotice(name, refused)),
      onPoisoned: (stream, { number, topic, detail, refusals }) => {
        const { epoch } = store;
        if (!attempt(() => store.setAside(name, stream, number, detail), false)) return;
        notify({ kind: 'set-aside', uplink: name, stream, epoch, number, topic, detail, refusals, at: now() });
      },
    });
    const running = openSink(sinkOptions, {
      feed,
      storage: folder,
      now,
      steady: clock.steady,
      trustedNow: trusted.now,
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
        if (sinks.every(other => other.running.retain === undefined || done.has(other.name))) forget(topic);
      },
      onConnected: () => {
        connectedAt ??= clock.steady();
        notify({ kind: 'connected', uplink: name, at: now() });
      },
      onLost: error => notify({ kind: 'lost', uplink: name, at: now(), error: toFailure(error) }),
      onStateRefused: (topic, detail) => notify({ kind: 'not-permitted', uplink: name, topic, detail }),
      ...(options.commandFilter !== undefined && { commandFilter: options.commandFilter }),
      onCommand: command => say({ kind: 'command', command }),
      timeZone: site.timeZone,
      usage: {
        load: () => {
          const saved = store.saved(trafficOwner).get(name);
          return saved === undefined ? undefined : Buffer.from(saved).toString();
        },
        save: text => attempt(() => store.save(trafficOwner, name, Buffer.from(text)), undefined),
      },
    });
    return { name, kind, feed, running, isHeld };
  };

  const forget = (topic: string): void => {
    store.forget(topic);
    retained.delete(topic);
    cleared.delete(topic);
  };

  /** Takes a store into use; what was retained and saved in a store that was set aside comes over to it. */
  const use = ({ store: opened, replaced }: OpenedStore): void => {
    store = opened;
    if (replaced !== undefined) notify(replaced);
    for (const setAside of findSetAside(folder)) carryOver(path.join(folder, setAside), store);
    retained.clear();
    for (const [topic, body] of store.retained()) retained.set(topic, body);
    sinks = options.sinks.map(startSink);
    rescue();
  };

  /** Accepts again what the stores that were set aside still hold, one after the other. */
  const rescue = (): void => {
    const [setAside] = findSetAside(folder);
    if (setAside === undefined) return;
    salvage?.[Symbol.dispose]();
    const file = path.join(folder, setAside);
    salvage = startSalvage({
      file,
      accept: (names, events) => {
        const topics = names.flatMap(name => toGroupTopic(name) ?? []);
        if (topics.length < names.length) return true;
        // What no store takes now is offered again; what no store ever takes must not hold up the rest.
        return append(toSalvagedGroup(topics, events)).every(failure => (failure?.kind ?? 'defect') === 'defect');
      },
      done: (events, unreadable) => {
        try {
          renameSync(file, file.replace(/damaged$/, 'salvaged'));
        } catch (failure) {
          if (systemCode(failure) === undefined) throw failure;
          // The disk is still ill: at the next start it is read once more, under the same ids.
          return;
        }
        notify({ kind: 'salvaged', setAside, events, unreadable });
        rescue();
      },
    });
  };

  /** What is in flight is sent again by the uplinks that come after. */
  const leave = (): void => {
    for (const { feed, running } of sinks) {
      feed.end();
      void running.stop('at once');
    }
    sinks = [];
    store[Symbol.dispose]();
  };

  const begin = (open: () => OpenedStore): void => {
    try {
      use(open());
      broken = undefined;
    } catch (thrown) {
      const failure = toGatewayError(thrown);
      broken = { failure, triedAt: performance.now() };
      throw failure;
    }
  };

  /** Opens the same file again; after the third time in a row it is set aside. Throws when there is no store at all. */
  const mend = (failure: GatewayError): void => {
    leave();
    const mayRecover = isInputOutput(failure) && ++inputOutputFailures < mostInputOutputFailures;
    begin(() => (mayRecover ? openOrReplaceStore(storeOptions) : replaceStore(storeOptions)));
  };

  /** Somebody deleted the file, or its log: what is committed is written again, and nothing of it changes. */
  const restorePlace = (): void => {
    if (store.isInPlace()) return;
    store.copy();
    leave();
    takeCopy(folder);
    begin(() => openOrReplaceStore(storeOptions));
    notify({ kind: 'store-restored', epoch: store.epoch, at: now() });
  };

  /** For what nobody waits for: a store found damaged on the way is mended, a full disk gets the reserve. */
  const attempt = <T>(work: () => T, otherwise: T): T => {
    if (broken !== undefined || isClosed) return otherwise;
    const used = store;
    try {
      return work();
    } catch (thrown) {
      const failure = toGatewayError(thrown);
      if (failure.kind === 'damaged') {
        setImmediate(() => {
          if (store === used && !isClosed) attempt(() => mend(failure), undefined);
        });
      } else if (failure.kind === 'exhausted') reserve.giveUp();
      else throw failure;
      return otherwise;
    }
  };

  /** The store as a feed sees it: reads on behalf of an uplink never throw into the uplink. */
  const shield = (opened: Store): Store => {
    const isInUse = (): boolean => store === opened;
    return {
      ...opened,
      read: (stream, low, ...rest) => {
        const none = { events: [], through: low - 1 };
        return isInUse() ? attempt(() => opened.read(stream, low, ...rest), none) : none;
      },
      timeOf: (stream, number) => (isInUse() ? attempt(() => opened.timeOf(stream, number), undefined) : undefined),
    };
  };

  /** Does `work`, if need be with another store. Throws when that is of no use either. */
  const insist = <T>(work: () => T, isDone: (epoch: string) => boolean = () => false): T | undefined => {
    for (let stores = 0; ; stores++) {
      if (broken !== undefined) {
        if (performance.now() - broken.triedAt < brokenPause) throw broken.failure;
        begin(() => openOrReplaceStore(storeOptions));
      }
      const { epoch } = store;
      try {
        return work();
      } catch (thrown) {
        const failure = toGatewayError(thrown);
        if (failure.kind !== 'damaged' || stores >= mostStores) throw failure;
        mend(failure);
        if (isDone(epoch)) return undefined;
      }
    }
  };

  const commit = (group: Group): void => {
    const numbers = store.append(group);
    inputOutputFailures = 0;
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

  /** Throws when the group was not accepted. */
  const commitSomewhere = (group: Group): void => {
    let before = 0;
    insist(
      () => {
        before = store.accepted();
        commit(group);
      },
      // A commit that failed may be in the file all the same.
      epoch => store.epoch === epoch && group.ends.length > 0 && store.accepted() > before,
    );
  };

  const refuse = (thrown: unknown, events: number): Failure => {
    const failure = toGatewayError(thrown);
    refusedCounts.set(failure.kind, (refusedCounts.get(failure.kind) ?? 0) + events);
    return toFailure(failure);
  };

  const append = (group: Group): readonly (Failure | undefined)[] => {
    try {
      commitSomewhere(group);
      return [];
    } catch (thrown) {
      const calls = sliceGroup(group);
      if (calls.length === 1) return [refuse(thrown, group.topicOf.length)];
      // One call that finds no room must not cost the others theirs.
      return calls.map(call => {
        try {
          commitSomewhere(call);
          return undefined;
        } catch (failure) {
          return refuse(failure, call.topicOf.length);
        }
      });
    } finally {
      for (const { running } of sinks) running.wake();
    }
  };

  const status = (): Status => ({
    outbox: {
      accepted: store.accepted(),
      refused: Object.fromEntries(refusedCounts),
      lanes: store.lanes(),
      history: store.history(),
      setAside: store.refused(),
      media: store.mediaTotals(),
      clips: store.clipTotals(),
    },
    uplinks: sinks.map(({ name, kind, feed, running, isHeld }): UplinkStatus => {
      const { error, warnings, ...report } = running.report();
      const oldest = feed.oldest();
      return {
        name,
        sink: kind,
        ...report,
        backlog: feed.backlog(),
        shed: store.lost(name),
        ...(oldest !== undefined && { oldest }),
        ...(error !== undefined && { error: toFailure(error) }),
        warnings: [
          ...warnings,
          ...(isHeld() && report.state === 'connected' ? ['the backlog waits for the clock to be set'] : []),
          ...feed.refusals().map(({ topic, detail }) => `${topic}: ${detail}`),
          ...feed.suspects().map(({ topic, number, detail }) => `${topic}, event ${number}: ${detail}`),
        ],
      };
    }),
  });

  /** In steps, so that what is to be accepted comes in between. */
  const restamp = async (correction: Correction, since: StoreMark): Promise<number> => {
    // Needed once in a boot, if at all.
    const { createMediaRestamp, createRestamp } = await import('./restamp.ts');
    const change = createRestamp(correction, site.timeZone);
    let changed = 0;
    for (const { name, next } of store.streams()) {
      const { epoch, streams } = since;
      for (let low = streams[name] ?? 1; low < next; ) {
        if (store.epoch !== epoch) return changed;
        const done = insist(() => store.restamp(name, low, next - 1, change));
        if (done === undefined) return changed;
        changed += done.changed;
        for (const { feed } of sinks) feed.reread(name, low, done.through);
        low = done.through + 1;
        await new Promise(resolve => setImmediate(resolve));
      }
    }
    insist(() => store.restampMedia(since.media, createMediaRestamp(correction, now())));
    return changed;
  };

  const judgeClock = (quality: TimeQuality, ahead: ClockLead): void => {
    lead = ahead;
    timeQuality = quality;
    trusted.judge(quality);
    for (const { running } of sinks) running.wake();
  };

  const isDrained = (): boolean =>
    sinks.every(
      ({ feed, running }) => running.report().state !== 'connected' || (feed.backlog() === 0 && running.isIdle()),
    );

  const drain = async (within: number): Promise<void> => {
    const deadline = performance.now() + within;
    while (!isDrained() && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20));
  };

  const retain = (topic: string, body: string | undefined): void => {
    if (body === undefined && !retained.has(topic)) return;
    insist(() => store.retain(topic, body));
    retained.set(topic, body);
    cleared.delete(topic);
    if (body === undefined && sinks.every(({ running }) => running.retain === undefined)) forget(topic);
    for (const { running } of sinks) running.retain?.(topic, body);
  };

  const replay = async (request: ReplayRequest): Promise<Replayed> => {
    const replayed = await offerAgain(request, {
      store: () => store,
      feeds: () => sinks.map(({ feed }) => feed),
      insist,
    });
    for (const { running } of sinks) running.wake();
    return replayed;
  };

  /** In steps, so that what is to be accepted comes in between. */
  const tidy = (): void => {
    if (!isClosed && attempt(() => store.tidy(), false)) setImmediate(tidy);
  };

  begin(() => openOrReplaceStore(storeOptions));

  const every = (pause: number, work: () => void): NodeJS.Timeout => setInterval(work, pause);
  const timers = [
    every(tidyEvery, () => {
      tidy();
      for (const notice of shed.values()) notify(notice);
      shed.clear();
    }),
    every(statusEvery, () => attempt(() => say({ kind: 'status', status: status() }), undefined)),
    every(epochEvery, () => {
      if (broken === undefined) saveEpoch(folder, store);
    }),
    every(placeEvery, () => attempt(restorePlace, undefined)),
    every(compactEvery, () => attempt(() => store.compact(), undefined)),
    every(reserveEvery, reserve.take),
    every(brokenPause, () => {
      if (broken === undefined) return;
      broken = undefined;
      attempt(() => begin(() => openOrReplaceStore(storeOptions)), undefined);
    }),
  ];

  return {
    append,
    status,
    answer: async question => {
      switch (question.kind) {
        case 'restore':
          return insist(() => store.saved(question.owner));
        case 'retain':
          return retain(question.topic, question.body);
        case 'retained-topics':
          return [...retained].filter(([, body]) => body !== undefined).map(([topic]) => topic);
        case 'pending-media':
          return insist(() => store.pendingMedia(question.limit, question.only));
        case 'drain':
          return drain(question.within);
        case 'replay':
          return replay(question.request);
        case 'judge-clock':
          return judgeClock(question.quality, question.lead);
        case 'mark':
          return insist(() => store.mark());
        case 'restamp':
          return restamp(question.correction, question.since);
        case 'answer-command':
          return sinks.find(({ name }) => name === question.answer.sink)?.running.answer?.(question.answer) ?? false;
        case 'keep-history':
          history = question.history;
          return undefined;
        case 'close': {
          for (const timer of timers) clearInterval(timer);
          salvage?.[Symbol.dispose]();
          await Promise.all(sinks.map(({ running }) => running.stop('politely')));
          attempt(() => {
            store.tidy();
            saveEpoch(folder, store);
            say({ kind: 'status', status: status() });
          }, undefined);
          isClosed = true;
          store[Symbol.dispose]();
          return undefined;
        }
      }
    },
  };
};

const saveEpoch = (folder: string, store: Store): void =>
  writeEpochIfPossible(folder, { epoch: store.epoch, streams: lastNumbers(store) });

const toNotice = (uplink: string, { topic, reason, detail, since }: Refused): Notice =>
  reason === 'no-consumer' ? { kind: reason, uplink, topic, since } : { kind: reason, uplink, topic, detail };
