import type { ErrorKind } from '../../core/errors.ts';
import type { Lane } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';

/** What the outbox and its uplinks have to say to the rest of the gateway, each once when it begins to be so. */
export type Notice =
  | { readonly kind: 'connected'; readonly uplink: string; readonly at: Instant }
  | {
      readonly kind: 'lost';
      readonly uplink: string;
      readonly at: Instant;
      readonly error: { readonly kind: ErrorKind; readonly message: string; readonly advice?: string };
    }
  /** The broker knows nobody who listens to this topic; its events stay and are tried again. */
  | { readonly kind: 'no-consumer'; readonly uplink: string; readonly topic: string; readonly since: Instant }
  /**
   * The broker said that we may not publish there, or acknowledged what then did not come back, or may not be read back;
   * the topic's events stay.
   */
  | { readonly kind: 'not-permitted'; readonly uplink: string; readonly topic: string; readonly detail: string }
  /** The broker finds fault with events of this topic; they stay. */
  | { readonly kind: 'not-accepted'; readonly uplink: string; readonly topic: string; readonly detail: string }
  /** The broker takes others and refuses this one again and again: it is kept for a person, and is not sent any more. */
  | {
      readonly kind: 'set-aside';
      readonly uplink: string;
      readonly stream: string;
      readonly epoch: string;
      readonly number: number;
      readonly topic: string;
      readonly detail: string;
      readonly refusals: number;
      readonly at: Instant;
    }
  /** Accepted events were removed before these uplinks had delivered them; others may have. */
  | {
      readonly kind: 'shed';
      readonly uplinks: readonly string[];
      readonly lane: Lane;
      readonly reason: ShedReason;
      readonly count: number;
    }
  | {
      readonly kind: 'store-replaced';
      readonly reason: 'missing' | 'damaged';
      readonly epoch: string;
      readonly predecessor?: Predecessor;
      /** The old file's name in the storage folder, where it is still there. */
      readonly setAside?: string;
    }
  /** The file of the running store was deleted, and written again: no event and no number is different. */
  | { readonly kind: 'store-restored'; readonly epoch: string; readonly at: Instant }
  /** The rows of a store that was set aside: how many were accepted again, how many could not be read. */
  | { readonly kind: 'salvaged'; readonly setAside: string; readonly events: number; readonly unreadable: number };

export const shedReasons = ['budget', 'expired', 'damaged', 'refused'] as const;
export type ShedReason = (typeof shedReasons)[number];

/** The store before this one, as far as it is known. */
export interface Predecessor {
  readonly epoch: string;
  /** Last known number of each stream. */
  readonly streams: Readonly<Record<string, number>>;
}
