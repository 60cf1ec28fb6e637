/** Real servers, ports, ptys and folders for tests. Everything is released by the scope: `await using`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Below what the kernel gives to connections and to listeners that leave the choice to it (Linux: 32768 and up). */
const lowestPort = 10_000;
const portsOfWorker = 2000;
const workersWithPorts = 11;
/** Each worker has ports of its own, so that none is given twice before its server listens. */
const firstPort = lowestPort + (Number(process.env['VITEST_POOL_ID'] ?? 0) % workersWithPorts) * portsOfWorker;
let portsGiven = Math.floor(Math.random() * portsOfWorker);

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A loopback port that nobody listens on, nor will before the caller does. */
export const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < portsOfWorker; tried++) {
    const port = firstPort + (portsGiven++ % portsOfWorker);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
};

export interface Peer extends AsyncDisposable {
  readonly port: number;
}

/** A device on a free loopback port that accepts connections and says `greeting` to each. */
export const openPeer = async (greeting: string): Promise<Peer> => {
  const server = net.createServer(socket => {
    socket.on('error', () => {
      // The other side went away.
    });
    // What it is told it does not heed, but it hears when the other side goes away.
    socket.resume();
    socket.write(greeting);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => void server.close(() => resolve())),
  };
};

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export const temporaryFolder = async (): Promise<TemporaryFolder> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'haidang-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

/** A machine that many share may take long for what takes a moment elsewhere; nothing is judged by it. */
const patienceMs = 60_000;

/** Polls until `condition` gives something other than undefined or false; throws `what` when `withinMs` has passed. */
export const until = async <T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = patienceMs,
): Promise<Exclude<T, undefined | false>> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
};

export interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What it printed so far, both streams. */
  output(): string;
}

/** Characters of a program's output that are kept. */
const mostPrinted = 1_000_000;

/** Starts a program and ends it by its process id (SIGKILL after 2 s) with the scope. */
export const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let printed = '';
  const keep = (chunk: Buffer): void => {
    printed += chunk.toString();
    // Seldom: to cut it with each chunk would copy all of it each time.
    if (printed.length > 2 * mostPrinted) printed = printed.slice(-mostPrinted);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit');
  exited.catch(() => {});
  return {
    process: child,
    output: () => printed.slice(-mostPrinted),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await exited;
      clearTimeout(timer);
    },
  };
};

export interface Mosquitto extends Running {
  readonly port: number;
  readonly folder: string;
}

/**
 * mosquitto on a free loopback port. `configuration` is appended to its configuration file; with `port` it comes back
 * at the same place, with `folder` it finds its persistence again.
 */
export const startMosquitto = async (options: {
  readonly configuration?: string;
  readonly port?: number;
  readonly folder: string;
}): Promise<Mosquitto> => {
  const port = options.port ?? (await freePort());
  const file = path.join(options.folder, `mosquitto-${port}.conf`);
  const lines = [
    // Started by root it would become a user who may not read the temporary folder.
    'user root',
    'persistence false',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'set_tcp_nodelay true',
    options.configuration ?? `listener ${port} 127.0.0.1\nallow_anonymous true`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const running = start('mosquitto', ['-c', file]);
  await until(`mosquitto listens on ${port}`, () => {
    if (running.process.exitCode !== null) throw new Error(`mosquitto ended: ${running.output()}`);
    return accepts(port);
  });
  return { ...running, port, folder: options.folder };
};

/** Whether somebody listens on this loopback port. */
export const accepts = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

export interface PtyPair extends AsyncDisposable {
  readonly device: string;
  readonly gateway: string;
}

/** Two ends of a serial line, made by socat. */
export const startPtyPair = async (folder: string): Promise<PtyPair> => {
  const device = path.join(folder, 'pty-device');
  const gateway = path.join(folder, 'pty-gateway');
  const running = start('socat', [`pty,raw,echo=0,link=${device}`, `pty,raw,echo=0,link=${gateway}`]);
  await until('socat made both ends', () => existsSync(device) && existsSync(gateway));
  return { device, gateway, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
};

const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Real captures that lie beside a checkout, never inside it. */
const dataFolder = path.resolve(projectFolder, '../shared/data');

/** Absolute path of a project file. */
export const projectFile = (...segments: string[]): string => path.join(projectFolder, ...segments);

/** Why a test that needs these programs cannot run here, or undefined. Printed loudly, once for each reason. */
export const missingPrograms = (...programs: string[]): string | undefined => {
  const missing = programs.filter(
    program => spawnSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' }).status !== 0,
  );
  return missing.length === 0 ? undefined : announce(`not installed: ${missing.join(', ')}`);
};

/** Why a test that needs the real captures cannot run here, or undefined. */
export const missingData = (): string | undefined =>
  existsSync(dataFolder) ? undefined : announce(`no real captures at ${dataFolder}`);

const announced = new Set<string>();
const announce = (reason: string): string => {
  if (!announced.has(reason)) process.stderr.write(`\n!!! TESTS SKIPPED: ${reason}\n\n`);
  announced.add(reason);
  return reason;
};

/** Absolute path of a real capture; ask `missingData` first. */
export const dataFile = (...segments: string[]): string => path.join(dataFolder, ...segments);

/** A JSON Lines file as parsed values. */
export const readJsonLines = async (file: string): Promise<unknown[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line) as unknown);
