/** docs/integration.md is what an integrator copies from, so everything in it that can be run is run. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { eventTypes } from '../../events/registry.ts';
import { readCaptured } from '../../scripts/capture/captured.ts';
import { readProjectFile } from '../support/project-files.ts';
import { freePort, missingPrograms, start, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const text = readProjectFile('docs/integration.md');
const missing = missingPrograms('mosquitto', 'mosquitto_sub', 'jq');

const block = (language: string): string => {
  const [, code] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`there is no block of ${language}`);
  return code;
};

const example = z.looseObject({
  type: z.string(),
  services: z.string(),
  areacode: z.string(),
  severitytext: z.string().optional(),
});

/** The examples with their topics. What they are worth is judged with the captures they come from. */
const examples = [...text.matchAll(/^### (\S+)\n\n`(\S+)`(?:, retained)?\n\n```json\n([\s\S]*?)```/gm)].map(
  ([, name = '', topic = '', json = '']) => ({ name, topic, event: example.parse(JSON.parse(json)) }),
);

const connect = (port: number, username?: string) =>
  mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...(username !== undefined && { username }),
  });

test('every event that was captured is shown, in the order of the table', async () => {
  const captured = await readCaptured();
  expect(examples.map(({ name }) => name)).toEqual([...eventTypes.keys()].filter(name => captured.has(name)));
});

test.skipIf(missing !== undefined)(
  'the line of mosquitto_sub and jq routes by service, area and severity',
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    // In a group of its own: mosquitto_sub would outlive the shell that began it.
    const script = `trap 'trap - TERM; kill 0' TERM; { cd "$FOLDER" && ${block('sh')}\n} & wait`;
    await using pipe = start('setsid', ['sh', '-c', script], {
      ...process.env,
      FOLDER: folder.path,
      BROKER: '127.0.0.1',
      PORT: String(broker.port),
    });
    const routed = examples.filter(({ topic }) => /\/(?:obs|event|alert)\//.test(topic));
    const client = await connect(broker.port);
    const written = async () => {
      const files = (await readdir(folder.path)).filter(file => file.endsWith('.jsonl'));
      const lines = await Promise.all(
        files.map(async file => {
          const body = await readFile(path.join(folder.path, file), 'utf8');
          // The last line may be half written.
          const whole = body.split('\n').slice(0, -1);
          return whole.map(line => ({ file, event: example.parse(JSON.parse(line)) }));
        }),
      );
      return lines.flat();
    };
    try {
      // The first one is sent until the subscription stands.
      const [first, ...others] = routed;
      await until('mosquitto_sub subscribed', async () => {
        if (first !== undefined) await client.publishAsync(first.topic, JSON.stringify(first.event), { qos: 1 });
        return (await written()).length > 0;
      });
      for (const { topic, event } of others) await client.publishAsync(topic, JSON.stringify(event), { qos: 1 });
      const expected = new Set(
        routed.flatMap(({ event }) =>
          event.services
            .split(',')
            .map(service => `${service}.${event.areacode}.${event.severitytext ?? 'none'}.jsonl ${event.type}`),
        ),
      );
      await until('every example was routed', async () => {
        const seen = new Set((await written()).map(({ file, event }) => `${file} ${event.type}`));
        return [...expected].every(line => seen.has(line)) && seen.size === expected.size;
      });
      expect(pipe.output()).toBe('');
    } finally {
      await client.endAsync(true);
    }
  },
);

test.skipIf(missing !== undefined)('the access rules let a gateway write below its own name only', async () => {
  await using folder = await temporaryFolder();
  const rules = path.join(folder.path, 'acl');
  await writeFile(rules, block('conf'));
  const port = await freePort();
  await using broker = await startMosquitto({
    folder: folder.path,
    port,
    configuration: `listener ${port} 127.0.0.1\nallow_anonymous true\nacl_file ${rules}`,
  });
  const gateway = await connect(broker.port, 'gw-017');
  const stranger = await connect(broker.port, 'gw-017');
  const agency = await connect(broker.port, 'environment-agency');
  try {
    const received: string[] = [];
    agency.on('message', topic => received.push(topic));
    await agency.subscribeAsync('ioc/v1/#', { qos: 1 });
    await gateway.publishAsync('ioc/v1/hue/gw-017/fishing-vessel/obs/ais-1', '{}', { qos: 0 });
    // mosquitto 2.0.11 closes the connection after it refused a message of MQTT 5: one of its own is spent on that.
    await expect(stranger.publishAsync('ioc/v1/hue/gw-018/environment/obs/aq-1', '{}', { qos: 1 })).rejects.toThrow(
      /Not authorized/i,
    );
    await gateway.publishAsync('ioc/v1/hue/gw-017/environment/obs/aq-1', '{}', { qos: 1 });
    await until('the agency received', () => received.length > 0);
    expect(received).toEqual(['ioc/v1/hue/gw-017/environment/obs/aq-1']);
    const own = new Promise(resolve => gateway.once('message', resolve));
    await gateway.subscribeAsync('ioc/v1/hue/gw-017/environment/obs/aq-1', { qos: 0 });
    await gateway.publishAsync('ioc/v1/hue/gw-017/environment/obs/aq-1', '{}', { qos: 1 });
    await own;
  } finally {
    await Promise.all([gateway, stranger, agency].map(client => client.endAsync(true)));
  }
});

test.skipIf(missing !== undefined)(
  'a broker that is told so holds all for a subscriber that is away, also over its own restart',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const configuration = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      `persistence_location ${folder.path}/`,
      block('ini'),
    ].join('\n');
    const away = { protocolVersion: 4, clientId: 'center', clean: false, reconnectPeriod: 0 } as const;
    const url = `mqtt://127.0.0.1:${port}`;
    const count = 1500;
    {
      await using _broker = await startMosquitto({ folder: folder.path, port, configuration });
      const center = await mqtt.connectAsync(url, away);
      await center.subscribeAsync('ioc/v1/#', { qos: 1 });
      await center.endAsync();
      const gateway = await connect(port);
      const topic = 'ioc/v1/hue/gw-017/environment/obs/aq-1';
      await Promise.all(
        Array.from({ length: count }, (_, index) => gateway.publishAsync(topic, String(index), { qos: 1 })),
      );
      await gateway.endAsync();
    }
    await using _again = await startMosquitto({ folder: folder.path, port, configuration });
    const received = new Set<string>();
    const center = mqtt.connect(url, away);
    center.on('message', (_, body) => received.add(body.toString()));
    await until('all of it came', () => received.size === count);
    await center.endAsync(true);
  },
);
