/**
 * The stages of one pipeline with their states, in their order, without a store: what a replay and an estimate run. The
 * gateway itself runs them in its shell (`pipeline.ts`), which saves, settles and survives as well.
 */
import type { Item } from '../../core/conclusion.ts';
import { GatewayError } from '../../core/errors.ts';
import type { RunningStage, StageFile, Step } from '../../core/stage.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { BoundStage } from './bind-pipelines.ts';

export interface StageLine {
  /** Through all stages; what leaves the last one. */
  take(items: readonly Item[]): readonly Item[];
  /** As the shell ticks: each stage in its order, and what it says passes through those behind it. */
  tick(now: Instant, steady?: Duration): readonly Item[];
  /** Gives a stage a file. Throws what the stage has against it. */
  load(owner: string, file: StageFile): readonly Item[];
}

/** Called after every step of a stage that was given, or said, something. */
export type StageTap = (stage: BoundStage, step: Step) => void;

export const openStageLine = (stages: readonly BoundStage[], tap: StageTap = () => {}): StageLine => {
  const slots = stages.map(stage => ({ stage, running: stage.start(new Map()) }));

  const run = (stage: BoundStage, step: () => Step): readonly Item[] => {
    try {
      const made = step();
      if (made.output.length > 0 || made.dropped !== undefined) tap(stage, made);
      return made.output;
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      throw new GatewayError('defect', `stage ${stage.name}: ${thrown instanceof Error ? thrown.message : thrown}`, {
        cause: thrown,
      });
    }
  };

  const pass = (from: number, items: readonly Item[]): readonly Item[] => {
    let flowing = items;
    for (let at = from; at < slots.length && flowing.length > 0; at++) {
      const slot = slots[at];
      if (slot === undefined) break;
      const given = flowing;
      flowing = run(slot.stage, () => slot.running.step(given));
    }
    return flowing;
  };

  /** What one stage says by itself, through those behind it. */
  const ask = (index: number, question: (running: RunningStage) => Step): readonly Item[] => {
    const slot = slots[index];
    return slot === undefined
      ? []
      : pass(
          index + 1,
          run(slot.stage, () => question(slot.running)),
        );
  };

  return {
    take: items => pass(0, items),
    tick: (now, steady = now) => slots.flatMap((_, index) => ask(index, running => running.tick(now, steady))),
    load: (owner, file) =>
      ask(
        slots.findIndex(({ stage }) => stage.owner === owner),
        running => running.load(file),
      ),
  };
};
