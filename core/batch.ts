import type { GatewayError } from './errors.ts';

/**
 * Everything flows in batches. An empty batch is proof of life: the device answered, but said nothing new.
 *
 * `settle` is called exactly once, in the order the batches were yielded, after the commit of the events made from
 * `items` and of the state that swallowed them. With a failure nothing of the batch was accepted, and the source keeps
 * what it sent. A source that can send again (MQTT QoS 1) acknowledges inside `settle`.
 */
export interface Batch<T> {
  readonly items: readonly T[];
  readonly settle?: (failure?: GatewayError) => void;
}
