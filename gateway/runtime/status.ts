/** The one read model of the gateway's state: the API, the CLI, the metrics and the retained state events read it. */
import type { UplinkConfig } from '../../config/uplink.ts';
import type { Severity } from '../../core/conclusion.ts';
import type { ErrorKind } from '../../core/errors.ts';
import type { Measure, Resource } from '../../core/resource-budgets.ts';
import type { Lane } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';

/**
 * `connecting` until the first batch, `running` after it, `waiting` for the next retry, `parked` until the
 * configuration changes, `stopped` by an invariant of ours that broke or because the gateway stops.
 */
export type DeviceState = 'connecting' | 'running' | 'waiting' | 'parked' | 'stopped';

export interface DeviceStatus {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly service: string;
  readonly state: DeviceState;
  readonly since: Instant;
  readonly observations: number;
  /** The newest observation in one line for people: `pm25 12.4 ug/m3`. */
  readonly last?: { readonly time: Instant; readonly text: string };
  readonly error?: { readonly kind: ErrorKind; readonly message: string; readonly advice?: string };
  readonly nextRetry?: Instant;
  /** Somebody works on it: everything from it is marked `test` until then. */
  readonly maintenance?: { readonly until: Instant; readonly reason: string; readonly sender: string };
  /** Ignored, malformed and dropped pieces by reason. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface LaneStatus {
  readonly lane: Lane;
  readonly rows: number;
  readonly bytes: number;
  readonly oldest?: Instant;
  /** Accepted and removed before delivery to each uplink, by reason. */
  readonly shed: Readonly<Record<string, number>>;
}

export interface UplinkStatus {
  readonly name: string;
  /** Kind of the sink. */
  readonly sink: UplinkConfig['sink'];
  readonly state: 'connected' | 'connecting' | 'waiting' | 'stopped';
  readonly since: Instant;
  /** Where its other side is, without credentials: the address that is used or tried now. */
  readonly address: string;
  /** MQTT version spoken, once it is known. */
  readonly protocol?: 5 | '3.1.1';
  /** What a budget for the day was used for; bytes, and the day at the site. */
  readonly traffic?: {
    readonly day: string;
    readonly bytes: number;
    readonly budget: number;
    readonly reserve: number;
  };
  readonly delivered: number;
  readonly lastDelivery?: Instant;
  readonly backlog: number;
  /** Given up before it was delivered there, by reason. */
  readonly shed: Readonly<Record<string, number>>;
  readonly oldest?: Instant;
  readonly error?: { readonly kind: ErrorKind; readonly message: string; readonly advice?: string };
  readonly nextRetry?: Instant;
  /** Topics or reasons that keep rows from leaving, in words (no consumer, not authorized). */
  readonly warnings: readonly string[];
}

/** What was delivered everywhere and is kept for a center that asks again. */
export interface HistoryStatus {
  readonly rows: number;
  readonly bytes: number;
  /** When the oldest of it was delivered. */
  readonly oldest?: Instant;
}

/** An event that an uplink's broker refused again and again while it took others. */
export interface SetAside {
  readonly at: Instant;
  readonly uplink: string;
  readonly stream: string;
  readonly number: number;
  readonly topic: string;
  /** What the broker said last. */
  readonly reason: string;
}

export interface OutboxStatus {
  readonly accepted: number;
  /** Never accepted: no room, no disk. Counted by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** What waits. */
  readonly lanes: readonly LaneStatus[];
  readonly history: HistoryStatus;
  /** The newest, 20 at most. */
  readonly setAside: readonly SetAside[];
  readonly media: { readonly files: number; readonly bytes: number };
  /** Those of `media` that are clips. */
  readonly clips: { readonly files: number; readonly bytes: number };
}

export interface BudgetStatus {
  readonly resource: Resource;
  /** UCUM code. */
  readonly unit: string;
  /** Absent where the system does not say. */
  readonly value?: number;
  /** What the value may be now; absent where it is not bounded. */
  readonly limit?: number;
  /** How many of its measures are in effect. */
  readonly level: number;
  /** When the first of them began. */
  readonly since?: Instant;
}

export interface GovernorStatus {
  readonly budgets: readonly BudgetStatus[];
  /** What is done less now. */
  readonly measures: readonly Measure[];
}

export interface AlertStatus {
  /** Id and type of the event that raised it. */
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly correlationid: string;
  readonly since: Instant;
  readonly severity: Severity;
}

/** What is open now. */
export interface AlertsStatus {
  readonly total: number;
  /** The most severe, of those the newest; in their turn. */
  readonly open: readonly AlertStatus[];
}

export interface GatewayStatus {
  readonly gateway: string;
  readonly version: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly configVersion: string;
  readonly timeQuality: string;
  readonly ready: boolean;
  readonly devices: readonly DeviceStatus[];
  readonly uplinks: readonly UplinkStatus[];
  readonly outbox: OutboxStatus;
  readonly governor: GovernorStatus;
  readonly alerts: AlertsStatus;
  /** What no single device is to blame for, by reason: logins refused by the broker, pictures lost, … */
  readonly counts: Readonly<Record<string, number>>;
}
