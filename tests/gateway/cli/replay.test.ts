import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { withChecksum } from '../../../drivers/protocols/nmea0183/checksum.ts';
import { haidang, siteSections } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/resources.ts';

const start = Date.parse('2026-11-23T08:00:00Z');
const position = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A';
const other = '!AIVDM,1,1,,A,16SteH0P00Jt63hHaa6SagvJ087r,0*42';

const heardAt = (time: number, sentence: string): string =>
  `\\${withChecksum(`s:quay,c:${Math.floor(time / 1000)}`)}\\${sentence}\r\n`;

/** An hour of two vessels, each every ten seconds, and a sentence whose checksum is wrong. */
const anHour = [
  ...Array.from({ length: 360 }, (_, index) => start + index * 10_000).flatMap(time => [
    heardAt(time, position),
    heardAt(time + 3000, other),
  ]),
  heardAt(start + 3_600_000, position.replace('*4A', '*4B')),
].join('');

const inFolder = async (files: Readonly<Record<string, string>>) => {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder.path, name), text);
  return { file: (name: string) => path.join(folder.path, name), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
};

it('gives the same bytes again, and a summary beside them', async () => {
  await using folder = await inFolder({ 'quay.nmea': anHour });
  const runs = [
    await haidang(['replay', folder.file('quay.nmea')]),
    await haidang(['replay', folder.file('quay.nmea')]),
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
  expect(runs[0]?.stderr).toContain('2026-11-23T08:00:00Z to 2026-11-23T09:00:01Z');
  expect(runs[0]?.stderr).toMatch(/^ais-receiver: malformed bad-checksum +1$/m);
  expect(runs[0]?.stderr).toMatch(/^720 positions of vessels became \d+ events: \d+\.\d %$/m);
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
  const run = (...words: string[]) => haidang(['replay', '--config', folder.file('gateway.yaml'), ...words]);
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
});

it('asks when a recording began that does not tell, and takes what is said', async () => {
  await using folder = await inFolder({ 'bare.nmea': `${position}\n${other}\n` });
  const silent = await haidang(['replay', folder.file('bare.nmea')]);
  expect(silent).toMatchObject({ code: 1, stdout: '' });
  expect(silent.stderr).toContain('tells when it was recorded');
  expect(silent.stderr).toContain('--start 2026-11-23T08:00:00Z');
  const { code, stdout } = await haidang([
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

it('keeps to the speed that was asked for', async () => {
  await using folder = await inFolder({
    'quay.nmea': heardAt(start, position) + heardAt(start + 1000, other) + heardAt(start + 3000, position),
  });
  const began = performance.now();
  expect((await haidang(['replay', '--speed', '2x', folder.file('quay.nmea')])).code).toBe(0);
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
])('%j is answered with what is wrong', async (words, problem) => {
  expect(await haidang(['replay', ...words])).toMatchObject({ code: 1, stderr: expect.stringContaining(problem) });
});
