import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../config/parse.ts';
import { freePort, projectFile, start, temporaryFolder, until } from '../support/resources.ts';

const entryPoint = projectFile('bin/haidang.mjs');

const haidang = (...args: string[]) => spawnSync(process.execPath, [entryPoint, ...args], { encoding: 'utf8' });

const scenario = (port: number): string => `
summary: One sensor.
devices:
  - id: air-1
    simulator: pms5003
    connection: { transport: tcp-server, port: ${port} }
    faults:
      - { after: 100ms, show: silent }
`;

test('simulate without a scenario lists those there are', () => {
  const { status, stdout } = haidang('simulate');
  expect(status).toBe(0);
  for (const name of ['camera-pole', 'demo', 'harbor', 'sensor-station']) expect(stdout).toContain(name);
});

test('an unknown scenario is refused with the known ones', () => {
  const { status, stderr } = haidang('simulate', 'nowhere');
  expect(status).toBe(1);
  expect(stderr).toContain('there is no scenario nowhere');
  expect(stderr).toContain('sensor-station');
});

test.each(['soon', '60', '0s', '-5s'])('--duration=%s is refused', text => {
  const { status, stderr } = haidang('simulate', 'sensor-station', `--duration=${text}`);
  expect(status).not.toBe(0);
  expect(stderr).toContain('60s, 10m or 2h');
});

test('simulate prints the devices as a gateway’s configuration, tells of faults, and ends by itself', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'mine.yaml');
  const port = await freePort();
  await writeFile(file, scenario(port));
  const { status, stdout, stderr } = haidang('simulate', file, '--duration', '600ms');
  expect(parse(stdout)).toEqual({
    devices: [{ id: 'air-1', driver: 'pms5003', connection: { transport: 'tcp-client', host: '127.0.0.1', port } }],
  });
  expect(stderr).toContain('air-1: shows silent');
  expect(status).toBe(0);
});

test('what simulate prints of a camera is a device of a gateway, with its login and a model', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'camera.yaml');
  const port = await freePort();
  const login = `username: haidang, password: "\${env:CAMERA_PASSWORD}"`;
  await writeFile(
    file,
    `summary: One camera.\ndevices:\n  - { id: cam, simulator: rtsp-camera, scene: street, port: ${port}, ${login} }\n`,
  );
  const { stdout } = haidang('simulate', file, '--duration', '600ms');
  const site = 'gateway: { id: g, city: hue, site: s, area: "00000" }\nstorage: { folder: storage }\n';
  expect(parseConfig(site + stdout, 'site.yaml').problems).toEqual([]);
  expect(parse(stdout)).toMatchObject({
    devices: [{ username: 'haidang', password: `\${env:CAMERA_PASSWORD}`, detect: { model: 'simulated-scenes' } }],
  });
});

test('a signal ends the simulated devices at once', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'mine.yaml');
  const port = await freePort();
  await writeFile(file, scenario(port));
  await using running = start(process.execPath, [entryPoint, 'simulate', file]);
  await until('it prints its devices', () => running.output().includes('tcp-client'));
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  running.process.kill('SIGINT');
  await closed;
  await until('it ended', () => running.process.exitCode !== null);
  expect(running.process.exitCode).toBe(0);
});
