import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.ts';

/** Tests that leave nothing behind in their process: their files share a few, and what is loaded is loaded once. */
const shared = [
  'tests/{architecture,bench,config,core,docs,events,models,scripts,sinks}/**/*.test.ts',
  'tests/drivers/{cameras,protocols,sensors,transports,vessels}/**/*.test.ts',
  'tests/gateway/cli/!(discover|discover-cameras|main|modbus-scan|replay|snapshot).test.ts',
  'tests/gateway/{discover,downlink,governor,media,ops,outbox,replay,runtime}/**/*.test.ts',
  'tests/pipelines/!(detect)/**/*.test.ts',
  'tests/simulators/{demo,fleet,ioc,scenes,sensors,vessels,world}/**/*.test.ts',
];

/** Tests that hold milliseconds against a bound run last, one after the other: what they measure is not what ran beside. */
const alone = ['tests/faults/neighbors.test.ts', 'tests/end-to-end/motion-bursts.test.ts'];

/** `--mode faults` is `npm run test:faults`: the fault suite alone, in its long form. */
export default defineConfig(({ mode }) => ({
  test: {
    projects:
      mode === 'faults'
        ? [{ extends: true, test: { name: 'faults', include: ['tests/faults/**/*.test.ts'] } }]
        : [
            { extends: true, test: { name: 'shared', include: shared, isolate: false } },
            { extends: true, test: { name: 'whole', include: ['tests/**/*.test.ts'], exclude: [...shared, ...alone] } },
            { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
          ],
    pool: 'forks',
    // By Node's own loader, as the program runs: code that was compiled once is read from the cache below, by every process.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Threads that end and begin could crash V8 without it, see `nodeOptions` in `bin/haidang.mjs`.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
    // Most tests wait for servers, processes and clocks: three times as many as there are cores keep the cores busy.
    maxWorkers: availableParallelism() * 3,
    sequence: { shuffle: true, sequencer: LongestFirst },
    // A test that hangs is ended; how fast something is, the bench judges.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    ...(mode === 'faults' && { globalSetup: 'tests/faults/support/time-limit.ts' }),
    env: {
      // A thread of TypeScript begins in a third of the time.
      NODE_COMPILE_CACHE: path.resolve(import.meta.dirname, '.cache/compile'),
      // Debian keeps servers such as mosquitto where an ordinary user's PATH does not lead.
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`,
      ...(mode === 'faults' && { HAIDANG_FAULTS: 'long' }),
    },
  },
}));
