/** Who reads which topics of the embedded broker: devices with an output that can be switched, for all we know. */
import type { Client } from 'aedes';
import { aborted } from '../../core/abort.ts';
import { GatewayError } from '../../core/errors.ts';
import { matchesTopic } from '../../drivers/protocols/mqtt/topic.ts';

export interface Subscribers {
  subscribed(client: Client, filters: readonly string[]): void;
  unsubscribed(client: Client, filters: readonly string[]): void;
  left(client: Client): void;
  /** As `MessageSource.publish`. */
  publish(topic: string, payload: Uint8Array, signal: AbortSignal): Promise<void>;
}

const unread = (topic: string, cause?: unknown): GatewayError =>
  new GatewayError('unreachable', `no connected device reads ${topic}`, {
    cause,
    advice:
      'Check that the device is on, and that its user of the broker may "publish" under this topic: so it may read it.',
  });

const hand = (client: Client, topic: string, payload: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    client.publish(
      { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, dup: false, retain: false },
      error => (error ? reject(error) : resolve()),
    );
  });

export const createSubscribers = (): Subscribers => {
  const filtersOf = new Map<Client, Set<string>>();
  return {
    subscribed: (client, filters) => {
      const known = filtersOf.get(client) ?? new Set();
      for (const filter of filters) known.add(filter);
      filtersOf.set(client, known);
    },
    unsubscribed: (client, filters) => {
      for (const filter of filters) filtersOf.get(client)?.delete(filter);
    },
    left: client => void filtersOf.delete(client),
    publish: async (topic, payload, signal) => {
      const readers = [...filtersOf].flatMap(([client, filters]) =>
        [...filters].some(filter => matchesTopic(filter, topic)) ? client : [],
      );
      const tooLate = aborted(signal).then(() => Promise.reject(unread(topic)));
      try {
        await Promise.race([Promise.any(readers.map(client => hand(client, topic, payload))), tooLate]);
      } catch (cause) {
        throw unread(topic, cause);
      }
    },
  };
};
