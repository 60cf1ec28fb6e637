/** The whole gateway as a process of its own, as an operator runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { projectFile, type Running, start, until } from './resources.ts';

/** What the tests read of `GET /api/v1/status`. */
const gatewayStatus = z.looseObject({
  alerts: z.object({ open: z.array(z.object({ id: z.string() })) }),
  ready: z.boolean(),
  devices: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      observations: z.number(),
      error: z.looseObject({ kind: z.string(), message: z.string(), advice: z.string().optional() }).optional(),
    }),
  ),
  uplinks: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      delivered: z.number(),
      backlog: z.number(),
      error: z.looseObject({ kind: z.string(), message: z.string(), advice: z.string().optional() }).optional(),
      warnings: z.array(z.string()),
    }),
  ),
});
export type TestedStatus = z.infer<typeof gatewayStatus>;

const status = async (apiPort: number): Promise<TestedStatus | undefined> => {
  try {
    const response = await fetch(`http://127.0.0.1:${apiPort}/api/v1/status`);
    return response.ok ? gatewayStatus.parse(await response.json()) : undefined;
  } catch {
    // It does not listen yet, or not any more.
    return undefined;
  }
};

export interface RunningGateway extends Running {
  status(): Promise<TestedStatus | undefined>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

export interface SiteOptions {
  readonly folder: string;
  /** In `folder` when absent. */
  readonly storage?: string;
  readonly apiPort: number;
  /** On the loopback. */
  readonly brokerPort?: number;
  readonly site?: string;
  readonly area?: string;
  readonly status?: 'test' | 'actual';
  readonly clockWait?: string;
}

/** The sections of a configuration that every test needs: the gateway `gw-1`, and the uplink `ioc` where there is a broker. */
export const siteSections = ({
  folder,
  storage = `${folder}/storage`,
  apiPort,
  brokerPort,
  site = 'test-site',
  area = '00000',
  status = 'test',
  clockWait = '0s',
}: SiteOptions): string =>
  [
    `gateway: { id: gw-1, city: hue, site: ${site}, area: "${area}", status: ${status}, clockWait: ${clockWait} }`,
    `storage: { folder: ${storage}, outbox: 200MB }`,
    `api: { port: ${apiPort} }`,
    ...(brokerPort === undefined
      ? []
      : [`uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:${brokerPort}" }]`]),
  ].join('\n');

export const configFile = async (folder: string, text: string): Promise<string> => {
  const file = path.join(folder, 'gateway.yaml');
  await writeFile(file, text);
  return file;
};

/** Resolves when it says that it is ready. */
export const startGateway = async (
  file: string,
  apiPort: number,
  env: NodeJS.ProcessEnv = {},
): Promise<RunningGateway> => {
  const running = start(process.execPath, [projectFile('bin', 'haidang.mjs'), 'run', file], { ...process.env, ...env });
  const child = running.process;
  const ended = (signal: NodeJS.Signals) => async (): Promise<number | null> => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  await until(
    'the gateway is ready',
    async () => {
      if (child.exitCode !== null) throw new Error(`the gateway ended: ${running.output()}`);
      return (await status(apiPort))?.ready;
    },
    60_000,
  );
  const kill = ended('SIGKILL');
  return {
    ...running,
    status: () => status(apiPort),
    kill: async () => {
      await kill();
    },
    stop: ended('SIGTERM'),
  };
};

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HaidangCall {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** Runs it as this user; only root may. */
  readonly user?: number;
}

export interface StartedHaidang extends AsyncDisposable {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly finished: Promise<Finished>;
}

/** One command of `haidang` while it runs; it is killed with the scope. */
export const startHaidang = (args: readonly string[], { env = {}, input, user }: HaidangCall = {}): StartedHaidang => {
  const child = spawn(process.execPath, [projectFile('bin', 'haidang.mjs'), ...args], {
    env: { ...process.env, ...env },
    stdio: 'pipe',
    ...(user !== undefined && { uid: user, gid: user }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.end(input);
  const finished = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    finished,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await finished;
    },
  };
};

/** Runs one command of `haidang` to its end. */
export const haidang = (args: readonly string[], call: HaidangCall = {}): Promise<Finished> =>
  startHaidang(args, call).finished;
