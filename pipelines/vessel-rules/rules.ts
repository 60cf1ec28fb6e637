/** Every rule: a new one is a file under `rules/` and a row here. */
import type { Rule } from './rule.ts';
import { aisSilence } from './rules/ais-silence.ts';
import { collisionRisk } from './rules/collision-risk.ts';
import { distress } from './rules/distress.ts';
import { identity } from './rules/identity.ts';
import { identityConflict } from './rules/identity-conflict.ts';
import { loitering } from './rules/loitering.ts';
import { positionJump } from './rules/position-jump.ts';
import { providerOutage } from './rules/provider-outage.ts';
import { rendezvous } from './rules/rendezvous.ts';
import { sourceMismatch } from './rules/source-mismatch.ts';
import { vmsSilence } from './rules/vms-silence.ts';

/** In the order in which they judge: the provider's outage before the silence of its vessels, two senders before a jump. */
export const rules = {
  distress,
  'provider-outage': providerOutage,
  'vms-silence': vmsSilence,
  'ais-silence': aisSilence,
  'identity-conflict': identityConflict,
  'position-jump': positionJump,
  identity,
  'source-mismatch': sourceMismatch,
  loitering,
  rendezvous,
  'collision-risk': collisionRisk,
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleName = keyof typeof rules;

export const ruleNames = Object.keys(rules) as [RuleName, ...RuleName[]];
