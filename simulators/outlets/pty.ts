import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import type { Availability, Heard, Outlet } from './outlet.ts';

const startWithin = seconds(5);

export const ptyOutletConfig = z.strictObject({
  transport: z.literal('pty').describe('The device is on a pseudo-terminal, which is a serial line to the gateway.'),
  path: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\w./-]+$/)
    .describe('Where the gateway finds it, as a symbolic link.'),
});
export type PtyOutletConfig = z.output<typeof ptyOutletConfig>;

/** The names of a line that is plugged in: gone with it. */
export interface PluggedIn extends AsyncDisposable {
  /** The device file, as a symbolic link that is made anew. */
  readonly link: string;
}

export const openPtyOutlet = async (config: PtyOutletConfig, heard?: Heard): Promise<Outlet> => {
  const link = path.resolve(config.path);
  await mkdir(path.dirname(link), { recursive: true });
  const plugged = { link, [Symbol.asyncDispose]: () => rm(link, { force: true }) };
  return openPty(link, async () => plugged, heard);
};

/**
 * A serial line made by socat, found by the gateway at `at` and named by `name` each time it is plugged in. Throws
 * `unsupported` when socat is not installed.
 */
export const openPty = async (at: string, name: () => Promise<PluggedIn>, heard?: Heard): Promise<Outlet> => {
  let line: ChildProcess | undefined;
  let plugged: PluggedIn | undefined;
  let availability: Availability = 'open';
  let isDisposed = false;
  let settled = Promise.resolve();

  const plugIn = async (): Promise<void> => {
    await plugged?.[Symbol.asyncDispose]();
    plugged = await name();
    const { link } = plugged;
    await rm(link, { force: true });
    // One way where the device only speaks: socat ends when it reads of a reader that left. And nothing is written before somebody has
    // opened the line, because a wire does not keep what was said.
    const pty = `pty,raw,echo=0,link=${link},wait-slave,pty-interval=0.05`;
    const child = spawn('socat', heard === undefined ? ['-u', 'STDIN', pty] : ['STDIO', pty], {
      stdio: ['pipe', heard === undefined ? 'ignore' : 'pipe', 'ignore'],
    });
    child.stdout?.on('data', heard ?? (() => {}));
    child.once('exit', () => {
      if (line !== child) return;
      line = undefined;
      settled = settled.then(async () => {
        if (!isDisposed && availability !== 'away' && line === undefined) await plugIn();
      });
    });
    child.stdin?.on('error', () => {});
    try {
      await once(child, 'spawn');
    } catch (failure) {
      throw new GatewayError('unsupported', 'socat cannot be started', { advice: 'Install socat.', cause: failure });
    }
    line = child;
    const deadline = performance.now() + startWithin;
    while (!existsSync(link)) {
      if (child.exitCode !== null || performance.now() > deadline) {
        child.kill();
        throw new GatewayError('unreachable', `socat made no line at ${link}`);
      }
      await sleep(10);
    }
  };

  const unplug = async (): Promise<void> => {
    const child = line;
    line = undefined;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    await plugged?.[Symbol.asyncDispose]();
    plugged = undefined;
  };

  await plugIn();
  return {
    connection: { transport: 'serial', path: at },
    write: bytes => {
      const input = line?.stdin;
      if (availability !== 'open' || input === undefined || input === null || input.writableNeedDrain) return;
      input.write(bytes);
    },
    connections: () => 0,
    setAvailability: next => {
      availability = next;
      settled = settled.then(async () => {
        if (next === 'away') await unplug();
        else if (line === undefined) await plugIn();
      });
    },
    [Symbol.asyncDispose]: async () => {
      isDisposed = true;
      await settled;
      await unplug();
    },
  };
};
