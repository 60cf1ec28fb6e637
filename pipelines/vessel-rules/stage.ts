/**
 * What a fisheries and harbour officer must be told of vessels: who fell silent, who lies, who is in distress. Each rule
 * is a file under `rules/` and a row of the table in `rules.ts`; all of them see the same vessels.
 */
import { z } from 'zod';
import type { Conclusion, ItemOf } from '../../core/conclusion.ts';
import { duration } from '../../core/fields.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { type Duration, hours, type Instant, seconds } from '../../core/time.ts';
import { acknowledge } from './acknowledge.ts';
import { type Episodes, openEpisodes } from './condition.ts';
import type { BoundRule, RunningRule } from './rule.ts';
import { type RuleName, ruleNames, rules } from './rules.ts';
import { createWatch, type RunningWatch } from './watch.ts';

const ruleFields: Record<string, z.ZodType<BoundRule>> = Object.fromEntries(
  ruleNames.map(name => [name, rules[name].config.prefault({}).describe(`Of the rule "${name}".`)]),
);

const config = z.strictObject({
  vmsInterval: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('2h')
    .describe('Time between two reports of a vessel by VMS.'),
  vmsDelivery: duration({ maximum: hours(24) })
    .prefault('0s')
    .describe('How long after its time a report usually arrives at the latest: silence is told so much later.'),
  forget: duration({ minimum: hours(24), maximum: hours(24 * 400) })
    .prefault('30d')
    .describe('A vessel is forgotten after so long without news, unless something is open of it.'),
  without: z.array(z.enum(ruleNames)).max(ruleNames.length).default([]).describe('Rules that are left out.'),
  rules: z.strictObject(ruleFields).prefault({}).describe('Limits and severities of the rules.'),
});
type Config = z.output<typeof config>;

interface State {
  readonly watch: RunningWatch;
  readonly episodes: Episodes;
  readonly running: readonly RunningRule[];
  /** How long a vessel is left in peace, by rule. */
  readonly again: ReadonlyMap<string, Duration>;
  sweptAt: Instant;
}

type Consumed = 'vessel-update' | 'safety-text' | 'vessel-acknowledgement';

/**
 * So much may go to the disk every ten seconds, 180 MB an hour at most: everything would be 900 MB with 3000 vessels under
 * way, which wears a flash card out. Those rows are some 50 s old after a crash; AIS says the rest again.
 */
const mostBytesOfCheckpoint = 500_000;
const sweepEvery = hours(1);

const finish = (watch: RunningWatch, output: Step['output']): Step => {
  const save = watch.tables.takeUrgent();
  const dropped = watch.takeDropped();
  return {
    output,
    ...(save.size > 0 && { save }),
    ...(Object.keys(dropped).length > 0 && { dropped }),
  };
};

/** What is told in one tick has an order of its own: tables may hold their rows in another one after a restart. */
const inOrder = (told: Conclusion[]): readonly Conclusion[] =>
  told.sort((a, b) => a.time - b.time || compare(a.event, b.event) || compare(a.key, b.key));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const stage = defineStage<Config, State, Consumed>({
  name: 'vessel-rules',
  summary: 'Tells which vessels fell silent, contradict themselves, come too close or are in distress.',
  consumes: ['vessel-update', 'safety-text', 'vessel-acknowledgement'],
  config,
  restore: (settings, saved) => {
    const watch = createWatch(saved, settings);
    const episodes = openEpisodes(watch);
    const bound = ruleNames.flatMap((name): [RuleName, BoundRule][] => {
      const rule = settings.rules[name];
      return rule === undefined || settings.without.includes(name) ? [] : [[name, rule]];
    });
    return {
      watch,
      episodes,
      running: bound.map(([, rule]) => rule.start(watch, episodes)),
      again: new Map(bound.map(([name, { again }]) => [name, again])),
      sweptAt: Number.NEGATIVE_INFINITY,
    };
  },
  step: (state, batch): Step => {
    const { watch } = state;
    const output: Step['output'][number][] = [];
    for (const item of batch) {
      take(state, item);
      output.push(...watch.takeTold());
      if (item.kind !== 'vessel-acknowledgement') output.push(item);
    }
    return finish(watch, output);
  },
  tick: (state, now, { forget }) => {
    const { watch, running, episodes, again } = state;
    watch.tick(now);
    for (const rule of running) rule.tick?.(now);
    if (Math.abs(now - state.sweptAt) >= sweepEvery) {
      state.sweptAt = now;
      episodes.sweep(now, again);
      const open = episodes.openKeys();
      watch.sweep(now - forget, key => open.has(key));
    }
    return finish(watch, inOrder(watch.takeTold()));
  },
  shift: ({ watch }, shift) => watch.tables.shift(shift),
  checkpoint: ({ watch }) => watch.tables.takeChanged(mostBytesOfCheckpoint),
});

const take = ({ watch, running, episodes }: State, item: ItemOf<Consumed>): void => {
  switch (item.kind) {
    case 'vessel-update': {
      const vessel = watch.note(item, (from, to) => {
        episodes.rename(from, to, item.time);
        for (const rule of running) rule.rename?.(from, to);
      });
      for (const rule of running) rule.take?.(vessel, item);
      return;
    }
    case 'safety-text':
      for (const rule of running) rule.hear?.(item);
      return;
    case 'vessel-acknowledgement':
      acknowledge(item, watch, episodes);
  }
};
