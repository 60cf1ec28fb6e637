/**
 * Whether a 3.1.1 broker lets through what it acknowledges: it may drop a publish that its access list forbids and
 * acknowledge it all the same. So the first event of each stream on a connection must come back on a subscription.
 * MQTT 5 says it in the PUBACK; there our own subscription would even hide that nobody else listens (reason 0x10).
 */
import type { MqttClient } from 'mqtt';
import type { Outgoing } from '../../core/sink.ts';
import { seconds } from '../../core/time.ts';

/** For an event to come back. */
const echoTimeout = seconds(5);

interface Proof {
  readonly event: Outgoing;
  acknowledged: boolean;
  returned: boolean;
  timer: NodeJS.Timeout | undefined;
}

export interface Proofs {
  isProven(stream: string): boolean;
  /** Sends the event once its topic is subscribed to. Rejects when the connection is of no more use. */
  begin(event: Outgoing): Promise<void>;
  /** True: the event is one that proves, and its delivery is told by `onProven`. */
  acknowledged(event: Outgoing): boolean;
  returned(topic: string, payload: Buffer): void;
  /** Something waits to come back on this topic. */
  isAwaited(topic: string): boolean;
  /** The connection is gone: what was acknowledged and did not come back may have been dropped. */
  abandon(): void;
}

export const createProofs = (options: {
  readonly client: MqttClient;
  readonly epoch: string;
  readonly send: (event: Outgoing) => void;
  readonly onProven: (event: Outgoing) => void;
  readonly onNotProven: (event: Outgoing, detail: string) => void;
}): Proofs => {
  const { client, epoch, send, onProven, onNotProven } = options;
  const proofs = new Map<string, Proof>();
  const proven = new Set<string>();

  const end = (proof: Proof): void => {
    clearTimeout(proof.timer);
    proofs.delete(proof.event.stream);
    if (client.connected) client.unsubscribe(proof.event.topic);
  };

  const advance = (proof: Proof): void => {
    if (!proof.acknowledged || !proof.returned) return;
    end(proof);
    proven.add(proof.event.stream);
    onProven(proof.event);
  };

  return {
    isProven: stream => proven.has(stream),
    begin: async event => {
      const proof: Proof = { event, acknowledged: false, returned: false, timer: undefined };
      proofs.set(event.stream, proof);
      try {
        await client.subscribeAsync(event.topic, { qos: 0 });
      } catch {
        if (!client.connected) return;
        proofs.delete(event.stream);
        onNotProven(event, 'this user may not read the topic back, so nothing shows what arrives');
        return;
      }
      proof.timer = setTimeout(() => {
        end(proof);
        onNotProven(event, 'what was published did not come back');
      }, echoTimeout);
      send(event);
    },
    acknowledged: event => {
      const proof = proofs.get(event.stream);
      if (proof?.event !== event) return false;
      proof.acknowledged = true;
      advance(proof);
      return true;
    },
    returned: (topic, payload) => {
      for (const proof of proofs.values()) {
        const mark = `"${epoch}-${String(proof.event.number).padStart(12, '0')}"`;
        if (proof.event.topic !== topic || !payload.includes(mark)) continue;
        proof.returned = true;
        advance(proof);
      }
    },
    isAwaited: topic => [...proofs.values()].some(({ event }) => event.topic === topic),
    abandon: () => {
      for (const proof of proofs.values()) {
        clearTimeout(proof.timer);
        if (proof.acknowledged) onNotProven(proof.event, 'what was published did not come back');
      }
    },
  };
};
