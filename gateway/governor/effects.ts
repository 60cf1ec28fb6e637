/** What measures mean to the parts of the gateway that carry them out. */
import type { Measure } from '../../core/resource-budgets.ts';
import { type Duration, seconds } from '../../core/time.ts';

export interface Effects {
  readonly detection: {
    /** Of the pictures that would be looked at, the part that is. */
    readonly share: number;
    /** `smaller`: that of each camera which has one. */
    readonly model: 'usual' | 'smaller';
    /** `ordered`: only those that the center orders. */
    readonly pictures: 'kept' | 'ordered';
  };
  readonly history: 'kept' | 'none';
  /** How long the commit of observations that no source waits for may wait: the stated loss window. */
  readonly linger: Duration;
  readonly observations: 'accepted' | 'refused';
}

const shares: readonly (readonly [Measure, number])[] = [
  ['detection-quarter', 0.25],
  ['detection-half', 0.5],
];

const lingers: readonly (readonly [Measure, Duration])[] = [
  ['commits-60s', seconds(60)],
  ['commits-10s', seconds(10)],
];

/** Of the measures that are in effect, the strongest of each kind counts. */
export const effectsOf = (taken: ReadonlySet<Measure>): Effects => ({
  detection: {
    share: shares.find(([measure]) => taken.has(measure))?.[1] ?? 1,
    model: taken.has('smaller-model') ? 'smaller' : 'usual',
    pictures: taken.has('no-pictures') ? 'ordered' : 'kept',
  },
  history: taken.has('no-history') ? 'none' : 'kept',
  linger: lingers.find(([measure]) => taken.has(measure))?.[1] ?? seconds(1),
  observations: taken.has('no-observations') ? 'refused' : 'accepted',
});

export const inFull: Effects = effectsOf(new Set());
