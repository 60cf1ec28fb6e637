/**
 * Stages that ran under the last configuration and do not run under this one, since a pipeline was renamed, changed or
 * removed. What they had accepted and not told yet is told now, and their state is forgotten.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { Log } from '../../core/log.ts';
import type { Saved } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import type { Stage } from '../../core/stage.ts';
import { hours, type Instant } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { BoundPipeline } from './bind-pipelines.ts';
import { isOfCondition } from './open-conditions.ts';

/** Under which it is recorded which stages run: by owner, with their configuration. */
const recordOwner = 'pipelines';

const recordSchema = z.object({ stage: z.string(), config: z.record(z.string(), z.unknown()) });

/** Longer than any stage keeps anything open. */
const longAfter = hours(48);

export interface LeftStages {
  readonly conclusions: readonly Conclusion[];
  /** Forgets what they held, and records what runs now: to be committed with the conclusions. */
  readonly saved: readonly Saved[];
}

/** A stage that cannot be started any more is left as it is, for a program that can. */
export const concludeLeftStages = async (options: {
  readonly pipelines: readonly BoundPipeline[];
  readonly stages: readonly Stage[];
  readonly site: Site;
  readonly outbox: Pick<Outbox, 'restore'>;
  readonly now: Instant;
  /** States are of what runs now. */
  readonly isState: (event: string) => boolean;
  readonly log: Log;
}): Promise<LeftStages> => {
  const { pipelines, stages, site, outbox, now, isState, log } = options;
  const conclusions: Conclusion[] = [];
  const saved: Saved[] = [];
  const recorded = await outbox.restore(recordOwner);
  const running = new Map(
    pipelines.flatMap(pipeline =>
      pipeline.stages.map(({ owner, name, config }) => [owner, JSON.stringify({ stage: name, config })] as const),
    ),
  );
  for (const [owner, record] of running) {
    if (Buffer.from(recorded.get(owner) ?? '').toString() === record) continue;
    saved.push({ owner: recordOwner, key: owner, value: Buffer.from(record) });
  }
  for (const [owner, bytes] of recorded) {
    if (running.has(owner)) continue;
    const held = await outbox.restore(owner);
    try {
      const { stage: name, config } = recordSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
      const stage = stages.find(known => known.name === name);
      if (stage === undefined) throw new Error(`there is no stage ${name}`);
      const left = stage.bind(config, site).start(held);
      for (const instant of [now, now + longAfter])
        for (const item of left.tick(instant).output) {
          if (item.kind !== 'conclusion' || isState(item.event)) continue;
          // It hears nothing any more, which is no silence of anybody; what it has open ends as `config-removed`.
          if (isOfCondition(item.event)) continue;
          // Another stage may go on with the same period or visit, and tell the rest of it under the key as it is.
          conclusions.push({ ...item, key: `${item.key}/${owner}` });
        }
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      log.error('what a stage of an older configuration held cannot be told', { owner, keys: held.size, error });
      continue;
    }
    for (const key of held.keys()) saved.push({ owner, key, value: undefined });
    saved.push({ owner: recordOwner, key: owner, value: undefined });
    log.info('a stage of an older configuration was ended', { owner });
  }
  return { conclusions, saved };
};
