/** Which rules an object breaks during a visit, as conditions that begin and end. Pure. */
import type { Instant } from '../../core/time.ts';
import type { Rule, RuleName } from './config.ts';
import { judge, type Memory, remember, type Sight } from './rules.ts';

/** A rule that was told to be broken. */
export interface Breach {
  readonly rule: RuleName;
  readonly at: Instant;
  /** Counts the breaches of this rule in this visit. */
  readonly number: number;
  /** Of the rules that set one. */
  readonly limitSeconds: number | undefined;
}

/** A rule during a visit. */
export interface Watched {
  readonly memory: Memory;
  /** Undefined while it is kept. */
  readonly breach: Breach | undefined;
  /** Breaches so far. */
  readonly count: number;
}

export type Watch = Map<RuleName, Watched>;

/** What one more frame began or ended. */
export type Turnaround =
  | { readonly kind: 'raised'; readonly breach: Breach; readonly rule: Rule }
  | { readonly kind: 'cleared'; readonly breach: Breach; readonly reason: 'recovered' | 'config-removed' };

/** Rules that are configured no more end what was told of them. */
const forget = (watch: Watch, rules: readonly Rule[]): readonly Turnaround[] => {
  const ended: Turnaround[] = [];
  for (const [name, { breach }] of watch) {
    if (rules.some(({ rule }) => rule === name)) continue;
    watch.delete(name);
    if (breach !== undefined) ended.push({ kind: 'cleared', breach, reason: 'config-removed' });
  }
  return ended;
};

/** Takes one frame, in which the object is taken for `label`; changes `watch` in place. */
export const watchRules = (
  watch: Watch,
  rules: readonly Rule[],
  label: string,
  sight: Sight,
): readonly Turnaround[] => {
  const turned = [...forget(watch, rules)];
  for (const rule of rules) {
    if (rule.classes !== undefined && !rule.classes.includes(label)) continue;
    const known = watch.get(rule.rule) ?? { memory: remember(sight.box, sight.time), breach: undefined, count: 0 };
    const memory = judge(known.memory, rule, sight);
    const { since } = memory;
    if (since !== undefined && known.breach === undefined) {
      const limitSeconds = 'after' in rule ? rule.after / 1000 : undefined;
      const breach = { rule: rule.rule, at: since, number: known.count + 1, limitSeconds };
      watch.set(rule.rule, { memory, breach, count: breach.number });
      turned.push({ kind: 'raised', breach, rule });
    } else if (since === undefined && known.breach !== undefined) {
      watch.set(rule.rule, { ...known, memory, breach: undefined });
      turned.push({ kind: 'cleared', breach: known.breach, reason: 'recovered' });
    } else watch.set(rule.rule, { ...known, memory });
  }
  return turned;
};
