/**
 * Orders of the center by programs that are not ours: signed by openssl with the script of docs/commands.md, sent by
 * mosquitto's own clients through a real mosquitto, in both versions of MQTT.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCenter } from '../support/center.ts';
import { configFile, haidang, siteSections, startGateway } from '../support/gateway.ts';
import { readProjectFile } from '../support/project-files.ts';
import { freePort, missingPrograms, start, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto', 'mosquitto_pub', 'mosquitto_rr', 'mosquitto_sub', 'openssl', 'sh');

const answerShape = z.looseObject({
  jti: z.string().optional(),
  status: z.string(),
  reason: z.string().optional(),
  repeated: z.boolean().optional(),
  result: z.looseObject({}).optional(),
});
type Answer = z.infer<typeof answerShape>;

const run = async (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${program} ended with ${child.exitCode}: ${err}`);
  return out;
};

/** The script of the page, as a reader copies it. */
const signingScript = (): string => {
  const block = [...readProjectFile('docs/commands.md').matchAll(/^```sh\n(#!\/bin\/sh\n[^`]*)```$/gm)][0]?.[1];
  if (block === undefined) throw new Error('docs/commands.md holds no script');
  return block;
};

interface Key {
  readonly id: string;
  readonly sender: string;
  readonly file: string;
  readonly publicKey: string;
}

const openKey = async (folder: string, id: string, sender: string, name = id): Promise<Key> => {
  const file = path.join(folder, `${name}.pem`);
  await run('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file]);
  return { id, sender, file, publicKey: await run('openssl', ['pkey', '-in', file, '-pubout']) };
};

interface Order {
  readonly command: string;
  readonly input?: unknown;
  readonly to?: string;
  /** Seconds before now at which it was signed. */
  readonly age?: number;
}

const indent = (text: string): string => text.trim().replaceAll('\n', '\n        ');

/** A broker, a gateway whose uplink speaks this version of MQTT, and a center that gives orders in it. */
const open = async (protocol: '5' | '3.1.1') => {
  const stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await temporaryFolder());
  const mosquitto = stack.use(await startMosquitto({ folder }));
  const [apiPort, sensorPort] = [await freePort(), await freePort()];
  const script = path.join(folder, 'sign.sh');
  await writeFile(script, signingScript());
  const ioc = await openKey(folder, 'ioc-2026', 'ioc');
  const police = await openKey(folder, 'police-1', 'police');
  const thief = await openKey(folder, 'ioc-2026', 'ioc', 'thief');
  const file = await configFile(
    folder,
    `${siteSections({ folder, apiPort, brokerPort: mosquitto.port, status: 'actual' }).replace(
      'sink: mqtt,',
      `sink: mqtt, protocol: ${protocol === '5' ? '5' : '"3.1.1"'},`,
    )}
broker: { port: ${sensorPort} }
commands:
  keys:
    - id: ioc-2026
      sender: ioc
      commands: [all]
      publicKey: |
        ${indent(ioc.publicKey)}
    - id: police-1
      sender: police
      agency: hue-police
      commands: [device.restart, maintenance.start, maintenance.stop, logs.tail]
      publicKey: |
        ${indent(police.publicKey)}
devices:
  - { id: pm-1, driver: mqtt-json, broker: embedded, topics: [tele/pm-1], agencies: [hue-police], values: [{ quantity: pm25, path: pm25 }], silence: 1h }
  - { id: pm-2, driver: mqtt-json, broker: embedded, topics: [tele/pm-2], values: [{ quantity: pm25, path: pm25 }], silence: 1h }
pipelines: [{ name: air, from: [pm-1, pm-2], stages: [{ stage: normalize }, { stage: aggregate, periods: [1s], lateness: 100ms }] }]
`,
  );
  const center = stack.use(await openCenter(mosquitto.port));
  const gateway = stack.use(await startGateway(file, apiPort));
  await until('the uplink is connected', async () => (await gateway.status())?.uplinks[0]?.state === 'connected');

  const version = protocol === '5' ? '5' : '311';
  const topicOf = ({ sender }: Key): string => `ioc/v1/hue/gw-1/gateway/cmd/${sender}`;
  /** With 3.1.1 there is nothing but the topic of the convention. */
  const answerTopicOf = ({ sender }: Key): string =>
    protocol === '5' ? `desk/${sender}/answers` : `ioc/v1/hue/gw-1/gateway/ack/${sender}`;
  const connect = ['-h', '127.0.0.1', '-p', String(mosquitto.port), '-V', version, '-q', '1'];
  let count = 0;

  const sign = async (key: Key, { command, input = {}, to = 'hue/gw-1', age = 0 }: Order): Promise<string> => {
    const args = [script, key.file, key.id, key.sender, to, command, JSON.stringify(input)];
    const signed = path.join(folder, `command-${++count}.jws`);
    await writeFile(signed, await run('sh', args, { NOW: String(Math.floor(Date.now() / 1000) - age) }));
    return signed;
  };
  const send = async (key: Key, signed: string): Promise<Answer> => {
    // mosquitto_rr 2.0.11 sends an empty message for a file.
    const message = (await readFile(signed, 'utf8')).trim();
    const args = ['-t', topicOf(key), '-e', answerTopicOf(key), '-m', message, '-W', '15'];
    return answerShape.parse(JSON.parse(await run('mosquitto_rr', [...connect, ...args])));
  };

  return {
    ...{ folder, file, apiPort, connect, center, gateway, mosquitto, ioc, police, thief, sign, send, topicOf },
    order: async (key: Key, order: Order): Promise<Answer> => send(key, await sign(key, order)),
    /** What the center was told of a command, in its order. */
    story: (jti: string | undefined) =>
      until('the story of the command is told', () => {
        const told = [...center.events.values()].filter(({ correlationid }) => correlationid?.endsWith(`/${jti}`));
        const isOver = told.some(({ type }) => /(?:completed|refused)/.test(type));
        return isOver && told.toSorted((a, b) => (a.streamseq ?? '').localeCompare(b.streamseq ?? ''));
      }),
    measure: async (device: string, value: number): Promise<void> => {
      const sensor = await mqtt.connectAsync(`mqtt://127.0.0.1:${sensorPort}`, { protocolVersion: 4 });
      await sensor.publishAsync(`tele/${device}`, JSON.stringify({ pm25: value }), { qos: 1 });
      await sensor.endAsync();
    },
    statusesOf: (device: string) =>
      [...center.events.values()]
        .filter(({ source, type }) => source.endsWith(`/${device}`) && type.includes('air-quality'))
        .map(({ eventstatus }) => eventstatus),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

const typesOf = (events: readonly { readonly type: string }[]): readonly string[] =>
  events.map(({ type }) => type.replace(/^vn\.ioc\.gateway\.|\.v1$/g, ''));

describe.skipIf(missing !== undefined).each(['5', '3.1.1'] as const)('orders over MQTT %s', protocol => {
  it('are done when they are signed, refused when they are not, and tell their story', {
    timeout: 60_000,
  }, async () => {
    await using test = await open(protocol);
    const { ioc, police, thief } = test;

    const restart = await test.sign(ioc, { command: 'device.restart', input: { device: 'pm-1' } });
    const done = await test.send(ioc, restart);
    expect(done).toMatchObject({ status: 'done', command: 'device.restart', result: { device: 'pm-1' } });
    const story = await test.story(done.jti);
    expect(typesOf(story)).toEqual(['command.accepted', 'command.completed']);
    expect(story[0]?.data).toMatchObject({ sender: 'ioc', key: 'ioc-2026', devices: ['pm-1'], uplink: 'ioc' });
    expect(story[1]).toMatchObject({ causationid: story[0]?.id, data: { outcome: 'done' } });

    expect(await test.send(ioc, restart)).toEqual({ ...done, repeated: true });

    const agency = { command: 'device.restart', input: { device: 'pm-1' } };
    expect(await test.order(police, agency)).toMatchObject({ status: 'done' });
    const refused: readonly (readonly [string, Key, Order])[] = [
      ['bad-signature', thief, { command: 'gateway.restart' }],
      ['expired', ioc, { command: 'gateway.restart', age: 3600 }],
      ['not-yet-valid', ioc, { command: 'gateway.restart', age: -3600 }],
      ['wrong-audience', ioc, { command: 'gateway.restart', to: 'hue/gw-2' }],
      ['not-authorized', police, { command: 'device.restart', input: { device: 'pm-2' } }],
      ['not-authorized', police, { command: 'logs.tail' }],
      ['not-authorized', police, { command: 'gateway.restart' }],
      ['unknown-command', ioc, { command: 'self.destruct' }],
      ['invalid-input', ioc, { command: 'device.restart', input: { device: 'pm-1', force: true } }],
      ['unknown-device', ioc, { command: 'device.restart', input: { device: 'cam-9' } }],
    ];
    for (const [reason, key, order] of refused) {
      expect(await test.order(key, order)).toMatchObject({ status: 'refused', reason });
    }
    await until('every refusal is told', () => {
      const told = [...test.center.events.values()].filter(({ type }) => type.includes('command.refused'));
      return told.length === refused.length && told;
    });
    expect(await test.order(ioc, { command: 'snapshot', input: { device: 'pm-1' } })).toMatchObject({
      status: 'failed',
      error: { kind: 'unsupported' },
    });
    expect(await test.order(ioc, { command: 'logs.tail', input: { lines: 5 } })).toMatchObject({ status: 'done' });
    expect([...test.center.report().invalid]).toEqual([]);
  });

  it('that were sent while the gateway was away are done when it is back', { timeout: 60_000 }, async () => {
    await using test = await open(protocol);
    const { ioc } = test;
    await test.gateway.stop();
    const signed = await test.sign(ioc, { command: 'device.restart', input: { device: 'pm-2' } });
    await run('mosquitto_pub', [...test.connect, '-t', test.topicOf(ioc), '-f', signed]);
    await using _again = await startGateway(test.file, test.apiPort);
    const told = await until('it is done', () =>
      [...test.center.events.values()].find(({ type }) => type.includes('command.completed')),
    );
    expect(told.data).toMatchObject({ command: 'device.restart', devices: ['pm-2'], outcome: 'done' });
  });
});

describe.skipIf(missing !== undefined)('an order', () => {
  it('puts devices into maintenance, which outlives a fresh start and ends', { timeout: 60_000 }, async () => {
    await using test = await open('5');
    const { ioc, gateway, center } = test;
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const input = { devices: ['pm-1'], reason: 'Lau cảm biến', until: inAnHour };
    expect(await test.order(ioc, { command: 'maintenance.start', input })).toMatchObject({ status: 'done' });
    const { stdout } = await haidang(['status', test.file]);
    expect(stdout).toMatch(/in maintenance for .*Lau cảm biến/);
    await test.measure('pm-1', 10);
    await until('what it says is marked', () => test.statusesOf('pm-1').includes('test'));

    const { pid } = gateway.process;
    expect(await test.order(ioc, { command: 'gateway.restart' })).toMatchObject({ status: 'done', result: {} });
    await until('it says that its start was ordered', () =>
      [...center.events.values()].some(({ data }) => data['reason'] === 'ordered'),
    );
    await until('it is ready again', async () => (await gateway.status())?.ready);
    expect(gateway.process).toMatchObject({ pid, exitCode: null });
    await test.measure('pm-1', 11);
    await until('it is still marked', () => test.statusesOf('pm-1').length >= 2);
    expect(test.statusesOf('pm-1')).not.toContain('actual');

    const stop = { command: 'maintenance.stop', input: { devices: ['pm-1'] } };
    expect(await test.order(ioc, stop)).toMatchObject({ status: 'done', result: { devices: ['pm-1'] } });
    await test.measure('pm-1', 12);
    await until('what it says counts again', () => test.statusesOf('pm-1').includes('actual'));
    const told = [...center.events.values()].filter(({ type }) => type.includes('gateway.maintenance.'));
    expect(typesOf(told)).toEqual(['maintenance.started', 'maintenance.ended']);
    expect(told[1]?.data).toMatchObject({ cause: 'stopped', sender: 'ioc', reason: 'Lau cảm biến' });
    expect([...center.report().invalid]).toEqual([]);

    await writeFile(test.file, 'nonsense: 1\n');
    expect(await test.order(ioc, { command: 'gateway.restart' })).toMatchObject({
      status: 'failed',
      error: { kind: 'config' },
    });
  });

  it('is answered with its correlation data', { timeout: 60_000 }, async () => {
    await using test = await open('5');
    const { ioc, connect, topicOf } = test;
    await using listener = start('mosquitto_sub', [...connect, '-t', 'desk/#', '-F', '%t %D %p', '-C', '1', '-v']);
    await until('somebody listens to the answers', async () => {
      const signed = await test.sign(ioc, { command: 'device.restart', input: { device: 'pm-1' } });
      const properties = ['response-topic', 'desk/7', '-D', 'publish', 'correlation-data', 'ticket-42'];
      await run('mosquitto_pub', [...connect, '-t', topicOf(ioc), '-f', signed, '-D', 'publish', ...properties]);
      return listener.output() !== '';
    });
    expect(listener.output()).toMatch(/^desk\/7 ticket-42 \{"jti".*"status":"done"/);
  });
});
