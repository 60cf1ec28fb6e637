/** When a budget's next measure begins and when its last one ends: pure, by the steady clock of its caller. */
import type { ResourceBudget } from '../../core/resource-budgets.ts';
import type { Duration } from '../../core/time.ts';

export interface BudgetState {
  /** How many measures of the budget are in effect. */
  readonly level: number;
  /** Exceeded, clearly kept, or neither, without a break since. */
  readonly trend?: { readonly kind: 'over' | 'calm' | 'silent'; readonly since: Duration };
}

export interface BudgetReading {
  readonly value: number;
  /** What the value may be now. */
  readonly limit: number;
  /** Beyond it there is no time for steps: every measure is taken at once. */
  readonly ceiling?: number;
}

export type BudgetRule = Pick<ResourceBudget, 'bound' | 'calm' | 'stepAfter' | 'calmAfter' | 'measures'>;

export const atRest: BudgetState = { level: 0 };

const isBeyond = ({ bound }: BudgetRule, value: number, limit: number): boolean =>
  bound === 'at-most' ? value > limit : value < limit;

const trendOf = (rule: BudgetRule, reading: BudgetReading | undefined): 'over' | 'calm' | 'silent' | undefined => {
  // What nobody can measure any more is no reason to do less for ever.
  if (reading === undefined) return 'silent';
  if (isBeyond(rule, reading.value, reading.limit)) return 'over';
  return isBeyond(rule, reading.value, rule.calm(reading.limit)) ? undefined : 'calm';
};

/** The state after a reading; `undefined` where there is none. `now` is that of a clock which nobody sets. */
export const govern = (
  rule: BudgetRule,
  state: BudgetState,
  reading: BudgetReading | undefined,
  now: Duration,
): BudgetState => {
  const { level } = state;
  const kind = trendOf(rule, reading);
  if (kind === undefined) return { level };
  const { ceiling } = reading ?? {};
  const most = rule.measures.length;
  if (reading !== undefined && ceiling !== undefined && isBeyond(rule, reading.value, ceiling)) {
    return { level: most, trend: { kind, since: now } };
  }
  const trend = state.trend?.kind === kind ? state.trend : { kind, since: now };
  const lasts = now - trend.since;
  if (lasts < (kind === 'over' ? rule.stepAfter : rule.calmAfter)) return { level, trend };
  // Each further step takes as long again.
  return { level: kind === 'over' ? Math.min(most, level + 1) : Math.max(0, level - 1), trend: { kind, since: now } };
};
