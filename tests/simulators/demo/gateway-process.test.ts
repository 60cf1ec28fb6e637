import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startGatewayProcess } from '../../../simulators/demo/gateway-process.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const startProgram = async (folder: string, program: string) => {
  const entryPoint = path.join(folder, 'program.mjs');
  await writeFile(entryPoint, program);
  return startGatewayProcess({
    entryPoint,
    configFile: 'site.yaml',
    folder,
    environment: process.env,
    logFile: path.join(folder, 'gateway.log'),
  });
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const readPid = (folder: string): Promise<number | undefined> =>
  readFile(path.join(folder, 'pid'), 'utf8').then(Number, () => undefined);

test('what the gateway prints is kept in its log and its last lines', async () => {
  await using folder = await temporaryFolder();
  const running = await startProgram(folder.path, 'console.log(process.argv.slice(2).join(" ")); process.exit(3);');
  const ended = await until('it ended', () => running.ended());
  await until('its line was read', () => running.lastLines().length > 0);
  await running.stop(1000);
  expect(ended).toEqual({ code: 3, signal: null });
  expect(running.lastLines()).toEqual(['run site.yaml']);
  expect(await readFile(path.join(folder.path, 'gateway.log'), 'utf8')).toBe('run site.yaml\n');
});

test('a gateway that stops when it is asked to is not forced, and may be asked again', async () => {
  await using folder = await temporaryFolder();
  const running = await startProgram(
    folder.path,
    `import { writeFileSync } from 'node:fs';
     process.on('SIGTERM', () => process.exit(0));
     setInterval(() => {}, 1000);
     writeFileSync('pid', String(process.pid));`,
  );
  await until('it runs', () => readPid(folder.path));
  await running.stop(10_000);
  await running.stop(10_000);
  expect(running.ended()).toEqual({ code: 0, signal: null });
});

test('a gateway that does not stop is ended with the processes it started', async () => {
  await using folder = await temporaryFolder();
  const running = await startProgram(
    folder.path,
    `import { spawn } from 'node:child_process';
     import { writeFileSync } from 'node:fs';
     process.on('SIGTERM', () => {});
     const child = spawn('sleep', ['1000']);
     setInterval(() => {}, 1000);
     writeFileSync('pid', String(child.pid));`,
  );
  const child = await until('its child runs', () => readPid(folder.path));
  await running.stop(200);
  expect(running.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  await until('its child is gone', () => !isAlive(child));
});
