/** What stages conclude, sealed and held against the published schemas. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import type { RunningStage, Stage, StageFile, Step } from '../../core/stage.ts';
import type { ClockShift } from '../../core/time.ts';
import { exampleSite } from '../../events/example-site.ts';
import { eventTypes } from '../../events/registry.ts';
import { toEventSchema } from '../../events/schema.ts';
import { createSealer } from '../../gateway/runtime/create-sealer.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const validators = new Map<string, ValidateFunction>();

const validatorOf = (name: string): ValidateFunction => {
  const type = eventTypes.get(name);
  if (type === undefined) throw new Error(`no event is named ${name}`);
  const known = validators.get(name) ?? ajv.compile(toEventSchema(type));
  validators.set(name, known);
  return known;
};

/** The whole event as it stands on the wire. Throws when its schema does not accept it. */
export const toWire = (conclusion: Conclusion, site: Site = exampleSite): Record<string, unknown> => {
  const sealer = createSealer(site);
  const isState = sealer.isState(conclusion.event);
  const { body } = isState
    ? sealer.retained(conclusion, conclusion.time + 500)
    : sealer.event(conclusion, conclusion.time + 500, 'ntp');
  const event = {
    ...(JSON.parse(body) as Record<string, unknown>),
    ...(!isState && { streamseq: '0001-000000000001' }),
  };
  const validate = validatorOf(conclusion.event);
  if (!validate(event)) throw new Error(`${conclusion.event}: ${ajv.errorsText(validate.errors)}\n${body}`);
  return event;
};

export interface DrivenStage {
  /** Everything it concluded so far, each accepted by its schema. */
  readonly conclusions: Conclusion[];
  /** Items that passed by or were changed. */
  readonly items: Item[];
  readonly dropped: Record<string, number>;
  /** What would be in the store: what steps and ticks saved, and checkpoints as far as they were asked for. */
  readonly saved: Map<string, Uint8Array>;
  step(...batch: Item[]): void;
  tick(now: number, steady?: number): void;
  shift(shift: ClockShift): void;
  /** Again after each restart, as the pipeline does, but then without what it says. */
  load(file: StageFile): void;
  checkpoint(): void;
  /** As after a crash: with another configuration, if one is given. */
  restart(config?: object): void;
}

/** A stage as the pipeline drives it. */
export const drive = (stage: Stage, config: object = {}, site: Site = exampleSite): DrivenStage => {
  const saved = new Map<string, Uint8Array>();
  const conclusions: Conclusion[] = [];
  const items: Item[] = [];
  const dropped: Record<string, number> = {};
  const files = new Map<string, StageFile>();
  let running: RunningStage = stage.bind(config, site).start(saved);
  const keep = (changes: Step['save']): void => {
    for (const [key, value] of changes ?? []) {
      if (value === undefined) saved.delete(key);
      else saved.set(key, value);
    }
  };
  const take = (step: Step): void => {
    keep(step.save);
    for (const [reason, count] of Object.entries(step.dropped ?? {})) dropped[reason] = (dropped[reason] ?? 0) + count;
    for (const item of step.output) {
      if (item.kind !== 'conclusion') items.push(item);
      else {
        toWire(item, site);
        conclusions.push(item);
      }
    }
  };
  return {
    conclusions,
    items,
    dropped,
    saved,
    step: (...batch) => take(running.step(batch)),
    tick: (now, steady) => take(running.tick(now, steady)),
    shift: shift => running.shift(shift),
    load: file => {
      take(running.load(file));
      files.set(file.name, file);
    },
    checkpoint: () => keep(running.checkpoint()),
    restart: (changed = config) => {
      running = stage.bind(changed, site).start(new Map(saved));
      for (const file of files.values()) running.load(file);
    },
  };
};
