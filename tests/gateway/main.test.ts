import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCenter } from '../support/center.ts';
import { haidang, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, openPeer, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');

const envelope = z.looseObject({
  type: z.string(),
  subject: z.string().optional(),
  correlationid: z.string().optional(),
  timequality: z.string().optional(),
  data: z.looseObject({}),
});
type Envelope = z.output<typeof envelope>;

/** What a broker passed on: every message in order, and the newest one of each topic. */
const listen = async (port: number) => {
  const messages: { readonly topic: string; readonly event: Envelope | undefined }[] = [];
  const retained = new Map<string, Envelope>();
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 });
  client.on('message', (topic, body) => {
    const event = body.length === 0 ? undefined : envelope.parse(JSON.parse(body.toString()));
    messages.push({ topic, event });
    if (event === undefined) retained.delete(topic);
    else retained.set(topic, event);
  });
  await client.subscribeAsync('ioc/v1/#', { qos: 1 });
  const ofType = (type: string): readonly Envelope[] =>
    messages.flatMap(({ event }) => (event?.type === `vn.ioc.${type}.v1` ? [event] : []));
  return {
    messages,
    retained,
    ofType,
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
};

interface Site extends AsyncDisposable {
  readonly broker: number;
  readonly api: number;
  /** Writes a configuration of this site and returns its file. */
  configure(options?: { readonly id?: string; readonly devices?: string; readonly more?: string }): Promise<string>;
}

const openSite = async (): Promise<Site> => {
  const folder = await temporaryFolder();
  const mosquitto = await startMosquitto({ folder: folder.path });
  const api = await freePort();
  return {
    broker: mosquitto.port,
    api,
    configure: async ({ id = 'gw-1', devices = '[]', more = '' } = {}) => {
      const file = path.join(folder.path, 'gateway.yaml');
      await writeFile(
        file,
        `gateway: { id: ${id}, city: hue, site: test-site, area: "00000", status: test, clockWait: 0s }
storage: { folder: ${folder.path}/storage, outbox: 200MB }
api: { port: ${api} }
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:${mosquitto.port}" }]
devices: ${devices}
${more}`,
      );
      return file;
    },
    [Symbol.asyncDispose]: async () => {
      await mosquitto[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

describe.skipIf(missing !== undefined)('a running gateway', () => {
  it('delivers what a device says, and tells why another one does not', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    await using receiver = await openPeer(sentence);
    const away = await freePort();
    const file = await site.configure({
      devices: `
  - { id: ais-1, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${receiver.port} } }
  - { id: pm-1, driver: pms5003, connection: { transport: tcp-client, host: 127.0.0.1, port: ${away} } }
  - { id: pm-2, driver: pms5003, connection: { transport: serial, path: /dev/serial/by-path/nothing } }`,
    });
    await using gateway = await startGateway(file, site.api);
    await until('the vessel is at the center', () => center.ofType('fishing-vessel.vessel.observed').length > 0);
    const status = await until('the others failed', async () => {
      const now = await gateway.status();
      return now?.devices.filter(({ error }) => error !== undefined).length === 2 && now;
    });
    const [receiving, refused, absent] = status.devices;
    expect(receiving).toMatchObject({ id: 'ais-1', state: 'running', observations: 1 });
    expect(refused?.error).toMatchObject({ kind: 'unreachable', message: expect.stringContaining(`:${away}`) });
    expect(refused?.error?.advice).toBeDefined();
    expect(absent?.error?.message).toContain('/dev/serial/by-path/nothing');
    expect(status.uplinks[0]).toMatchObject({ state: 'connected' });
  });

  it('retains its states at the broker', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    await using _ = await startGateway(await site.configure(), site.api);
    const names = ['connection', 'inventory', 'health', 'delivery', 'alerts'];
    await until('all are there', () =>
      names.every(name => center.retained.has(`ioc/v1/hue/gw-1/gateway/state/${name}`)),
    );
    expect(center.retained.get('ioc/v1/hue/gw-1/gateway/state/connection')?.data).toMatchObject({ state: 'online' });
  });

  it('stops cleanly on SIGTERM, and says so at its next start', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    const file = await site.configure();
    const first = await startGateway(file, site.api);
    expect(await first.stop()).toBe(0);
    expect(center.retained.get('ioc/v1/hue/gw-1/gateway/state/connection')?.data).toMatchObject({ state: 'offline' });
    await using _ = await startGateway(file, site.api);
    const reasons = await until('both starts are told', () => {
      const started = center.ofType('gateway.gateway.started');
      return started.length === 2 && started.map(({ data }) => data['reason']);
    });
    expect(reasons).toEqual(['first', 'stopped']);
  });

  it('delivers what it accepted a moment ago before it stops', async () => {
    await using site = await openSite();
    await using judge = await openCenter(site.broker);
    await using receiver = await openPeer(sentence);
    const file = await site.configure({
      devices: `[{ id: ais-1, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${receiver.port} } }]`,
    });
    await using gateway = await startGateway(file, site.api);
    await until('the vessel was heard', async () => {
      const [device] = (await gateway.status())?.devices ?? [];
      return device?.observations === 1;
    });
    expect(await gateway.stop()).toBe(0);
    const { sources, streams } = await until('its last word is there', () => {
      const report = judge.report();
      return report.gateways.get('gw-1') === 'offline' && report;
    });
    expect(Object.fromEntries(sources)).toEqual({ 'ais-1': 1 });
    expect(streams.filter(({ lost, late }) => lost > 0 || late > 0)).toEqual([]);
  });

  it('says that it was interrupted after it was killed', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    const file = await site.configure();
    const first = await startGateway(file, site.api);
    await until('its run is on record', () => center.retained.has('ioc/v1/hue/gw-1/gateway/state/health'));
    await first.kill();
    await using _ = await startGateway(file, site.api);
    await until('it is told', () =>
      center.ofType('gateway.gateway.started').some(({ data }) => data['reason'] === 'interrupted'),
    );
  });

  it('raises the failure of a device once over a restart, and clears it when the device is back', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    await using judge = await openCenter(site.broker);
    const port = await freePort();
    // A directory is no serial port: nothing but a person can mend that, so it is told at once.
    const broken = `[{ id: ais-1, driver: ais-receiver, connection: { transport: serial, path: /tmp } }]`;
    const first = await startGateway(await site.configure({ devices: broken }), site.api);
    const raised = await until('it is raised', () => center.ofType('gateway.device.failed')[0]);
    await until('it is among the alerts', () => {
      const alerts = center.retained.get('ioc/v1/hue/gw-1/gateway/state/alerts');
      return alerts?.data['total'] === 1;
    });
    await first.stop();
    const server = net.createServer(socket => socket.end(sentence)).listen(port, '127.0.0.1');
    await using _ = { [Symbol.asyncDispose]: () => new Promise<void>(resolve => void server.close(() => resolve())) };
    const mended = `[{ id: ais-1, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${port} } }]`;
    await using __ = await startGateway(await site.configure({ devices: mended }), site.api);
    const cleared = await until('it is cleared', () => center.ofType('gateway.device.recovered')[0]);
    expect(cleared.correlationid).toBe(raised.correlationid);
    expect(cleared.data).toMatchObject({ phase: 'cleared', reason: 'recovered', device: 'ais-1' });
    expect(center.ofType('gateway.device.failed')).toHaveLength(1);
    await until('no alert is open', () => {
      const alerts = center.retained.get('ioc/v1/hue/gw-1/gateway/state/alerts');
      return alerts?.data['total'] === 0;
    });
    expect([...judge.report().invalid]).toEqual([]);
  });

  it('clears what it retained under its old name', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    const first = await startGateway(await site.configure(), site.api);
    const old = 'ioc/v1/hue/gw-1/gateway/state/inventory';
    await until('the old name is there', () => center.retained.has(old));
    await first.stop();
    await using _ = await startGateway(await site.configure({ id: 'gw-2' }), site.api);
    await until('the new name is there', () => center.retained.has('ioc/v1/hue/gw-2/gateway/state/inventory'));
    await until('the old name is gone', () => !center.retained.has(old));
  });

  it('clears the pages of its inventory that no device is left for', async () => {
    await using site = await openSite();
    await using center = await listen(site.broker);
    const devices = (count: number): string =>
      Array.from(
        { length: count },
        (_, index) => `
  - { id: gauge-${index}, driver: mqtt-json, name: "${'Trạm đo mực nước '.repeat(8)}", topics: ["gauge/${index}"],
      values: [{ quantity: waterLevel, path: level }] }`,
      ).join('');
    const more = `broker: { port: ${await freePort()} }`;
    const first = await startGateway(await site.configure({ devices: devices(200), more }), site.api);
    const [page, next] = ['inventory', 'inventory-2'].map(name => `ioc/v1/hue/gw-1/gateway/state/${name}`);
    await until('the second page is there', () => center.retained.has(String(next)));
    await first.stop();
    await using _ = await startGateway(await site.configure({ devices: devices(1), more }), site.api);
    await until('it is gone', () => !center.retained.has(String(next)));
    await using late = await listen(site.broker);
    await until('who comes later finds the first page', () => late.retained.has(String(page)));
    expect(late.retained.get(String(page))?.data).toMatchObject({ pages: 1, devices: [{ id: 'gauge-0' }] });
    expect([...late.retained.keys()]).not.toContain(next);
  });

  it('ends with 1, for whoever watches over it, when its outbox ends by itself', async () => {
    await using folder = await temporaryFolder();
    await using site = await openSite();
    // Loaded into every thread, it ends the one that is not the first while the gateway runs.
    const bomb = path.join(folder.path, 'bomb.mjs');
    await writeFile(
      bomb,
      `import { isMainThread } from 'node:worker_threads';
import { existsSync } from 'node:fs';
if (!isMainThread) setInterval(() => { if (existsSync('${folder.path}/now')) process.exit(7); }, 20);`,
    );
    const env = { NODE_OPTIONS: `--import=${bomb}` };
    await using gateway = await startGateway(await site.configure(), site.api, env);
    await writeFile(path.join(folder.path, 'now'), '');
    await until('it ended', () => gateway.process.exitCode !== null);
    expect(gateway.process.exitCode).toBe(1);
    expect(gateway.output()).toContain('"kind":"defect","reason":"the outbox ended by itself');
  });

  it('never writes a secret into its log', async () => {
    await using site = await openSite();
    const file = await site.configure({
      more: `broker: { port: ${await freePort()}, users: [{ username: u, password: "\${env:SENSOR_PASSWORD}", publish: ["a/#"] }] }`,
    });
    const gateway = await startGateway(file, site.api, { SENSOR_PASSWORD: 'correct-horse' });
    await gateway.stop();
    expect(gateway.output()).not.toContain('correct-horse');
    for (const line of gateway.output().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });
});

describe('a gateway that cannot start', () => {
  it('lists what is wrong with its configuration and exits with 1', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'gateway.yaml');
    await writeFile(file, 'gateway: { id: GW }\ndevices: []\n');
    const { code, stderr } = await haidang(['run', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:1:16: error: gateway.id`);
  });

  it('says that its API port is taken', async () => {
    await using folder = await temporaryFolder();
    await using taken = await openPeer('');
    const file = path.join(folder.path, 'gateway.yaml');
    await writeFile(
      file,
      `gateway: { id: gw-1, city: hue, site: s, area: "00000" }
storage: { folder: ${folder.path}/storage, outbox: 200MB }
api: { port: ${taken.port} }
devices: []
`,
    );
    const { code, stderr } = await haidang(['run', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('the port is taken');
  });
});
