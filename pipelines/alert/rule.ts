/** What a rule is, whether it stands in our table or in the configuration. */
import type { Severity } from '../../core/conclusion.ts';
import type { Figure, Hazard } from '../../core/hazard.ts';
import type { Duration } from '../../core/time.ts';
import type { Reading } from './reading.ts';
import type { Words } from './text.ts';

export type Direction = 'above' | 'at-least' | 'below';

export interface Level {
  readonly name: Words;
  /** In the unit of the figure. */
  readonly threshold: number;
  /** Beyond it the level is left: not on the bad side of `threshold`. */
  readonly clear: number;
  readonly severity: Severity;
}

/** What a rule makes of a reading. */
export interface Judgement {
  /** Tells apart what one rule follows of one device: `no2-1h`. Lower case, digits and `-`. */
  readonly part?: string;
  /** What the rule tells of. */
  readonly name: Words;
  /** Of the reading, in the terms of the rule: in the datum of the station. */
  readonly value: number;
  /** The lowest first. */
  readonly levels: readonly Level[];
  /** So much worse than what was told, and it is told again within its level; absent: only another level is. */
  readonly step?: number | undefined;
  readonly method: string;
  readonly station?: {
    readonly id: string;
    readonly name: string;
    readonly river: string;
    readonly zeroMetres: number;
  };
}

export interface Rule {
  readonly id: string;
  readonly hazard: Hazard;
  readonly figures: readonly Figure[];
  readonly direction: Direction;
  /** Beyond a limit for so long, and it is told. */
  readonly for: Duration;
  readonly clearFor: Duration;
  /** So long without a value, and nobody knows how it is. */
  readonly lostAfter: Duration;
  /** May name `{value}`, `{limit}`, `{level}` and `{trend}`. */
  readonly text: Words;
  /** Whether it still has to do with the device. */
  covers(device: string): boolean;
  /** Undefined for what it does not judge. */
  judge(reading: Reading): Judgement | undefined;
}
