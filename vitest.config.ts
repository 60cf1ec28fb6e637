import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** `--mode faults` is `npm run test:faults`: the fault suite alone, in its long form. */
export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === 'faults' ? 'tests/faults/**/*.test.ts' : 'tests/**/*.test.ts'],
    pool: 'forks',
    // Most tests wait for servers, processes and clocks: half as many again as there are cores keep the cores busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { shuffle: true },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...(mode === 'faults' && { globalSetup: 'tests/faults/support/time-limit.ts' }),
    env: {
      // Debian keeps servers such as mosquitto where an ordinary user's PATH does not lead.
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`,
      ...(mode === 'faults' && { HAIDANG_FAULTS: 'long' }),
    },
  },
}));
