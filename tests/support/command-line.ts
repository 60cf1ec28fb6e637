/**
 * Commands of `haidang` within the process of the test: the same command line, but what loads within a second is loaded
 * once. What `bin/`, standard input, a signal or another user has to do with it, `haidang` of `gateway.ts` shows.
 */
import { runCommandLine } from '../../core/command-line.ts';
import { commands } from '../../gateway/cli/commands.ts';
import { version } from '../../gateway/version.ts';
import type { Finished } from './gateway.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Runs one command to its end. What it would do at a signal goes with it. */
export const runCommand = async (args: readonly string[]): Promise<Finished> => {
  const listeners = signals.map(signal => ({ signal, before: process.listeners(signal) }));
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine({ name: 'haidang', summary: 'A gateway.', version }, commands, args, {
    out: text => {
      stdout += text;
    },
    err: text => {
      stderr += text;
    },
  });
  for (const { signal, before } of listeners)
    for (const listener of process.listeners(signal)) if (!before.includes(listener)) process.off(signal, listener);
  return { code, stdout, stderr };
};
