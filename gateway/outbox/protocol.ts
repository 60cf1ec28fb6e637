/** What crosses between the main thread and the outbox's worker: columns, never an object for each event. */

import type { UplinkConfig } from '../../config/uplink.ts';
import { type ErrorKind, GatewayError } from '../../core/errors.ts';
import type { Lane, TimeQuality } from '../../core/sealed.ts';
import type { CommandAnswer, IncomingCommand } from '../../core/sink.ts';
import type { Site } from '../../core/site.ts';
import type { Duration } from '../../core/time.ts';
import type { Correction } from '../ops/clock.ts';
import type { SealedType } from '../runtime/seal.ts';
import type { OutboxStatus, UplinkStatus } from '../runtime/status.ts';
import type { HistoryBudget } from './history.ts';
import type { Notice } from './notice.ts';
import type { DeadLetter, MediaFilter, MediaName, MediaRow, Replayed, ReplayRequest } from './outbox.ts';
import type { StoreMark } from './restamp.ts';

/** A topic of a group, and the stream in which its events are numbered. */
export interface GroupTopic {
  readonly topic: string;
  /** `<service>/<class>`. */
  readonly stream: string;
  readonly lane: Lane;
}

/** The acceptances of one commit. Event n has its topic at `topics[topicOf[n]]` and its body before `ends[n]`. */
export interface Group {
  readonly topics: readonly GroupTopic[];
  readonly topicOf: readonly number[];
  readonly times: readonly number[];
  /** NaN: never. */
  readonly expires: readonly number[];
  readonly ends: readonly number[];
  /** All bodies in UTF-8, one after the other. */
  readonly bodies: Uint8Array;
  readonly savedOwners: readonly string[];
  readonly savedKeys: readonly string[];
  readonly savedValues: readonly (Uint8Array | undefined)[];
  readonly deadLetters: readonly DeadLetter[];
  readonly media: readonly MediaRow[];
  readonly mediaSettled: readonly MediaName[];
  /** For each call, where its events, saved, dead letters, media and settled media end: five numbers a call. */
  readonly calls: readonly number[];
  /** For each call, whether its source can wait until there is room for it. */
  readonly patient: readonly boolean[];
}

export interface SinkOptions {
  readonly config: UplinkConfig;
  /** Name of this gateway at the other side, where the configuration gives none. */
  readonly clientId: string;
  /** What its secret fields stand for, by their path in the configuration: `password`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Why it cannot be opened: a secret is not there. */
  readonly unusable?: Failure;
}

/** A type of state that the worker itself seals: `delivery` and `connection`. */
export type WorkerState = Pick<SealedType, 'name' | 'lane' | 'version'>;

/** What the worker starts with. */
export interface WorkerOptions {
  readonly folder: string;
  /** Without its devices: the worker speaks of none. */
  readonly site: Site;
  readonly states: readonly WorkerState[];
  readonly sinks: readonly SinkOptions[];
  readonly budgetBytes: number;
  readonly history: HistoryBudget;
  readonly timeQuality: TimeQuality;
  /** Topics under which the center sends commands; none are taken when absent. */
  readonly commandFilter?: string;
}

/** A `GatewayError` as it crosses between threads. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly advice?: string;
}

export const toFailure = ({ kind, message, advice }: GatewayError): Failure => ({
  kind,
  message,
  ...(advice !== undefined && { advice }),
});

export const toError = ({ kind, message, advice }: Failure): GatewayError =>
  new GatewayError(kind, message, { ...(advice !== undefined && { advice }) });

/** How far the gateway's clock is ahead of the machine's, on both hands: 0 unless it was given another one. */
export interface ClockLead {
  readonly now: Duration;
  readonly steady: Duration;
}

export type Question =
  | { readonly kind: 'restore'; readonly owner: string }
  | { readonly kind: 'retain'; readonly topic: string; readonly body: string | undefined }
  | { readonly kind: 'retained-topics' }
  | { readonly kind: 'pending-media'; readonly limit: number; readonly only: MediaFilter | undefined }
  | { readonly kind: 'drain'; readonly within: Duration }
  | { readonly kind: 'replay'; readonly request: ReplayRequest }
  | { readonly kind: 'judge-clock'; readonly quality: TimeQuality; readonly lead: ClockLead }
  | { readonly kind: 'mark' }
  | { readonly kind: 'restamp'; readonly correction: Correction; readonly since: StoreMark }
  | { readonly kind: 'answer-command'; readonly answer: CommandAnswer }
  | { readonly kind: 'keep-history'; readonly history: 'kept' | 'none' }
  | { readonly kind: 'close' };

export interface Answers {
  readonly restore: ReadonlyMap<string, Uint8Array>;
  readonly retain: undefined;
  readonly 'retained-topics': readonly string[];
  readonly 'pending-media': readonly MediaRow[];
  readonly drain: undefined;
  readonly replay: Replayed;
  readonly 'judge-clock': undefined;
  readonly mark: StoreMark;
  readonly restamp: number;
  readonly 'answer-command': boolean;
  readonly 'keep-history': undefined;
  readonly close: undefined;
}

export type ToWorker =
  | { readonly kind: 'append'; readonly group: Group }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question };

export interface Status {
  readonly outbox: OutboxStatus;
  readonly uplinks: readonly UplinkStatus[];
}

export type FromWorker =
  | { readonly kind: 'open'; readonly status: Status }
  | { readonly kind: 'failed-to-open'; readonly failure: Failure }
  /** The oldest group that was not answered yet; `failures` is empty or has one place for each call. */
  | { readonly kind: 'committed'; readonly failures: readonly (Failure | undefined)[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'no-answer'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'command'; readonly command: IncomingCommand }
  | { readonly kind: 'status'; readonly status: Status };
