import type { z } from 'zod';
import type { EventName, Item, ItemOf } from './conclusion.ts';
import type { Site } from './site.ts';
import type { ClockShift, Duration, Instant } from './time.ts';

/** Keyed parts of a stage's state; `undefined` forgets a key. */
export type Save = ReadonlyMap<string, Uint8Array | undefined>;

export interface Step {
  readonly output: readonly Item[];
  /** Only the keys that explain this output or swallowed an observation: committed in the same transaction. */
  readonly save?: Save;
  /** Reasons why items were dropped, with their number. */
  readonly dropped?: Readonly<Record<string, number>>;
}

export interface StageFile {
  /** As the stage calls it. */
  readonly name: string;
  readonly text: string;
  /** First 12 hex digits of its SHA-256. */
  readonly version: string;
  /** When the gateway read it. */
  readonly time: Instant;
}

/** A stage of a pipeline and its configuration, as its own schema gives it. */
export interface PlacedStage {
  readonly stage: string;
  readonly config: unknown;
}

/** Where a stage stands. */
export interface Surroundings {
  /** The stages before it, the first one first. */
  readonly before: readonly PlacedStage[];
  /** Every device of the configuration. */
  readonly devices: readonly string[];
}

/** What a stage needs and does not have where it stands: a part of it would never conclude anything. */
export interface Lack {
  /** Within its configuration. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly advice: string;
}

/** A state that a stage concludes: the newest value is retained under `<service>/state/<source>`. */
export interface StageState {
  readonly event: EventName;
  readonly source: string;
}

export interface StageSpec<Config, State, Kind extends Item['kind']> {
  /** The folder's name and the config value. */
  readonly name: string;
  readonly summary: string;
  readonly consumes: readonly Kind[];
  /** The stage's own slice of a pipeline's configuration, without the key `stage`. A closed object. */
  readonly config: z.ZodType<Config>;
  /** Refused before anything starts: a rule that nothing can reach would be silent for ever. */
  readonly lacks?: (config: Config, surroundings: Surroundings) => readonly Lack[];
  readonly restore: (config: Config, saved: ReadonlyMap<string, Uint8Array>, site: Site) => State;
  /**
   * Deterministic: no I/O, clock or randomness; time comes from the items. Owns `state` and may change it in place,
   * never the batch. The batch is never empty.
   */
  readonly step: (state: State, batch: readonly ItemOf<Kind>[], config: Config, site: Site) => Step;
  /**
   * Called about every second, so that windows close and conditions clear while nothing arrives. `steady` is the time
   * since some fixed moment of this run by a clock that nobody sets: how long something lasts is measured by it.
   */
  readonly tick?: (state: State, now: Instant, config: Config, site: Site, steady: Duration) => Step;
  /**
   * The gateway's clock was set: instants in the state that it gave are moved, so that what goes on is dated by one
   * clock. A tick follows.
   */
  readonly shift?: (state: State, shift: ClockShift) => void;
  /** Files that people keep for the stage (a registry, zones), by names of its own; relative to the working directory. */
  readonly files?: (config: Config) => Readonly<Record<string, string>>;
  /**
   * A file's text, before the first batch and whenever it changed. Throws `config`, with the line and what to do, for
   * what cannot be used: then what was loaded before stays in force.
   */
  readonly load?: (state: State, file: StageFile, config: Config, site: Site) => Step;
  /** Every state that it may conclude: what is retained of others, by an earlier configuration, is cleared. */
  readonly states?: (config: Config) => readonly StageState[];
  /** The keys changed since the last call, that no `step` saved; asked for every 10 s and at a clean stop. */
  readonly checkpoint?: (state: State) => Save;
}

/** A stage with its state, as the pipeline drives it. */
export interface RunningStage {
  step(batch: readonly Item[]): Step;
  /** Without `steady` the clock is taken for one that nobody sets. */
  tick(now: Instant, steady?: Duration): Step;
  shift(shift: ClockShift): void;
  load(file: StageFile): Step;
  checkpoint(): Save;
}

/** A stage as registries hold it: its configuration and state types end inside `bind`. */
export interface Stage {
  readonly name: string;
  readonly summary: string;
  /** Everything else passes by. */
  readonly consumes: readonly Item['kind'][];
  readonly schema: z.ZodType;
  /** Throws ZodError when `config` does not fit the schema. */
  lacks(config: unknown, surroundings: Surroundings): readonly Lack[];
  /** Throws ZodError when `config` does not fit the schema. */
  bind(config: unknown, site: Site): StageBinding;
}

export interface StageBinding {
  /** Paths by the stage's own names. */
  readonly files: Readonly<Record<string, string>>;
  readonly states: readonly StageState[];
  start(saved: ReadonlyMap<string, Uint8Array>): RunningStage;
}

const nothing: Step = { output: [] };
const unchanged: Save = new Map();

const merge = (steps: readonly Step[]): Step => {
  const output: Item[] = [];
  const save = new Map<string, Uint8Array | undefined>();
  const dropped: Record<string, number> = {};
  for (const step of steps) {
    for (const item of step.output) output.push(item);
    for (const [key, value] of step.save ?? []) save.set(key, value);
    for (const [reason, count] of Object.entries(step.dropped ?? {})) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return { output, save, dropped };
};

export const defineStage = <Config, State, Kind extends Item['kind']>(spec: StageSpec<Config, State, Kind>): Stage => {
  const kinds: ReadonlySet<Item['kind']> = new Set(spec.consumes);
  const consumes = (item: Item): item is ItemOf<Kind> => kinds.has(item.kind);

  return {
    name: spec.name,
    summary: spec.summary,
    consumes: spec.consumes,
    schema: spec.config,
    lacks: (raw, surroundings) => spec.lacks?.(spec.config.parse(raw), surroundings) ?? [],
    bind: (raw, site) => {
      const config = spec.config.parse(raw);
      return {
        files: spec.files?.(config) ?? {},
        states: spec.states?.(config) ?? [],
        start: saved => {
          const state = spec.restore(config, saved, site);
          return {
            step: batch => {
              if (batch.every(consumes)) return batch.length === 0 ? nothing : spec.step(state, batch, config, site);
              const steps: Step[] = [];
              let run: ItemOf<Kind>[] = [];
              const flush = (): void => {
                if (run.length > 0) steps.push(spec.step(state, run, config, site));
                run = [];
              };
              for (const item of batch) {
                if (consumes(item)) run.push(item);
                else {
                  flush();
                  steps.push({ output: [item] });
                }
              }
              flush();
              return merge(steps);
            },
            tick: (now, steady = now) => spec.tick?.(state, now, config, site, steady) ?? nothing,
            shift: shift => spec.shift?.(state, shift),
            load: file => spec.load?.(state, file, config, site) ?? nothing,
            checkpoint: () => spec.checkpoint?.(state) ?? unchanged,
          };
        },
      };
    },
  };
};
