import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { generate, parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GatewayError, toGatewayError } from '../../../core/errors.ts';
import type { MessageBatch } from '../../../core/message.ts';
import { hours } from '../../../core/time.ts';
import { type MqttConfig, mqttFields, openMqtt, refineMqttFields } from '../../../drivers/transports/mqtt.ts';
import { createAuthority } from '../../../simulators/ioc/certificate.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { createContext, secretNamed, type TestContext } from '../support/context.ts';
import { tapWire, type WireTap } from '../support/wire-tap.ts';

const schema = z.strictObject(mqttFields).superRefine(refineMqttFields);

const configFor = (config: z.input<typeof schema>): MqttConfig => schema.parse(config);

interface Subscription {
  readonly context: TestContext;
  readonly batches: readonly MessageBatch[];
  texts(): readonly string[];
  ended(): { readonly failure?: GatewayError } | undefined;
  stop(): Promise<void>;
}

/** Reads on, and settles nothing by itself. */
const subscribe = (
  config: MqttConfig,
  filters: readonly string[],
  options: Parameters<typeof createContext>[0] = {},
): Subscription => {
  const context = createContext(options);
  const batches: MessageBatch[] = [];
  let ended: { readonly failure?: GatewayError } | undefined;
  const running = (async () => {
    for await (const batch of openMqtt(config, filters, 'device-1', context)) batches.push(batch);
  })().then(
    () => {
      ended = {};
    },
    (failure: unknown) => {
      ended = { failure: toGatewayError(failure) };
    },
  );
  return {
    context,
    batches,
    texts: () => batches.flatMap(({ messages }) => messages.map(({ bytes }) => Buffer.from(bytes).toString())),
    ended: () => ended,
    stop: async () => {
      context.abort();
      await running;
    },
  };
};

const failureOf = async (
  config: MqttConfig,
  options: Parameters<typeof createContext>[0] = {},
): Promise<GatewayError> => {
  const subscription = subscribe(config, ['a'], options);
  const { failure } = await until('it ended', () => subscription.ended());
  if (failure === undefined) throw new Error('it ended without an error');
  return failure;
};

const missing = missingPrograms('mosquitto', 'mosquitto_passwd');

interface Bench extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly publisher: MqttClient;
}

/** A mosquitto with somebody who publishes. */
const createBench = async (): Promise<Bench> => {
  const folder = await temporaryFolder();
  const broker = await startMosquitto({ folder: folder.path });
  const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 4 });
  return {
    port: broker.port,
    folder: folder.path,
    publisher,
    [Symbol.asyncDispose]: async () => {
      await publisher.endAsync(true);
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

describe.skipIf(missing !== undefined)('the mqtt transport', () => {
  for (const protocol of ['3.1.1', 5] as const) {
    const version = protocol === 5 ? 5 : 4;

    describe(`with MQTT ${protocol}`, () => {
      /** A subscription through the tap that stands. */
      const stand = async (tap: WireTap): Promise<Subscription> => {
        const subscription = subscribe(configFor({ broker: `mqtt://127.0.0.1:${tap.port}`, protocol }), ['a/#']);
        await until('the subscription stands', () => tap.packets.some(({ packet }) => packet.cmd === 'suback'));
        return subscription;
      };

      it('acknowledges a QoS 1 message when its batch is settled, and not before', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const subscription = await stand(tap);
        await bench.publisher.publishAsync('a/b', 'one', { qos: 1 });
        await until('it arrived', () => subscription.texts().length === 1);
        await bench.publisher.publishAsync('a/b', 'two', { qos: 1 });
        await until('the next arrived too', () => subscription.texts().length === 2);
        expect(tap.acknowledged()).toEqual([]);
        for (const { settle } of subscription.batches) settle();
        await until('both are acknowledged', () => tap.acknowledged().length === 2);
        expect(tap.acknowledged()).toEqual(tap.delivered());
        await subscription.stop();
      });

      it('goes on reading while nothing is settled, though MQTT.js by itself would wait for each message', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const subscription = await stand(tap);
        const texts = Array.from({ length: 400 }, (_, index) => String(index));
        for (const text of texts) bench.publisher.publish('a/b', text, { qos: 1 });
        await until('all arrived', () => subscription.texts().length === texts.length);
        expect(tap.acknowledged()).toEqual([]);
        expect(subscription.texts()).toEqual(texts);
        for (const { settle } of subscription.batches) settle();
        await until('all are acknowledged', () => tap.acknowledged().length === texts.length);
        expect(tap.acknowledged()).toEqual(tap.delivered());
        await subscription.stop();
      });

      it('acknowledges in the order the messages came, whatever batch is settled first', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const subscription = await stand(tap);
        for (const text of ['one', 'two', 'three']) {
          await bench.publisher.publishAsync('a/b', text, { qos: 1 });
          await until(`${text} arrived`, () => subscription.texts().includes(text));
        }
        expect(subscription.batches).toHaveLength(3);
        subscription.batches[2]?.settle();
        subscription.batches[1]?.settle();
        await bench.publisher.publishAsync('a/b', 'a round trip', { qos: 1 });
        await until('it came round', () => subscription.texts().length === 4);
        expect(tap.acknowledged()).toEqual([]);
        subscription.batches[0]?.settle();
        await until('three are acknowledged', () => tap.acknowledged().length === 3);
        expect(tap.acknowledged()).toEqual(tap.delivered().slice(0, 3));
        await subscription.stop();
      });

      it('acknowledges no QoS 0 message', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const subscription = await stand(tap);
        await bench.publisher.publishAsync('a/b', 'once at most', { qos: 0 });
        await bench.publisher.publishAsync('a/b', 'at least once', { qos: 1 });
        await until('both arrived', () => subscription.texts().length === 2);
        for (const { settle } of subscription.batches) settle();
        await until('one is acknowledged', () => tap.acknowledged().length > 0);
        expect(tap.acknowledged()).toEqual(tap.delivered());
        expect(tap.acknowledged()).toHaveLength(1);
        await subscription.stop();
      });

      it('is sent again what was not settled, and what came while it was away, on its next connection', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const first = await stand(tap);
        for (const text of ['settled', 'not settled']) {
          await bench.publisher.publishAsync('a/b', text, { qos: 1 });
          await until(`${text} arrived`, () => first.texts().includes(text));
        }
        first.batches[0]?.settle();
        await until('one is acknowledged', () => tap.acknowledged().length === 1);
        await first.stop();
        await bench.publisher.publishAsync('a/b', 'while away', { qos: 1 });
        const second = subscribe(configFor({ broker: `mqtt://127.0.0.1:${tap.port}`, protocol }), ['a/#']);
        await until('both came', () => second.texts().length === 2);
        expect(second.texts()).toEqual(['not settled', 'while away']);
        await second.stop();
      });

      it('ends with what its batch was settled with, and has acknowledged nothing of it', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const subscription = await stand(tap);
        await bench.publisher.publishAsync('a/b', 'one', { qos: 1 });
        await until('it arrived', () => subscription.texts().length === 1);
        const failure = new GatewayError('exhausted', 'the disk is full');
        subscription.batches[0]?.settle(failure);
        const end = await until('it ended', () => subscription.ended());
        expect(end.failure).toBe(failure);
        expect(tap.acknowledged()).toEqual([]);
      });

      it('is unreachable when the connection breaks', async () => {
        await using bench = await createBench();
        await using tap = await tapWire(bench.port, version);
        const subscription = await stand(tap);
        tap.cut();
        const end = await until('it ended', () => subscription.ended());
        expect(end.failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('closed') });
      });

      it('is denied with a wrong password, and says nothing of it', async () => {
        await using folder = await temporaryFolder();
        const port = await freePort();
        const passwords = path.join(folder.path, 'passwords');
        spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'gateway', 'the right one']);
        const configuration = `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}`;
        await using _broker = await startMosquitto({ folder: folder.path, port, configuration });
        const config = { ...configFor({ broker: `mqtt://127.0.0.1:${port}`, protocol }), username: 'gateway' };
        const failure = await failureOf(
          { ...config, password: secretNamed('PASSWORD') },
          { secrets: { PASSWORD: 'the wrong one' } },
        );
        expect(failure).toMatchObject({ kind: 'denied', advice: expect.stringContaining('password') });
        expect(`${failure.message} ${failure.advice}`).not.toContain('the wrong one');
      });
    });
  }

  it('tells retained messages from those that happen now', async () => {
    await using bench = await createBench();
    await bench.publisher.publishAsync('a', 'before', { qos: 1, retain: true });
    const subscription = subscribe(configFor({ broker: `mqtt://127.0.0.1:${bench.port}` }), ['a']);
    await until('the retained one came', () => subscription.texts().length === 1);
    await bench.publisher.publishAsync('a', 'now', { qos: 1, retain: true });
    await until('the other came', () => subscription.texts().length === 2);
    expect(subscription.batches.flatMap(({ messages }) => messages.map(({ retained }) => retained))).toEqual([
      true,
      false,
    ]);
    await subscription.stop();
  });

  it.each([
    ['3.1.1', 1],
    [5, 0],
  ] as const)(
    'passes over a message of 10 MB over MQTT %s once and for all, and loses nothing beside it',
    async (protocol, seen) => {
      await using bench = await createBench();
      const config = configFor({ broker: `mqtt://127.0.0.1:${bench.port}`, protocol });
      const subscription = subscribe(config, ['a']);
      await bench.publisher.publishAsync('a', 'before', { qos: 1, retain: true });
      await until('it reads', () => subscription.texts().includes('before'));
      await bench.publisher.publishAsync('a', Buffer.alloc(10_000_000), { qos: 1 });
      await bench.publisher.publishAsync('a', 'after', { qos: 1 });
      await until('the next one came', () => subscription.texts().includes('after'));
      for (const { settle } of subscription.batches) settle();
      expect(subscription.ended()).toBeUndefined();
      expect(subscription.context.counts.get('malformed.too-large') ?? 0).toBe(seen);
      // With a round trip the acknowledgements are at the broker.
      await bench.publisher.publishAsync('a', 'last', { qos: 1 });
      await until('the last one came', () => subscription.texts().includes('last'));
      await subscription.stop();
      // What was not acknowledged would come again.
      const again = subscribe(config, ['a', 'b']);
      await until('the retained one came', () => again.texts().includes('before'));
      expect(again.texts()).not.toContain('after');
      expect(again.context.counts.get('malformed.too-large')).toBeUndefined();
      await again.stop();
    },
  );

  it('takes no more than its window while nothing is settled, and the rest afterwards', async () => {
    await using bench = await createBench();
    const subscription = subscribe(configFor({ broker: `mqtt://127.0.0.1:${bench.port}` }), ['a']);
    await bench.publisher.publishAsync('a', 'first', { qos: 1, retain: true });
    await until('it reads', () => subscription.texts().length >= 1);
    for (let index = 0; index < 3000; index++) bench.publisher.publish('a', String(index), { qos: 1 });
    await until('the window is full', () => subscription.texts().length >= 1000);
    await bench.publisher.publishAsync('b', 'a round trip', { qos: 1 });
    expect(subscription.texts()).toHaveLength(1000);
    let settled = 0;
    await until('all came', () => {
      for (; settled < subscription.batches.length; settled++) subscription.batches[settled]?.settle();
      return subscription.texts().length >= 3001;
    });
    await subscription.stop();
  });

  it('holds no more than 8 MB of large messages while nothing is settled', async () => {
    await using bench = await createBench();
    const subscription = subscribe(configFor({ broker: `mqtt://127.0.0.1:${bench.port}` }), ['a']);
    await bench.publisher.publishAsync('a', 'first', { qos: 1, retain: true });
    await until('it reads', () => subscription.texts().length >= 1);
    const large = Buffer.alloc(200_000, 'x');
    for (let index = 0; index < 100; index++) bench.publisher.publish('a', large, { qos: 1 });
    const bytes = (): number => subscription.texts().reduce((sum, text) => sum + text.length, 0);
    await until('the window is full', () => bytes() >= 8_000_000);
    await bench.publisher.publishAsync('b', 'a round trip', { qos: 1 });
    expect(bytes()).toBeLessThan(9_000_000);
    let settled = 0;
    await until('all came', () => {
      for (; settled < subscription.batches.length; settled++) subscription.batches[settled]?.settle();
      return subscription.texts().length >= 101;
    });
    await subscription.stop();
  });

  it('is not slowed down by commits that take 20 ms', async () => {
    await using bench = await createBench();
    const context = createContext();
    const config = configFor({ broker: `mqtt://127.0.0.1:${bench.port}` });
    let received = 0;
    let done = 0;
    let startedAt = 0;
    const reading = (async () => {
      for await (const { messages, settle } of openMqtt(config, ['a'], 'device-1', context)) {
        if (received === 0) startedAt = performance.now();
        received += messages.length;
        setTimeout(() => {
          settle();
          done += messages.length;
        }, 20);
      }
    })();
    await bench.publisher.publishAsync('a', 'first', { qos: 1, retain: true });
    await until('it reads', () => received > 0);
    for (let index = 0; index < 5000; index++) bench.publisher.publish('a', String(index), { qos: 1 });
    await until('all are settled', () => done > 5000);
    // One message a commit, as MQTT.js does by itself, would be 50 a second.
    expect((done / (performance.now() - startedAt)) * 1000).toBeGreaterThan(500);
    context.abort();
    await reading;
  });

  it('reads over TLS with a client certificate', async () => {
    await using tls = await createTls();
    await using _broker = await tls.start(tls.authority.issueServer('broker'));
    const subscription = subscribe(configFor({ broker: tls.broker, ...tls.files }), ['a']);
    const publisher = await mqtt.connectAsync(tls.broker, { protocolVersion: 4, ...tls.credentials });
    await publisher.publishAsync('a', 'sealed', { qos: 1, retain: true });
    await until('it arrived', () => subscription.texts().length === 1);
    await publisher.endAsync(true);
    await subscription.stop();
  });

  it('is denied without the client certificate that the broker asks for', async () => {
    await using tls = await createTls();
    await using _broker = await tls.start(tls.authority.issueServer('broker'));
    expect(await failureOf(configFor({ broker: tls.broker, ca: tls.files.ca }))).toMatchObject({ kind: 'denied' });
  });

  it('denies a broker whose certificate no known authority signed', async () => {
    await using tls = await createTls();
    await using _broker = await tls.start(createAuthority(Date.now()).issueServer('broker'));
    expect(await failureOf(configFor({ broker: tls.broker, ...tls.files }))).toMatchObject({
      kind: 'denied',
      advice: expect.stringContaining('"ca"'),
    });
  });

  it('blames the clock when the certificate of the broker is not valid yet', async () => {
    await using tls = await createTls(Date.now() + hours(1000));
    await using _broker = await tls.start(tls.authority.issueServer('broker'));
    expect(await failureOf(configFor({ broker: tls.broker, ...tls.files }))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('the clock is wrong'),
    });
  });

  it('says that there is no TLS on a port without it', async () => {
    await using bench = await createBench();
    expect(await failureOf(configFor({ broker: `mqtts://127.0.0.1:${bench.port}` }))).toMatchObject({
      kind: expect.stringMatching(/^(?:protocol|unreachable)$/),
      message: expect.stringContaining(`${bench.port}`),
    });
  });
});

/** A mosquitto that speaks TLS and asks for a certificate of the same authority. */
const createTls = async (now = Date.now()) => {
  const folder = await temporaryFolder();
  const port = await freePort();
  const authority = createAuthority(now);
  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder.path, name);
    await writeFile(file, text);
    return file;
  };
  const client = authority.issueClient('device-1');
  return {
    authority,
    broker: `mqtts://127.0.0.1:${port}`,
    files: {
      ca: await write('ca.pem', authority.certificate),
      certificate: await write('client.pem', client.certificate),
      key: await write('client.key', client.key),
    },
    credentials: { ca: authority.certificate, cert: client.certificate, key: client.key },
    start: async (identity: { readonly certificate: string; readonly key: string }) => {
      const lines = [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
        'require_certificate true',
        `cafile ${path.join(folder.path, 'ca.pem')}`,
        `certfile ${await write('server.pem', identity.certificate)}`,
        `keyfile ${await write('server.key', identity.key)}`,
      ];
      return startMosquitto({ folder: folder.path, port, configuration: lines.join('\n') });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

describe('the mqtt transport before what is no broker', () => {
  /** Answers everything that connects as `behave` does. */
  const listen = async (behave: (socket: net.Socket) => void): Promise<{ readonly url: string } & AsyncDisposable> => {
    const sockets = new Set<net.Socket>();
    const server = net.createServer(socket => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      behave(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    return {
      url: `mqtt://127.0.0.1:${address.port}`,
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  };

  /** Does what a broker does up to the subscription, then `next`. */
  const accept = (socket: net.Socket, next: () => void, granted = 1): void => {
    const reader = parser();
    reader.on('packet', packet => {
      if (packet.cmd === 'connect') socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
      if (packet.cmd !== 'subscribe') return;
      socket.write(generate({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [granted] }));
      next();
    });
    socket.on('data', chunk => reader.parse(chunk));
  };

  it('is unreachable where nothing listens, and says where', async () => {
    const port = await freePort();
    expect(await failureOf(configFor({ broker: `mqtt://127.0.0.1:${port}` }))).toMatchObject({
      kind: 'unreachable',
      message: `mqtt://127.0.0.1:${port} refuses the connection`,
      advice: expect.any(String),
    });
  });

  it('is unreachable where the name is not known', async () => {
    expect(await failureOf(configFor({ broker: 'mqtt://no-such-broker.invalid:1883' }))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('name'),
    });
  });

  it('calls it a breach of the protocol when a web server answers', async () => {
    await using other = await listen(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failureOf(configFor({ broker: other.url }))).toMatchObject({ kind: 'protocol' });
  });

  it('is denied topics that the broker does not let it read', async () => {
    await using strict = await listen(socket => accept(socket, () => {}, 0x80));
    expect(await failureOf(configFor({ broker: strict.url }))).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('subscribe to a'),
      advice: expect.stringContaining('access list'),
    });
  });

  it('cuts off a broker that announces a message of 200 MB', async () => {
    await using huge = await listen(socket =>
      accept(socket, () => socket.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64, 0x00, 0x01, 0x61]))),
    );
    expect(await failureOf(configFor({ broker: huge.url }))).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('67108864 bytes'),
    });
  });

  it('ends with an error, and nothing worse, when what the broker sends is spoiled at random', async () => {
    for (let round = 0; round < 60; round++) {
      const random = createRandom('spoiled packets', round);
      const packets = Array.from({ length: 5 }, (_, messageId) =>
        generate({
          cmd: 'publish',
          topic: 'a',
          payload: '{}',
          qos: 1,
          messageId: messageId + 1,
          dup: false,
          retain: false,
        }),
      );
      const bytes = Buffer.concat(packets);
      for (let change = 0; change < 3; change++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      await using spoiling = await listen(socket => accept(socket, () => socket.end(bytes)));
      const failure = await failureOf(configFor({ broker: spoiling.url }));
      expect(['protocol', 'unreachable']).toContain(failure.kind);
    }
  });

  it('calls QoS 2 a breach of the protocol, since it asked for QoS 1', async () => {
    await using strict = await listen(socket =>
      accept(socket, () =>
        socket.write(
          generate({ cmd: 'publish', topic: 'a', payload: 'x', qos: 2, messageId: 7, dup: false, retain: false }),
        ),
      ),
    );
    expect(await failureOf(configFor({ broker: strict.url }))).toMatchObject({ kind: 'protocol' });
  });

  it('ends within a second of its abort while the broker does not answer', async () => {
    await using mute = await listen(() => {});
    const subscription = subscribe(configFor({ broker: mute.url }), ['a']);
    await new Promise(resolve => setImmediate(resolve));
    const startedAt = performance.now();
    await subscription.stop();
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(subscription.ended()).toEqual({});
  });

  it('says that a certificate file cannot be read, and where it stands in the configuration', async () => {
    expect(await failureOf(configFor({ broker: 'mqtts://127.0.0.1:1', ca: '/no/such/file.pem' }))).toMatchObject({
      kind: 'config',
      path: ['ca'],
      message: expect.stringContaining('/no/such/file.pem'),
    });
  });
});

describe('the configuration of the mqtt transport', () => {
  const problems = (config: unknown): readonly string[] =>
    (schema.safeParse(config).error?.issues ?? []).map(({ path: at, message }) => `${at.join('.')}: ${message}`);

  it('takes the embedded broker when none is given', () => {
    expect(configFor({})).toMatchObject({ broker: 'embedded', protocol: '3.1.1' });
  });

  it('wants the gateway to run a broker when a device reads the embedded one', () => {
    expect(() => openMqtt(configFor({}), ['a'], 'device-1', createContext())).toThrow(
      expect.objectContaining({ kind: 'config', path: ['broker'] }),
    );
  });

  it.each([
    ['credentials in the address', { broker: 'mqtt://user:secret@host:1883' }, 'broker'],
    ['a password in the open', { broker: 'mqtt://host:1883', username: 'u', password: 'secret' }, 'password'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a secret is written so.
    ['a password without a user', { broker: 'mqtt://host:1883', password: '${env:P}' }, 'password'],
    ['a user for the embedded broker', { username: 'u' }, 'username'],
    ['an authority without TLS', { broker: 'mqtt://host:1883', ca: 'ca.pem' }, 'ca'],
    ['a certificate without its key', { broker: 'mqtts://host:8883', certificate: 'c.pem' }, 'certificate'],
    ['a key without its certificate', { broker: 'mqtts://host:8883', key: 'k.pem' }, 'key'],
  ])('refuses %s', (_, config, field) => {
    const found = problems(config);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${field}: `));
    expect(found[0]).not.toContain('secret@');
  });
});
