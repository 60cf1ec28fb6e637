import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../../core/command-line.ts';
import { circular10ListCommand, circular10ResendCommand } from '../../../gateway/cli/circular-10.ts';
import { spoolFolder } from '../../../sinks/circular-10/sink.ts';
import { openSpool } from '../../../sinks/circular-10/spool.ts';
import { nameOf } from '../../support/circular-10.ts';
import { temporaryFolder } from '../../support/resources.ts';

const text = (folder: string, uplinks: string): string => `
gateway: { id: gw-1, city: hue, site: pole-1, area: "00000" }
storage: { folder: ${folder}/storage }
uplinks: [${uplinks}]
devices: [{ id: pm-1, driver: pms5003, connection: { transport: tcp-client, host: 127.0.0.1, port: 4001 } }]
`;

/** A station that has sent three files; a fourth one waits. */
const openStation = async (folder: string) => {
  const file = path.join(folder, 'gateway.yaml');
  const sink =
    '{ name: authority, sink: circular-10, station: Hue_KimLong, values: [{ device: pm-1, quantity: pm25 }], delivery: { transport: folder, path: /srv/files } }';
  await writeFile(file, text(folder, sink));
  const spool = await openSpool(spoolFolder(path.join(folder, 'storage'), 'authority'));
  for (const clock of ['10:05', '10:10', '10:15', '10:20']) {
    await spool.add(nameOf(clock), clock);
    if (clock !== '10:20') await spool.sent(nameOf(clock));
  }
  return { file, spool };
};

const called = async (...args: readonly string[]) => {
  let output = '';
  const write = (words: string): void => {
    output += words;
  };
  const program = { name: 'haidang', summary: '', version: '0' };
  const commands = [circular10ListCommand, circular10ResendCommand];
  const code = await runCommandLine(program, commands, ['circular-10', ...args], { out: write, err: write });
  return { code, output };
};

test('the files of a time are shown, and which of them the authority has', async () => {
  await using folder = await temporaryFolder();
  const { file } = await openStation(folder.path);
  const { code, output } = await called('list', file, '--from', '2026-11-26T10:15', '--to', '2026-11-26');
  expect(code).toBe(0);
  expect(output.split('\n').map(line => line.trim().replace(/ {2,}/, '  '))).toEqual([
    'FILE  STATE',
    `${nameOf('10:15')}  sent`,
    `${nameOf('10:20')}  waiting`,
    '',
    `authority: 2 files in ${folder.path}/storage/circular-10/authority, 1 of them wait`,
    '',
  ]);
});

test('files that were sent wait again, before those that are newer', async () => {
  await using folder = await temporaryFolder();
  const { file, spool } = await openStation(folder.path);
  const { code, output } = await called(...['resend', file, '--from', '2026-11-26T10:10', '--to', '2026-11-26T10:30']);
  expect({ code, output }).toEqual({
    code: 0,
    output: 'authority: 2 files wait again; the gateway sends them in their order\n',
  });
  expect(await spool.waiting()).toEqual([nameOf('10:10'), nameOf('10:15'), nameOf('10:20')]);
});

test.for([
  ['resend', ['--from', '2026-11-26'], /--to is missing/],
  ['list', ['--from', '26.11.2026'], /--from 26\.11\.2026 is no time\n.*2026-11-26T10:05/],
] as const)('a wrong call is told what to write', async ([command, args, words]) => {
  await using folder = await temporaryFolder();
  const { file } = await openStation(folder.path);
  const { code, output } = await called(command, file, ...args);
  expect(code).toBe(1);
  expect(output).toMatch(words);
});

test('a gateway without such files says so', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'gateway.yaml');
  await writeFile(file, text(folder.path, '{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1" }'));
  const { code, output } = await called('list', file);
  expect(code).toBe(1);
  expect(output).toContain('has no uplink with "sink: circular-10"');
});
