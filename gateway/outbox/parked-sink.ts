import type { GatewayError } from '../../core/errors.ts';
import type { RunningSink, SinkHost } from '../../core/sink.ts';

/** Stands in for a sink that cannot be opened: its events wait in the outbox, and its report says why. */
export const parkSink = (
  address: string,
  error: GatewayError,
  { now, onLost }: Pick<SinkHost, 'now' | 'onLost'>,
): RunningSink => {
  const since = now();
  onLost(error);
  return {
    wake: () => {},
    // What is to be cleared at its broker is remembered until it is.
    retain: () => {},
    report: () => ({ state: 'stopped', since, address, delivered: 0, error, warnings: [] }),
    isIdle: () => true,
    stop: async () => {},
  };
};
