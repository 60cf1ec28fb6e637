/**
 * One connection that stands: takes events from the feed in their order, holds the broker's Receive Maximum and our own
 * pace and budget, reads what became of each from its PUBACK, and keeps the retained states at the broker.
 */
import type { MqttClient } from 'mqtt';
import { sleep } from '../../core/abort.ts';
import { backoff, unreachableBackoff } from '../../core/backoff.ts';
import { reasonWords } from '../../core/broker-error.ts';
import { GatewayError } from '../../core/errors.ts';
import type { CommandAnswer, Offer, Outgoing, SinkHost } from '../../core/sink.ts';
import { createTimestamps, type Duration, hours, seconds } from '../../core/time.ts';
import { type Budget, urgencyOf } from './budget.ts';
import { type CommandReader, isAnswerable } from './commands.ts';
import type { UplinkConfig } from './config.ts';
import { createPace } from './pace.ts';
import { highestPacketId } from './packet-ids.ts';
import { createProofs } from './proofs.ts';
import { createPublishWriter, type PublishWriter } from './publish-writer.ts';
import { type Verdict, verdictOn } from './reasons.ts';
import type { Suspicion } from './suspicion.ts';

export type SessionOptions = { readonly config: UplinkConfig } & Pick<
  SinkHost,
  'feed' | 'connection' | 'delivery' | 'states' | 'onStateSent' | 'onStateRefused' | 'commandFilter' | 'now'
>;

/** What lasts longer than one connection. */
export interface Lasting {
  readonly budget: Budget;
  readonly suspicion: Suspicion;
  /** States over which the broker ended a connection: not sent again until they are others. */
  readonly spoiled: Map<string, string | undefined>;
  delivered(): void;
}

export interface Standing {
  readonly client: MqttClient;
  readonly version: 4 | 5;
  readonly url: string;
  readonly connectionId: string;
  readonly commands: CommandReader;
  /** What the broker said in its CONNACK. */
  readonly server: { readonly receiveMaximum?: number; readonly maximumPacketSize?: number };
  /** Bytes on the socket. */
  readonly carried: () => number;
  /** Ends the connection. */
  readonly fail: (thrown: unknown) => void;
}

/** Why a connection ended, as far as it may have been because of something that was on its way. */
export interface Evidence {
  /** `said`: by the broker's reason code; `closed`: it ended without a word; `none`: it was something else. */
  readonly kind: 'said' | 'closed' | 'none';
  readonly code?: number;
}

export interface Session {
  pump(): void;
  retain(topic: string, body: string | undefined): void;
  answer(answer: CommandAnswer): boolean;
  isIdle(): boolean;
  /** It waits, since the broker said that a quota is reached. */
  isPaused(): boolean;
  goodbye(): Promise<void>;
  /** The connection is gone. */
  abandon(evidence: Evidence): void;
}

/** Events in flight, also where the broker would take more (its Receive Maximum is 65535 when it says nothing). */
const largestWindow = 1000;
const windowBytes = 4 * 2 ** 20;
/** Without a single PUBACK for what is in flight, the connection is as good as gone. */
const acknowledgeTimeout = seconds(20);
const deliveryEvery = seconds(10);
/** The delivery state may take a twentieth of a day's budget. */
const deliveryShare = 1 / 20;
const mostAnswers = 256;
/** For others to be taken before what ended an earlier connection is sent again. */
const trialDelay = seconds(5);

/** What was accepted just now is not kept waiting by a backlog, except by one of alerts. */
const order: readonly Offer[] = [
  { lane: 'alert', from: 'memory' },
  { lane: 'alert', from: 'disk' },
  { lane: 'event', from: 'memory' },
  { lane: 'obs', from: 'memory' },
  { lane: 'event', from: 'disk' },
  { lane: 'obs', from: 'disk' },
];

const refusalWords: Readonly<Partial<Record<Verdict, string>>> = {
  'no-consumer': 'nobody subscribes to it',
  'not-permitted': 'the broker does not let this user publish there',
};

/** What waits for a PUBACK. */
type Sending =
  | { readonly kind: 'event'; readonly event: Outgoing }
  | { readonly kind: 'state'; readonly topic: string; readonly body: string | undefined }
  | { readonly kind: 'answer' };

interface InFlight {
  readonly what: Sending;
  readonly bytes: number;
  readonly sentAt: number;
  /** Nothing else was on its way. */
  readonly isAlone: boolean;
}

/** By which something is known again on another connection; undefined for what is sent on one only. */
const keyOf = (what: Sending): string | undefined => {
  if (what.kind === 'event') return `event ${what.event.stream} ${what.event.number}`;
  return what.kind === 'state' ? `state ${what.topic}` : undefined;
};

const waited = (what: Sending): boolean => what.kind === 'event' && what.event.historical;

export const openSession = (options: SessionOptions, standing: Standing, lasting: Lasting): Session => {
  const { config, feed, now } = options;
  const { client, version, url, connectionId, commands, server, carried, fail } = standing;
  const { budget, suspicion, spoiled } = lasting;
  const window = Math.min(largestWindow, server.receiveMaximum ?? largestWindow);
  const largestPacket = server.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  const slots: (InFlight | undefined)[] = new Array(highestPacketId + 1).fill(undefined);
  const waitingStates = new Map<string, string | undefined>();
  const waitingAnswers: CommandAnswer[] = [];
  const writer: PublishWriter = createPublishWriter(version, feed.epoch, bytes => client.stream.write(bytes));
  const pace = createPace(windowBytes);
  const timestamp = createTimestamps();
  let inFlight = 0;
  let inFlightBytes = 0;
  /** Of those, events that had waited on the disk. */
  let inFlightFromDisk = 0;
  let nextPacketId = 1;
  let progressAt = performance.now();
  let pauseUntil = 0;
  let pauses = backoff(unreachableBackoff);
  let deliveryAt = Number.NEGATIVE_INFINITY;
  let deliveryPause: Duration = 0;
  let deliverySent = '';
  let pumpIsDue = false;
  let moment = performance.now();
  const openedAt = moment;
  let hasDelivered = false;
  /** Taken from the feed; an earlier connection ended over them. */
  const onTrial: Outgoing[] = [];

  const send = (what: Sending, write: (packetId: number) => number): void => {
    while (slots[nextPacketId] !== undefined) nextPacketId = (nextPacketId % highestPacketId) + 1;
    const packetId = nextPacketId;
    nextPacketId = (nextPacketId % highestPacketId) + 1;
    const bytes = write(packetId);
    if (inFlight === 0) progressAt = moment;
    slots[packetId] = { what, bytes, sentAt: moment, isAlone: inFlight === 0 };
    inFlight++;
    inFlightBytes += bytes;
    if (waited(what)) inFlightFromDisk++;
    budget.spent(bytes);
  };

  const sendState = (topic: string, body: string | undefined): void =>
    send({ kind: 'state', topic, body }, id => writer.retained(id, topic, Buffer.from(body ?? '')));

  const sendEvent = (event: Outgoing): void => send({ kind: 'event', event }, id => writer.event(id, event));

  const sendAnswer = ({ topic, payload, correlationData }: CommandAnswer): void =>
    send({ kind: 'answer' }, id => writer.answer(id, topic, Buffer.from(payload), correlationData));

  const confirm = (event: Outgoing): void => {
    hasDelivered = true;
    lasting.delivered();
    feed.delivered(event);
  };

  const proofs = createProofs({
    client,
    epoch: feed.epoch,
    send: event => {
      moment = performance.now();
      sendEvent(event);
      writer.flush();
    },
    onProven: event => {
      confirm(event);
      feed.admit(event.stream);
      schedule();
    },
    onNotProven: (event, detail) => feed.refused(event, 'not-permitted', detail),
  });

  /** The newest delivery state, when it changed and the last one is old enough. */
  const reportDelivery = (age: Duration): void => {
    if (moment - deliveryAt < (age === 0 ? 0 : Math.max(age, deliveryPause))) return;
    deliveryAt = moment;
    const { topic, body } = options.delivery();
    const content = body.slice(body.indexOf('"data"'));
    if (content === deliverySent) return;
    deliverySent = content;
    const daily = config.budget?.daily;
    if (daily !== undefined) deliveryPause = (body.length * hours(24)) / (daily * deliveryShare);
    waitingStates.set(topic, body);
  };

  const pumpStates = (isCareful: boolean): void => {
    for (const [topic, body] of waitingStates) {
      if (inFlight >= window || budget.room('other') <= 0 || (isCareful && inFlight > 0)) break;
      waitingStates.delete(topic);
      if (spoiled.has(topic) && spoiled.get(topic) === body) continue;
      sendState(topic, body);
    }
  };

  const offerEvent = (event: Outgoing): void => {
    // Topic, properties and stream number are less than a kilobyte.
    if (event.body.length + 1024 > largestPacket) {
      feed.refused(event, 'not-accepted', `the broker takes packets of at most ${largestPacket} bytes`);
    } else if (version === 5 || proofs.isProven(event.stream)) sendEvent(event);
    else void proofs.begin(event).catch(fail);
  };

  const pumpEvents = (offer: Offer, fromDisk: number): void => {
    const limit = Math.min(window - inFlight, offer.from === 'disk' ? fromDisk - inFlightFromDisk : window);
    const isUrgent = offer.lane === 'alert' && offer.from === 'memory';
    const allowed = isUrgent ? windowBytes : pace.bytes;
    const bytes = Math.min(allowed - inFlightBytes, budget.room(urgencyOf(offer.lane)));
    if (limit <= 0 || bytes <= 0) return;
    for (const event of feed.take(limit, bytes, offer)) {
      if (suspicion.isActive && suspicion.isGuilty(keyOf({ kind: 'event', event }) ?? '')) onTrial.push(event);
      else offerEvent(event);
    }
  };

  const pump = (): void => {
    pumpIsDue = false;
    moment = performance.now();
    budget.measured(carried());
    if (inFlight > 0 && moment - progressAt > acknowledgeTimeout) {
      const silence = Math.round((moment - progressAt) / 1000);
      fail(new GatewayError('unreachable', `${url} acknowledged nothing for ${silence} s`));
      return;
    }
    if (moment < pauseUntil) return;
    writer.leavesAt(timestamp(now()));
    while (waitingAnswers.length > 0 && inFlight < window && budget.room('alert') > 0) {
      for (const answer of waitingAnswers.splice(0, 1)) sendAnswer(answer);
    }
    const fromDisk = suspicion.limit(moment);
    const isCareful = fromDisk !== Number.POSITIVE_INFINITY;
    reportDelivery(deliveryEvery);
    pumpStates(isCareful);
    const isStateOnTrial = isCareful && waitingStates.size > 0;
    for (const offer of order) pumpEvents(offer, isStateOnTrial ? 0 : fromDisk);
    if (onTrial.length > 0 && (hasDelivered || moment - openedAt > trialDelay)) {
      for (const event of onTrial.splice(0)) offerEvent(event);
    }
    writer.flush();
  };

  const schedule = (): void => {
    if (pumpIsDue) return;
    pumpIsDue = true;
    setImmediate(pump);
  };

  const judgeEvent = (event: Outgoing, code: number): void => {
    const verdict = verdictOn(code);
    if (verdict === 'delivered') {
      if (!proofs.acknowledged(event)) confirm(event);
      if (pauseUntil === 0) return;
      pauseUntil = 0;
      pauses = backoff(unreachableBackoff);
    } else if (verdict === 'pause') {
      feed.returned(event);
      if (pauseUntil < performance.now()) pauseUntil = performance.now() + pauses.next().value;
    } else if (verdict === 'again') feed.returned(event);
    else feed.refused(event, verdict, refusalWords[verdict] ?? `the broker ${reasonWords(code)}`);
  };

  const judge = (what: Sending, code: number): void => {
    if (what.kind === 'event') judgeEvent(what.event, code);
    // Who asked for an answer may have gone; the audit events tell what became of its command.
    if (what.kind !== 'state') return;
    if (code < 0x80) options.onStateSent(what.topic, what.body);
    else options.onStateRefused(what.topic, `the broker ${reasonWords(code)}`);
  };

  client.on('packetreceive', packet => {
    if (packet.cmd !== 'puback' || packet.messageId === undefined) return;
    const acknowledged = slots[packet.messageId];
    if (acknowledged === undefined) return;
    slots[packet.messageId] = undefined;
    progressAt = performance.now();
    const { what, bytes, sentAt, isAlone } = acknowledged;
    // States may be dealt with in another way: they say nothing about events.
    if (what.kind === 'event') {
      const latency = progressAt - sentAt;
      pace.acknowledged({ bytes, latency, inFlight: inFlightBytes, isAlone, moment: progressAt });
    }
    inFlight--;
    inFlightBytes -= bytes;
    if (waited(what)) inFlightFromDisk--;
    if (suspicion.isActive) suspicion.cleared(keyOf(what) ?? '');
    judge(what, packet.reasonCode ?? 0);
    schedule();
  });

  client.on('message', (topic, payload) => {
    if (commands.isCommand(topic)) return;
    // A subscription that proved a path on an earlier connection of this session.
    if (!proofs.isAwaited(topic)) client.unsubscribe(topic);
    proofs.returned(topic, payload);
  });

  const listenForCommands = async (filter: string): Promise<void> => {
    try {
      await client.subscribeAsync(filter, { qos: 1 });
    } catch {
      if (client.connected) options.onStateRefused(filter, 'this user may not subscribe to its commands');
    }
  };
  if (options.commandFilter !== undefined) void listenForCommands(options.commandFilter);

  budget.began();
  const birth = options.connection('online', connectionId);
  // Whatever the budget says: otherwise the Will stands there, and alerts come from a gateway that is said to be away.
  writer.leavesAt(timestamp(now()));
  sendState(birth.topic, birth.body);
  for (const [topic, body] of options.states()) waitingStates.set(topic, body);
  feed.begin(version === 5 ? 'all' : 'first');
  reportDelivery(0);

  return {
    pump,
    retain: (topic, body) => {
      waitingStates.set(topic, body);
      schedule();
    },
    answer: answer => {
      const isSmall = answer.payload.length * 3 + 2048 < largestPacket;
      if (waitingAnswers.length >= mostAnswers || !isAnswerable(answer.topic) || !isSmall) return false;
      waitingAnswers.push(answer);
      schedule();
      return true;
    },
    isIdle: () => inFlight === 0 && waitingStates.size === 0 && waitingAnswers.length === 0 && onTrial.length === 0,
    isPaused: () => performance.now() < pauseUntil,
    abandon: ({ kind, code }) => {
      proofs.abandon();
      if (kind === 'none') return;
      const unanswered = slots.flatMap(slot => (slot === undefined ? [] : [slot.what]));
      const keys = unanswered.flatMap(what => keyOf(what) ?? []);
      const guilty = new Set(suspicion.ended(keys, kind === 'said', performance.now()));
      const verdict = code !== undefined && verdictOn(code) === 'not-permitted' ? 'not-permitted' : 'not-accepted';
      const words = code === undefined ? '' : `, which ${reasonWords(code)}`;
      const detail = `the broker ends the connection over it${words}`;
      for (const what of unanswered) {
        if (!guilty.has(keyOf(what) ?? '')) continue;
        if (what.kind === 'event') feed.refused(what.event, verdict, detail);
        else if (what.kind === 'state') {
          spoiled.set(what.topic, what.body);
          options.onStateRefused(what.topic, detail);
        }
      }
    },
    goodbye: async () => {
      const settleDown = async (): Promise<void> => {
        const deadline = performance.now() + seconds(1);
        const isBusy = (): boolean => inFlight > 0 || waitingStates.size > 0 || waitingAnswers.length > 0;
        while (isBusy() && client.connected && performance.now() < deadline) {
          await new Promise(resolve => setTimeout(resolve, 10));
          pump();
        }
      };
      feed.end();
      await settleDown();
      if (!client.connected) return;
      const offline = options.connection('stopped', connectionId);
      sendState(offline.topic, offline.body);
      reportDelivery(0);
      pump();
      await settleDown();
      const ending = new AbortController();
      const said = client.endAsync().then(() => ending.abort());
      await Promise.race([said, sleep(seconds(1), ending.signal)]);
    },
  };
};
