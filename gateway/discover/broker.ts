/** Devices that publish to a broker: it is only listened to, and nothing of the listener stays there. */
import { randomUUID } from 'node:crypto';
import { onAbort } from '../../core/abort.ts';
import type { Context, Driver, Question, Seen } from '../../core/driver.ts';
import { type GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Message, MessageBatch } from '../../core/message.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import type { Duration } from '../../core/time.ts';
import { type MqttConfig, openMqtt, type Publish } from '../../drivers/transports/mqtt.ts';
import type { Entry } from './entry.ts';

/** Of a busy broker the rest is counted. */
const mostTopics = 2000;
const mostOfOneTopic = 4;
const longestPayload = 64 * 1024;
const mostBytes = 32 * 1024 * 1024;

export interface Listened {
  readonly messages: readonly Message[];
  /** Topics beyond those that are kept, and messages that are too large. */
  readonly passedOver: number;
  /** Why it ended before its time. */
  readonly error?: GatewayError;
}

export interface ListenOptions {
  readonly listenFor: Duration;
  readonly context: Context;
  /** Told how many topics there were so far. */
  readonly onTopics?: (count: number) => void;
  /** What is to be asked about the messages so far, each once. Nothing is ever published when absent. */
  readonly questionsIn?: (messages: readonly Message[]) => readonly Question[];
}

/** How often it is looked whether something is to be asked, before the time is over. */
const looks = 4;

/** Asks from the connection on. What nobody takes is not asked again: its device may be away, or not ours to ask. */
const asking =
  (messages: () => readonly Message[], { questionsIn, listenFor, context }: ListenOptions) =>
  (publish: Publish): Disposable => {
    if (questionsIn === undefined) return { [Symbol.dispose]: () => {} };
    const asked = new Set<string>();
    const ending = new AbortController();
    const signal = AbortSignal.any([context.signal, ending.signal]);
    const timer = setInterval(() => {
      for (const { topic, payload } of questionsIn(messages())) {
        if (asked.has(topic)) continue;
        asked.add(topic);
        publish(topic, payload, signal).catch(() => {});
      }
    }, listenFor / looks);
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        ending.abort();
      },
    };
  };

/** Keeps the first messages of each topic. Never rejects. */
const collect = async (
  open: (context: Context, onConnected: (publish: Publish) => Disposable) => AsyncIterable<MessageBatch>,
  options: ListenOptions,
  settles: 'all' | 'unrepeated',
): Promise<Listened> => {
  const { listenFor, context, onTopics } = options;
  const kept = new Map<string, Message[]>();
  const messages = (): readonly Message[] => [...kept.values()].flat();
  let [bytes, passedOver] = [0, 0];
  const keep = (message: Message): void => {
    const known = kept.get(message.channel);
    if (known !== undefined && known.length >= mostOfOneTopic) return;
    bytes += message.bytes.length;
    if (
      message.bytes.length > longestPayload ||
      bytes > mostBytes ||
      (known === undefined && kept.size >= mostTopics)
    ) {
      passedOver++;
      return;
    }
    if (known === undefined) kept.set(message.channel, [message]);
    else known.push(message);
  };
  const ending = new AbortController();
  using _ = onAbort(context.signal, () => ending.abort());
  const timer = setTimeout(() => ending.abort(), listenFor);
  let error: GatewayError | undefined;
  try {
    const batches = open({ ...context, signal: ending.signal }, asking(messages, options));
    for await (const { messages: arrived, settle, settleUnrepeated } of batches) {
      for (const message of arrived) keep(message);
      if (settles === 'all') settle();
      else settleUnrepeated?.();
      onTopics?.(kept.size);
      if (ending.signal.aborted) break;
    }
  } catch (thrown) {
    if (!ending.signal.aborted) error = toGatewayError(thrown);
  } finally {
    clearTimeout(timer);
  }
  return { messages: messages(), passedOver, ...(error !== undefined && { error }) };
};

const everything = ['#'];

/** Another broker, as `config` says how it is reached. */
export const listenToBroker = (config: MqttConfig, options: ListenOptions): Promise<Listened> =>
  collect(
    (context, onConnected) =>
      openMqtt(config, everything, `discover-${randomUUID().slice(0, 8)}`, context, { session: 'none', onConnected }),
    options,
    'all',
  );

async function* hear(
  { subscribe, publish }: NonNullable<Context['embedded']>,
  signal: AbortSignal,
  onConnected: (publish: Publish) => Disposable,
): AsyncGenerator<MessageBatch, void> {
  using _ = onConnected(publish);
  yield* subscribe('discover', everything, signal);
}

/** The gateway's own broker, opened for this: what its sender can send again is not acknowledged, so that it does. */
export const listenToEmbedded = (
  embedded: NonNullable<Context['embedded']>,
  options: ListenOptions,
): Promise<Listened> =>
  collect(({ signal }, onConnected) => hear(embedded, signal, onConnected), options, 'unrepeated');

export interface BrokerDevice {
  readonly driver: Driver<Observation | Frame>;
  readonly seen: Seen;
}

export const devicesIn = (
  drivers: readonly Driver<Observation | Frame>[],
  messages: readonly Message[],
): readonly BrokerDevice[] => drivers.flatMap(driver => driver.seenIn(messages).map(seen => ({ driver, seen })));

/** `reach` is what tells the broker in the configuration; nothing for the gateway's own. */
export const brokerEntry = (
  { driver, seen }: BrokerDevice,
  place: string,
  reach: Readonly<Record<string, unknown>>,
): Entry => ({
  name: seen.name,
  driver: driver.name,
  config: { ...reach, ...seen.config },
  remarks: [`at ${place}: ${seen.topics[0] ?? ''}`, ...seen.remarks],
  ...(seen.isDraft === true && { isDraft: true }),
});
