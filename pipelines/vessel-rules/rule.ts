/** One rule: a file under `rules/` and a row of the table in `rules.ts`. */
import type { z } from 'zod';
import type { SafetyText } from '../../core/observation.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { VesselUpdate } from '../../core/vessel.ts';
import type { Episodes } from './condition.ts';
import type { Vessel, Watch } from './watch.ts';

export interface RunningRule {
  /** A vessel's news, after it was noted in the watch. */
  take?(vessel: Vessel, update: VesselUpdate): void;
  /** Safety text of a station. */
  hear?(text: SafetyText): void;
  /** A vessel has another key now: what the rule keeps outside of tables by vessel goes on under that one. */
  rename?(from: string, to: string): void;
  /** About every second. */
  tick?(now: Instant): void;
}

export interface RuleSpec<Config> {
  /** As in the configuration, and the noun of its events. */
  readonly name: string;
  readonly config: z.ZodType<Config>;
  /** State goes into tables of the watch: it is bounded, saved and restored there. */
  readonly start: (config: Config, watch: Watch, episodes: Episodes) => RunningRule;
  /** The shortest time from one raising to the next of the same vessel. */
  readonly again: (config: Config) => Duration;
}

/** A rule with its configuration. */
export interface BoundRule {
  readonly again: Duration;
  start(watch: Watch, episodes: Episodes): RunningRule;
}

/** A rule as the table holds it: its configuration's type ends inside `defineRule`. */
export interface Rule {
  readonly name: string;
  /** Of its slice of the stage's configuration; what comes out can be started. */
  readonly config: z.ZodType<BoundRule>;
}

export const defineRule = <Config>({ name, config, start, again }: RuleSpec<Config>): Rule => ({
  name,
  config: config.transform(settings => ({
    again: again(settings),
    start: (watch: Watch, episodes: Episodes) => start(settings, watch, episodes),
  })),
});
