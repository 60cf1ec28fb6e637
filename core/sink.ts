import type { GatewayError } from './errors.ts';
import type { Lane } from './sealed.ts';
import type { Duration, Instant } from './time.ts';

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
  /** There is nothing in it for this sink: it is done with, and counts neither as delivered nor as lost. */
  skipped(event: Outgoing): void;
  /** It could not be sent, through no fault of its own: it waits again. */
  returned(event: Outgoing): void;
  /**
   * The event stays, and is tried again after a while. Its topic waits with it; where fault was found with this one
   * (`not-accepted`) it waits alone, and is set aside in the end when others are taken.
   */
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

/** A retained state: its topic and its whole event. */
export interface StateMessage {
  readonly topic: string;
  readonly body: string;
}

/** What the outbox lends to a sink beside its feed. */
export interface SinkHost {
  readonly feed: Feed;
  /** Folder of the outbox, below which a sink may keep files of its own. */
  readonly storage: string;
  readonly now: () => Instant;
  /** Milliseconds by a clock that nobody sets. */
  readonly steady: () => Duration;
  /** The time by which things grow old, which no wrong clock moves; undefined until it was known once. */
  readonly trustedNow: () => Instant | undefined;
  /** Of the gateway's site, in which its days begin. */
  readonly timeZone: string;
  /** The state of a connection of this sink, for its birth, its end and its Will (`lost`). */
  readonly connection: (state: 'online' | 'lost' | 'stopped', connectionId: string) => StateMessage;
  /** Which numbers were accepted, are unsent and were shed: told before any backlog, and when it changed. */
  readonly delivery: () => StateMessage;
  /** Everything that is to be retained at the other side; undefined clears a topic. */
  readonly states: () => ReadonlyMap<string, string | undefined>;
  /** The other side has it. */
  readonly onStateSent: (topic: string, body: string | undefined) => void;
  /** A state that the other side does not take. */
  readonly onStateRefused: (topic: string, detail: string) => void;
  readonly onConnected: () => void;
  /** Once for each time that it is lost, also when the first connection fails. */
  readonly onLost: (error: GatewayError) => void;
  /** Topics under which the center sends commands; none are taken when absent. */
  readonly commandFilter?: string;
  readonly onCommand: (command: IncomingCommand) => void;
  /** A text that the sink keeps over a restart, and every now and then writes. */
  readonly usage: { load(): string | undefined; save(text: string): void };
}

export interface SinkReport {
  readonly state: 'connected' | 'connecting' | 'waiting' | 'stopped';
  readonly since: Instant;
  /** Where its other side is, without credentials. */
  readonly address: string;
  /** Since the start. */
  readonly delivered: number;
  readonly lastDelivery?: Instant;
  readonly error?: GatewayError;
  readonly nextRetry?: Instant;
  /** What slows it down or holds it up while it is connected, in words. */
  readonly warnings: readonly string[];
}

/** One sink at work: it takes events from its feed until it is stopped. */
export interface RunningSink {
  /** The feed has something new. */
  wake(): void;
  /** Keeps `body` at the other side under `topic`, or clears it; absent where nothing is retained. */
  retain?(topic: string, body: string | undefined): void;
  /** Best effort: false when it could not go; absent where no commands come from. */
  answer?(answer: CommandAnswer): boolean;
  report(): SinkReport;
  /** Nothing is on its way, and no state waits. */
  isIdle(): boolean;
  /** Politely: says goodbye, and ends within 3 s. */
  stop(manner: 'politely' | 'at once'): Promise<void>;
}
