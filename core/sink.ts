import type { Lane } from './sealed.ts';

/** One event on its way out. The sink sees to it that its stream number travels with it. */
export interface Outgoing {
  /** `<service>/<class>`: what the numbers are dense in. */
  readonly stream: string;
  readonly lane: Lane;
  readonly number: number;
  readonly topic: string;
  /** The stored JSON object in UTF-8, without a stream number. */
  readonly body: Uint8Array;
  /** It waited on the disk; false for what was accepted a moment ago. */
  readonly historical: boolean;
}

/** Why a sink's other side did not take an event: nobody listens, nobody may, or it finds fault with this one. */
export type Refusal = 'no-consumer' | 'not-permitted' | 'not-accepted';

/** A part of what is on offer: of one lane, what was accepted just now or what waits on the disk. */
export interface Offer {
  readonly lane: Lane;
  readonly from: 'memory' | 'disk';
}

/**
 * What a sink takes its events from, one for each sink: it remembers what was delivered, and offers nothing twice until
 * it is told that it failed. Alerts come before events, events before observations; in each of them what was accepted
 * just now comes before what waits on the disk.
 */
export interface Feed {
  readonly epoch: string;
  /**
   * A connection stands: everything that was not delivered is on offer again. With `first` each stream gives one event
   * and no more until `admit` is called for it.
   */
  begin(offer: 'all' | 'first'): void;
  admit(stream: string): void;
  /** The connection ended: what was taken and not delivered waits again, and nothing is kept in memory for it. */
  end(): void;
  /**
   * Up to `limit` events of at most `bytes` together (one at least, when `limit` is not 0): of `offer` alone, or of all
   * there is in its order.
   */
  take(limit: number, bytes: number, offer?: Offer): readonly Outgoing[];
  delivered(event: Outgoing): void;
  /** It could not be sent, through no fault of its own: it waits again. */
  returned(event: Outgoing): void;
  /** The event stays, and its topic waits: `after` is the pause in ms before it is tried again. */
  refused(event: Outgoing, reason: Refusal, detail: string): void;
}

/** A message from the center's side, as it came. */
export interface IncomingCommand {
  /** Name of the sink that brought it. */
  readonly sink: string;
  readonly topic: string;
  /** At most 64 KiB: what is larger is not handed on. */
  readonly payload: Uint8Array;
  /** MQTT 5: where the sender waits for the answer, and what it knows it by. */
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
}

/** What goes back to the sender of a command, over the sink that brought it. */
export interface CommandAnswer {
  readonly sink: string;
  readonly topic: string;
  readonly payload: string;
  readonly correlationData?: Uint8Array;
}
