import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { encode } from '../../../drivers/protocols/ais/encode.ts';
import { withChecksum } from '../../../drivers/protocols/nmea0183/checksum.ts';
import { runCommand } from '../../support/command-line.ts';
import { haidang, siteSections } from '../../support/gateway.ts';
import { projectFile, temporaryFolder } from '../../support/resources.ts';

const start = Date.parse('2026-11-23T08:00:00Z');
const position = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A';
const other = '!AIVDM,1,1,,A,16SteH0P00Jt63hHaa6SagvJ087r,0*42';

const heardAt = (time: number, sentence: string): string =>
  `\\${withChecksum(`s:quay,c:${Math.floor(time / 1000)}`)}\\${sentence}\r\n`;

/** Two vessels, each every ten seconds, and a sentence whose checksum is wrong. */
const recorded = (hours: number): string =>
  [
    ...Array.from({ length: 360 * hours }, (_, index) => start + index * 10_000).flatMap(time => [
      heardAt(time, position),
      heardAt(time + 3000, other),
    ]),
    heardAt(start + hours * 3_600_000, position.replace('*4A', '*4B')),
  ].join('');
const anHour = recorded(1);

const inFolder = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder.path, name), text);
  return { file: (name: string) => path.join(folder.path, name), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
};

it('gives the same bytes again, and a summary beside them', async () => {
  // Several times as large as what is read at once.
  await using folder = await inFolder({ 'quay.nmea': recorded(10) });
  const runs = [
    await haidang(['replay', folder.file('quay.nmea')]),
    await runCommand(['replay', folder.file('quay.nmea')]),
  ];
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  expect(runs[1]?.stdout).toBe(runs[0]?.stdout);
  const events = (runs[0]?.stdout ?? '')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(events.length).toBeGreaterThan(1);
  expect(events[0]).toMatchObject({
    type: 'vn.ioc.fishing-vessel.vessel.observed.v1',
    source: '/ioc/city/replay/ais-receiver',
    eventstatus: 'test',
    time: '2026-11-23T08:00:00.000Z',
    data: { mmsi: 371_798_000 },
  });
  expect(runs[0]?.stderr).toContain('2026-11-23T08:00:00Z to 2026-11-23T18:00:01Z');
  expect(runs[0]?.stderr).toMatch(/^ais-receiver: malformed bad-checksum +1$/m);
  expect(runs[0]?.stderr).toMatch(/^7,200 positions of vessels became 1,\d{3} events: \d+\.\d %$/m);
});

it('takes the pipeline and the device of a configuration', async () => {
  await using folder = await inFolder({ 'quay.nmea': heardAt(start, position) });
  const connection = '{ transport: udp, port: 10110 }';
  await writeFile(
    folder.file('gateway.yaml'),
    `${siteSections({ folder: path.dirname(folder.file('a')), apiPort: 8080 })}
devices:
  - { id: ais-1, driver: ais-receiver, connection: ${connection} }
  - { id: ais-2, driver: ais-receiver, connection: ${connection.replace('10110', '10111')} }
  - { id: air, driver: pms5003, connection: { transport: tcp-client, host: 127.0.0.1, port: 4001 } }
pipelines:
  - { name: air, from: [air], stages: [{ stage: aggregate }] }
  - { name: near, from: [ais-1], stages: [{ stage: track }, { stage: downsample }] }
  - { name: all, from: [ais-1, ais-2], stages: [{ stage: track }, { stage: downsample }] }
`,
  );
  const run = (...words: string[]) => runCommand(['replay', '--config', folder.file('gateway.yaml'), ...words]);
  const quay = folder.file('quay.nmea');

  expect(await run(quay)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the pipelines near and all read what was recorded'),
  });
  expect((await run('--pipeline', 'near', quay)).stdout).toContain('"source":"/ioc/hue/gw-1/ais-1"');
  expect((await run(`ais-2=${quay}`)).stdout).toContain('"source":"/ioc/hue/gw-1/ais-2"');
  expect((await run('--pipeline', 'near', `ais-2=${quay}`)).stderr).toContain('the pipeline near does not read ais-2');
  expect((await run('--pipeline', 'air', quay)).stderr).toContain('reads no device of the driver ais-receiver');
  expect((await run(`air=${quay}`)).stderr).toContain('air is a device of the driver pms5003');
  expect((await run('--pipeline', 'none', quay)).stderr).toContain('The pipelines are: air, near, all.');
  expect((await run(`ais_1=${quay}`)).stderr).toContain('there is no device ais_1\n  Did you mean ais-1?');
});

it('asks when a recording began that does not tell, and takes what is said', async () => {
  await using folder = await inFolder({ 'bare.nmea': `${position}\n${other}\n` });
  const silent = await runCommand(['replay', folder.file('bare.nmea')]);
  expect(silent).toMatchObject({ code: 1, stdout: '' });
  expect(silent.stderr).toContain('bare.nmea does not tell when it was recorded');
  expect(silent.stderr).toContain('--start 2026-11-23T08:00:00Z');
  const { code, stdout } = await runCommand([
    'replay',
    '--start',
    '2026-01-01T00:00:00Z',
    '--every',
    '2s',
    folder.file('bare.nmea'),
  ]);
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).time),
  ).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:02.000Z']);
});

it('runs the rules that need no file where there is no configuration', async () => {
  await using folder = await inFolder({
    'sea.nmea': Array.from({ length: 30 }, (_, index) => start + index * 10_000)
      .flatMap(time =>
        encode({ messageType: 1, mmsi: 970_574_001, longitude: 107.7, latitude: 16.7, navigationalStatus: 14 })
          .trim()
          .split('\r\n')
          .map(sentence => heardAt(time, sentence)),
      )
      .join(''),
  });
  const { code, stdout, stderr } = await runCommand(['replay', folder.file('sea.nmea')]);
  expect(code).toBe(0);
  expect(stdout).toContain('"type":"vn.ioc.fishing-vessel.distress.raised.v1"');
  expect(stderr).toContain('through the pipeline vessels: track, vessel-rules, downsample');
  expect(stderr).toContain('1 alarm: too few vessel-days for a rate');
});

it('reads standard input, gzip and Windows alike, and says what was cut off', async () => {
  const bytes = gzipSync(anHour);
  await using folder = await inFolder({
    'quay.nmea': anHour,
    'quay.nmea.gz': bytes,
    'cut.gz': bytes.subarray(0, -200),
    'unix.nmea': anHour.replaceAll('\r\n', '\n'),
  });
  const { stdout } = await runCommand(['replay', folder.file('quay.nmea')]);
  expect(stdout).not.toBe('');
  expect((await haidang(['replay', '-'], { input: anHour })).stdout).toBe(stdout);
  expect((await haidang(['replay', '-'], { input: bytes })).stdout).toBe(stdout);
  expect((await runCommand(['replay', folder.file('quay.nmea.gz')])).stdout).toBe(stdout);
  expect((await runCommand(['replay', folder.file('unix.nmea')])).stdout).toBe(stdout);
  const cut = await runCommand(['replay', folder.file('cut.gz')]);
  expect(cut).toMatchObject({ code: 0, stderr: expect.stringContaining('cut.gz is damaged or ends too early') });
  expect(stdout.startsWith(cut.stdout)).toBe(true);
});

it('tells the summary so far on Ctrl-C', async () => {
  await using folder = await inFolder({ 'quay.nmea': anHour });
  const child = spawn(process.execPath, [
    projectFile('bin', 'haidang.mjs'),
    'replay',
    '--speed',
    '60x',
    folder.file('quay.nmea'),
  ]);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  // The first events are there: it runs.
  await once(child.stdout, 'data');
  child.stdout.resume();
  child.kill('SIGINT');
  await once(child, 'close');
  expect(child.exitCode).toBe(130);
  expect(stderr).toContain('stopped: this is what was replayed so far\n2026-11-23T08:00:00Z to 2026-11-23T08:0');
  expect(stderr).toMatch(/^fishing-vessel\.vessel\.observed +\d+$/m);
});

it('keeps to the speed that was asked for', async () => {
  await using folder = await inFolder({
    'quay.nmea': heardAt(start, position) + heardAt(start + 1000, other) + heardAt(start + 3000, position),
  });
  const began = performance.now();
  expect((await runCommand(['replay', '--speed', '2x', folder.file('quay.nmea')])).code).toBe(0);
  expect(performance.now() - began).toBeGreaterThan(1000);
});

it.each([
  [['--speed', 'fast', 'x'], '--speed fast is no speed'],
  [['--start', 'noon', 'x'], '--start noon is no time'],
  [['--every', '1s', 'x'], 'Give --start too'],
  [['--start', '2026-01-01', '--every', '0s', 'x'], '--every 0s is no time'],
  [['--pipeline', 'a', 'x'], 'Give --config too'],
  [['/nowhere.nmea'], '/nowhere.nmea cannot be read (ENOENT)'],
  [['--config', '/nowhere.yaml', '/nowhere.nmea'], '/nowhere.yaml'],
  [['ais-1=/nowhere.nmea'], 'Give --config too'],
  [['-', '-'], 'standard input can be one recording only'],
  [['/'], 'Give a file in it'],
])('%j is answered with what is wrong', async (words, problem) => {
  expect(await runCommand(['replay', ...words])).toMatchObject({ code: 1, stderr: expect.stringContaining(problem) });
});

it('reads JSON and CSV of VMS providers by the mappings of their devices, the same bytes each time', async () => {
  const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
  await using folder = await inFolder({
    // By vessel, so not by time.
    'fleet.json': JSON.stringify({
      fleet: [1, 2].map(id => ({
        id,
        track: Array.from({ length: 8 }, (_, each) => ({
          at: at(30 * each + id),
          lat: 16.6 + each / 100,
          lon: 107.7 + id / 10,
          sos: id === 2 && each === 3 ? 'SOS' : undefined,
        })),
      })),
    }),
    'other.csv': `thời gian;vĩ độ;kinh độ;tàu\n${at(45)};16,9;107,9;QT 96969 TS\nkhông;16;107;QT 96969 TS\n`,
  });
  await writeFile(
    folder.file('gateway.yaml'),
    `${siteSections({ folder: path.dirname(folder.file('a')), apiPort: 8080 })}
devices:
  - id: vms-table
    driver: json-vms
    connection: { transport: folder, path: /tmp/table }
    format: csv
    fields: { mark: tàu, time: thời gian, latitude: vĩ độ, longitude: kinh độ }
  - id: vms-fleet
    driver: json-vms
    connection: { transport: http-server, port: 8099 }
    records: fleet[].track
    fields: { vmsId: ^.id, time: at, latitude: lat, longitude: lon, alarm: { path: sos, values: { SOS: distress } } }
pipelines:
  - name: sea
    from: [vms-table, vms-fleet]
    stages: [{ stage: track }, { stage: vessel-rules }, { stage: downsample }]
`,
  );
  const run = (...files: string[]) => runCommand(['replay', '--config', folder.file('gateway.yaml'), ...files]);
  const [fleet, other] = [folder.file('fleet.json'), folder.file('other.csv')];
  const [one, two] = [await run(fleet, other), await run(fleet, other)];
  expect(one.code).toBe(0);
  expect(two.stdout).toBe(one.stdout);
  const events: { type: string; subject: string; time: string }[] = one.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(events.find(({ type }) => type.includes('distress.raised'))).toMatchObject({
    subject: 'vessel/vms/vms-fleet/2',
    time: at(92),
  });
  expect(events.find(({ subject }) => subject === 'vessel/vnfish/QT-96969-TS')).toMatchObject({ time: at(45) });
  expect(one.stderr).toMatch(/^vms-position +17$/m);
  expect(one.stderr).toMatch(/^vms-table: malformed bad-time +1$/m);
  expect((await run(`vms-table=${fleet}`)).stderr).toContain('no position that the mapping of vms-table reads');
});
