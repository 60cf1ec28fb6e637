/**
 * The outbox as the rest of the gateway sees it: gathers what is appended while the last group is on its way to the
 * disk, and hands it to the worker in columns.
 */
import { Worker } from 'node:worker_threads';
import type { UplinkConfig } from '../../config/uplink.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { type Reveal, secretsIn } from '../../core/fields.ts';
import type { Sealed, TimeQuality } from '../../core/sealed.ts';
import type { IncomingCommand } from '../../core/sink.ts';
import type { Site } from '../../core/site.ts';
import { type Clock, hours, systemClock } from '../../core/time.ts';
import { connectionReported, deliveryReported } from '../../events/gateway.ts';
import { toGroupTopic } from './group-topic.ts';
import type { HistoryBudget } from './history.ts';
import type { Notice } from './notice.ts';
import type { Acceptance, DeadLetter, MediaName, MediaRow, Outbox } from './outbox.ts';
import {
  type Answers,
  type ClockLead,
  type Failure,
  type FromWorker,
  type Group,
  type GroupTopic,
  type Question,
  type SinkOptions,
  type Status,
  type ToWorker,
  toError,
  toFailure,
  type WorkerOptions,
} from './protocol.ts';

export interface OutboxOptions {
  /** Made when it is not there. */
  readonly folder: string;
  readonly site: Site;
  readonly uplinks: readonly UplinkConfig[];
  readonly budget: { readonly bytes: number };
  /** What may be kept beside it of what was delivered; nothing when absent. */
  readonly history?: HistoryBudget;
  /** How far the clock can be trusted when the outbox opens, `estimated` when absent; `judgeClock` tells it afterwards. */
  readonly timeQuality?: TimeQuality;
  readonly reveal: Reveal;
  /** The gateway's; that of the machine when absent. */
  readonly clock?: Clock;
  readonly onNotice: (notice: Notice) => void;
  /** Topic filter of the center's commands; without it none are taken. */
  readonly commandFilter?: string;
  /** A message came under `commandFilter`. */
  readonly onCommand?: (command: IncomingCommand) => void;
  /** The worker ended by itself: nothing can be accepted any more, and the program is to exit non-zero. */
  readonly onFailure: (failure: GatewayError) => void;
}

const leadOf = (clock: Clock): ClockLead =>
  clock === systemClock
    ? { now: 0, steady: 0 }
    : { now: clock.now() - systemClock.now(), steady: clock.steady() - systemClock.steady() };

/** Groups on their way at one time: one is written while the next one waits at the worker's door. */
const groupsUnderWay = 2;
const groupEvents = 2000;
const groupBytes = 2 * 2 ** 20;
/** 64 KiB with what the uplink adds. */
const largestBody = 65_536 - 64;

/** A group while it grows. */
interface Builder {
  readonly topics: GroupTopic[];
  readonly topicIndex: Map<string, number>;
  readonly topicOf: number[];
  readonly times: number[];
  readonly expires: number[];
  readonly ends: number[];
  bodies: Buffer;
  used: number;
  readonly savedOwners: string[];
  readonly savedKeys: string[];
  readonly savedValues: (Uint8Array | undefined)[];
  readonly deadLetters: DeadLetter[];
  readonly media: MediaRow[];
  readonly mediaSettled: MediaName[];
  readonly calls: number[];
  readonly patient: boolean[];
  readonly waiters: PromiseWithResolvers<void>[];
  /** `performance.now()` at which it must go. */
  due: number;
}

const createBuilder = (): Builder => ({
  topics: [],
  topicIndex: new Map(),
  topicOf: [],
  times: [],
  expires: [],
  ends: [],
  bodies: Buffer.allocUnsafeSlow(16 * 1024),
  used: 0,
  savedOwners: [],
  savedKeys: [],
  savedValues: [],
  deadLetters: [],
  media: [],
  mediaSettled: [],
  calls: [],
  patient: [],
  waiters: [],
  due: Number.POSITIVE_INFINITY,
});

const topicOf = (topic: string, lane: Sealed['lane']): GroupTopic => {
  const known = toGroupTopic(topic);
  if (known?.lane === lane) return known;
  throw new GatewayError('defect', `no event of the lane "${lane}" goes to ${topic.slice(0, 200)}`);
};

/** Throws `defect` when an event is not fit to be stored. */
const check = (events: readonly Sealed[], known: ReadonlyMap<string, number>): void => {
  for (const { topic, lane, body } of events) {
    if (body.length * 3 > largestBody && Buffer.byteLength(body) > largestBody) {
      throw new GatewayError('defect', `an event for ${topic} is larger than 64 KiB`);
    }
    if (!known.has(topic)) topicOf(topic, lane);
  }
};

const addEvent = (builder: Builder, { topic, lane, time, expires, body }: Sealed): void => {
  let index = builder.topicIndex.get(topic);
  if (index === undefined) {
    index = builder.topics.push(topicOf(topic, lane)) - 1;
    builder.topicIndex.set(topic, index);
  }
  // No character of a string takes more than three bytes of UTF-8.
  const most = body.length * 3;
  if (builder.used + most > builder.bodies.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * builder.bodies.length, builder.used + most));
    builder.bodies.copy(larger, 0, 0, builder.used);
    builder.bodies = larger;
  }
  builder.used += builder.bodies.write(body, builder.used);
  builder.topicOf.push(index);
  builder.times.push(time);
  builder.expires.push(expires ?? Number.NaN);
  builder.ends.push(builder.used);
};

const add = (builder: Builder, acceptance: Acceptance): void => {
  for (const event of acceptance.events ?? []) addEvent(builder, event);
  for (const { owner, key, value } of acceptance.saved ?? []) {
    builder.savedOwners.push(owner);
    builder.savedKeys.push(key);
    builder.savedValues.push(value);
  }
  builder.deadLetters.push(...(acceptance.deadLetters ?? []));
  builder.media.push(...(acceptance.media ?? []));
  builder.mediaSettled.push(...(acceptance.mediaSettled ?? []));
  builder.calls.push(
    builder.topicOf.length,
    builder.savedOwners.length,
    builder.deadLetters.length,
    builder.media.length,
    builder.mediaSettled.length,
  );
  builder.patient.push(acceptance.source === 'can-wait');
};

const toGroup = (builder: Builder): Group => ({
  topics: builder.topics,
  topicOf: builder.topicOf,
  times: builder.times,
  expires: builder.expires,
  ends: builder.ends,
  bodies: builder.bodies.subarray(0, builder.used),
  savedOwners: builder.savedOwners,
  savedKeys: builder.savedKeys,
  savedValues: builder.savedValues,
  deadLetters: builder.deadLetters,
  media: builder.media,
  mediaSettled: builder.mediaSettled,
  calls: builder.calls,
  patient: builder.patient,
});

/** In the source tree the modules end in `.ts`, in a built package in `.js`. */
const workerFile = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);

/** The worker is told of them, so that it need not load every schema. */
const workerStates = [connectionReported, deliveryReported];

/** Without its secrets an uplink is parked; its events are accepted all the same. */
const secretsOf = (config: UplinkConfig, reveal: Reveal): Pick<SinkOptions, 'secrets' | 'unusable'> => {
  const secrets: Record<string, string> = {};
  for (const [path, secret] of secretsIn(config)) {
    try {
      secrets[path] = reveal(secret);
    } catch (thrown) {
      const failure = toFailure(toGatewayError(thrown));
      const message = `the uplink "${config.name}" has no ${path}: ${failure.message}`;
      return { secrets: {}, unusable: { ...failure, message } };
    }
  }
  return { secrets };
};

/** Throws `config` when the folder is in use, `exhausted` or `damaged` when it cannot be used. */
export const openOutbox = async (options: OutboxOptions): Promise<Outbox> => {
  const workerOptions: WorkerOptions = {
    folder: options.folder,
    site: { ...options.site, devices: new Map() },
    states: workerStates.map(({ name, lane, version }) => ({ name, lane, version })),
    budgetBytes: options.budget.bytes,
    history: options.history ?? { bytes: 0, age: 0 },
    timeQuality: options.timeQuality ?? 'estimated',
    ...(options.commandFilter !== undefined && { commandFilter: options.commandFilter }),
    sinks: options.uplinks.map(config => ({
      config,
      clientId: `haidang-${options.site.city}-${options.site.gateway}`,
      ...secretsOf(config, options.reveal),
    })),
  };
  const worker = new Worker(workerFile, {
    workerData: workerOptions,
    name: 'outbox',
    // Events are short-lived here: a larger nursery costs memory and gains nothing.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const opened = Promise.withResolvers<Status>();

  /** Gathered groups; the last one still grows. */
  const gathered: Builder[] = [];
  const underWay: Builder[] = [];
  const questions = new Map<number, PromiseWithResolvers<unknown>>();
  let lastQuestion = 0;
  let status: Status;
  let timer: NodeJS.Timeout | undefined;
  let isSendDue = false;
  let ended: GatewayError | undefined;
  let isClosing = false;

  const post = (message: ToWorker, transfer: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(message, [...transfer]);

  const send = (): void => {
    isSendDue = false;
    clearTimeout(timer);
    timer = undefined;
    const moment = performance.now();
    while (underWay.length < groupsUnderWay) {
      const [first] = gathered;
      if (first === undefined) return;
      if (gathered.length === 1 && first.due > moment && !isFull(first)) {
        timer = setTimeout(send, first.due - moment);
        return;
      }
      gathered.shift();
      underWay.push(first);
      const { buffer } = first.bodies;
      post({ kind: 'append', group: toGroup(first) }, buffer instanceof ArrayBuffer ? [buffer] : []);
    }
  };

  const isFull = ({ topicOf: { length }, used, savedOwners }: Builder): boolean =>
    length + savedOwners.length >= groupEvents || used >= groupBytes;

  const settle = (failures: readonly (Failure | undefined)[]): void => {
    const group = underWay.shift();
    send();
    for (const [index, waiter] of (group?.waiters ?? []).entries()) {
      const failure = failures[index];
      if (failure === undefined) waiter.resolve();
      else waiter.reject(toError(failure));
    }
  };

  const end = (failure: GatewayError): void => {
    if (ended !== undefined) return;
    ended = failure;
    clearTimeout(timer);
    opened.reject(failure);
    for (const group of [...underWay.splice(0), ...gathered.splice(0)]) {
      for (const waiter of group.waiters) waiter.reject(failure);
    }
    for (const question of questions.values()) question.reject(failure);
    questions.clear();
    if (!isClosing) options.onFailure(failure);
  };

  const receive = (message: FromWorker): void => {
    switch (message.kind) {
      case 'open':
        opened.resolve(message.status);
        break;
      case 'failed-to-open':
        opened.reject(toError(message.failure));
        break;
      case 'committed':
        settle(message.failures);
        break;
      case 'answer':
        questions.get(message.id)?.resolve(message.value);
        questions.delete(message.id);
        break;
      case 'no-answer':
        questions.get(message.id)?.reject(toError(message.failure));
        questions.delete(message.id);
        break;
      case 'notice':
        options.onNotice(message.notice);
        break;
      case 'command':
        options.onCommand?.(message.command);
        break;
      case 'status':
        status = message.status;
        break;
    }
  };
  worker.on('message', receive);
  worker.on('error', thrown => end(toGatewayError(thrown)));
  worker.on('exit', code => end(new GatewayError('defect', `the outbox ended by itself (exit code ${code})`)));

  const ask = async <Kind extends Question['kind']>(
    question: Extract<Question, { kind: Kind }>,
  ): Promise<Answers[Kind]> => {
    if (ended !== undefined) throw ended;
    const id = ++lastQuestion;
    const answer = Promise.withResolvers<unknown>();
    questions.set(id, answer);
    post({ kind: 'ask', id, question });
    // The worker answers each kind of question with its own kind of answer (`service.ts`).
    return (await answer.promise) as Answers[Kind];
  };

  try {
    status = await opened.promise;
  } catch (failure) {
    isClosing = true;
    await worker.terminate();
    throw failure;
  }

  const append = (acceptance: Acceptance): Promise<void> => {
    if (ended !== undefined || isClosing) {
      return Promise.reject(ended ?? new GatewayError('defect', 'the outbox is closed'));
    }
    let builder = gathered.at(-1);
    try {
      check(acceptance.events ?? [], builder?.topicIndex ?? new Map());
    } catch (failure) {
      return Promise.reject(failure);
    }
    if (builder === undefined || isFull(builder)) {
      builder = createBuilder();
      gathered.push(builder);
    }
    add(builder, acceptance);
    const waiter = Promise.withResolvers<void>();
    builder.waiters.push(waiter);
    const linger = acceptance.linger ?? 0;
    builder.due = Math.min(builder.due, linger === 0 ? 0 : performance.now() + linger);
    if (!isSendDue) {
      isSendDue = true;
      setImmediate(send);
    }
    return waiter.promise;
  };

  return {
    append,
    restore: owner => ask({ kind: 'restore', owner }),
    retain: async (topic, body) => {
      await ask({ kind: 'retain', topic, body });
    },
    retainedTopics: () => ask({ kind: 'retained-topics' }),
    pendingMedia: (limit, only) => ask({ kind: 'pending-media', limit, only }),
    status: () => status,
    drain: async within => {
      await append({});
      await ask({ kind: 'drain', within: Math.min(within, hours(1)) });
    },
    replay: request => ask({ kind: 'replay', request }),
    judgeClock: async quality => {
      await ask({ kind: 'judge-clock', quality, lead: leadOf(options.clock ?? systemClock) });
    },
    mark: () => ask({ kind: 'mark' }),
    restamp: (correction, since) => ask({ kind: 'restamp', correction, since }),
    answer: answer => ask({ kind: 'answer-command', answer }),
    keepHistory: async history => {
      await ask({ kind: 'keep-history', history });
    },
    [Symbol.asyncDispose]: async () => {
      if (isClosing || ended !== undefined) return;
      const last = append({});
      isClosing = true;
      await last.catch(() => {});
      const exited = new Promise<void>(resolve => worker.once('exit', () => resolve()));
      await ask({ kind: 'close' });
      await exited;
    },
  };
};
