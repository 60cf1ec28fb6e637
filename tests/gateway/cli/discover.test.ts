import { spawnSync } from 'node:child_process';
import { chmod, realpath, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../config/load.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { encode } from '../../../drivers/sensors/pms5003/codec.ts';
import { programsOn } from '../../../drivers/transports/serial-ports.ts';
import { runCommand } from '../../support/command-line.ts';
import { haidang, siteSections, startHaidang } from '../../support/gateway.ts';
import {
  freePort,
  missingPrograms,
  type PtyPair,
  startMosquitto,
  startPtyPair,
  temporaryFolder,
  until,
} from '../../support/resources.ts';
import { startSimulator } from '../../support/simulate.ts';
import { wire } from '../../support/uart.ts';

const frame = encode({ pm1: 8, pm25: 12, pm10: 15, particles03: 1200, particles05: 340, particles1: 60 });

/** A serial line of its own folder. */
const line = async () => {
  const folder = await temporaryFolder();
  const pty = await startPtyPair(folder.path);
  return {
    ...pty,
    [Symbol.asyncDispose]: async () => {
      await pty[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

/** What the loader of the gateway makes of a configuration into which `found` was pasted. */
const pasted = async (found: string, own = '') => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'gateway.yaml');
  await writeFile(file, `${siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 })}\n${own}${found}`);
  const { config, problems } = await loadConfig(file);
  expect(problems).toEqual([]);
  return config?.devices ?? [];
};

interface Found {
  readonly id: string;
  readonly driver: string;
  readonly [key: string]: unknown;
}

const entriesIn = (text: string): readonly Found[] => parse(text)?.devices ?? [];

/** Programs that have the gateway's end open, beside socat, which made it. */
const holding = async ({ gateway }: PtyPair): Promise<readonly string[]> =>
  (await programsOn(await realpath(gateway))).filter(name => !name.startsWith('socat '));

const isWithoutSocat = missingPrograms('socat') !== undefined;

describe.skipIf(isWithoutSocat)('haidang discover on serial ports', () => {
  it('prints a configuration of one of every device that speaks or answers there', { timeout: 120_000 }, async () => {
    const names = [...drivers.filter(({ signs }) => signs.length > 0).map(({ name }) => name), 'modbus'];
    await using folder = await temporaryFolder();
    await using lines = new AsyncDisposableStack();
    const ports = new Map<string, string>();
    for (const name of names) {
      const at = path.join(folder.path, name);
      lines.use(await startSimulator(name, { connection: { transport: 'pty', path: at } }));
      ports.set(name, at);
    }
    const { code, stdout, stderr } = await haidang([
      'discover',
      '--ask',
      '--listen',
      '3s',
      ...[...ports.values()].flatMap(at => ['--port', at]),
    ]);
    expect(code).toBe(0);
    expect(names.length).toBeGreaterThanOrEqual(13);
    const placeOf = new Map(
      entriesIn(stdout).map(({ driver, connection }) => [driver, Reflect.get(Object(connection), 'path')]),
    );
    expect(placeOf).toEqual(ports);
    expect((await pasted(stdout)).map(({ driver }) => driver.name).toSorted()).toEqual(names.toSorted());
    for (const at of ports.values()) expect(stderr).toContain(`${at}: `);
    expect(stderr).toContain('`haidang check`');
    expect(stderr).toContain('  A person has to fill in: model, mountHeight.');
  });

  it('sends nothing where nothing is to be asked, and says that it could ask', async () => {
    await using pty = await line();
    await using device = await wire(pty, {});
    const { code, stdout, stderr } = await runCommand(['discover', '--port', pty.gateway, '--listen', '300ms']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${pty.gateway}: nothing was said; --ask asks those that speak only when they are asked`);
    expect(device.heard()).toHaveLength(0);
  });

  it('says what to look at where nobody speaks nor answers', { timeout: 60_000 }, async () => {
    await using pty = await line();
    await using device = await wire(pty, {});
    const { code, stderr } = await runCommand(['discover', '--ask', '--port', pty.gateway, '--listen', '100ms']);
    expect(code).toBe(1);
    expect(stderr).toContain(`${pty.gateway}: nothing was said, nor answered\n  Check its power and its wires`);
    expect(device.heard().length).toBeGreaterThan(0);
  });

  it('leaves a port alone that another program has, and names that', async () => {
    await using pty = await line();
    await using device = await wire(pty, {});
    await using holder = startHaidang(['discover', '--port', pty.gateway, '--listen', '600s']);
    await until('the port is open', async () => (await holding(pty)).length > 0);
    const { code, stderr } = await haidang(['discover', '--ask', '--port', pty.gateway, '--listen', '100ms']);
    expect(code).toBe(1);
    expect(stderr).toContain(`skipped: the serial port ${pty.gateway} is in use by another program`);
    expect(stderr).toMatch(new RegExp(`^  It is open in .*\\(process ${holder.process.pid}\\)`, 'm'));
    expect(holder.process.exitCode).toBe(null);
    expect(device.heard()).toHaveLength(0);
  });

  it.skipIf(process.getuid?.() !== 0)('says what lets this user open a port', async () => {
    await using pty = await line();
    await chmod(path.dirname(pty.gateway), 0o755);
    await chmod(await realpath(pty.gateway), 0o600);
    const { code, stderr } = await haidang(['discover', '--port', pty.gateway, '--listen', '100ms'], { user: 65_534 });
    expect(code).toBe(1);
    expect(stderr).toContain(`skipped: this user may not open the serial port ${pty.gateway}`);
    expect(stderr).toContain('dialout');
  });

  it('says that a port is not there', async () => {
    const { code, stderr } = await runCommand(['discover', '--port', '/dev/ttyUSB77']);
    expect(code).toBe(1);
    expect(stderr).toContain('/dev/ttyUSB77: skipped: the serial port /dev/ttyUSB77 does not exist');
  });

  it('prints at Ctrl-C what it found so far, and gives the ports back', async () => {
    await using speaking = await line();
    await using silent = await line();
    await using _speaker = await wire(speaking, { message: () => frame });
    await using _device = await wire(silent, {});
    const ports = [speaking, silent].flatMap(({ gateway }) => ['--port', gateway]);
    await using running = startHaidang(['discover', ...ports, '--listen', '600s']);
    await until('one was found', () => running.stderr().includes(`${speaking.gateway}: pms5003`));
    await until('the other is open', async () => (await holding(silent)).length > 0);
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.finished;
    expect(code).toBe(130);
    expect(stderr).toContain(`${silent.gateway}: stopped before anything was known`);
    expect(stderr).not.toContain('nothing was said');
    expect((await pasted(stdout)).map(({ driver }) => driver.name)).toEqual(['pms5003']);
    for (const pty of [speaking, silent]) {
      expect(await holding(pty)).toEqual([]);
      // Neither a lock nor a process is left: the next one gets it.
      const next = await runCommand(['discover', '--port', pty.gateway, '--listen', '100ms']);
      expect(next.stderr).not.toContain('skipped');
    }
  });

  it('ends at Ctrl-C in the middle of a question', { timeout: 60_000 }, async () => {
    await using pty = await line();
    await using device = await wire(pty, {});
    await using running = startHaidang(['discover', '--ask', '--port', pty.gateway, '--listen', '100ms']);
    await until('it asks', () => device.heard().length > 0);
    running.process.kill('SIGINT');
    const { code, stdout } = await running.finished;
    expect([code, stdout]).toEqual([130, '']);
    expect(await holding(pty)).toEqual([]);
  });

  it('passes over what a configuration reads already, and gives ids that it does not have', async () => {
    await using known = await line();
    await using other = await line();
    await using _known = await wire(known, { message: () => frame });
    await using _other = await wire(other, { message: () => frame });
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'site.yaml');
    const own = `devices:\n  - { id: pms5003, driver: pms5003, connection: { transport: serial, path: ${known.gateway} } }\n`;
    await writeFile(file, `${siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 })}\n${own}`);
    const ports = [known, other].flatMap(({ gateway }) => ['--port', gateway]);
    const { stdout, stderr } = await runCommand(['discover', file, ...ports]);
    expect(stderr).toContain(`${known.gateway}: skipped: "pms5003" of ${file} reads it`);
    const [found, ...none] = entriesIn(stdout);
    expect([found?.id, none]).toEqual(['pms5003-2', []]);
    expect(await pasted(stdout.replace('devices:\n', ''), own)).toHaveLength(2);
  });
});

/** Publishes again and again, as devices do, until the scope ends. */
const publishing = (client: MqttClient, messages: Readonly<Record<string, string>>): AsyncDisposable => {
  const timer = setInterval(() => {
    for (const [topic, payload] of Object.entries(messages)) client.publish(topic, payload, { qos: 0 });
  }, 100);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
};

const tasmota = { 'tele/kim-long/SENSOR': '{"SDS0X1":{"PM2.5":12.5,"PM10":20}}' };
const zigbee = { 'zigbee2mqtt/garden': '{"temperature":31.5,"humidity":70,"linkquality":90}' };
const plain = { 'city/an-cuu/air': '{"temp":31.5,"pm25":24}' };

describe.skipIf(missingPrograms('mosquitto', 'mosquitto_passwd', 'socat') !== undefined)(
  'haidang discover at a broker',
  () => {
    it('prints a configuration of what publishes there, with its password where it is kept', async () => {
      await using folder = await temporaryFolder();
      const [port, passwords] = [await freePort(), path.join(folder.path, 'passwords')];
      expect(spawnSync('mosquitto_passwd', ['-c', '-b', passwords, 'reader', 'very-secret']).status).toBe(0);
      await chmod(passwords, 0o600);
      const secret = path.join(folder.path, 'secret');
      await writeFile(secret, 'very-secret\n');
      await using broker = await startMosquitto({
        folder: folder.path,
        port,
        configuration: `listener ${port} 127.0.0.1\npassword_file ${passwords}`,
      });
      const url = `mqtt://127.0.0.1:${broker.port}`;
      const login = { username: 'reader', password: 'very-secret' };
      await using _devices = publishing(await connectAsync(url, login), { ...tasmota, ...zigbee, ...plain });
      await using _node = await startSimulator('sparkplug', { url, ...login, interval: '100ms' });
      const access = ['--broker', url, '--username', 'reader', '--password-file', secret];
      const { code, stdout, stderr } = await haidang(['discover', ...access, '--ask', '--listen', '4s']);
      expect(stderr).toContain('devices that are not configured: 5');
      expect(code).toBe(0);
      const found = await pasted(stdout);
      expect(found.map(({ profile, driver }) => [profile.id, driver.name]).toSorted()).toEqual([
        ['an-cuu-air', 'mqtt-json'],
        ['garden', 'mqtt-json'],
        ['kim-long', 'mqtt-json'],
        ['weather', 'sparkplug'],
        ['weather-2', 'sparkplug'],
      ]);
      for (const entry of entriesIn(stdout))
        expect(entry).toMatchObject({ broker: url, username: 'reader', password: `\${file:${secret}}` });
      expect(`${stdout}${stderr}`).not.toContain('very-secret');
    });

    it('says that it was refused', async () => {
      await using folder = await temporaryFolder();
      const port = await freePort();
      await using _broker = await startMosquitto({
        folder: folder.path,
        port,
        configuration: `listener ${port} 127.0.0.1\nallow_anonymous false`,
      });
      const { code, stdout, stderr } = await runCommand([
        'discover',
        '--broker',
        `mqtt://127.0.0.1:${port}`,
        '--listen',
        '5s',
      ]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/refuse|credential|password/);
    });

    it('prints at Ctrl-C what was seen so far', async () => {
      await using folder = await temporaryFolder();
      await using broker = await startMosquitto({ folder: folder.path });
      const url = `mqtt://127.0.0.1:${broker.port}`;
      await using _devices = publishing(await connectAsync(url), tasmota);
      await using running = startHaidang(['discover', '--broker', url, '--listen', '600s']);
      await until('something was heard', () => running.stderr().includes('topics: 1'));
      running.process.kill('SIGINT');
      const { code, stdout } = await running.finished;
      expect(code).toBe(130);
      expect((await pasted(stdout)).map(({ profile }) => profile.id)).toEqual(['kim-long']);
    });

    it('looks at the brokers of a configuration, its own too, for what no device of it reads', async () => {
      await using folder = await temporaryFolder();
      await using other = await startMosquitto({ folder: folder.path });
      const url = `mqtt://127.0.0.1:${other.port}`;
      const port = await freePort();
      const file = path.join(folder.path, 'site.yaml');
      const own = [
        `broker: { port: ${port} }`,
        'devices:',
        `  - { id: kim-long, driver: mqtt-json, broker: "${url}", username: reader, password: "\${env:READER}", dialect: tasmota, topicName: kim-long }`,
        // What reads no broker reads nothing there, whatever it would make of the bytes.
        '  - { id: center, driver: naf-vms, provider: bien-xanh, connection: { transport: folder, path: /var/spool/naf } }',
        '',
      ].join('\n');
      await writeFile(file, `${siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 })}\n${own}`);
      await using _there = publishing(await connectAsync(url), { ...tasmota, ...zigbee });
      await using silent = await line();
      const args = ['discover', file, '--port', silent.gateway, '--listen', '4s'];
      await using running = startHaidang(args, { env: { READER: 'very-secret' } });
      await until('its own broker listens', () => running.stderr().includes('2 brokers'));
      const client = await until('it lets a device in', async () =>
        connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 0 }).catch(() => undefined),
      );
      await using _here = publishing(client, plain);
      const { code, stdout, stderr } = await running.finished;
      expect(stderr).toContain(`the gateway's own broker at port ${port}: topics: 1`);
      expect(code).toBe(0);
      expect(entriesIn(stdout).map(({ id, broker }) => [id, broker])).toEqual([
        ['garden', url],
        ['an-cuu-air', undefined],
      ]);
      expect(await pasted(stdout.replace('devices:\n', ''), own)).toHaveLength(4);
      expect(`${stdout}${stderr}`).not.toContain('very-secret');
    });

    it('says that the gateway has its own broker, where it runs', async () => {
      await using folder = await temporaryFolder();
      const port = await freePort();
      const held = net.createServer().listen(port, '127.0.0.1');
      try {
        const file = path.join(folder.path, 'site.yaml');
        const sections = siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 });
        await writeFile(file, `${sections}\nbroker: { port: ${port} }\ndevices: []\n`);
        await using silent = await line();
        const { code, stderr } = await runCommand(['discover', file, '--port', silent.gateway, '--listen', '100ms']);
        expect(code).toBe(1);
        expect(stderr).toContain('A gateway that runs has it: stop that for the time of the search.');
      } finally {
        held.close();
      }
    });
  },
);
