/** A driver that is read from, as the gateway would. */
import type { Device } from '../../../core/driver.ts';
import { type GatewayError, toGatewayError } from '../../../core/errors.ts';
import type { Frame, Observation } from '../../../core/observation.ts';
import { createContext, type TestContext } from './context.ts';

export interface Reading {
  readonly context: TestContext;
  /** Number of batches so far. */
  batches(): number;
  readonly kinds: ReadonlySet<string>;
  /** Undefined while it runs. */
  ended(): { readonly failure?: GatewayError } | undefined;
  /** Aborts, and resolves to how long it took to end, in ms. */
  stop(): Promise<number>;
}

/** Settles each batch at once. */
export const read = (
  device: Device<Observation | Frame>,
  options: Parameters<typeof createContext>[0] = {},
): Reading => {
  const context = createContext(options);
  const kinds = new Set<string>();
  let batches = 0;
  let ended: { readonly failure?: GatewayError } | undefined;
  const run = async (): Promise<void> => {
    for await (const { items, settle } of device.open(context)) {
      for (const { kind } of items) kinds.add(kind);
      batches++;
      settle?.();
    }
  };
  const running = run().then(
    () => {
      ended = {};
    },
    (failure: unknown) => {
      ended = { failure: toGatewayError(failure) };
    },
  );
  return {
    context,
    batches: () => batches,
    kinds,
    ended: () => ended,
    stop: async () => {
      const startedAt = performance.now();
      context.abort();
      await running;
      return performance.now() - startedAt;
    },
  };
};
