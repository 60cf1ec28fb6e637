import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { projectFile } from '../../support/resources.ts';
import type { LoadLine, LoadOrder } from './load.ts';

export interface RunningLoad {
  readonly pid: number;
  /** Everything it says, also what comes out of the pipe after its end. */
  readonly lines: AsyncIterable<LoadLine>;
  kill(): void;
  /** What it printed on its error output, when it is gone. */
  ended(): Promise<{ readonly code: number | null; readonly errors: string }>;
}

export interface LoadRun {
  /** A program and its arguments before the load's own, such as strace. */
  readonly under?: readonly string[];
  /** Where compiled code is kept between runs: half of a start is compiling. */
  readonly codeCache?: string;
}

const childrenOf = (pid: number): readonly number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    // It has ended already.
    return [];
  }
};

export const runLoad = (order: LoadOrder, { under = [], codeCache }: LoadRun = {}): RunningLoad => {
  const script = projectFile('tests', 'faults', 'support', 'load.ts');
  const [program = process.execPath, ...rest] = [...under, process.execPath, script, JSON.stringify(order)];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(codeCache !== undefined && { NODE_COMPILE_CACHE: codeCache }) },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-10_000);
  });
  const closed = once(child, 'close');
  closed.catch(() => {});
  async function* read(): AsyncGenerator<LoadLine> {
    for await (const line of createInterface({ input: child.stdout })) {
      // The kill may have cut the last line in two: then nobody was told.
      if (line.endsWith('}')) yield JSON.parse(line) as LoadLine;
    }
  }
  return {
    pid: child.pid ?? 0,
    lines: read(),
    kill: () => {
      // A tracer that is killed lets its program go on.
      if (under.length === 0) child.kill('SIGKILL');
      else for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, 'SIGKILL');
    },
    ended: async () => {
      await closed;
      return { code: child.exitCode, errors };
    },
  };
};
