import type { Batch } from './batch.ts';
import type { Chunk } from './chunk.ts';

/** One whole message of a broker: nothing of it is missing, and nothing of the next one is in it. */
export interface Message extends Chunk {
  /** The topic. */
  readonly channel: string;
  /** The broker kept it for whoever subscribes: it tells how things were, not that anything happened now. */
  readonly retained: boolean;
}

/** `settle` as in `Batch`: acknowledges the messages to whoever sent them. */
export interface MessageBatch {
  readonly messages: readonly Message[];
  readonly settle: NonNullable<Batch<Message>['settle']>;
  /** In place of `settle`, for who only listens: settles what nobody sends again, and leaves the rest to its senders. */
  readonly settleUnrepeated?: () => void;
}

/** The gateway's own broker as a device has it, without a detour over a socket. */
export interface MessageSource {
  /**
   * What is published from now on under any of the topic filters, until `signal` aborts. A publisher that asked for
   * an acknowledgement (QoS 1) gets it when the batch is settled. `device` is the configured device that reads.
   */
  subscribe(device: string, filters: readonly string[], signal: AbortSignal): AsyncIterable<MessageBatch>;
  /**
   * Hands a message of QoS 1 to every client that reads the topic; resolves when the first of them has it on its
   * connection. Throws `unreachable` when none does before `signal` aborts.
   */
  publish(topic: string, payload: Uint8Array, signal: AbortSignal): Promise<void>;
}
