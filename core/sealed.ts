import type { Instant } from './time.ts';

/** Whether an event is about the real world: simulated boats must not send out police. */
export const eventStatuses = ['actual', 'test', 'exercise', 'simulated'] as const;
export type EventStatus = (typeof eventStatuses)[number];

/** How far the gateway's clock could be trusted when the event was made. */
export type TimeQuality = 'gnss' | 'ntp' | 'estimated' | 'unsynchronized';

/** The order in which the outbox empties. `state` is a last-value table, not a lane. */
export const lanes = ['alert', 'event', 'obs'] as const;
export type Lane = (typeof lanes)[number];

/** An event ready for the outbox: a CloudEvent in JSON without its stream number, which the uplink adds. */
export interface Sealed {
  readonly lane: Lane;
  /** 32 hex digits. */
  readonly id: string;
  readonly topic: string;
  readonly time: Instant;
  /** After this instant nobody wants it any more: it may be shed, and is counted so. */
  readonly expires?: Instant;
  /** One JSON object, at most 64 KiB of UTF-8 with what the uplink adds. */
  readonly body: string;
}

/** A keyed part of a stage's state, committed together with the events that it explains. */
export interface Saved {
  readonly owner: string;
  readonly key: string;
  /** `undefined` forgets the key. */
  readonly value: Uint8Array | undefined;
}
