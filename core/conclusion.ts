import type { Observation } from './observation.ts';
import type { Service } from './service.ts';
import type { Instant } from './time.ts';
import type { VesselUpdate } from './vessel.ts';

export const severities = { INFORMATIONAL: 9, LOW: 11, MEDIUM: 13, HIGH: 17, CRITICAL: 21 } as const;

/** Five words for people at the center, with their numbers of the CloudEvents severity extension (events.md). */
export type Severity = keyof typeof severities;

/** `<service>.<noun>.<past participle>`; the event registry (`events/`) knows its lane, schema and classification. */
export type EventName = `${Service}.${string}.${string}`;

/**
 * What a stage concludes. `gateway/runtime/seal.ts` alone makes the CloudEvent of it; the event's id is a hash of
 * (source, event, key), so the same conclusion drawn again after a crash is the same event.
 */
export interface Conclusion {
  readonly kind: 'conclusion';
  readonly event: EventName;
  /** Last segment of the event's source and topic: the device, or the stage's own name for a derived fact. */
  readonly source: string;
  /** The device whose place, site and status the event inherits; absent for facts of no single device. */
  readonly device?: string;
  /** What it is about, ASCII: `station/kim-long`, `vessel/mmsi/574123456`, `zone/quay-1`. */
  readonly subject: string;
  readonly time: Instant;
  /** The occurrence's own key: device time or counter, period start, rule + subject + transition. */
  readonly key: string;
  readonly severity?: Severity;
  /** One condition, visit or track: the same on all its events. */
  readonly correlation?: string;
  /** Id of the event that caused this one. */
  readonly causation?: string;
  /** What caused this one, where its id is not known yet: the conclusion that becomes that event. */
  readonly cause?: Cause;
  /** Matches the event's closed schema. Its `headline` is added from the message table when the event is sealed. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the id of an event follows from. */
export type Cause = Pick<Conclusion, 'event' | 'source' | 'time' | 'key'>;

/** What flows between stages. */
export type Item = Observation | VesselUpdate | Conclusion;
export type ItemOf<Kind extends Item['kind']> = Extract<Item, { kind: Kind }>;
