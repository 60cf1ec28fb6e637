import type { Saved, Sealed, TimeQuality } from '../../core/sealed.ts';
import type { CommandAnswer } from '../../core/sink.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { Correction } from '../ops/clock.ts';
import type { OutboxStatus, UplinkStatus } from '../runtime/status.ts';
import type { ShedReason } from './notice.ts';
import type { StoreMark } from './restamp.ts';

/** An item that a stage could not bear: kept for a person to look at, and settled, since the device is not to blame. */
export interface DeadLetter {
  readonly pipeline: string;
  readonly stage: string;
  readonly device: string;
  readonly reason: string;
  /** The item as JSON, cut to 16 KiB. */
  readonly item: string;
  readonly at: Instant;
}

/** A picture as the events of one correlation name it. Several correlations may name the same picture. */
export interface MediaName {
  /** Where it goes below `media.url`: `hue/gw-017/cam-3/2026/11/22/9b2f4c0a.jpg`. */
  readonly key: string;
  /** Correlation of the event that names it. */
  readonly correlation: string;
}

/** Which of the files that wait are meant; all where nothing is said. */
export interface MediaFilter {
  readonly sha256?: string;
  readonly kind?: 'picture' | 'clip';
}

/** A file in the media spool that an accepted event names; it is sent after the event. Unique by its `MediaName`. */
export interface MediaRow extends MediaName {
  readonly sha256: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly device: string;
  readonly expires: Instant;
}

/** One transaction: all of it is on the disk, or none. */
export interface Acceptance {
  readonly events?: readonly Sealed[];
  readonly saved?: readonly Saved[];
  readonly deadLetters?: readonly DeadLetter[];
  readonly media?: readonly MediaRow[];
  /** Media that were stored or lost: they wait no more. */
  readonly mediaSettled?: readonly MediaName[];
  /** How long the commit may wait for company. Only for what no source is waiting for; 0 when absent. */
  readonly linger?: Duration;
  /**
   * Its source keeps what is not accepted and brings it again: then no alert and no event is given up to make room for
   * it, and it is refused with `exhausted` instead.
   */
  readonly source?: 'can-wait';
}

/** A piece of a stream that the center missed: the numbers that its `streamseq`s name. */
export interface ReplayRequest {
  /** Name of one uplink; every one when absent. */
  readonly sink?: string;
  /** `<service>/<class>`. */
  readonly stream: string;
  /** The outbox's own when absent; of another one nothing is kept. */
  readonly epoch?: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** Why a number cannot be offered again: it was never given, it is out of the history, or it was given up. */
export type MissingReason = 'never-accepted' | 'other-epoch' | 'trimmed' | ShedReason;

export interface MissingRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly reason: MissingReason;
}

export interface Replayed {
  /** Every number up to this one was looked at; it is below `to` where the request asks for more than goes at once. */
  readonly through: number;
  /** Events that are offered again, at each of the sinks. */
  readonly offered: number;
  /** Events that were not delivered to every one of these sinks yet: they come anyway. */
  readonly waiting: number;
  readonly missing: readonly MissingRange[];
}

/**
 * Everything the gateway accepts goes through here to the disk, and from there to the sinks. What `append` resolved
 * for survives kill -9 and power cuts.
 */
export interface Outbox extends AsyncDisposable {
  /**
   * Resolves when the one commit that holds all of it returned; in call order, also when empty. Rejects with
   * `exhausted` or `damaged`: then nothing of it was accepted.
   */
  append(acceptance: Acceptance): Promise<void>;
  /** Everything saved under `owner` (a pipeline's stage). */
  restore(owner: string): Promise<ReadonlyMap<string, Uint8Array>>;
  /** The newest value of a retained topic, sent before any backlog; `undefined` clears the topic at the broker. */
  retain(topic: string, body: string | undefined): Promise<void>;
  /** Topics retained so far, also by earlier runs: what a removed device leaves behind is cleared by them. */
  retainedTopics(): Promise<readonly string[]>;
  /** Oldest first; with `sha256` only those that name this file. */
  pendingMedia(limit: number, only?: MediaFilter): Promise<readonly MediaRow[]>;
  /** From memory, at most a second old. */
  status(): { readonly outbox: OutboxStatus; readonly uplinks: readonly UplinkStatus[] };
  /** Resolves when nothing waits for a connected sink any more, or `within` has passed. */
  drain(within: Duration): Promise<void>;
  /**
   * Offers again what is still kept of a piece of a stream, as historical, under the same ids and numbers, behind
   * everything else. It survives a lost connection, but no restart. Rejects with `config` for a sink that there is
   * not, with `exhausted` while too much is being offered again.
   */
  replay(request: ReplayRequest): Promise<Replayed>;
  /**
   * How far the time of day can be trusted, to be told when that changes and every minute or so: `unsynchronized` also
   * while what was accepted is still to be dated again. Nothing expires before it could be trusted once.
   */
  judgeClock(quality: TimeQuality): Promise<void>;
  /** What is in the outbox now. */
  mark(): Promise<StoreMark>;
  /** Dates again what was accepted since the mark and is known to be wrong; returns how many events that were. */
  restamp(correction: Correction, since: StoreMark): Promise<number>;
  /** Sends the answer to a command over the sink that brought it. Best effort: false when it could not go. */
  answer(answer: CommandAnswer): Promise<boolean>;
  /** `none`: what is kept of delivered events is given up, and nothing more is, until it is `kept` as configured again. */
  keepHistory(history: 'kept' | 'none'): Promise<void>;
}
