import type { Instant } from './time.ts';

/** Bytes as they came from the wire. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly receivedAt: Instant;
  /** What separates senders on one wire: MQTT topic, UDP or TCP peer, bus address. */
  readonly channel?: string;
}
