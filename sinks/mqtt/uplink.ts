/**
 * The MQTT uplink: takes events from its feed, holds the broker's Receive Maximum, reads what became of each from its
 * PUBACK, and keeps the retained states at the broker. MQTT.js keeps the connection; publishes are written beside it,
 * under packet identifiers that it does not use.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { IClientOptions, MqttClient } from 'mqtt';
import { aborted, onAbort, sleep } from '../../core/abort.ts';
import { backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import { toBrokerError } from '../../core/broker-error.ts';
import { GatewayError } from '../../core/errors.ts';
import { pemError } from '../../core/pem-error.ts';
import type { CommandAnswer, Feed, IncomingCommand, Outgoing } from '../../core/sink.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import type { UplinkConfig } from './config.ts';
import { createPublishWriter, type PublishWriter } from './publish-writer.ts';

/** A retained state: its topic and its whole event. */
export interface StateMessage {
  readonly topic: string;
  readonly body: string;
}

/** `lost` is what the Will says. */
export type ConnectionState = 'online' | 'lost' | 'stopped';

export interface UplinkOptions {
  readonly config: UplinkConfig;
  readonly password?: string;
  /** Used when the configuration names none. */
  readonly clientId: string;
  readonly feed: Feed;
  /** The state of this connection, for its birth, its end and its Will. */
  readonly connection: (state: ConnectionState, connectionId: string) => StateMessage;
  /** Which numbers were accepted, are unsent and were shed; published when it changed, and before any backlog. */
  readonly delivery: () => StateMessage;
  /** Everything that is to be retained at the broker; undefined clears a topic. */
  readonly states: () => ReadonlyMap<string, string | undefined>;
  /** The broker has it. */
  readonly onStateSent: (topic: string, body: string | undefined) => void;
  readonly onConnected: () => void;
  /** Once for each time that it is lost, also when the first connection fails. */
  readonly onLost: (error: GatewayError) => void;
  /** A state that the broker lets us not publish. */
  readonly onStateRefused: (topic: string, detail: string) => void;
  /** Topics on which the center orders; nothing is subscribed to when it is absent. */
  readonly commandFilter?: string;
  readonly onCommand?: (command: IncomingCommand) => void;
  readonly now: () => Instant;
}

export interface UplinkReport {
  readonly state: 'connected' | 'connecting' | 'waiting' | 'stopped';
  readonly since: Instant;
  readonly address: string;
  readonly delivered: number;
  readonly lastDelivery?: Instant;
  readonly error?: GatewayError;
  readonly nextRetry?: Instant;
}

export interface Uplink {
  /** The feed has something new. */
  wake(): void;
  /** Keeps `body` at the broker under `topic`, or clears it. */
  retain(topic: string, body: string | undefined): void;
  /**
   * Sends what goes back to the sender of a command, at QoS 1. Best effort: false when there is no connection or too
   * many wait, and what the connection does not take before it ends is gone.
   */
  answer(answer: CommandAnswer): boolean;
  report(): UplinkReport;
  /** Nothing is on its way, and no state waits. */
  isIdle(): boolean;
  /** Politely: says goodbye, so that the Will is not published, and ends within 3 s. */
  stop(manner: 'politely' | 'at once'): Promise<void>;
}

/** Events in flight, also where the broker would take more (its Receive Maximum is 65535 when it says nothing). */
const largestWindow = 1000;
const windowBytes = 4 * 2 ** 20;
/** MQTT.js takes its identifiers from above it. */
const highestPacketId = 60_000;
const connectTimeout = seconds(10);
const keepAliveSeconds = 20;
/** Without a single PUBACK for what is in flight, the connection is as good as gone. */
const acknowledgeTimeout = seconds(20);
/** For an event to come back that was published to prove a path. */
const echoTimeout = seconds(5);
/** Reason codes (MQTT 5.0, clauses 3.4.2.1 and 3.14.2.1). */
const noMatchingSubscribers = 0x10;
const notAuthorized = 0x87;
const quotaExceeded = 0x97;
const deliveryEvery = seconds(10);
const tickEvery = 200;
/** At the broker, for the commands of a link that is down; each is judged by its own expiry when it comes. */
const sessionExpirySeconds = 24 * 60 * 60;
/** Larger ones are not handed on. */
const largestCommand = 64 * 2 ** 10;
/** Longer correlation data, which goes back with the answer, is nobody's. */
const longestCorrelation = 1024;
/** Commands that the broker may send before the first of them was taken. */
const commandWindow = 16;
const mostAnswers = 256;

const address = ({ url }: UplinkConfig): { readonly host: string; readonly port: number; readonly secure: boolean } => {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'mqtts:';
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 8883 : 1883), secure };
};

const readPem = (file: string, field: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw pemError(file, [field], cause);
  });

/** Read for each connection, so that a renewed certificate is used without a restart. */
const readIdentity = async ({ ca, certificate, key }: UplinkConfig) => ({
  ...(ca !== undefined && { ca: await readPem(ca, 'ca') }),
  ...(certificate !== undefined && { cert: await readPem(certificate, 'certificate') }),
  ...(key !== undefined && { key: await readPem(key, 'key') }),
});

/** What waits for a PUBACK. */
type InFlight =
  | { readonly kind: 'event'; readonly event: Outgoing; readonly bytes: number }
  | { readonly kind: 'answer'; readonly bytes: number }
  | { readonly kind: 'state'; readonly topic: string; readonly body: string | undefined; readonly bytes: number };

/** The first event of a stream on a 3.1.1 connection: acknowledged is not enough, it must come back. */
interface Proof {
  readonly event: Outgoing;
  acknowledged: boolean;
  returned: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** One connection that stands. */
interface Session {
  pump(): void;
  retain(topic: string, body: string | undefined): void;
  answer(answer: CommandAnswer): boolean;
  isIdle(): boolean;
  goodbye(): Promise<void>;
  /** The connection is gone; `reasonCode` is what the broker gave for it, where it gave one. */
  abandon(reasonCode: number | undefined): void;
}

export const openUplink = (options: UplinkOptions): Uplink => {
  const { config, feed, now } = options;
  const controller = new AbortController();
  const { signal } = controller;
  let session: Session | undefined;
  let state: UplinkReport['state'] = 'connecting';
  let since = now();
  let delivered = 0;
  let lastDelivery: Instant | undefined;
  let error: GatewayError | undefined;
  let nextRetry: Instant | undefined;
  let isLost = false;
  let hasConnected = false;

  const commandPrefix = options.commandFilter?.replace(/\+$/, '');
  const isCommandTopic = (topic: string): boolean => commandPrefix !== undefined && topic.startsWith(commandPrefix);

  const become = (next: UplinkReport['state']): void => {
    if (state !== next) since = now();
    state = next;
  };

  /** Runs one connection until it ends; throws why it did. */
  const connectOnce = async (): Promise<void> => {
    const { host, port, secure } = address(config);
    const identity = await readIdentity(config);
    const { writeToStream } = await import('mqtt-packet');
    // Otherwise it keeps a buffer for each of 65 536 numbers: 18 MB.
    writeToStream.cacheNumbers = false;
    const { MqttClient } = await import('mqtt');
    if (signal.aborted) return;
    const connectionId = randomUUID();
    const protocolVersion = config.protocol === 5 ? 5 : 4;
    const will = options.connection('lost', connectionId);
    const { promise: ended, reject, resolve } = Promise.withResolvers<void>();
    const fail = (thrown: unknown): void => reject(toBrokerError(thrown, config.url, now()));

    const connect = (): net.Socket => {
      const socket = secure
        ? tls.connect({ host, port, ...identity, ...(net.isIP(host) === 0 && { servername: host }) })
        : net.connect({ host, port });
      socket.setNoDelay(true);
      socket.on('error', fail);
      return socket;
    };
    const client = new MqttClient(connect, {
      protocolVersion,
      clientId: config.clientId ?? options.clientId,
      clean: options.commandFilter === undefined,
      ...(protocolVersion === 5 &&
        options.commandFilter !== undefined && {
          properties: {
            sessionExpiryInterval: sessionExpirySeconds,
            receiveMaximum: commandWindow,
            maximumPacketSize: largestCommand + 8 * 2 ** 10,
          },
        }),
      keepalive: keepAliveSeconds,
      reconnectPeriod: 0,
      connectTimeout,
      resubscribe: false,
      messageIdProvider: createHighIds(),
      ...(config.username !== undefined && { username: config.username }),
      ...(options.password !== undefined && { password: options.password }),
      will: { topic: will.topic, payload: Buffer.from(will.body), qos: 1, retain: true },
    } satisfies IClientOptions);
    const impatience = setTimeout(
      () => fail(new GatewayError('unreachable', `${config.url} did not answer within ${connectTimeout / 1000} s`)),
      connectTimeout,
    );
    client.on('error', fail);
    let reasonCode: number | undefined;
    client.on('disconnect', packet => {
      reasonCode = packet.reasonCode;
      fail({ code: reasonCode ?? 0 });
    });
    // From the beginning: what waited at the broker comes with its first answer.
    client.on('message', (topic, payload, packet) => {
      if (!isCommandTopic(topic)) return;
      const { responseTopic, correlationData } = packet.properties ?? {};
      if (payload.length > largestCommand || (correlationData?.length ?? 0) > longestCorrelation) return;
      options.onCommand?.({
        sink: config.name,
        topic,
        payload,
        ...(responseTopic !== undefined && { responseTopic }),
        ...(correlationData !== undefined && { correlationData }),
      });
    });
    client.on('close', () => fail(new GatewayError('unreachable', `${config.url} closed the connection`)));
    client.on('connect', ({ properties }) => {
      clearTimeout(impatience);
      session = openSession(client, protocolVersion, connectionId, properties ?? {}, fail);
      become('connected');
      nextRetry = undefined;
      error = undefined;
      options.onConnected();
      isLost = false;
      hasConnected = true;
      session.pump();
    });
    const ticking = setInterval(() => session?.pump(), tickEvery);
    using _stopped = onAbort(signal, resolve);
    try {
      await ended;
      if (signal.reason === 'politely') await session?.goodbye();
    } finally {
      clearTimeout(impatience);
      clearInterval(ticking);
      session?.abandon(reasonCode);
      session = undefined;
      feed.end();
      await new Promise<void>(done => client.end(true, {}, () => done()));
      client.stream.destroy();
    }
  };

  const openSession = (
    client: MqttClient,
    protocol: 4 | 5,
    connectionId: string,
    server: { readonly receiveMaximum?: number; readonly maximumPacketSize?: number },
    fail: (thrown: unknown) => void,
  ): Session => {
    const window = Math.min(largestWindow, server.receiveMaximum ?? largestWindow);
    const largestPacket = server.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    const slots: (InFlight | undefined)[] = new Array(highestPacketId + 1).fill(undefined);
    const waitingStates = new Map<string, string | undefined>();
    const waitingAnswers: CommandAnswer[] = [];
    const proofs = new Map<string, Proof>();
    const proven = new Set<string>();
    const writer: PublishWriter = createPublishWriter(protocol, feed.epoch, bytes => client.stream.write(bytes));
    let inFlight = 0;
    let inFlightBytes = 0;
    let nextPacketId = 1;
    let progressAt = performance.now();
    let pauseUntil = 0;
    let pauses = backoff(unreachableBackoff);
    let deliveryAt = Number.NEGATIVE_INFINITY;
    let deliverySent = '';
    let pumpIsDue = false;

    const reserve = (): number => {
      while (slots[nextPacketId] !== undefined) nextPacketId = (nextPacketId % highestPacketId) + 1;
      const packetId = nextPacketId;
      nextPacketId = (nextPacketId % highestPacketId) + 1;
      return packetId;
    };

    const occupy = (packetId: number, waiting: InFlight): void => {
      if (inFlight === 0) progressAt = performance.now();
      slots[packetId] = waiting;
      inFlight++;
      inFlightBytes += waiting.bytes;
    };

    const sendState = (topic: string, body: string | undefined): void => {
      const packetId = reserve();
      const bytes = writer.retained(packetId, topic, Buffer.from(body ?? ''));
      occupy(packetId, { kind: 'state', topic, body, bytes });
    };

    const sendAnswer = ({ topic, payload, correlationData }: CommandAnswer): void => {
      const packetId = reserve();
      const bytes = writer.answer(packetId, topic, Buffer.from(payload), correlationData);
      occupy(packetId, { kind: 'answer', bytes });
    };

    const sendEvent = (event: Outgoing): void => {
      const packetId = reserve();
      const bytes = writer.event(packetId, event);
      occupy(packetId, { kind: 'event', event, bytes });
    };

    /** The newest delivery state, when it changed and the last one is old enough. */
    const reportDelivery = (age: Duration): void => {
      const moment = performance.now();
      if (moment - deliveryAt < age) return;
      deliveryAt = moment;
      const { topic, body } = options.delivery();
      const content = body.slice(body.indexOf('"data"'));
      if (content === deliverySent) return;
      deliverySent = content;
      waitingStates.set(topic, body);
    };

    const pump = (): void => {
      pumpIsDue = false;
      const moment = performance.now();
      if (inFlight > 0 && moment - progressAt > acknowledgeTimeout) {
        const waited = Math.round((moment - progressAt) / 1000);
        fail(new GatewayError('unreachable', `${config.url} acknowledged nothing for ${waited} s`));
        return;
      }
      if (moment < pauseUntil) return;
      reportDelivery(deliveryEvery);
      while (waitingAnswers.length > 0 && inFlight < window) {
        const [answer] = waitingAnswers.splice(0, 1);
        if (answer !== undefined) sendAnswer(answer);
      }
      for (const [topic, body] of waitingStates) {
        if (inFlight >= window) break;
        waitingStates.delete(topic);
        sendState(topic, body);
      }
      const room = Math.min(window - inFlight, inFlightBytes >= windowBytes ? 0 : window);
      for (const event of feed.take(room, windowBytes - inFlightBytes)) {
        // Topic, properties and stream number are less than a kilobyte.
        if (event.body.length + 1024 > largestPacket) {
          feed.refused(event, 'not-accepted', `the broker takes packets of at most ${largestPacket} bytes`);
        } else if (protocol === 5 || proven.has(event.stream)) sendEvent(event);
        else void prove(event).catch(fail);
      }
      writer.flush();
    };

    const schedule = (): void => {
      if (pumpIsDue) return;
      pumpIsDue = true;
      setImmediate(pump);
    };

    // A 3.1.1 broker may acknowledge what its access list drops. MQTT 5 says so in the PUBACK; there our own
    // subscription would even hide that nobody else listens (reason 0x10).
    const prove = async (event: Outgoing): Promise<void> => {
      const proof: Proof = { event, acknowledged: false, returned: false, timer: undefined };
      proofs.set(event.stream, proof);
      try {
        await client.subscribeAsync(event.topic, { qos: 0 });
      } catch {
        if (!client.connected) return;
        proofs.delete(event.stream);
        feed.refused(event, 'not-permitted', 'this user may not read the topic back, so nothing shows what arrives');
        return;
      }
      proof.timer = setTimeout(() => {
        endProof(proof);
        feed.refused(event, 'not-permitted', 'what was published did not come back');
      }, echoTimeout);
      sendEvent(event);
      writer.flush();
    };

    const endProof = (proof: Proof): void => {
      clearTimeout(proof.timer);
      proofs.delete(proof.event.stream);
      if (client.connected) client.unsubscribe(proof.event.topic);
    };

    const advanceProof = (proof: Proof): void => {
      if (!proof.acknowledged || !proof.returned) return;
      endProof(proof);
      proven.add(proof.event.stream);
      confirm(proof.event);
      feed.admit(proof.event.stream);
    };

    const confirm = (event: Outgoing): void => {
      delivered++;
      lastDelivery = now();
      feed.delivered(event);
    };

    const judgeEvent = (event: Outgoing, reasonCode: number): void => {
      if (reasonCode === 0x00) {
        const proof = proofs.get(event.stream);
        if (proof?.event === event) {
          proof.acknowledged = true;
          advanceProof(proof);
        } else confirm(event);
      } else if (reasonCode === noMatchingSubscribers) {
        feed.refused(event, 'no-consumer', 'nobody subscribes to it');
      } else if (reasonCode === notAuthorized) {
        feed.refused(event, 'not-permitted', 'the broker does not let this user publish there');
      } else if (reasonCode === quotaExceeded) {
        feed.returned(event);
        if (pauseUntil < performance.now()) pauseUntil = performance.now() + pauses.next().value;
      } else feed.refused(event, 'not-accepted', `the broker gave the reason ${reasonCode}`);
      if (reasonCode === 0x00 && pauseUntil > 0) {
        pauseUntil = 0;
        pauses = backoff(unreachableBackoff);
      }
    };

    client.on('packetreceive', packet => {
      if (packet.cmd !== 'puback' || packet.messageId === undefined) return;
      const waiting = slots[packet.messageId];
      if (waiting === undefined) return;
      slots[packet.messageId] = undefined;
      inFlight--;
      inFlightBytes -= waiting.bytes;
      progressAt = performance.now();
      const reasonCode = packet.reasonCode ?? 0;
      if (waiting.kind === 'event') judgeEvent(waiting.event, reasonCode);
      else if (waiting.kind === 'answer') {
        // Who asked may have gone; the audit events tell what became of its command.
      } else if (reasonCode < 0x80) options.onStateSent(waiting.topic, waiting.body);
      else options.onStateRefused(waiting.topic, `the broker gave the reason ${reasonCode}`);
      schedule();
    });

    const listenForCommands = async (filter: string): Promise<void> => {
      try {
        await client.subscribeAsync(filter, { qos: 1 });
      } catch {
        if (client.connected) options.onStateRefused(filter, 'this user may not subscribe to its commands');
      }
    };
    if (options.commandFilter !== undefined) void listenForCommands(options.commandFilter);

    client.on('message', (topic, payload) => {
      // A subscription that proved a path on an earlier connection of this session.
      if (!isCommandTopic(topic) && ![...proofs.values()].some(({ event }) => event.topic === topic)) {
        client.unsubscribe(topic);
      }
      for (const proof of proofs.values()) {
        const mark = `"${feed.epoch}-${String(proof.event.number).padStart(12, '0')}"`;
        if (proof.event.topic !== topic || !payload.includes(mark)) continue;
        proof.returned = true;
        advanceProof(proof);
        schedule();
      }
    });

    const birth = options.connection('online', connectionId);
    waitingStates.set(birth.topic, birth.body);
    for (const [topic, body] of options.states()) waitingStates.set(topic, body);
    feed.begin(protocol === 5 ? 'all' : 'first');
    reportDelivery(0);

    return {
      pump,
      retain: (topic, body) => {
        waitingStates.set(topic, body);
        schedule();
      },
      answer: answer => {
        if (waitingAnswers.length >= mostAnswers) return false;
        waitingAnswers.push(answer);
        schedule();
        return true;
      },
      isIdle: () => inFlight === 0 && waitingStates.size === 0 && waitingAnswers.length === 0,
      abandon: reasonCode => {
        for (const proof of proofs.values()) {
          clearTimeout(proof.timer);
          if (proof.acknowledged) feed.refused(proof.event, 'not-permitted', 'what was published did not come back');
        }
        if (reasonCode !== notAuthorized) return;
        for (const waiting of slots) {
          if (waiting?.kind === 'event')
            feed.refused(waiting.event, 'not-permitted', 'the broker closed the connection');
        }
      },
      goodbye: async () => {
        const settleDown = async (): Promise<void> => {
          const deadline = performance.now() + seconds(1);
          while ((inFlight > 0 || waitingStates.size > 0) && client.connected && performance.now() < deadline) {
            await new Promise(resolve => setTimeout(resolve, 10));
            pump();
          }
        };
        feed.end();
        await settleDown();
        if (!client.connected) return;
        const offline = options.connection('stopped', connectionId);
        waitingStates.set(offline.topic, offline.body);
        reportDelivery(0);
        pump();
        await settleDown();
        const goodbye = new AbortController();
        const said = client.endAsync().then(() => goodbye.abort());
        await Promise.race([said, sleep(seconds(1), goodbye.signal)]);
      },
    };
  };

  const run = async (): Promise<void> => {
    let waits = backoff(unreachableBackoff);
    while (!signal.aborted) {
      const before = delivered;
      hasConnected = false;
      become('connecting');
      try {
        await connectOnce();
      } catch (thrown) {
        error = toBrokerError(thrown, config.url, now());
      }
      if (signal.aborted || error === undefined) continue;
      if (!isLost) options.onLost(error);
      isLost = true;
      if (error.kind === 'config' || error.kind === 'unsupported') {
        become('stopped');
        await aborted(signal);
        return;
      }
      // A broker that takes the connection and then ends it must not be dialed every second.
      if (delivered > before) waits = backoff(unreachableBackoff);
      // Refused at the door: knocking in a hurry may lock the account.
      const pause = error.kind === 'denied' && !hasConnected ? deniedBackoff.first : waits.next().value;
      become('waiting');
      nextRetry = now() + pause;
      await sleep(pause, signal);
    }
  };
  const running = run();

  return {
    wake: () => session?.pump(),
    retain: (topic, body) => session?.retain(topic, body),
    answer: answer => session?.answer(answer) ?? false,
    report: () => ({
      state,
      since,
      address: config.url,
      delivered,
      ...(lastDelivery !== undefined && { lastDelivery }),
      ...(error !== undefined && { error }),
      ...(nextRetry !== undefined && { nextRetry }),
    }),
    isIdle: () => session?.isIdle() ?? true,
    stop: async manner => {
      controller.abort(manner);
      await running;
      become('stopped');
    },
  };
};

/** Identifiers for the few packets that MQTT.js numbers itself (SUBSCRIBE, UNSUBSCRIBE). */
const createHighIds = (): NonNullable<IClientOptions['messageIdProvider']> => {
  let last = highestPacketId;
  return {
    allocate: () => {
      last = last >= 65_535 ? highestPacketId + 1 : last + 1;
      return last;
    },
    getLastAllocated: () => last,
    register: () => true,
    deallocate: () => {},
    clear: () => {},
  };
};
