/**
 * The MQTT uplink: keeps a connection to one of the center's brokers, over which a session empties its feed, and takes
 * the center's commands. MQTT.js keeps the connection; publishes are written beside it, under packet identifiers that it
 * does not use. Everything it times it times by `performance.now()`: the time of day may jump.
 */
import { randomUUID } from 'node:crypto';
import type { IClientOptions, MqttClient } from 'mqtt';
import { aborted, onAbort, sleep } from '../../core/abort.ts';
import { toBrokerError } from '../../core/broker-error.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { CommandAnswer, RunningSink, SinkHost, SinkReport } from '../../core/sink.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { brokerUrls, usualFailover } from './addresses.ts';
import { createBudget, type Traffic } from './budget.ts';
import { createCommandReader, largestCommand } from './commands.ts';
import type { UplinkConfig } from './config.ts';
import { dial, isReachable, readIdentity, stampIdentity } from './dial.ts';
import { createHighIds } from './packet-ids.ts';
import { endingOf, knownCodes } from './reasons.ts';
import { type Attempt, createRoute, type Ended } from './route.ts';
import { type Evidence, openSession, type Session } from './session.ts';
import { createSuspicion } from './suspicion.ts';

export interface UplinkOptions extends SinkHost {
  readonly config: UplinkConfig;
  readonly password?: string;
  /** Used when the configuration names none. */
  readonly clientId: string;
}

export interface UplinkReport extends SinkReport {
  /** Of those that are configured, or that a broker sent us to, the one that is used or tried now. */
  readonly address: string;
  /** MQTT version of the connection. */
  readonly protocol?: 5 | '3.1.1';
  /** Only with a budget for the day. */
  readonly traffic?: Traffic;
}

export interface Uplink extends RunningSink {
  retain(topic: string, body: string | undefined): void;
  /** At QoS 1; what the connection does not take before it ends is gone. */
  answer(answer: CommandAnswer): boolean;
  report(): UplinkReport;
}

const connectTimeout = seconds(10);
const keepAliveSeconds = 20;
/** Where each byte is paid for. */
const thriftyKeepAliveSeconds = 60;
const tickEvery = 200;
/** At the broker, for the commands of a link that is down; each is judged by its own expiry when it comes. */
const sessionExpirySeconds = 24 * 60 * 60;
/** Commands that the broker may send before the first of them was taken. */
const commandWindow = 16;
/** How often renewed certificates are looked for while it waits. */
const renewalEvery: Duration = seconds(5);

/** How a connection, or the attempt to make one, ended: ours to decide, or not. */
type Ending = { readonly kind: 'over' } | { readonly kind: 'return' } | ({ readonly kind: 'lost' } & Ended);

export const openUplink = (options: UplinkOptions): Uplink => {
  const { config, feed, now } = options;
  const monotonic = (): number => performance.now();
  const controller = new AbortController();
  const { signal } = controller;
  const route = createRoute({
    urls: brokerUrls(config),
    protocol: config.protocol,
    ...(config.failover ?? usualFailover),
    monotonic,
  });
  const budget = createBudget({
    ...config.budget,
    reserve: config.budget?.reserve ?? (config.budget?.daily ?? 0) / 10,
    timeZone: options.timeZone,
    now,
    monotonic,
    saved: options.usage.load(),
    save: text => options.usage.save(text),
  });
  const commands = createCommandReader(config.name, options.commandFilter, options.onCommand);
  const suspicion = createSuspicion();
  const spoiled = new Map<string, string | undefined>();
  let session: Session | undefined;
  let state: UplinkReport['state'] = 'connecting';
  let since = now();
  let version: Attempt['version'] | undefined;
  let delivered = 0;
  let lastDelivery: Instant | undefined;
  let error: GatewayError | undefined;
  let nextRetry: Instant | undefined;
  let isLost = true;

  const become = (next: UplinkReport['state']): void => {
    if (state !== next) since = now();
    state = next;
  };

  const clientOptions = (protocolVersion: 4 | 5, connectionId: string): IClientOptions => {
    const will = options.connection('lost', connectionId);
    const hasCommands = options.commandFilter !== undefined;
    return {
      protocolVersion,
      clientId: config.clientId ?? options.clientId,
      // The session keeps commands; what we publish is in the outbox, and never taken from a session.
      clean: !hasCommands,
      ...(protocolVersion === 5 &&
        hasCommands && {
          properties: {
            sessionExpiryInterval: sessionExpirySeconds,
            receiveMaximum: commandWindow,
            maximumPacketSize: largestCommand + 8 * 2 ** 10,
          },
        }),
      keepalive: config.budget?.daily === undefined ? keepAliveSeconds : thriftyKeepAliveSeconds,
      reconnectPeriod: 0,
      // Ours comes first, and says what it was.
      connectTimeout: connectTimeout * 2,
      resubscribe: false,
      messageIdProvider: createHighIds(),
      ...(config.username !== undefined && { username: config.username }),
      ...(options.password !== undefined && { password: options.password }),
      will: { topic: will.topic, payload: Buffer.from(will.body), qos: 1, retain: true },
    };
  };

  /** Runs one connection until it ends, which it says how. */
  const connectOnce = async (attempt: Attempt): Promise<Ending> => {
    const { url } = attempt;
    const connectionId = randomUUID();
    const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
    const before = delivered;
    let beganAt = monotonic();
    let reached: Ended['reached'] = 'nothing';
    let evidence: Evidence | undefined;
    let reference: string | undefined;

    /** The first reason is the true one; what follows from it says nothing new. */
    const fail = (thrown: unknown, kind: Evidence['kind'] = 'none', code?: number): void => {
      if (evidence !== undefined) return;
      evidence = { kind, ...(code !== undefined && { code }) };
      end({
        kind: 'lost',
        error: toBrokerError(thrown, url, now()),
        ...(code !== undefined && { code }),
        ...(reference !== undefined && { reference }),
        reached: reached === 'closed' && kind !== 'closed' ? 'nothing' : reached,
        stood: monotonic() - beganAt,
        delivered: delivered > before,
      });
    };
    const failBySystem = (thrown: unknown): void => {
      const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
      const isReset = systemCode(thrown) === 'ECONNRESET' || systemCode(thrown) === 'EPIPE';
      fail(thrown, isReset ? 'closed' : 'none', typeof code === 'number' ? code : undefined);
    };

    let client: MqttClient;
    let carried: () => number = () => 0;
    try {
      const identity = await readIdentity(config);
      const { writeToStream } = await import('mqtt-packet');
      // Otherwise it keeps a buffer for each of 65 536 numbers: 18 MB.
      writeToStream.cacheNumbers = false;
      const { default: constants } = await import('mqtt-packet/constants.js');
      // Brokers use more than the standard foresees here: mosquitto 0x95 for an event above its message_size_limit.
      for (const code of knownCodes) constants.MQTT5_PUBACK_PUBREC_CODES[code] ??= 'Known to brokers';
      const { MqttClient: Client } = await import('mqtt');
      if (signal.aborted) return { kind: 'over' };
      const line = dial(
        url,
        identity,
        () => {
          reached = 'closed';
        },
        failBySystem,
      );
      carried = line.carried;
      client = new Client(() => line.stream, clientOptions(attempt.version, connectionId));
    } catch (thrown) {
      failBySystem(thrown);
      return ended;
    }

    const impatience = setTimeout(
      () => fail(new GatewayError('unreachable', `${url} did not answer within ${connectTimeout / 1000} s`)),
      connectTimeout,
    );
    client.on('error', failBySystem);
    client.on('packetreceive', packet => {
      if (packet.cmd !== 'connack') return;
      reached = 'answered';
      reference = packet.properties?.serverReference;
    });
    client.on('disconnect', ({ reasonCode = 0, properties }) => {
      reference = properties?.serverReference;
      fail({ code: reasonCode }, endingOf(reasonCode) === 'blame' ? 'said' : 'none', reasonCode);
    });
    client.on('close', () => fail(new GatewayError('unreachable', `${url} closed the connection`), 'closed'));
    // From the beginning: what waited at the broker comes with its first answer.
    client.on('message', (topic, payload, packet) => {
      if (commands.isCommand(topic)) commands.read(topic, payload, packet);
    });
    client.on('connect', ({ properties }) => {
      clearTimeout(impatience);
      reached = 'opened';
      beganAt = monotonic();
      route.opened();
      version = attempt.version;
      session = openSession(
        options,
        { client, version, url, connectionId, commands, server: properties ?? {}, carried, fail },
        {
          budget,
          suspicion,
          spoiled,
          delivered: () => {
            delivered++;
            lastDelivery = now();
          },
        },
      );
      become('connected');
      nextRetry = undefined;
      error = undefined;
      if (isLost) options.onConnected();
      isLost = false;
      session.pump();
    });

    let isAsking = false;
    const askPrimary = async (): Promise<void> => {
      isAsking = true;
      const answers = await isReachable(route.primary(), config);
      isAsking = false;
      if (session === undefined || evidence !== undefined) return;
      route.asked(answers);
      if (answers) end({ kind: 'return' });
    };
    const ticking = setInterval(() => {
      session?.pump();
      if (session !== undefined && !isAsking && route.isReturnDue()) void askPrimary();
    }, tickEvery);
    using _stopped = onAbort(signal, () => end({ kind: 'over' }));
    try {
      const ending = await ended;
      if (ending.kind !== 'lost') {
        // What the end of it brings is our own doing.
        evidence = { kind: 'none' };
        if (ending.kind === 'return' || signal.reason === 'politely') await session?.goodbye();
      }
      return ending;
    } finally {
      clearTimeout(impatience);
      clearInterval(ticking);
      session?.abandon(evidence ?? { kind: 'none' });
      session = undefined;
      feed.end();
      budget.measured(carried());
      await new Promise<void>(done => client.end(true, {}, () => done()));
      client.stream.destroy();
    }
  };

  /** Ends early when the certificates were renewed: they may be what was refused. */
  const wait = async (pause: Duration, stamp: string): Promise<void> => {
    const deadline = monotonic() + pause;
    while (!signal.aborted && monotonic() < deadline) {
      await sleep(stamp === '' ? deadline - monotonic() : Math.min(renewalEvery, deadline - monotonic()), signal);
      if (stamp !== '' && (await stampIdentity(config)) !== stamp) return;
    }
  };

  const run = async (): Promise<void> => {
    let isFirst = true;
    while (!signal.aborted) {
      become('connecting');
      const stamp = await stampIdentity(config);
      const ending = await connectOnce(route.attempt());
      if (signal.aborted || ending.kind !== 'lost') continue;
      ({ error } = ending);
      if (!isLost || isFirst) options.onLost(error);
      isLost = true;
      isFirst = false;
      const step = route.ended(ending);
      if (step.kind === 'stop') {
        become('stopped');
        if (stamp === '') await aborted(signal);
        else await wait(Number.MAX_SAFE_INTEGER, stamp);
      } else if (step.pause > 0) {
        become('waiting');
        nextRetry = now() + step.pause;
        await wait(step.pause, stamp);
      }
    }
  };
  const running = run();

  const warnings = (): string[] => {
    const found: string[] = [];
    if (session?.isPaused() === true) found.push('the broker has reached a quota: the uplink pauses');
    if (suspicion.limit(monotonic()) !== Number.POSITIVE_INFINITY) {
      found.push('the broker ended the connection over something it got: it is being looked for');
    }
    const spent = budget.warning();
    if (spent !== undefined) found.push(spent);
    const { url } = route.attempt();
    if (url !== route.primary()) found.push(`in place of ${route.primary()}`);
    return found;
  };

  return {
    wake: () => session?.pump(),
    retain: (topic, body) => session?.retain(topic, body),
    answer: answer => session?.answer(answer) ?? false,
    report: () => {
      const traffic = budget.traffic();
      return {
        state,
        since,
        address: route.attempt().url,
        ...(version !== undefined && { protocol: version === 5 ? 5 : '3.1.1' }),
        ...(traffic !== undefined && { traffic }),
        warnings: warnings(),
        delivered,
        ...(lastDelivery !== undefined && { lastDelivery }),
        ...(error !== undefined && { error }),
        ...(nextRetry !== undefined && { nextRetry }),
      };
    },
    isIdle: () => session?.isIdle() ?? true,
    stop: async manner => {
      controller.abort(manner);
      await running;
      budget.close();
      become('stopped');
    },
  };
};
