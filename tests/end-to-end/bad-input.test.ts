import { readFile } from 'node:fs/promises';
import net from 'node:net';
import mqtt from 'mqtt';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, openPeer, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto', 'ffmpeg');

const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

const login = {
  cmd: 'connect',
  clientId: 'wrong',
  clean: true,
  keepalive: 0,
  protocolId: 'MQTT',
  protocolVersion: 4,
  username: 'sensor',
  password: Buffer.from('sensor-secret'),
} as const;
const published = { cmd: 'publish', qos: 1, messageId: 1, dup: false, retain: false } as const;

/** Bytes of memory that a process has had at most. */
const peakMemory = async (process: number): Promise<number> =>
  1024 * Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${process}/status`, 'utf8'))?.[1]);

const silent = { info: () => {}, warn: () => {}, error: () => {} };

test.skipIf(missing !== undefined)(
  'says of everything that is wrong what, where and what to do, and goes on with the rest',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, embeddedPort, closedPort] = await Promise.all([freePort(), freePort(), freePort()]);
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);
    await using closed = await startMosquitto({
      folder: folder.path,
      port: closedPort,
      configuration: `listener ${closedPort} 127.0.0.1\nallow_anonymous false`,
    });
    // A line of a megabyte without an end, then a good one.
    await using babbler = await openPeer(`!AIVDM,1,1,,A,${'1'.repeat(1_000_000)}\r\n${sentence}`);
    const stop = new AbortController();
    await using camera = await onvifCamera.start(
      { scene: 'street', width: 320, fps: 2, username: 'viewer', password: 'the right one' },
      { world: createWorld(1), clock: systemClock, log: silent, signal: stop.signal, random: Math.random },
    );
    const serialPath = '/dev/serial/by-path/nothing-is-here';
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort })}
broker:
  port: ${embeddedPort}
  users: [{ username: sensor, password: "\${env:SENSOR_PASSWORD}", publish: ["air/#"] }]
uplinks:
  - { name: good, sink: mqtt, url: "mqtt://127.0.0.1:${broker.port}" }
  - { name: refusing, sink: mqtt, url: "mqtt://127.0.0.1:${closed.port}" }
devices:
  - id: air
    driver: mqtt-json
    topics: [air/state]
    values: [{ quantity: pm25, path: value }]
  - { id: ais, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${babbler.port} } }
  - { id: dust, driver: pms5003, connection: { transport: serial, path: ${serialPath} } }
  - id: cam
    driver: onvif-camera
    host: 127.0.0.1
    port: ${Number(camera.address['port'])}
    username: viewer
    password: "\${env:CAMERA_PASSWORD}"
    detect: { model: simulated-scenes }
pipelines:
  - { name: air, from: [air], stages: [{ stage: normalize }, { stage: aggregate, periods: [1s], lateness: 500ms }] }
  - { name: sea, from: [ais], stages: [{ stage: track }, { stage: downsample }] }
`,
    );
    const env = { SENSOR_PASSWORD: 'sensor-secret', CAMERA_PASSWORD: 'the wrong one' };
    await using gateway = await startGateway(file, apiPort, env);

    const sensor = await mqtt.connectAsync(`mqtt://127.0.0.1:${embeddedPort}`, {
      protocolVersion: 4,
      username: 'sensor',
      password: 'sensor-secret',
    });
    await sensor.publishAsync('air/state', '{ "value": twelve', { qos: 1 });
    for (const absurd of ['1e308', '-3e9', '"NaN"', '{}', '[1]'])
      await sensor.publishAsync('air/state', `{ "value": ${absurd} }`, { qos: 1 });
    await sensor.publishAsync('air/state', '{ "value": 12.5 }', { qos: 1 });
    await sensor.endAsync();
    // Who sends 10 MB, or publishes to a wildcard, is cut off, and costs nobody else anything.
    const process = gateway.process.pid ?? 0;
    const before = await peakMemory(process);
    const wrongs = [
      { ...published, topic: 'air/state', payload: Buffer.alloc(10_000_000, 'x') },
      { ...published, topic: 'air/+', payload: '{ "value": 13 }' },
    ];
    for (const wrong of wrongs) {
      const socket = net.connect(embeddedPort, '127.0.0.1');
      socket.on('error', () => {});
      let isClosed = false;
      socket.once('close', () => {
        isClosed = true;
      });
      socket.write(generate(login));
      await new Promise(resolve => socket.once('data', resolve));
      socket.resume();
      socket.write(generate(wrong));
      await until('it is cut off', () => isClosed);
    }
    expect((await peakMemory(process)) - before).toBeLessThan(20e6);

    const sources = () => new Set([...center.events.values()].map(({ source }) => source.split('/').at(-1)));
    await until('the good sample and the good sentence are at the center', () => {
      const seen = sources();
      return seen.has('air') && seen.has('ais');
    });

    const status = await until('everything that is wrong is said', async () => {
      const now = await gateway.status();
      const failed = now?.devices.filter(({ error }) => error !== undefined).map(({ id }) => id);
      const refused = now?.uplinks.find(({ name }) => name === 'refusing')?.error;
      return failed?.includes('dust') && failed.includes('cam') && refused !== undefined && now;
    });
    const device = (id: string) => status.devices.find(one => one.id === id);
    expect(device('air')).toMatchObject({
      state: 'running',
      counts: { 'malformed.not-json': 1, 'malformed.not-a-number': 3 },
    });
    const values = [...center.events.values()].flatMap(({ source, data }) =>
      source.endsWith('/air') ? [data['pm25']] : [],
    );
    expect(values).toEqual([12.5]);
    expect(device('ais')?.state).toBe('running');
    expect(Object.keys(device('ais')?.['counts'] ?? {}).some(reason => reason.startsWith('malformed.'))).toBe(true);
    expect(device('dust')?.error).toMatchObject({ message: expect.stringContaining(serialPath) });
    expect(device('dust')?.error?.advice).toMatch(/by-path|plug|check/i);
    expect(device('cam')).toMatchObject({
      state: 'waiting',
      error: { kind: 'denied', advice: expect.stringMatching(/ONVIF user/) },
    });
    const refusing = status.uplinks.find(({ name }) => name === 'refusing');
    expect(refusing?.error).toMatchObject({ kind: 'denied', message: expect.stringContaining(`${closed.port}`) });
    expect(refusing?.backlog).toBeGreaterThan(0);
    expect(status.uplinks.find(({ name }) => name === 'good')?.state).toBe('connected');

    const said = `${gateway.output()}${JSON.stringify(status)}`;
    for (const secret of Object.values(env)) expect(said).not.toContain(secret);
    expect(await gateway.stop()).toBe(0);
    stop.abort();
  },
);
