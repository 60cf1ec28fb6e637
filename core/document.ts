import type { Chunk } from './chunk.ts';
import type { GatewayError } from './errors.ts';
import type { Instant } from './time.ts';

/** What became of the records of one document. */
export interface DocumentTally {
  readonly accepted: number;
  /** Records that held nothing to accept, and broken ones, by reason: `malformed.bad-position`. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Time of the newest observation in it; absent when it gave none. */
  readonly newest?: Instant;
}

export type DocumentOutcome =
  /** All that was good in it is accepted: its events and state are on the disk. */
  | { readonly kind: 'taken'; readonly tally: DocumentTally }
  /** Nothing in it was well formed. Sent again it will be the same. */
  | { readonly kind: 'unreadable'; readonly tally: DocumentTally }
  /** It could not be accepted now, and has to be sent or read again. */
  | { readonly kind: 'failed'; readonly failure: GatewayError };

/** One whole body of a request or content of a file, whose source waits to hear what became of it. */
export interface Document extends Chunk {
  /** Called at most once, in the order in which the documents came; not when the gateway closes before. */
  readonly settle: (outcome: DocumentOutcome) => void;
}

/** `undefined`: the source answered, and has nothing new. */
export type Documents = AsyncIterable<Document | undefined>;
