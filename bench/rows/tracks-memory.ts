import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchRow } from '../row.ts';

const vessels = 100_000;
const program = fileURLToPath(new URL('../track-memory.ts', import.meta.url));
/** As `bin/haidang.mjs` starts the gateway. */
const execArgv = ['--optimize-for-size', '--no-maglev'];

export const row: BenchRow = {
  name: 'tracks-memory',
  summary:
    `By how much the resident memory of a process grows that follows ${vessels} vessels through track and downsample, ` +
    'each heard every 10 s for 5 minutes, with a checkpoint every 10 s; the highest of all samples',
  unit: 'MB',
  goal: { value: { atMost: 200 } },
  rounds: 3,
  prepare: async () => ({
    ours: async () => {
      const child = fork(program, [String(vessels)], { execArgv });
      const exited = once(child, 'exit');
      const [grown] = await Promise.race([
        once(child, 'message'),
        exited.then(([code]) => {
          throw new Error(`${program} ended with ${code}`);
        }),
      ]);
      await exited;
      return Number(grown);
    },
  }),
};
