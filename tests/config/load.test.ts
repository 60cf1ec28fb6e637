import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig, type Problem } from '../../config/load.ts';
import { parseConfig } from '../../config/parse.ts';

const good = `
gateway: { id: gw-1, city: hue, site: pole-1, area: "00000" }
storage: { folder: /tmp/haidang }
broker: { port: 1883 }
uplinks:
  - { name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:1883" }
devices:
  - id: pm-1
    driver: pms5003
    tags: [air]
    connection: { transport: tcp-client, host: 127.0.0.1, port: 4001 }
  - id: weather-1
    driver: mqtt-json
    site: pole-2
    silence: 5m
    topics: [weather/state]
    values: [{ quantity: temperature, path: t }]
pipelines:
  - name: air
    from: [air, weather-1]
    stages: [{ stage: normalize }, { stage: aggregate, periods: [1m] }]
`;

const problemsOf = (text: string): readonly Problem[] => parseConfig(text, 'test.yaml').problems;

/** The only problem of the good file with one text replaced. */
const problemWith = (from: string, to: string): Problem => {
  expect(good).toContain(from);
  const problems = problemsOf(good.replace(from, to));
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  if (problem === undefined) throw new Error('no problem');
  return problem;
};

const lineOf = (text: string): number => good.slice(0, good.indexOf(text)).split('\n').length;

describe('a good configuration', () => {
  const { config, problems, warnings } = parseConfig(good, 'test.yaml');

  it('has no problem and no warning', () => {
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  });

  it('fills in what the file leaves out', () => {
    expect(config?.api).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config?.site.timeZone).toBe('Asia/Ho_Chi_Minh');
    expect(config?.storage.outbox).toBe(2e9);
  });

  it("gives each device the service of its driver's family and the place of the gateway", () => {
    expect(config?.devices[0]?.profile).toMatchObject({ id: 'pm-1', service: 'environment', siteId: 'pole-1' });
    expect(config?.devices[1]?.profile).toMatchObject({ name: 'weather-1', siteId: 'pole-2', areaCode: '00000' });
  });

  it("takes a device's own silence before the driver's", () => {
    expect(config?.devices.map(({ silence }) => silence)).toEqual([30_000, 300_000]);
  });

  it("leaves the driver's keys to the driver", () => {
    expect(Object.keys(config?.devices[1]?.slice ?? {})).toEqual(['topics', 'values']);
  });

  it('names its version by its content', () => {
    expect(config?.site.configVersion).toMatch(/^[0-9a-f]{12}$/);
    expect(parseConfig(`${good}\n`, 'test.yaml').config?.site.configVersion).not.toBe(config?.site.configVersion);
  });
});

describe('a wrong configuration', () => {
  it.each([
    ['id: gw-1', 'id: GW 1', 'gateway.id', 'expected 1 to 32', undefined],
    ['area: "00000"', 'area: 00000', 'gateway.area', 'expected a text, found a number', 'Write it in quotes.'],
    ['port: 4001', 'port: "4001"', 'devices[0].connection.port', 'expected a number', 'Write it without quotes.'],
    ['city: hue, ', '', 'gateway.city', '"city" is missing', 'Name of the city'],
    [
      'port: 4001 }',
      'port: 4001, prot: 1 }',
      'devices[0].connection.prot',
      'unknown key "prot"',
      'Did you mean "port"?',
    ],
    [
      'tcp-client',
      'tcpclient',
      'devices[0].connection.transport',
      '"tcpclient" is not known',
      'Did you mean "tcp-client"?',
    ],
    [
      'driver: pms5003',
      'driver: pms503',
      'devices[0].driver',
      'there is no driver "pms503"',
      'Did you mean "pms5003"?',
    ],
    ['quantity: temperature', 'quantity: temprature', 'devices[1].values[0].quantity', '"temprature"', '"temperature"'],
    ['[air, weather-1]', '[airs, weather-1]', 'pipelines[0].from[0]', 'no device or tag "airs"', 'Did you mean "air"?'],
    ['stage: normalize', 'stage: normalise', 'pipelines[0].stages[0].stage', 'no stage "normalise"', '"normalize"'],
    [
      '{ stage: normalize }',
      '{ stage: downsample }',
      'pipelines[0].stages[0]',
      '"track" does not stand before it',
      'Write "- stage: track"',
    ],
    [
      'periods: [1m] }',
      'periods: [1m] }, { stage: alert, gauges: [{ device: wl, station: kim-long, zeroMetres: 0 }] }',
      'pipelines[0].stages[2].gauges[0].device',
      'there is no device "wl"',
      'Write the id of one',
    ],
    [
      'periods: [1m] }',
      'periods: [10m] }, { stage: alert, gauges: [{ device: weather-1, station: kim-long, zeroMetres: 0 }] }',
      'pipelines[0].stages[2].over',
      'means of 1m, which no "aggregate"',
      'with 1m among its periods',
    ],
    [
      'periods: [1m]',
      'perods: [1m]',
      'pipelines[0].stages[1].perods',
      'unknown key "perods"',
      'Did you mean "periods"?',
    ],
    ['silence: 5m', 'silence: 5 minutes', 'devices[1].silence', 'expected a duration', undefined],
    ['broker: { port: 1883 }', '', 'devices[1].broker', "the gateway's own broker", 'Add the section "broker"'],
    [
      '"mqtt://127.0.0.1:1883"',
      '"mqtt://u:secret@127.0.0.1:1883"',
      'uplinks[0].url',
      'without user and password',
      undefined,
    ],
    [
      'broker: { port: 1883 }',
      'broker: { host: 0.0.0.0 }',
      'broker.host',
      'without a login',
      'List "users" with passwords',
    ],
    ['storage:', 'api: { host: 0.0.0.0 }\nstorage:', 'api.host', 'without a login', 'Set "token"'],
    [
      'url: "mqtt:',
      'username: gw, password: hunter22, url: "mqtt:',
      'uplinks[0].password',
      'a secret never stands in the file itself',
      undefined,
    ],
  ])('%s → %s', (from, to, path, message, advice) => {
    const problem = problemWith(from, to);
    expect(problem.path).toBe(path);
    expect(problem.message).toContain(message);
    if (advice !== undefined) expect(problem.advice).toContain(advice);
  });

  it.each([
    ['connection:', 'conection:'],
    ['id: weather-1', 'id: pm-1'],
    ['name: air\n', 'name: air\n    to: [ioc]\n'],
    ['tags: [air]', 'tags: air'],
    ['devices:', 'devices: []\ndevice:'],
  ])('%s → %s', (from, to) => {
    expect(good).toContain(from);
    expect(problemsOf(good.replace(from, to)).length).toBeGreaterThan(0);
  });

  it('says line and column of the wrong value', () => {
    expect(problemWith('port: 4001', 'port: x')).toMatchObject({
      line: lineOf('port: 4001'),
      column: (good.split('\n')[lineOf('port: 4001') - 1]?.indexOf('4001') ?? 0) + 1,
    });
  });

  it('lists every problem at once, in the order of the file', () => {
    const problems = problemsOf(
      good
        .replace('id: gw-1', 'id: GW')
        .replace('pms5003', 'pms')
        .replace('5m', '5')
        .replace('[air, weather-1]', '[x]'),
    );
    expect(problems.map(({ path }) => path)).toEqual([
      'gateway.id',
      'devices[0].driver',
      'devices[1].silence',
      'pipelines[0].from[0]',
    ]);
  });

  it('never repeats a password that stands in the file', () => {
    const problems = problemsOf(good.replace('url: "mqtt:', 'username: gw, password: hunter22, url: "mqtt:'));
    expect(JSON.stringify(problems)).not.toContain('hunter22');
  });

  it('says where the YAML itself is broken', () => {
    const [problem] = problemsOf('gateway:\n  id: [1, 2\n');
    expect(problem?.line).toBeGreaterThan(1);
    expect(problem?.advice).toContain('Mend the YAML');
  });

  it.each(['', '[]', 'text', '~'])('refuses %j, which is no configuration', text => {
    expect(problemsOf(text)[0]?.message).toContain('expected the sections');
  });

  it('bounds what aliases can unfold to', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
      .join('\n')}`;
    expect(problemsOf(bomb).length).toBeGreaterThan(0);
  });
});

describe('a doubtful configuration', () => {
  it('warns of a serial port that is named by its number', () => {
    const { config, warnings } = parseConfig(
      good.replace('tcp-client, host: 127.0.0.1, port: 4001', 'serial, path: /dev/ttyUSB0'),
      'test.yaml',
    );
    expect(config).toBeDefined();
    expect(warnings[0]).toMatchObject({ path: 'devices[0].connection.path' });
    expect(warnings[0]?.advice).toContain('/dev/serial/by-path');
  });

  it('warns of two devices on one serial line', () => {
    const line = '{ transport: serial, path: /dev/serial/by-path/usb-1 }';
    const devices = ['pm-2', 'pm-3', 'pm-4'].map(
      id =>
        `  - { id: ${id}, driver: pms5003, tags: [air], connection: ${id === 'pm-3' ? line.replace('usb-1', 'usb-2') : line} }`,
    );
    const { config, warnings } = parseConfig(
      good.replace('devices:\n', `devices:\n${devices.join('\n')}\n`),
      'test.yaml',
    );
    expect(config).toBeDefined();
    expect(warnings).toMatchObject([
      { path: 'devices[2].connection.path', message: expect.stringContaining('"pm-2" reads this line too') },
    ]);
  });

  it('has nothing to say of devices that share a bus, each under its own address', () => {
    const onBus = (id: string, address: string) =>
      `  - { id: ${id}, driver: modbus, tags: [air], map: metsens300, ${address} connection: { transport: serial, path: /dev/serial/by-path/usb-1 } }`;
    const warningsOf = (...devices: readonly string[]) =>
      parseConfig(good.replace('devices:\n', `devices:\n${devices.join('\n')}\n`), 'test.yaml').warnings;
    expect(warningsOf(onBus('a', ''), onBus('b', 'address: 2,'), onBus('c', 'address: 3,'))).toEqual([]);
    expect(warningsOf(onBus('a', ''), onBus('b', 'address: 2,'), onBus('c', 'address: 2,'))).toMatchObject([
      { path: 'devices[2].connection.path', message: expect.stringContaining('"b" reads this line too') },
    ]);
  });

  it('warns of a device that no pipeline reads', () => {
    const { config, warnings } = parseConfig(good.replace('[air, weather-1]', '[air]'), 'test.yaml');
    expect(config).toBeDefined();
    expect(warnings).toMatchObject([{ path: 'devices[1].id', message: expect.stringContaining('goes nowhere') }]);
  });

  it.each([
    [
      'LoRaWAN',
      '{ driver: mqtt-json, dialect: chirpstack, topicName: a84041000181d061, values: [{ quantity: pm25, path: pm25 }] }',
      '10m',
    ],
    [
      'an SDI-12 line, asked each quarter of an hour',
      '{ driver: sdi12, address: "0", interval: 15m, values: [{ quantity: waterLevel, unit: m }], connection: { transport: tcp-client, host: 10.0.0.3, port: 4001 } }',
      '15m',
    ],
  ])('warns of a device of %s whose hours would be called incomplete', (_, device, every) => {
    const slow = { ...parse(device), id: 'slow', tags: ['air'] };
    const { devices, pipelines, ...site } = parse(good);
    const warningsOf = (given: readonly object[] | undefined) =>
      parseConfig(stringify({ ...site, devices: [...devices, slow], pipelines: given }), 'test.yaml').warnings;
    const [air] = pipelines;
    const by = (aggregate: object) => [{ ...air, stages: [{ stage: 'aggregate', ...aggregate }] }];
    const warning = { path: 'devices[2].id', message: expect.stringContaining(`sends about every ${every}`) };
    expect(warningsOf(by({ periods: ['1m', '1h'] }))).toMatchObject([warning]);
    expect(warningsOf(undefined)).toMatchObject([warning]);
    expect(warningsOf(by({ periods: ['1m', '1h'], interval: every }))).toEqual([]);
    expect(warningsOf(by({ periods: ['1h'] }))).toEqual([]);
    expect(warningsOf(by({ periods: ['30m', '1h'] }))).toEqual([]);
  });

  it('warns of a device that shares its power supply with nobody', () => {
    const alone = good.replace('id: weather-1\n', 'id: weather-1\n    power: fuse-3\n');
    expect(parseConfig(alone, 'test.yaml').warnings).toMatchObject([
      { path: 'devices[1].power', message: expect.stringContaining('no other device shares "fuse-3"') },
    ]);
    const shared = alone.replace('id: pm-1\n', 'id: pm-1\n    power: fuse-3\n');
    const { config, warnings } = parseConfig(shared, 'test.yaml');
    expect(warnings).toEqual([]);
    expect(config?.devices.map(({ profile }) => profile.power)).toEqual(['fuse-3', 'fuse-3']);
  });

  it('warns of pictures that have no place where they go', () => {
    const camera = `
  - id: cam-1
    driver: rtsp-camera
    tags: [air]
    url: rtsp://10.0.0.9/live
    detect: { model: yolox-nano, snapshot: {} }
pipelines:`;
    const { config, warnings } = parseConfig(good.replace('\npipelines:', camera), 'test.yaml');
    expect(config).toBeDefined();
    expect(warnings).toMatchObject([
      { path: 'devices[2].detect.snapshot', advice: expect.stringContaining('"media"') },
    ]);
  });

  it('takes a camera that says something by itself without anything to look for, and no other one', () => {
    const camera = (driver: string) =>
      parseConfig(good.replace('\npipelines:', `\n  - { id: cam-1, tags: [air], ${driver} }\npipelines:`), 'test.yaml');
    const { config, problems } = camera('driver: onvif-camera, host: 10.0.0.9');
    expect(problems).toEqual([]);
    expect(config?.devices.at(-1)).not.toHaveProperty('detect');
    expect(camera('driver: rtsp-camera, url: "rtsp://10.0.0.9/live"').problems).toMatchObject([
      { path: 'devices[2].detect', message: expect.stringContaining('missing') },
    ]);
  });

  it('lets a camera say itself when something moves only where its driver hears it', () => {
    const camera = (gate: string, more: string) =>
      parseConfig(
        good.replace(
          '\npipelines:',
          `\n  - { id: cam-1, tags: [air], ${more}, detect: { model: yolox-nano, gate: ${gate} } }\npipelines:`,
        ),
        'test.yaml',
      ).problems;
    const rtsp = 'driver: rtsp-camera, url: "rtsp://10.0.0.9/live"';
    for (const gate of ['own', 'events', 'both']) {
      expect(camera(gate, 'driver: onvif-camera, host: 10.0.0.9')).toEqual([]);
      expect(camera(gate, rtsp)).toMatchObject(
        gate === 'own'
          ? []
          : [{ path: 'devices[2].detect.gate', message: expect.stringContaining('reads pictures alone') }],
      );
    }
    expect(camera('sometimes', rtsp)).toMatchObject([{ path: 'devices[2].detect.gate' }, {}]);
  });

  it('refuses a mask that would leave open what it is meant to hide, and warns of one that nothing needs', () => {
    const camera = (more: string) =>
      parseConfig(
        good.replace(
          '\npipelines:',
          `\n  - { id: cam-1, tags: [air], driver: onvif-camera, host: 10.0.0.9, ${more} }\npipelines:`,
        ),
        'test.yaml',
      );
    const masks = 'masks: [[[0, 0], [1, 0], [1, 1]]]';
    const { config, problems, warnings } = camera(`detect: { model: yolox-nano }, ${masks}`);
    expect([...problems, ...warnings]).toEqual([]);
    expect(config?.devices.at(-1)?.masks).toHaveLength(1);
    expect(camera('detect: { model: yolox-nano }, masks: [[[0, 0], [1, 1], [1, 0], [0, 1]]]').problems).toMatchObject([
      { path: 'devices[2].masks[0]', message: expect.stringContaining('its sides meet') },
    ]);
    expect(camera(masks).warnings).toMatchObject([
      { path: 'devices[2].masks', message: expect.stringContaining('nothing looks at the pictures') },
    ]);
  });

  it('wants a size for the pictures of clips, and warns of clips that no pipeline tells of', () => {
    const camera = (detect: string, stages: string) =>
      parseConfig(
        good.slice(0, good.indexOf('\npipelines:')).concat(
          `\n  - { id: cam-1, driver: onvif-camera, host: 10.0.0.9, detect: { model: yolox-nano, ${detect} } }
media: { url: "https://media.example" }
pipelines:
  - { name: air, from: [pm-1, weather-1], stages: [{ stage: normalize }] }
  - { name: street, from: [cam-1], stages: [${stages}] }
`,
        ),
        'test.yaml',
      );
    const clip = 'snapshot: {}, clip: {}';
    expect(camera('clip: {}', '{ stage: clips }').problems).toMatchObject([
      { path: 'devices[2].detect.clip', message: expect.stringContaining('needs "snapshot"') },
    ]);
    expect(camera(clip, '{ stage: zones }').warnings).toMatchObject([
      { path: 'devices[2].detect.clip', advice: expect.stringContaining('"- stage: clips"') },
    ]);
    const { problems, warnings } = camera(clip, '{ stage: zones }, { stage: clips }');
    expect([...problems, ...warnings]).toEqual([]);
  });

  it('warns when there is no uplink', () => {
    const { config, warnings } = parseConfig(good.replace(/uplinks:\n.*\n/, ''), 'test.yaml');
    expect(config?.uplinks).toEqual([]);
    expect(warnings[0]?.message).toContain('there is no uplink');
  });
});

describe('what the schema says in words of its own', () => {
  it.each([
    ['broker: { port: 1883 }', 'broker: { port: 99999 }', 'expected at most 65535'],
    ['broker: { port: 1883 }', 'broker: { port: 0 }', 'expected at least 1'],
    ['    tags: [air]', '    tags: [air]\n    name: ""', 'expected at least 1 character'],
    ['{ port: 1883 }', `{ users: [{ username: a, password: "\${env:A}", publish: ["#/a"] }] }`, 'expected a topic'],
    ['    tags: [air]', '    tags: [air]\n    location: [16.5, 107.5]', 'the latitude stands second'],
  ])('turns %j into %j and says %j', (from, to, words) => {
    expect(problemWith(from, to).message).toContain(words);
  });

  it('says that a file is empty, and where a second document begins', () => {
    expect(problemsOf('')).toMatchObject([
      { message: expect.stringMatching(/^is empty: /), advice: expect.stringContaining('config') },
    ]);
    expect(problemsOf('a: 1\n---\nb: 2\n')).toMatchObject([
      { line: 2, column: 1, message: 'a second document begins here' },
    ]);
  });
});

it('says that the network needs a login also where something else is wrong beside it', () => {
  const text = good.replace(
    'broker: { port: 1883 }',
    'broker: { host: 0.0.0.0, port: 0 }\napi: { host: 0.0.0.0, port: 0 }',
  );
  expect(problemsOf(text).map(({ path }) => path)).toEqual(['broker.host', 'broker.port', 'api.host', 'api.port']);
});

describe('a file', () => {
  it('that is not there or is a folder is a problem in plain words', async () => {
    expect((await loadConfig('/nowhere/gateway.yaml')).problems).toMatchObject([{ message: 'there is no such file' }]);
    expect((await loadConfig(tmpdir())).problems).toMatchObject([{ message: 'is a folder' }]);
  });
});
