/** A VMS provider: collects what its devices report, and hands it over in batches, late when it could not before. */
import { z } from 'zod';
import { sleep } from '../../../core/abort.ts';
import { duration } from '../../../core/fields.ts';
import type { Fault, RunningSimulator, SimulatorContext } from '../../../core/simulator.ts';
import type { VmsReport, World } from '../../world/world.ts';
import type { Courier } from './courier.ts';
import { createVmsReports } from './reports.ts';

/** Fields that a simulator of a provider spreads into its own configuration. */
export const providerFields = {
  every: duration({ minimum: 1 }).prefault('2h').describe('How often each fishing vessel reports.'),
  provider: z
    .string()
    .optional()
    .describe('Of a fleet whose boats have devices of their own: whose reports; those of all providers when absent.'),
  deliver: duration({ minimum: 1 }).prefault('1m').describe('How often the provider hands over what came.'),
} as const;

/** Reports kept while they cannot be handed over; the oldest go first. */
const mostKept = 10_000;

export interface ProviderOptions {
  readonly courier: Courier;
  readonly encode: (reports: readonly VmsReport[]) => Uint8Array;
  /** `batch`: each delivery has what is new. `everything`: also what was delivered before. */
  readonly delivers: 'batch' | 'everything';
  readonly every: number;
  readonly provider?: string | undefined;
  readonly deliver: number;
}

const noise = (random: () => number): Uint8Array => Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256));

/**
 * `silent` hands nothing over, `noise` every other time something that is no document, `hang` stops in the middle of one.
 * What is not taken is handed over later.
 */
export const startProvider = (options: ProviderOptions, context: SimulatorContext<World>): RunningSimulator => {
  const { courier, encode, delivers, every, provider, deliver } = options;
  const { world, clock, signal, random } = context;
  const dueAt = createVmsReports(world, every, provider);
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  let kept: readonly VmsReport[] = [];
  let shown: Fault | undefined;
  let isStuck = false;

  const handOver = async (): Promise<void> => {
    kept = [...kept, ...dueAt(clock.now())].slice(-mostKept);
    if (kept.length === 0 || shown === 'silent' || isStuck) return;
    if (shown === 'noise' && random() < 0.5) {
      await courier.deliver(noise(random), true);
      return;
    }
    const handed = kept;
    isStuck = shown === 'hang';
    const isTaken = await courier.deliver(encode(handed), !isStuck);
    if (isTaken && delivers === 'batch') kept = kept.slice(handed.length);
  };

  const running = (async () => {
    while (!stopping.aborted) {
      await handOver();
      await sleep(deliver, stopping);
    }
  })();

  return {
    address: { connection: courier.connection, ...(provider !== undefined && { provider }) },
    show: fault => {
      shown = fault;
      isStuck = false;
      courier.show(fault);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await courier[Symbol.asyncDispose]();
      await running;
    },
  };
};
