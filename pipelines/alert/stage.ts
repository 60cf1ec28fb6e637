/**
 * Values → warnings: conditions that are raised when a value is beyond a limit for a while, updated from level to level
 * and cleared with hysteresis. Everything passes by; a warning follows the value that caused it.
 */
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Figure } from '../../core/hazard.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { builtInRules } from './built-in.ts';
import { type AlertConfig, alertConfig } from './config.ts';
import { lacks } from './lacks.ts';
import { ownRules } from './own-rule.ts';
import { type Reading, readingOf, readingsOf } from './reading.ts';
import type { Rule } from './rule.ts';
import { tellChange, tellEnd } from './tell.ts';
import { createWatch, encodeWatch, restoreWatch, shiftWatch, takeReading, type Watch } from './watch.ts';

interface State {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly rulesOf: ReadonlyMap<Figure, readonly Rule[]>;
  readonly watches: Map<string, Watch>;
  /** Keys of watches that changed since the last checkpoint. */
  readonly changed: Set<string>;
  /** Keys that stand in the store. */
  readonly kept: Set<string>;
  /** Conditions of an earlier configuration are still to be looked for. */
  isFresh: boolean;
}

type Changes = Map<string, Uint8Array | undefined>;

const save = (state: State, watch: Watch, changes: Changes): void => {
  state.changed.delete(watch.key);
  const bytes = encodeWatch(watch);
  if (bytes !== undefined) state.kept.add(watch.key);
  // What never was in the store need not be forgotten there.
  else if (!state.kept.delete(watch.key)) return;
  changes.set(watch.key, bytes);
};

const watchOf = ({ watches }: State, key: string): Watch => {
  let watch = watches.get(key);
  if (watch === undefined) {
    watch = createWatch(key);
    watches.set(key, watch);
  }
  return watch;
};

const judge = (state: State, reading: Reading, site: Site, changes: Changes, output: Item[]): void => {
  for (const rule of state.rulesOf.get(reading.figure) ?? []) {
    const judged = rule.judge(reading);
    if (judged === undefined) continue;
    const { part } = judged;
    const watch = watchOf(state, `${rule.id}/${reading.device}${part === undefined ? '' : `/${part}`}`);
    const change = takeReading(watch, rule, reading, judged);
    state.changed.add(watch.key);
    if (change === undefined) continue;
    output.push(tellChange(watch, rule, change, reading, judged, site));
    save(state, watch, changes);
  }
};

/** By the steady clock: whoever says nothing for long is forgotten, and a warning of it is over as nobody knows what. */
const isLost = (watch: Watch, { lostAfter }: Rule, steady: number): boolean => {
  if (watch.arrived || watch.heardAt === undefined) watch.heardAt = steady;
  watch.arrived = false;
  return steady - watch.heardAt > lostAfter;
};

const restore = (config: AlertConfig, saved: ReadonlyMap<string, Uint8Array>, site: Site): State => {
  const rules = [...builtInRules(config, site), ...ownRules(config)];
  const rulesOf = new Map<Figure, Rule[]>();
  for (const rule of rules)
    for (const figure of rule.figures) rulesOf.set(figure, [...(rulesOf.get(figure) ?? []), rule]);
  return {
    rules: new Map(rules.map(rule => [rule.id, rule])),
    rulesOf,
    watches: new Map([...saved].map(([key, bytes]) => [key, restoreWatch(key, bytes)])),
    changed: new Set(),
    kept: new Set(saved.keys()),
    isFresh: true,
  };
};

export const stage = defineStage({
  name: 'alert',
  summary:
    'Warns of values beyond a limit, with duration and hysteresis: alarm stages of rivers, heat, noise, VN_AQI, gases, and rules of your own.',
  consumes: ['measurement', 'conclusion'],
  config: alertConfig,
  lacks,
  restore,
  step: (state, batch, _, site): Step => {
    const output: Item[] = [];
    const changes: Changes = new Map();
    for (const item of batch) {
      output.push(item);
      if (item.kind === 'conclusion') {
        for (const reading of readingsOf(item)) judge(state, reading, site, changes, output);
      } else if (state.rulesOf.has(item.quantity)) {
        const reading = readingOf(item);
        if (reading !== undefined) judge(state, reading, site, changes, output);
      }
    }
    return { output, ...(changes.size > 0 && { save: changes }) };
  },
  tick: (state, now, _, site, steady): Step => {
    const output: Conclusion[] = [];
    const changes: Changes = new Map();
    const { isFresh } = state;
    state.isFresh = false;
    for (const watch of state.watches.values()) {
      const rule = state.rules.get(watch.rule);
      const isRemoved =
        isFresh && (rule === undefined || !site.devices.has(watch.device) || !rule.covers(watch.device));
      if (!isRemoved && (rule === undefined || !isLost(watch, rule, steady))) continue;
      if (watch.open !== undefined)
        output.push(tellEnd(watch, watch.open, isRemoved ? 'config-removed' : 'source-lost', now));
      state.watches.delete(watch.key);
      state.changed.delete(watch.key);
      if (state.kept.delete(watch.key)) changes.set(watch.key, undefined);
    }
    return { output, ...(changes.size > 0 && { save: changes }) };
  },
  shift: ({ watches, changed }, shift) => {
    for (const watch of watches.values()) {
      shiftWatch(watch, shift);
      if (watch.open !== undefined) changed.add(watch.key);
    }
  },
  checkpoint: state => {
    const changes: Changes = new Map();
    for (const key of state.changed) {
      const watch = state.watches.get(key);
      if (watch !== undefined) save(state, watch, changes);
    }
    state.changed.clear();
    return changes;
  },
});
