/** Raising and clearing what goes on in a zone or at a boundary; whatever is raised is cleared once. */
import type { Instant } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import type { Belief, ConditionName, Doubt, Episode, Followed, Kept } from './followed.ts';
import { emit, type Outcome } from './outcome.ts';
import { type Patience, weigh } from './patience.ts';
import { type ClearReason, correlationOf, tellCondition } from './tell.ts';
import type { Zone } from './zone.ts';

export const openIn = ({ beliefs }: Kept, name: ConditionName): Episode | undefined =>
  beliefs.find(belief => belief.name === name)?.open;

/** What is neither open nor doubted is not kept. */
const dropQuiet = ({ beliefs }: Kept): void => {
  for (let index = beliefs.length - 1; index >= 0; index--)
    if (beliefs[index]?.open === undefined && beliefs[index]?.doubt === undefined) beliefs.splice(index, 1);
};

/**
 * Weighs whether a condition holds; gives the belief and the doubt that became certainty, and undefined as long as
 * nothing changes.
 */
export const weighIn = (
  kept: Kept,
  name: ConditionName,
  holds: boolean | undefined,
  time: Instant,
  patience: Patience,
): { readonly belief: Belief; readonly sure: Doubt } | undefined => {
  const known = kept.beliefs.find(belief => belief.name === name);
  if (known === undefined && holds !== true) return undefined;
  const belief: Belief = known ?? { name };
  if (known === undefined) kept.beliefs.push(belief);
  const sure = weigh(belief, holds, time, patience);
  if (sure === undefined) dropQuiet(kept);
  return sure && { belief, sure };
};

export const clear = (
  outcome: Outcome,
  followed: Followed,
  kept: Kept,
  name: ConditionName,
  how: { readonly reason: ClearReason; readonly time: Instant; readonly before?: VesselFix | undefined },
): void => {
  const { zone, beliefs } = kept;
  const index = beliefs.findIndex(belief => belief.name === name);
  const [ended] = index < 0 ? [] : beliefs.splice(index, 1);
  if (ended?.open !== undefined)
    emit(outcome, followed, tellCondition(followed, name, how.reason, zone, ended.open, how.before, how.time));
};

export const clearAll = (
  outcome: Outcome,
  followed: Followed,
  kept: Kept,
  reason: ClearReason,
  time: Instant,
): void => {
  for (const { name } of [...kept.beliefs]) clear(outcome, followed, kept, name, { reason, time });
};

export const raise = (
  outcome: Outcome,
  followed: Followed,
  { zone: told }: Kept,
  zone: Zone,
  belief: Belief,
  how: { readonly since: Instant; readonly data: Episode['data']; readonly before: VesselFix | undefined },
): void => {
  const { name } = belief;
  const { since, data, before } = how;
  const open: Episode = { since, correlation: correlationOf(name, told.id, followed.vessel, since), data };
  belief.open = open;
  const phase = { verb: 'raised', severity: zone.severity } as const;
  emit(outcome, followed, tellCondition(followed, name, phase, told, open, before, followed.fix.time));
};
