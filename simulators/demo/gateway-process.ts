import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Duration } from '../../core/time.ts';

export interface GatewayProcess {
  /** Set when it ended, for whatever reason. */
  ended(): { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  /** Its last lines, for the case that it ended by itself. */
  lastLines(): readonly string[];
  /**
   * Asks it to stop, and ends it and all its children by force after `within`. Resolves when all of them are gone; may be
   * called again.
   */
  stop(within: Duration): Promise<void>;
}

export interface GatewayProcessOptions {
  readonly entryPoint: string;
  readonly configFile: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
}

const keptLines = 20;
const maximumLogBytes = 64 * 2 ** 20;

/**
 * `haidang run` as a process group of its own: a Ctrl-C in the terminal reaches only the demonstration, which stops the
 * gateway while the center still listens, and nothing of the group outlives it.
 */
export const startGatewayProcess = (options: GatewayProcessOptions): GatewayProcess => {
  const child: ChildProcess = spawn(process.execPath, [options.entryPoint, 'run', options.configFile], {
    cwd: options.folder,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const log = createWriteStream(options.logFile);
  const lines: string[] = [];
  let logged = 0;
  const keep = (chunk: Buffer): void => {
    for (const line of chunk.toString().split('\n')) if (line !== '') lines.push(line);
    lines.splice(0, lines.length - keptLines);
    logged += chunk.length;
    if (logged <= maximumLogBytes) log.write(chunk);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);

  let end: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  const exited = new Promise<void>(resolve => {
    child.once('exit', (code, signal) => {
      end = { code, signal };
      resolve();
    });
    child.once('error', error => {
      lines.push(error.message);
      end ??= { code: 1, signal: null };
      resolve();
    });
  });

  const killGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
  };
  process.once('exit', killGroup);

  let stopped: Promise<void> | undefined;
  const stop = async (within: Duration): Promise<void> => {
    if (end === undefined) child.kill('SIGTERM');
    const timer = setTimeout(killGroup, within);
    await exited;
    clearTimeout(timer);
    killGroup();
    process.off('exit', killGroup);
    log.end();
    await once(log, 'close');
  };

  return {
    ended: () => end,
    lastLines: () => lines,
    stop: within => {
      stopped ??= stop(within);
      return stopped;
    },
  };
};
