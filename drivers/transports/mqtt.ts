/**
 * The one door of devices to an MQTT broker: the gateway's own, without a socket, or another one. Messages of QoS 1 are
 * acknowledged when their batch is settled, in the order they came. Never retries; what was not acknowledged comes again
 * on the next connection, since the session at the broker outlives this one.
 */
import { readFile } from 'node:fs/promises';
import type { IClientOptions, MqttClient, Packet } from 'mqtt';
import { z } from 'zod';
import { aborted, onAbort } from '../../core/abort.ts';
import { toBrokerError } from '../../core/broker-error.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { duration, secret } from '../../core/fields.ts';
import { createInOrder } from '../../core/in-order.ts';
import type { Message, MessageBatch } from '../../core/message.ts';
import { pemError } from '../../core/pem-error.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { seconds } from '../../core/time.ts';
import { createOversizeFilter } from '../protocols/mqtt/oversize.ts';

const brokerPattern = /^(?:embedded|mqtts?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?)$/;

/** Fields that a driver spreads into its own closed object; `refineMqttFields` checks them against each other. */
export const mqttFields = {
  broker: z
    .string()
    .regex(brokerPattern, 'expected "embedded", "mqtt://host:1883" or "mqtts://host:8883", without user and password')
    .default('embedded')
    .describe('Where the device publishes: the gateway\'s own broker ("embedded") or the address of another one.'),
  protocol: z.literal(['3.1.1', 5]).default('3.1.1').describe('MQTT version spoken with another broker: "3.1.1" or 5.'),
  clientId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" or "_"')
    .optional()
    .describe('Name at another broker, unique there; "haidang-" and the device id when absent.'),
  username: z.string().min(1).max(256).optional().describe('User at another broker.'),
  password: secret().optional().describe('Password of that user.'),
  ca: z.string().optional().describe("PEM file with the authorities that sign the broker's certificate."),
  certificate: z.string().optional().describe('PEM file with the client certificate that the broker asks for.'),
  key: z.string().optional().describe('PEM file with the private key of the client certificate.'),
  session: duration({ maximum: 30 * 86_400_000 })
    .prefault('1d')
    .describe('How long an MQTT 5 broker keeps what arrives while the gateway is away; with 3.1.1 the broker decides.'),
} as const;

export type MqttConfig = z.output<z.ZodObject<typeof mqttFields>>;

/** For `z.strictObject({ ...mqttFields, … }).superRefine(refineMqttFields)`. */
export const refineMqttFields = (config: MqttConfig, context: z.RefinementCtx): void => {
  const refuse = (field: keyof MqttConfig, message: string): void => {
    if (config[field] !== undefined) context.addIssue({ code: 'custom', path: [field], message });
  };
  if (config.broker === 'embedded') {
    const message = 'not used with the embedded broker: its users stand under "broker" of the gateway';
    for (const field of ['clientId', 'username', 'password', 'ca', 'certificate', 'key'] as const) {
      refuse(field, message);
    }
  } else if (config.broker.startsWith('mqtt:')) {
    for (const field of ['ca', 'certificate', 'key'] as const) refuse(field, 'only used with an "mqtts://" address');
  }
  if (config.username === undefined) refuse('password', 'a password needs a "username" beside it');
  if (config.key === undefined) refuse('certificate', 'a certificate needs its "key" beside it');
  if (config.certificate === undefined) refuse('key', 'a key needs its "certificate" beside it');
};

/** What may be on its way to the outbox at one time; the broker and its TCP connection hold the rest. */
const window = 1000;
const windowBytes = 8 * 1024 * 1024;

/** Messages of one batch at most. */
const largestBatch = 250;

/** Bytes of one MQTT packet. Larger messages are passed over: brokers of MQTT 5 do not send them, those of 3.1.1 do. */
const largestPacket = 256 * 1024;

/** A broker that sends a larger one is cut off. */
const largestSkipped = 64 * 1024 * 1024;

/**
 * Publishes at QoS 1; resolves when the broker took it, at the embedded one when a client that reads the topic has it.
 * Throws `unreachable` otherwise, `denied` where the broker says that this user may not.
 */
export type Publish = (topic: string, payload: Uint8Array, signal: AbortSignal) => Promise<void>;

export interface MqttOptions {
  /** `none`: another broker keeps nothing of this client once it is gone. */
  readonly session?: 'kept' | 'none';
  /** Called when the connection stands; what it returns is disposed of when the connection ends. */
  readonly onConnected?: (publish: Publish) => Disposable;
}

/**
 * Batches of the messages published under `filters`, until aborted. Every batch must be settled once. Throws `denied`
 * for refused credentials, topics or certificates, `unreachable` when the connection cannot be made or ends, and what a
 * batch was settled with when it was not accepted.
 */
export const openMqtt = (
  config: MqttConfig,
  filters: readonly string[],
  device: string,
  context: Context,
  options: MqttOptions = {},
): AsyncIterable<MessageBatch> => {
  if (config.broker !== 'embedded') return openConnection(config, filters, device, context, options);
  if (context.embedded === undefined) {
    throw new GatewayError('config', 'the gateway runs no broker of its own', {
      advice: 'Add a "broker" section to the configuration, or give the address of the broker the device uses.',
      path: ['broker'],
    });
  }
  const { subscribe, publish } = context.embedded;
  // At once, not when the first message is asked for: the broker lets nobody in before the devices subscribed.
  return whileConnected(subscribe(device, filters, context.signal), publish, options);
};

async function* whileConnected(
  batches: AsyncIterable<MessageBatch>,
  publish: Publish,
  { onConnected }: MqttOptions,
): AsyncGenerator<MessageBatch, void> {
  using _ = onConnected?.(publish);
  yield* batches;
}

async function* openConnection(
  config: MqttConfig,
  filters: readonly string[],
  device: string,
  context: Context,
  { onConnected, session = 'kept' }: MqttOptions,
): AsyncGenerator<MessageBatch, void> {
  const { signal, clock } = context;
  const options = { ...(await toOptions(config, device, context)), clean: session === 'none' };
  const { connect } = await import('mqtt');
  const { generate, writeToStream } = await import('mqtt-packet');
  // Otherwise it keeps a buffer for each of 65 536 numbers: 18 MB.
  writeToStream.cacheNumbers = false;
  if (signal.aborted) return;

  const queue = new BoundedQueue<{ readonly message: Message; readonly done: () => void }>({
    capacity: window,
    overflow: 'block',
  });
  const client = connect(config.broker, options);
  const fail = (failure: GatewayError): void => queue.fail(failure);
  const protocolVersion = config.protocol === 5 ? 5 : 4;
  let bytesUnderWay = 0;
  const acknowledgements = createInOrder<{ readonly messageId: number | undefined; readonly bytes: number }>(done => {
    const packets = done.flatMap(({ messageId, bytes }) => {
      bytesUnderWay -= bytes;
      return messageId === undefined ? [] : [generate({ cmd: 'puback', messageId }, { protocolVersion })];
    });
    if (packets.length > 0 && client.connected) client.stream.write(Buffer.concat(packets));
    resume();
  });

  let continueParsing: (() => void) | undefined;
  const resume = (): void => {
    if (acknowledgements.size >= window || bytesUnderWay >= windowBytes) return;
    const next = continueParsing;
    continueParsing = undefined;
    next?.();
  };

  // MQTT.js acknowledges a QoS 1 message by itself and parses nothing meanwhile. Shown as QoS 0 it is handed over at
  // once, and its PUBACK is ours to write.
  let messageId: number | undefined;
  client.on('packetreceive', packet => {
    if (packet.cmd !== 'publish') return;
    messageId = packet.qos === 0 ? undefined : packet.messageId;
    if (packet.qos === 2) fail(new GatewayError('protocol', `${config.broker} sends QoS 2 for a QoS 1 subscription`));
    packet.qos = 0;
  });
  client.handleMessage = (packet, parseNext) => {
    const bytes = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const message = { bytes, receivedAt: clock.now(), channel: packet.topic, retained: packet.retain };
    bytesUnderWay += bytes.length;
    queue.offer({ message, done: acknowledgements.enter({ messageId, bytes: bytes.length }) });
    continueParsing = parseNext;
    resume();
  };

  const oversize = createOversizeFilter(largestPacket, largestSkipped, ({ topic, bytes, messageId }) => {
    context.count('malformed.too-large');
    context.log.warn('a message is too large and is passed over', { topic, bytes, largest: largestPacket });
    acknowledgements.enter({ messageId, bytes: 0 })();
  });
  filterArriving(client.stream, chunk => {
    const passed = oversize.pass(chunk);
    if (passed !== 'broken') return passed;
    fail(
      new GatewayError(
        'protocol',
        `${config.broker} sent a packet of more than ${largestSkipped} bytes, or no packet`,
        {
          advice: 'Limit the size of messages at the broker, such as message_size_limit of mosquitto.',
        },
      ),
    );
    client.stream.destroy();
    return new Uint8Array(0);
  });
  client.on('error', error => fail(toBrokerError(error, config.broker, clock.now())));
  client.on('close', () => fail(new GatewayError('unreachable', `${config.broker} closed the connection`)));
  using connected = new DisposableStack();
  client.on('connect', () => {
    subscribe(client, filters, config).then(() => {
      // The connection may have ended while the broker answered.
      if (!connected.disposed) connected.use(onConnected?.(createPublish(client, config)));
    }, fail);
  });
  using _abort = onAbort(signal, () => queue.close());

  try {
    for await (const arrived of queue.batches(largestBatch)) {
      yield {
        messages: arrived.map(({ message }) => message),
        settle: failure => {
          if (failure !== undefined) fail(failure);
          else for (const { done } of arrived) done();
        },
      };
    }
  } finally {
    await new Promise<void>(resolve => client.end(true, {}, () => resolve()));
  }
}

/** Every byte that arrives passes through `push` of the socket, before MQTT.js reads it. */
const filterArriving = (stream: MqttClient['stream'], filter: (chunk: Uint8Array) => Uint8Array): void => {
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown) => push(chunk instanceof Uint8Array ? filter(chunk) : chunk);
};

const subscribe = async (client: MqttClient, filters: readonly string[], config: MqttConfig): Promise<void> => {
  try {
    await client.subscribeAsync([...filters], { qos: 1 });
  } catch (error) {
    throw new GatewayError('denied', `${config.broker} does not let this user subscribe to ${filters.join(', ')}`, {
      advice: "Add these topics to what the user may read in the broker's access list.",
      cause: error,
    });
  }
};

/** MQTT 5: nobody subscribed, and not authorized. */
const noSubscribers = 0x10;
const notAuthorized = 0x87;

/** MQTT.js takes the answer that nobody subscribed for a success: the reason is read from the packet. */
const createPublish = (client: MqttClient, { broker }: MqttConfig): Publish => {
  /** Of messages under way, by their numbers. */
  const reasons = new Map<number, number>();
  client.on('packetreceive', packet => {
    if (packet.cmd === 'puback' && packet.messageId !== undefined && packet.reasonCode === noSubscribers)
      reasons.set(packet.messageId, packet.reasonCode);
  });

  const untaken = (topic: string, cause?: unknown): GatewayError =>
    new GatewayError('unreachable', `${broker} did not take a message for ${topic}`, { cause });

  const send = async (topic: string, payload: Uint8Array): Promise<void> => {
    let sent: Packet | undefined;
    try {
      sent = await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    } catch (cause) {
      const isForbidden = cause instanceof Error && 'code' in cause && cause.code === notAuthorized;
      if (!isForbidden) throw untaken(topic, cause);
      throw new GatewayError('denied', `${broker} does not let this user publish ${topic}`, {
        advice: "Add this topic to what the user may write in the broker's access list.",
        cause,
      });
    }
    if (sent?.messageId === undefined || !reasons.delete(sent.messageId)) return;
    throw new GatewayError('unreachable', `no device reads ${topic} at ${broker}`, {
      advice: 'Check that the device is on, and the topic.',
    });
  };

  return async (topic, payload, signal) => {
    const late = aborted(signal).then(() => Promise.reject(untaken(topic)));
    await Promise.race([send(topic, payload), late]);
  };
};

const readPem = (file: string, field: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw pemError(file, [field], cause);
  });

const toOptions = async (config: MqttConfig, device: string, { reveal }: Context): Promise<IClientOptions> => ({
  protocolVersion: config.protocol === 5 ? 5 : 4,
  clientId: config.clientId ?? `haidang-${device}`,
  keepalive: 30,
  connectTimeout: seconds(10),
  reconnectPeriod: 0,
  ...(config.username !== undefined && { username: config.username }),
  ...(config.password !== undefined && { password: reveal(config.password) }),
  ...(config.ca !== undefined && { ca: await readPem(config.ca, 'ca') }),
  ...(config.certificate !== undefined && { cert: await readPem(config.certificate, 'certificate') }),
  ...(config.key !== undefined && { key: await readPem(config.key, 'key') }),
  ...(config.protocol === 5 && {
    properties: {
      receiveMaximum: window,
      maximumPacketSize: largestPacket,
      sessionExpiryInterval: Math.ceil(config.session / 1000),
    },
  }),
});
