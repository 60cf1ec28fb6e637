import type { Instant } from './time.ts';

/** Bytes as they came from the wire. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly receivedAt: Instant;
  /** What separates senders on one wire: MQTT topic, UDP or TCP peer, bus address. */
  readonly channel?: string;
  /** A broker kept it for whoever subscribes: it tells how things were, not that anything happened now. */
  readonly retained?: boolean;
}
