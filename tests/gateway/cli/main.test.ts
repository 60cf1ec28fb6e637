import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../support/command-line.ts';
import { configFile, haidang, siteSections, startGateway } from '../../support/gateway.ts';
import { openTestOutbox, sealed } from '../../support/outbox.ts';
import {
  freePort,
  missingPrograms,
  openPeer,
  projectFile,
  startMosquitto,
  temporaryFolder,
} from '../../support/resources.ts';

const frame = '424d001c0001000200030001000200030064003200190005000000009100';

/** A PMS5003 frame in hexadecimal digits, with the checksum its last two bytes ask for. */
const pmsFrame = (() => {
  const body = frame.padEnd(60, '0');
  const sum = Buffer.from(body, 'hex').reduce((total, byte) => total + byte, 0);
  return `${body}${sum.toString(16).padStart(4, '0')}`;
})();

interface SiteOptions {
  readonly folder: string;
  readonly api: number;
  readonly uplink?: number;
  readonly devices?: string;
}

const writeConfig = async ({ folder, api, uplink = 1883, devices = '[]' }: SiteOptions): Promise<string> => {
  const file = path.join(folder, 'gateway.yaml');
  await writeFile(
    file,
    `${siteSections({ folder, apiPort: api, brokerPort: uplink })}
devices: ${devices}
`,
  );
  return file;
};

describe('haidang', () => {
  it('lists every command, those of the simulators too', async () => {
    const { code, stdout } = await haidang(['--help']);
    expect(code).toBe(0);
    const named = stdout.split('\n').flatMap(line => /^ {2}([a-z]+(?: try)?) /.exec(line)?.[1] ?? []);
    const commands = [
      'run',
      'check',
      'status',
      'probe',
      'outbox',
      'devices',
      'decode',
      'cap',
      'replay',
      'models try',
      'schema',
      'demo',
      'simulate',
    ];
    expect(named.filter(name => name !== 'haidang')).toEqual(expect.arrayContaining(commands));
  });

  it('says what is near to a command that does not exist', async () => {
    const { code, stderr } = await haidang(['statsu']);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean status?');
  });
});

describe('haidang check', () => {
  it('lists every problem with its place and exits with 1', async () => {
    await using folder = await temporaryFolder();
    const file = await writeConfig({
      folder: folder.path,
      api: 8080,
      devices: '[{ id: a, driver: pms503 }, { id: b, driver: pms5003 }]',
    });
    const { code, stderr } = await haidang(['check', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:5:28: error: devices[0].driver: there is no driver "pms503"`);
    expect(stderr).toContain(`${file}:5:38: error: devices[1].connection: "connection" is missing`);
    expect(stderr).toContain('2 problems');
  });

  it('warns of what is not on this machine, and exits with 0', async () => {
    await using folder = await temporaryFolder();
    const file = await writeConfig({
      folder: folder.path,
      api: 8080,
      devices: '[{ id: a, driver: pms5003, connection: { transport: serial, path: /dev/ttyUSB77 } }]',
    });
    const { code, stdout, stderr } = await runCommand(['check', file]);
    expect(code).toBe(0);
    expect(stderr).toContain('/dev/serial/by-path');
    expect(stderr).toContain('the serial port /dev/ttyUSB77 is not here');
    expect(stdout).toContain('is good: 1 device, 1 uplink');
    expect(stdout).toMatch(/^a +\d+ +\d+\.\d +5 quantities$/m);
  });
});

describe('haidang decode', () => {
  it('reads frames in hexadecimal digits, one JSON line a piece', async () => {
    const broken = pmsFrame.replace('424d001c00', '424d001c01');
    const { code, stdout } = await haidang(['decode', 'pms5003', '--hex', '--at', '2026-01-01T00:00:00Z'], {
      input: `${pmsFrame}\n${broken}\n`,
    });
    expect(code).toBe(0);
    const pieces = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(pieces[0]).toMatchObject({
      kind: 'observation',
      observation: { kind: 'measurement', time: 1_767_225_600_000 },
    });
    expect(pieces.at(-1)).toMatchObject({ kind: 'malformed' });
  });

  it('reads bytes as they come', async () => {
    const { stdout } = await haidang(['decode', 'ais-receiver'], {
      input: '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n',
    });
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'observation', observation: { mmsi: 371798000 } });
  });

  it('shows the messages of a protocol with every field, and what an application says', async () => {
    const { code, stdout } = await haidang(['decode', 'ais-receiver', '--messages'], {
      input: [
        '\\c:1700000000*5F\\!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A',
        '!AIVDM,1,1,,A,702R5`hwCjq8,0*6B',
        '!AIVDM,1,1,,A,702R5`hwCjq8,0*6C',
        '!AIVDM,1,1,4,B,6>jR0600V:C0>da4P106P00,2*02',
        '',
      ].join('\r\n'),
    });
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines).toMatchObject([
      {
        time: 1_700_000_000_000,
        messageType: 1,
        mmsi: 371798000,
        turningWithoutIndicator: 'port',
        communicationState: { kind: 'sotdma', slotTimeOut: 2, slotNumber: 1249 },
      },
      { messageType: 7, acknowledgements: [{ destinationMmsi: 265538450 }] },
      { kind: 'malformed', reason: 'bad-checksum' },
      { messageType: 6, designatedAreaCode: 235, functionIdentifier: 10 },
    ]);
  });

  it('takes a document as a whole, however large', async () => {
    const config = JSON.stringify({
      connection: { transport: 'folder', path: '/var/spool/vms' },
      fields: { vmsId: 'id', time: { path: 'at', format: 'epoch-s' }, latitude: 'lat', longitude: 'lon' },
    });
    const positions = Array.from({ length: 2000 }, (_, id) => ({ id, at: 1_795_561_200, lat: 16.5, lon: 107.5 }));
    const { code, stdout } = await haidang(
      ['decode', 'json-vms', '--whole', '--at', '2026-11-26T00:00:00Z', '--config', config],
      {
        input: JSON.stringify(positions),
      },
    );
    expect(code).toBe(0);
    expect(stdout.split('\n').filter(line => line.includes('"observation"')).length).toBe(2000);
  });

  it('takes the keys of a driver that cannot do without', async () => {
    const config = JSON.stringify({ topics: ['a'], values: [{ quantity: 'pm25', path: 'pm' }] });
    const { stdout } = await haidang(['decode', 'mqtt-json', '--lines', '--channel', 'a', '--config', config], {
      input: '{"pm": 12.5}\n{"pm"\n',
    });
    const pieces = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(pieces).toMatchObject([{ kind: 'observation', observation: { value: 12.5 } }, { kind: 'malformed' }]);
  });

  it('refuses a folder', async () => {
    const { status, stderr } = spawnSync(process.execPath, [projectFile('bin', 'haidang.mjs'), 'decode', 'pms5003'], {
      stdio: [openSync(tmpdir(), 'r'), 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('standard input is a folder');
  });

  it.each([
    [['pms503'], 'Did you mean pms5003?'],
    [['mqtt-json'], 'topics: expected at least one topic under which the device says something'],
    [['mqtt-json', '--config', '{"topics":["a"],"values":[{"quantity":"pm52","path":"a"}]}'], 'Did you mean "pm25"?'],
    [['rtsp-camera'], 'haidang models try'],
    [['pms5003', '--at', 'noon'], '--at is not a time'],
    [['pms5003', '--messages'], 'Leave out --messages'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stderr } = await runCommand(['decode', ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('haidang devices and schema', () => {
  it('list the drivers for people and for programs', async () => {
    const [table, lines] = await Promise.all([haidang(['devices']), runCommand(['devices', '--json'])]);
    expect(table.stdout).toMatch(/^pms5003\s+sensors\s+Plantower/m);
    expect(
      lines.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).name),
    ).toContain('ais-receiver');
  });

  it('tell after how long without a word each device of a configuration is missed', async () => {
    await using folder = await temporaryFolder();
    const line = 'connection: { transport: tcp-client, host: 10.0.0.3, port: 4001 }';
    const file = await writeConfig({
      folder: folder.path,
      api: 8080,
      devices: `
  - { id: pm-1, driver: pms5003, mode: passive, interval: 5m, ${line} }
  - { id: pm-2, driver: pms5003, ${line} }
  - { id: pm-3, driver: pms5003, silence: 3h, ${line} }`,
    });
    const [table, lines] = await Promise.all([runCommand(['devices', file]), runCommand(['devices', file, '--json'])]);
    expect(table.stdout).toMatch(/^pm-1\s+pms5003\s+6m$/m);
    const told = lines.stdout.trim().split('\n');
    expect(told.map(line => JSON.parse(line).silence)).toEqual(['6m', '30s', '3h']);
  });

  it('print the JSON Schema that the project carries', async () => {
    const { stdout } = await haidang(['schema']);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Configuration of a Haidang gateway' });
  });
});

describe('what is printed for people', () => {
  it.each([[['--help']], [['devices']], [['models', 'try', '--help']], [['decode', '--help']]])(
    'keeps within 100 columns: %j',
    async args => {
      const { stdout } = await runCommand(args);
      expect(stdout.split('\n').filter(line => line.length > 100)).toEqual([]);
    },
  );
});

describe('haidang probe', () => {
  it('prints the first observation of each device, or what is wrong and what to do', async () => {
    await using folder = await temporaryFolder();
    await using receiver = await openPeer('!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n');
    await using silent = await openPeer('');
    const tcp = (port: number) => `connection: { transport: tcp-client, host: 127.0.0.1, port: ${port} }`;
    const center = await freePort();
    const file = await writeConfig({
      folder: folder.path,
      api: 8080,
      uplink: center,
      devices: `
  - { id: ais-1, driver: ais-receiver, ${tcp(receiver.port)} }
  - { id: pm-1, driver: pms5003, ${tcp(await freePort())} }
  - { id: pm-2, driver: pms5003, ${tcp(silent.port)} }`,
    });
    const { code, stdout } = await haidang(['probe', file, '--wait', '1s']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok {6}ais-1 \(ais-receiver\): vessel 371798000 in 48\.38163, -123\.39538 at 12\.3 kn/m);
    expect(stdout).toMatch(/^FAILED {2}pm-1 \(pms5003\): unreachable: .* refused the connection\n {8}\S/m);
    expect(stdout).toMatch(new RegExp(`^FAILED {2}ioc \\(uplink\\): unreachable: mqtt://127.0.0.1:${center} `, 'm'));
    expect(stdout).toMatch(/^FAILED {2}pm-2 \(pms5003\): unreachable: no word within 1s/m);
  });

  it('dials the other devices too when a gateway that runs has the port of the broker', async () => {
    await using folder = await temporaryFolder();
    await using receiver = await openPeer('!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n');
    await using taken = await openPeer('');
    const file = await writeConfig({
      folder: folder.path,
      api: 8080,
      uplink: await freePort(),
      devices: `
  - { id: weather, driver: mqtt-json, topics: [a/b], values: [{ quantity: pm25, path: pm }] }
  - { id: ais-1, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${receiver.port} } }
broker: { port: ${taken.port} }`,
    });
    const { code, stdout } = await runCommand(['probe', file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FAILED {2}weather .* the broker cannot listen: .* is in use by another program\n {8}Is another gateway/m,
    );
    expect(stdout).toMatch(/^ok {6}ais-1 /m);
  });

  it.skipIf(missingPrograms('mosquitto') !== undefined)('logs in at the uplinks', async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    const file = await writeConfig({ folder: folder.path, api: 8080, uplink: broker.port });
    const { code, stdout } = await runCommand(['probe', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {6}ioc \(uplink\): .* lets the gateway in/m);
  });

  it('says what is near to a device that does not exist', async () => {
    await using folder = await temporaryFolder();
    const file = await writeConfig({
      folder: folder.path,
      api: 8080,
      devices: '[{ id: pm-1, driver: pms5003, connection: { transport: udp, port: 9999 } }]',
    });
    const { code, stderr } = await runCommand(['probe', file, 'pm1']);
    expect(code).toBe(1);
    expect(stderr).toContain('Did you mean pm-1?');
  });
});

// As root, whom no permission stops, commands run as "nobody"; otherwise files lose the right to be used.
const isRoot = process.getuid?.() === 0;

describe('a secret file of another user', () => {
  it('is missed by check, before the gateway misses it', async () => {
    await using folder = await temporaryFolder();
    const secret = path.join(folder.path, 'password');
    await writeFile(secret, 'hunter22');
    await Promise.all([chmod(folder.path, 0o755), chmod(secret, isRoot ? 0o600 : 0)]);
    const file = await configFile(
      folder.path,
      `${siteSections({ folder: folder.path, apiPort: 8080 })}
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1", username: a, password: "\${file:${secret}}" }]
devices: []
`,
    );
    const { stderr } = await haidang(['check', file], isRoot ? { user: 65534 } : {});
    expect(stderr).toContain(`this user may not read the secret file ${secret}`);
  });
});

describe('a storage folder of another user', () => {
  it('is left as it is, and the user is told', async () => {
    await using folder = await temporaryFolder();
    const storage = path.join(folder.path, 'storage');
    const { outbox, [Symbol.asyncDispose]: close } = await openTestOutbox(storage);
    await outbox.append({ events: [sealed(1)] });
    await close();
    await Promise.all([
      chmod(folder.path, 0o755),
      chmod(storage, 0o777),
      chmod(path.join(storage, 'outbox.db'), 0o444),
    ]);
    const before = await readdir(storage);
    const file = await writeConfig({ folder: folder.path, api: await freePort() });
    const as = isRoot ? { user: 65534 } : {};
    for (const command of ['run', 'outbox']) {
      const { code, stderr } = await haidang([command, file], as);
      expect(code).toBe(1);
      expect(stderr).toContain(`this user may not read and write ${storage}/`);
    }
    expect(await readdir(storage)).toEqual(before);
  });
});

describe('haidang status and outbox', () => {
  it('say that what answers is no gateway', async () => {
    await using folder = await temporaryFolder();
    const other = http.createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    await using _closed = { [Symbol.asyncDispose]: async () => void other.close() };
    const address = other.address();
    const api = address !== null && typeof address === 'object' ? address.port : 0;
    const file = await writeConfig({ folder: folder.path, api });
    const [status, outbox] = await Promise.all([runCommand(['status', file]), runCommand(['outbox', file])]);
    expect([status.code, outbox.code]).toEqual([1, 1]);
    for (const { stderr } of [status, outbox]) {
      expect(stderr).toContain(`what answers at http://127.0.0.1:${api} is no Haidang gateway`);
    }
  });

  it('refuse what is no address', async () => {
    const { code, stderr } = await runCommand(['status', '--url', 'pole-7']);
    expect(code).toBe(1);
    expect(stderr).toContain('--url pole-7 is no address of a gateway');
  });

  it('show what the running gateway does', async () => {
    await using folder = await temporaryFolder();
    const api = await freePort();
    const file = await writeConfig({
      folder: folder.path,
      api,
      uplink: await freePort(),
      devices: `[{ id: pm-1, driver: pms5003, connection: { transport: tcp-client, host: 127.0.0.1, port: ${await freePort()} } }]`,
    });
    const gateway = await startGateway(file, api);
    const [status, json, outbox] = await Promise.all([
      haidang(['status', file]),
      runCommand(['status', '--url', `http://127.0.0.1:${api}/`, '--json']),
      haidang(['outbox', file]),
    ]);
    expect(status.stdout).toContain('gw-1, version');
    expect(status.stdout).toMatch(/^pm-1 +pms5003 +(waiting|connecting)/m);
    expect(status.stdout).toContain('refused the connection; next try in');
    expect(status.stdout).toMatch(/^ioc +mqtt +(connecting|waiting)/m);
    expect(JSON.parse(json.stdout)).toMatchObject({ gateway: 'gw-1', ready: true });
    expect(outbox.stdout).toMatch(/^event +1 /m);
    expect(await gateway.stop()).toBe(0);
    const down = await haidang(['outbox', file]);
    expect(down.stdout).toContain('no gateway runs');
    expect(down.stdout).toMatch(/^event +1 /m);
  });

  it('say that no gateway runs, and how to start one', async () => {
    const { code, stderr } = await runCommand(['status', '--url', `http://127.0.0.1:${await freePort()}`]);
    expect(code).toBe(1);
    expect(stderr).toContain('no gateway runs at');
    expect(stderr).toContain('haidang run FILE');
  });
});
